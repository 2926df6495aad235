package backoffice

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"dossier/remote"
	"dossier/remote/rest"
)

// signIn makes the source of tokens: an access token is used until a minute before it ends, then refreshed, and if that does not
// work, there is a new sign-in.
func (d *Driver) signIn(c *rest.Client) (rest.TokenSource, error) {
	s := &session{d: d, client: c}
	return rest.Exchanged(c, s.exchange)
}

// session signs in. Its calls are made one at a time.
type session struct {
	d      *Driver
	client *rest.Client

	mu   sync.Mutex
	last time.Time // when we last signed in with the password; guarded by mu
}

func (s *session) exchange(ctx context.Context, old rest.Tokens) (rest.Tokens, error) {
	if old.Refresh != "" {
		if t, err := s.refresh(ctx, old.Refresh); err == nil {
			return t, nil
		} else if ctx.Err() != nil {
			return rest.Tokens{}, err
		}
	}
	if err := s.turn(); err != nil {
		return rest.Tokens{}, err
	}
	call := s.d.call("sign in", "", http.MethodPost, "/signin", rest.JSONBody(map[string]string{"email": s.d.options.Email, "password": s.d.options.Password.Reveal()}))
	return s.ask(ctx, call, "")
}

// turn keeps sign-ins a minute apart: accounts are locked after five in one.
func (s *session) turn() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if left := signInsApart - time.Since(s.last); !s.last.IsZero() && left > 0 {
		return &remote.Error{Op: "sign in", Code: remote.Unavailable, RetryAfter: left, Err: errors.New("we have signed in less than a minute ago")}
	}
	s.last = time.Now()
	return nil
}

func (s *session) refresh(ctx context.Context, token rest.Secret) (rest.Tokens, error) {
	call := s.d.call("refresh sign-in", "", http.MethodPost, "/refresh", rest.JSONBody(map[string]string{"refreshToken": token.Reveal()}))
	call.Header.Set("Authorization", "Bearer "+token.Reveal())
	return s.ask(ctx, call, token)
}

// signedIn is the answer to a sign-in, and as far as is known to a refresh.
type signedIn struct {
	SecondFactor bool  `json:"2faRequired"`
	Access       token `json:"accessToken"`
	Refresh      token `json:"refreshToken"`
}

type token struct {
	Token   string `json:"token"`
	Expires string `json:"expiresAt"`
}

func (s *session) ask(ctx context.Context, call rest.Call, old rest.Secret) (rest.Tokens, error) {
	var a signedIn
	_, err := s.client.JSON(ctx, call, &a)
	switch {
	case err != nil:
		return rest.Tokens{}, err
	case a.SecondFactor:
		return rest.Tokens{}, failure("sign in", remote.SignIn, "the portal asks for a second factor, which it sends by e-mail: give dossier a user of its own without one")
	case a.Access.Token == "":
		return rest.Tokens{}, corrupt("sign in", "the portal gave no token")
	}
	t := rest.Tokens{Access: rest.Secret(a.Access.Token), Refresh: rest.Secret(a.Refresh.Token), Expiry: ends(a.Access.Expires)}
	if t.Refresh == "" {
		t.Refresh = old
	}
	return t, nil
}

// unsaidLife is how long a token is used of which the portal does not tell how long it lives.
const unsaidLife = time.Hour

func ends(text string) time.Time {
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t
	}
	return time.Now().Add(unsaidLife)
}
