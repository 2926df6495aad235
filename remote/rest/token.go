package rest

import (
	"context"
	"time"

	"dossier/remote"
)

// TokenSource gives the token that goes with each call. It may be called from many goroutines at once.
type TokenSource interface {
	// Token is a token that is good as far as is known.
	Token(ctx context.Context) (Secret, error)
	// Renew is called after the portal refused used, and gives another one, or an error of code SignIn if there is none to be had.
	Renew(ctx context.Context, used Secret) (Secret, error)
}

// Tokens is what a sign-in yields.
type Tokens struct {
	Access  Secret
	Refresh Secret    // empty: there is none
	Expiry  time.Time // of Access; zero: not told
}

// TokenStore keeps tokens that rotate. If two processes share one, they must take turns: the lock is the caller's.
type TokenStore interface {
	// Load gives what was saved last, the zero Tokens if nothing was.
	Load(ctx context.Context) (Tokens, error)
	// Save must have made the tokens durable when it returns nil: the refresh token before them is void.
	Save(ctx context.Context, t Tokens) error
}

// expirySlack is how long before its end a token counts as expired.
const expirySlack = time.Minute

func (t Tokens) fresh() bool {
	return t.Access != "" && (t.Expiry.IsZero() || time.Until(t.Expiry) > expirySlack)
}

// Static is a token that does not change.
func Static(token Secret) TokenSource { return static(token) }

type static Secret

func (s static) Token(context.Context) (Secret, error) { return Secret(s), nil }

func (s static) Renew(context.Context, Secret) (Secret, error) {
	return "", &remote.Error{Op: "sign in", Code: remote.SignIn}
}

// turn is a lock that respects a context, and, unlike a mutex, lets invented time go on while somebody waits for it.
type turn chan struct{}

func newTurn() turn { return make(turn, 1) }

func (t turn) take(ctx context.Context) error {
	select {
	case t <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (t turn) give() { <-t }
