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
	return &signIn{turn: newTurn(), renew: func(ctx context.Context) (Tokens, error) {
		t, err := config.Token(c.forSignIn(ctx))
		return c.signedIn(t, err)
	}}
}

// Refreshed signs in with refresh tokens, of which each is good for one use. New ones are saved in Options.Store before
// any of them is used; if that fails, they wait, unused, until it succeeds.
func Refreshed(c *Client, tokenURL string) (TokenSource, error) {
	if c.options.Store == nil {
		return nil, errors.New("sign in: a refresh token needs a store for those that follow it")
	}
	r := &refresher{client: c, store: c.options.Store, seed: c.options.RefreshToken, config: oauth2.Config{
		ClientID: c.options.ClientID, ClientSecret: c.options.ClientSecret.Reveal(),
		Endpoint: oauth2.Endpoint{TokenURL: tokenURL, AuthStyle: oauth2.AuthStyleInParams}}}
	return &signIn{turn: newTurn(), renew: r.renew, known: r.known}, nil
}

// signIn holds one token for all, and lets one caller at a time get the next.
type signIn struct {
	turn  turn
	now   Tokens                                    // guarded by turn
	known func(context.Context) (Tokens, error)     // what is there already; may be nil
	renew func(ctx context.Context) (Tokens, error) // gets another
}

func (s *signIn) Token(ctx context.Context) (Secret, error) {
	return s.get(ctx, func(t Tokens) bool { return t.fresh() })
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
	if s.known != nil {
		t, err := s.known(ctx)
		if err != nil {
			return "", err
		}
		if good(t) {
			s.now = t
			return t.Access, nil
		}
	}
	t, err := s.renew(ctx)
	if err != nil {
		return "", err
	}
	s.now = t
	return t.Access, nil
}

// refresher owns a chain of single-use refresh tokens. It is called by one goroutine at a time.
type refresher struct {
	client  *Client
	store   TokenStore
	seed    Secret
	config  oauth2.Config
	unsaved Tokens   // got, but not yet durable: not to be used
	void    []Secret // refresh tokens that the portal refused
}

// known is what the store holds: another process may have renewed it. What is still unsaved is saved first.
func (r *refresher) known(ctx context.Context) (Tokens, error) {
	if r.unsaved.Refresh != "" {
		return r.save(ctx, r.unsaved)
	}
	t, err := r.store.Load(ctx)
	if err != nil {
		return Tokens{}, storeError("read", err)
	}
	r.client.secrets.add(t.Access, t.Refresh)
	return t, nil
}

// otherSaves is how long another process may take from using up a refresh token to saving the next.
const otherSaves = 2 * time.Second

// renew tries the stored refresh token; if that is void, what the store holds by then; and last the one we began with.
func (r *refresher) renew(ctx context.Context) (Tokens, error) {
	const tries = 4 // stored, stored by another meanwhile, the seed, stored by another a little later
	var refusal error = &remote.Error{Op: "sign in", Code: remote.SignIn}
	waited := false
	for range tries {
		t, err := r.known(ctx)
		if err != nil {
			return Tokens{}, err
		}
		if len(r.void) > 0 && t.fresh() && !slices.Contains(r.void, t.Refresh) {
			return t, nil // another process was quicker
		}
		refresh := r.candidate(t)
		if refresh == "" && !waited && len(r.void) > 0 {
			waited = true
			if err := Sleep(ctx, otherSaves); err != nil {
				return Tokens{}, err
			}
			continue
		}
		if refresh == "" {
			return Tokens{}, refusal
		}
		next, err := r.refresh(ctx, refresh)
		if err == nil {
			return r.save(ctx, next)
		}
		if remote.CodeOf(err) != remote.SignIn {
			return Tokens{}, err
		}
		refusal = err
		r.void = append(r.void, refresh)
	}
	return Tokens{}, refusal
}

func (r *refresher) candidate(stored Tokens) Secret {
	for _, s := range []Secret{stored.Refresh, r.seed} {
		if s != "" && !slices.Contains(r.void, s) {
			return s
		}
	}
	return ""
}

func (r *refresher) refresh(ctx context.Context, refresh Secret) (Tokens, error) {
	src := r.config.TokenSource(r.client.forSignIn(ctx), &oauth2.Token{RefreshToken: refresh.Reveal()})
	t, err := src.Token()
	return r.client.signedIn(t, err)
}

func (r *refresher) save(ctx context.Context, t Tokens) (Tokens, error) {
	r.unsaved = t
	if err := r.store.Save(ctx, t); err != nil {
		return Tokens{}, storeError("save", err)
	}
	r.unsaved, r.void = Tokens{}, nil
	return t, nil
}

func storeError(verb string, err error) error {
	return &remote.Error{Op: verb + " tokens", Code: remote.Unknown, Err: err}
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
		return Tokens{Access: Secret(t.AccessToken), Refresh: Secret(t.RefreshToken), Expiry: t.Expiry}, nil
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
