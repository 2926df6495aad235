package rest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"dossier/remote"
)

const (
	// longestSignIn is how long one exchange may take, a pause that the portal asked for included, and longestTurn how long we wait while
	// another process is at it.
	longestSignIn = longestWait + time.Minute
	longestTurn   = longestSignIn + time.Minute
	// exchangesApart is how old a token must be to be exchanged before its end, and failuresApart how close two attempts may follow each
	// other that came to nothing, though not refused.
	exchangesApart = time.Minute
	failuresApart  = 15 * time.Second
	// A sign-in that was refused is not tried again for firstHold, which doubles each time up to longestHold: accounts get locked.
	firstHold   = time.Minute
	longestHold = time.Hour
)

// Exchanged is the source of tokens of a portal with sign-in calls of its own. exchange is given what is on file (zero: nothing, or
// the configured secret is another one now) and returns what to keep; where a portal gives no new refresh token it returns the old one.
//
// Its calls go through the client with the context that it is given: that has them sent without our token (a call may bring an
// Authorization header of its own), to the portal's own hosts only, drawing on the budget first of all. Statuses from 400 to 499, 408
// and 429 apart, make errors of code SignIn: a refusal. Secrets on the way that it does not return, it hands to Client.Conceal.
// Once begun it is carried to its end even if ctx is cancelled: what the portal has given away must not be lost.
//
// What it returns is saved in Options.Store before it is used; if that fails it waits, unused, until it succeeds. Without a store it
// lives in memory. Goroutines and processes that share the store take turns, so that all are served by one exchange.
//
// A refused sign-in is remembered in the store as well, and not tried again for a minute, then two, and so on up to an hour: an error of
// code SignIn with RetryAfter. Nor is a token exchanged that is less than a minute old and should be good, whatever the portal says of it.
func Exchanged(c *Client, exchange func(ctx context.Context, old Tokens) (Tokens, error)) (TokenSource, error) {
	if exchange == nil {
		return nil, errors.New("sign in: there is no exchange")
	}
	return newExchanger(c, exchange), nil
}

func newExchanger(c *Client, exchange func(context.Context, Tokens) (Tokens, error)) *signIn {
	store := c.options.Store
	if store == nil {
		store = newMemoryStore()
	}
	x := &exchanger{client: c, store: store, exchange: exchange}
	return &signIn{turn: newTurn(), next: x.next}
}

// exchanger gets tokens from the store, or new ones. It is called by one goroutine at a time.
type exchanger struct {
	client   *Client
	store    TokenStore
	exchange func(ctx context.Context, old Tokens) (Tokens, error)

	unsaved, from Tokens    // got in exchange for from, but not yet durable: not to be used
	failure       error     // the last attempt's
	until         time.Time // not to try again before
}

// next gives what the store holds by now, or what is exchanged for it.
func (x *exchanger) next(ctx context.Context, good func(Tokens) bool) (got Tokens, err error) {
	waiting, cancel := context.WithTimeoutCause(ctx, longestTurn, errTurn)
	defer cancel()
	var fault error // of the exchange; the store's is another
	err = x.store.Exchange(waiting, func(old Tokens) (Tokens, error) {
		x.client.secrets.add(old.Access, old.Refresh)
		if got = x.onFile(old); good(got) {
			return got, nil
		}
		if got, fault = x.try(waiting, got); fault == nil {
			x.unsaved, x.from = got, old
		}
		return got, nil // a refusal is to be remembered, too
	})
	if err == nil {
		x.unsaved, x.from = Tokens{}, Tokens{}
	}
	switch {
	case fault != nil:
		return Tokens{}, fault
	case err != nil:
		return Tokens{}, storeFault(ctx, waiting, err)
	}
	return got, nil
}

var errTurn = errors.New("another process has been signing in for too long")

