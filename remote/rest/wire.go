package rest

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"time"

	"dossier/remote"
)

// trip follows one call from Do to the wire and back.
type trip struct {
	call  Call
	token Secret // went with the last attempt
	sent  bool   // given to the transport: from here on it may have taken effect
	pass  *pass  // of the request under way
}

type tripKey struct{}

func withTrip(ctx context.Context, t *trip) context.Context {
	return context.WithValue(ctx, tripKey{}, t)
}

// wire is the client seen from below: each single request passes here, repetitions and sign-ins included.
type wire Client

// RoundTrip waits for the budget, adds the token, counts, sends, and watches that something moves.
func (w *wire) RoundTrip(req *http.Request) (*http.Response, error) {
	c := (*Client)(w)
	t, _ := req.Context().Value(tripKey{}).(*trip)
	if t == nil {
		t = &trip{call: Call{Op: "other", Link: true}}
	}
	out := req.Clone(req.Context())
	if err := c.admit(out, t); err != nil {
		t.leave(req.Context(), nil)
		if req.Body != nil {
			_ = req.Body.Close()
		}
		return nil, err
	}
	c.count(t.call.Op)
	remote.Sent(req.Context())
	t.sent = true
	began := time.Now()
	resp, err := c.watched(out, t.call)
	c.log(out, t.call, resp, err, time.Since(began))
	t.leave(req.Context(), resp)
	return resp, err
}

// admit holds a request back until it may go, and dresses it.
func (c *Client) admit(req *http.Request, t *trip) error {
	req.Header.Set("User-Agent", c.options.UserAgent)
	if t.call.Link {
		return nil
	}
	if !c.portal.Trusted(req.URL) {
		return &remote.Error{Code: remote.Corrupt, Err: errorText("the portal sent us to another host (%s), which must not have our token", req.URL.Host)}
	}
	if signingIn(req.Context()) {
		return c.enter(req.Context(), t)
	}
	// A sign-in may take long: if one is due, better before our turn than in it, lest those who wait for it then go all at once.
	if _, err := c.token(req.Context()); err != nil {
		return err
	}
	if err := c.enter(req.Context(), t); err != nil {
		return err
	}
	token, err := c.token(req.Context())
	if err != nil || token == "" {
		return err
	}
	t.token = token
	req.Header.Set("Authorization", "Bearer "+token.Reveal())
	return nil
}

// token is the one to send, empty if calls go without.
func (c *Client) token(ctx context.Context) (Secret, error) {
	if c.tokens == nil {
		return "", nil
	}
	token, err := c.tokens.Token(ctx)
	if err == nil {
		c.secrets.add(token)
	}
	return token, err
}

// enter waits for the account's budget.
func (c *Client) enter(ctx context.Context, t *trip) (err error) {
	t.pass, err = c.options.Limiter.enter(ctx, t.call.Upload)
	return err
}

// leave tells the budget how a call fared. The headers of a sign-in speak of a budget of its own.
func (t *trip) leave(ctx context.Context, resp *http.Response) {
	p := t.pass
	t.pass = nil
	switch {
	case p == nil:
	case resp == nil || signingIn(ctx):
		p.failed()
	default:
		p.answered(resp.StatusCode, resp.Header)
	}
}

func (c *Client) log(req *http.Request, call Call, resp *http.Response, err error, took time.Duration) {
	if !c.options.Log.Enabled(req.Context(), slog.LevelDebug) {
		return
	}
	path := req.URL.EscapedPath()
	if call.Link {
		path = ""
	}
	facts := []slog.Attr{slog.String("op", call.Op), slog.String("object", c.secrets.clean(call.Object)), slog.String("method", req.Method),
		slog.String("host", req.URL.Host), slog.String("path", c.secrets.clean(path)), slog.Duration("took", took)}
	if resp != nil {
		facts = append(facts, slog.Int("status", resp.StatusCode))
	}
	if err != nil {
		facts = append(facts, slog.String("error", c.secrets.clean(err.Error())))
	}
	c.options.Log.LogAttrs(req.Context(), slog.LevelDebug, "call", facts...)
}

// drain reads what is left of a small body, so that its connection can be used again.
func drain(body io.Reader) error {
	_, err := io.Copy(io.Discard, io.LimitReader(body, 64<<10))
	return err
}
