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

	// What Exchanged notes for itself; exchanges neither set nor need it.
	Got      time.Time // when Access was got
	Refused  time.Time // when the portal last refused to sign us in; zero: not since Access was got
	Refusals int       // how often in a row
}

// TokenStore keeps an account's tokens, for all processes that speak for it.
type TokenStore interface {
	// Exchange gives fn what is on file, the zero Tokens if that is nothing, and keeps what fn returns, while nobody else, in this
	// process or another, does the same: who waited is given what the one before him kept. What fn returned is durable when Exchange
	// returns nil: any token before it may be void. If fn fails, nothing is changed, and its error is returned.
	Exchange(ctx context.Context, fn func(old Tokens) (Tokens, error)) error
}

// memoryStore keeps tokens as long as the process lives.
type memoryStore struct {
	turn   turn
	tokens Tokens // guarded by turn
}

func newMemoryStore() *memoryStore { return &memoryStore{turn: newTurn()} }

func (m *memoryStore) Exchange(ctx context.Context, fn func(Tokens) (Tokens, error)) error {
	if err := m.turn.take(ctx); err != nil {
		return err
	}
	defer m.turn.give()
	t, err := fn(m.tokens)
	if err == nil {
		m.tokens = t
	}
	return err
}

// expirySlack is how long before its end a token counts as expired; one that does not live long has a quarter of its life.
const expirySlack = time.Minute

func (t Tokens) fresh() bool {
	slack := expirySlack
	if !t.Got.IsZero() {
		slack = min(slack, t.Expiry.Sub(t.Got)/4)
	}
	return t.Access != "" && (t.Expiry.IsZero() || time.Until(t.Expiry) > slack)
}

// same says whether the secrets are the same.
func (t Tokens) same(u Tokens) bool { return t.Access == u.Access && t.Refresh == u.Refresh }

// Static is a token that does not change.
func Static(token Secret) TokenSource { return static(token) }

type static Secret

func (s static) Token(context.Context) (Secret, error) { return Secret(s), nil }

func (s static) Renew(context.Context, Secret) (Secret, error) {
	return "", &remote.Error{Op: "sign in", Code: remote.SignIn}
}

// signIn holds one token for all of a process, and lets one caller at a time get the next.
type signIn struct {
	turn turn
	now  Tokens // guarded by turn
	// next gets tokens that are good.
	next func(ctx context.Context, good func(Tokens) bool) (Tokens, error)
}

func (s *signIn) Token(ctx context.Context) (Secret, error) {
	return s.get(ctx, Tokens.fresh)
}

// Renew is often called by many at once for one and the same refused token: the first gets a new one, the rest find it.
func (s *signIn) Renew(ctx context.Context, used Secret) (Secret, error) {
	return s.get(ctx, func(t Tokens) bool { return t.fresh() && t.Access != used })
}

func (s *signIn) get(ctx context.Context, good func(Tokens) bool) (Secret, error) {
	if err := s.turn.take(ctx); err != nil {
		return "", err
	}
	defer s.turn.give()
	if good(s.now) {
		return s.now.Access, nil
	}
	t, err := s.next(ctx, good)
	if err != nil {
		return "", err
	}
	s.now = t
	return t.Access, nil
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