func storeFault(ctx, waiting context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case waiting.Err() != nil:
		return &remote.Error{Op: "sign in", Code: remote.Unavailable, Err: errTurn}
	}
	return &remote.Error{Op: "save tokens", Err: err}
}

// onFile is what is saved, or would be if it could have been: unless somebody else has signed in meanwhile.
func (x *exchanger) onFile(old Tokens) Tokens {
	if x.unsaved.Access != "" && x.from.same(old) {
		return x.unsaved
	}
	return old
}

// try exchanges old, if it is not too soon, and says what to keep.
func (x *exchanger) try(ctx context.Context, old Tokens) (Tokens, error) {
	if err := x.tooSoon(old); err != nil {
		return old, err
	}
	if ctx.Err() != nil {
		return old, context.Cause(ctx)
	}
	t, err := x.call(ctx, old)
	if err == nil && t.Access == "" {
		err = &remote.Error{Op: "sign in", Code: remote.Corrupt, Err: errors.New("the portal gave no token")}
	}
	switch {
	case remote.CodeOf(err) == remote.SignIn:
		old.Refused, old.Refusals = time.Now(), old.Refusals+1
		return old, err
	case err != nil:
		x.failure, x.until = err, time.Now().Add(max(failuresApart, retryAfter(err)))
		return old, err
	}
	x.client.secrets.add(t.Access, t.Refresh)
	t.Got, t.Refused, t.Refusals = time.Now(), time.Time{}, 0
	return t, nil
}

// call has the exchange done, and once it has begun, done to its end.
func (x *exchanger) call(ctx context.Context, old Tokens) (Tokens, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), longestSignIn)
	defer cancel()
	t, err := x.exchange(SigningIn(ctx), old)
	if e, ok := errors.AsType[*remote.Error](err); err != nil && (!ok || e.Op == "") {
		err = &remote.Error{Op: "sign in", Code: remote.CodeOf(err), RetryAfter: retryAfter(err), Err: err}
	}
	return t, err
}

// tooSoon says why the portal is left alone for now.
func (x *exchanger) tooSoon(old Tokens) error {
	now := time.Now()
	if left := old.Refused.Add(hold(old.Refusals)).Sub(now); old.Refusals > 0 && left > 0 && old.Refused.Before(now.Add(time.Second)) {
		return &remote.Error{Op: "sign in", Code: remote.SignIn, RetryAfter: left, Err: fmt.Errorf(
			"the portal refused it at %s; it is not tried again for now, unless the configuration names another secret", old.Refused.Local().Format(time.TimeOnly))}
	}
	if left := x.until.Sub(now); left > 0 {
		return &remote.Error{Op: "sign in", Code: remote.CodeOf(x.failure), RetryAfter: left, Err: x.failure}
	}
	if since := now.Sub(old.Got); old.fresh() && since >= 0 && since < exchangesApart {
		return &remote.Error{Op: "sign in", Code: remote.Unavailable, RetryAfter: exchangesApart - since, Err: errors.New("the portal does not take the token that it has just given")}
	}
	return nil
}

// hold is how long a sign-in that was refused n times in a row is not tried.
func hold(n int) time.Duration {
	return min(firstHold<<min(max(n-1, 0), 20), longestHold)
}

func retryAfter(err error) time.Duration {
	if e, ok := errors.AsType[*remote.Error](err); ok {
		return min(max(e.RetryAfter, 0), longestAfter)
	}
	return 0
}

type signingInKey struct{}

// signingIn says whether a call is part of an exchange.
func signingIn(ctx context.Context) bool {
	v, _ := ctx.Value(signingInKey{}).(bool)
	return v
}

// refusesSignIn says whether the answer to a sign-in call is a refusal.
func refusesSignIn(status int) bool {
	return status >= 400 && status <= 499 && status != 408 && status != 429
}

// Conceal keeps secrets out of error texts and logs.
func (c *Client) Conceal(secrets ...Secret) { c.secrets.add(secrets...) }
