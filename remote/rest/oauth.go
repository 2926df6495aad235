package rest

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"dossier/remote"
)

// ClientCredentials signs in as an app: each token is asked for anew with the app's secret.
func ClientCredentials(c *Client, tokenURL string, extra url.Values) TokenSource {
	config := clientcredentials.Config{ClientID: c.options.ClientID, ClientSecret: c.options.ClientSecret.Reveal(),
		TokenURL: tokenURL, EndpointParams: extra, AuthStyle: oauth2.AuthStyleInParams}
	return &signIn{turn: newTurn(), next: func(ctx context.Context, _ func(Tokens) bool) (Tokens, error) {
		t, err := config.Token(c.forSignIn(ctx))
		return c.signedIn(t, err)
	}}
}

// Refreshed signs in with refresh tokens, of which each is good for one use, as Exchanged does: with the one on file, or if that is
// void with the one that the configuration names.
func Refreshed(c *Client, tokenURL string) (TokenSource, error) {
	if c.options.Store == nil {
		return nil, errors.New("sign in: a refresh token needs a store for those that follow it")
	}
	config := oauth2.Config{ClientID: c.options.ClientID, ClientSecret: c.options.ClientSecret.Reveal(),
		Endpoint: oauth2.Endpoint{TokenURL: tokenURL, AuthStyle: oauth2.AuthStyleInParams}}
	return Exchanged(c, func(ctx context.Context, old Tokens) (next Tokens, err error) {
		err = &remote.Error{Op: "sign in", Code: remote.SignIn}
		for _, refresh := range slices.Compact([]Secret{old.Refresh, c.options.RefreshToken}) {
			if refresh == "" {
				continue
			}
			t, failed := config.TokenSource(c.forSignIn(ctx), &oauth2.Token{RefreshToken: refresh.Reveal()}).Token()
			if next, err = c.signedIn(t, failed); remote.CodeOf(err) != remote.SignIn {
				break
			}
		}
		return next, err
	})
}

// forSignIn has package oauth2 send through our wire: counted, watched, logged, without a token, once.
func (c *Client) forSignIn(ctx context.Context) context.Context {
	ctx = withTrip(ctx, &trip{call: Call{Op: "sign in", Link: true, Write: true}})
	return context.WithValue(ctx, oauth2.HTTPClient, &http.Client{Transport: (*wire)(c), CheckRedirect: c.once.CheckRedirect})
}

// signedIn turns the words of package oauth2 into ours. Its error texts may quote whole answers: only their codes are kept.
func (c *Client) signedIn(t *oauth2.Token, err error) (Tokens, error) {
	if err == nil {
		c.secrets.add(Secret(t.AccessToken), Secret(t.RefreshToken))
		return Tokens{Access: Secret(t.AccessToken), Refresh: Secret(t.RefreshToken), Expiry: t.Expiry, Got: time.Now()}, nil
	}
	e := &remote.Error{Op: "sign in", Code: remote.Unavailable}
	refusal, ok := errors.AsType[*oauth2.RetrieveError](err)
	switch {
	case ok:
		e.Status, e.Reason = refusal.Response.StatusCode, c.secrets.clean(shorten(refusal.ErrorCode))
		e.RetryAfter = RetryAfter(refusal.Response.Header)
		switch {
		case e.Status == http.StatusTooManyRequests:
			e.Code = remote.Throttled
		case e.Status < 500:
			e.Code = remote.SignIn
		}
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		e.Code, e.Err = remote.Unknown, withoutURL(err)
	default:
		e.Err = errors.New(c.secrets.clean(shorten(withoutURL(err).Error())))
	}
	return Tokens{}, e
}
