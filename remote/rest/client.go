// Package rest does the HTTP chores of every driver: retries of reads, sign-in, budget, patience, bounds and redaction.
//
// What it promises: a call that changes something is sent once (twice only if the first was refused with 401), our token goes
// to the portal's own hosts only, no redirect is followed unasked, nothing is read without a bound, no transfer hangs for ever,
// and no error or log line holds a token or a signed link.
package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"dossier/remote"
)

// Call is one request to a portal.
type Call struct {
	Op     string // a verb; calls are counted under it
	Object string // what it is done to, for error texts; may be empty
	Method string
	URL    string
	Header http.Header
	Body   *Body // nil: none

	Write   bool          // it changes something: sent once, and its error says whether it may have been done
	Once    bool          // sent once, although it changes nothing
	Upload  bool          // it draws on the budget of uploads as well
	Link    bool          // the URL itself is the permission: our token stays home, and the URL out of the log
	Accept  []int         // statuses that are answers; empty: 200 to 299
	Limit   int64         // bytes of a JSON answer; 0: 32 MiB
	Silence time.Duration // how long nothing may move; 0: Options.Stall
}

// Body is what a call sends. Open is asked once for each time it is sent.
type Body struct {
	Open   func() (io.ReadCloser, error)
	Length int64
	Type   string
}

// JSONBody is v as JSON.
func JSONBody(v any) *Body {
	data, err := json.Marshal(v)
	return &Body{
		Open: func() (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader(data)), err
		},
		Length: int64(len(data)),
		Type:   "application/json",
	}
}

func (c Call) accepts(status int) bool {
	if len(c.Accept) == 0 {
		return status >= 200 && status <= 299
	}
	for _, s := range c.Accept {
		if s == status {
			return true
		}
	}
	return false
}

func (c Call) name() string {
	if c.Object == "" {
		return c.Op
	}
	return fmt.Sprintf("%s %q", c.Op, c.Object)
}

// Portal is what a client must know of the portal it speaks to.
type Portal struct {
	// Trusted says whether our token may go to this address. It must be strict. Nil: to Options.URL only.
	Trusted func(*url.URL) bool
	// Explain reads a refusal: the portal's Reason, RequestID and text, and the Code it amounts to (Unknown: as the status says).
	// The body is cut at 64 KiB. May be nil.
	Explain func(status int, header http.Header, body []byte) remote.Error
	// Whoami is the address of a cheap call that every good token may make. With it, a 401 is the token's fault only if this call is
	// refused as well; else the call itself is not allowed: code Denied, if Explain does not say better. Empty: a 401 is the token's.
	Whoami string
	// SignIn makes the source of tokens; nil: calls go without. The client it is given calls without a token.
	SignIn func(*Client) (TokenSource, error)
}

// Client speaks HTTP with one portal for one account. It may be used from many goroutines at once.
type Client struct {
	options Options
	portal  Portal
	plain   bool // the portal's own address is http: links may be, too
	base    http.RoundTripper
	once    *http.Client          // sends once
	often   *retryablehttp.Client // repeats reads
	tokens  TokenSource           // nil: none
	secrets redactor

	mu    sync.Mutex
	calls map[string]int64 // guarded by mu
}

// New makes a client.
func New(o Options, p Portal) (*Client, error) {
	o = o.withDefaults()
	origin, err := o.Origin()
	if err != nil {
		return nil, err
	}
	base, err := transport(o)
	if err != nil {
		return nil, err
	}
	if p.Trusted == nil {
		p.Trusted = func(u *url.URL) bool { return origin != "" && originOf(u) == origin }
	}
	c := &Client{options: o, portal: p, base: base, calls: map[string]int64{}}
	c.plain = len(origin) > 5 && origin[:5] == "http:"
	c.secrets.add(o.Token, o.ClientSecret, o.RefreshToken, o.Password)
	c.once = &http.Client{Transport: (*wire)(c), CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse // a redirect is an answer; who wants to follow it does so himself
	}}
	c.often = c.repeater()
	if p.SignIn != nil {
		if c.tokens, err = p.SignIn(c); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// Close gives up idle connections. Calls under way are not touched.
func (c *Client) Close() error {
	if t, ok := c.base.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
	return nil
}

// Calls is how many requests were sent so far, repetitions included, for each Call.Op.
func (c *Client) Calls() map[string]int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.calls)
}

func (c *Client) count(op string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls[op]++
}

// Do sends a call. The answer's status is one that the call accepts; its body must be closed.
func (c *Client) Do(ctx context.Context, call Call) (*http.Response, error) {
	return c.exchange(ctx, call, nil)
}

// JSON sends a call and decodes its answer into out, if that is not nil and the status does not say that there is nothing to
// decode: 202, 204. The response's body is closed.
func (c *Client) JSON(ctx context.Context, call Call, out any) (*http.Response, error) {
	return c.exchange(ctx, call, func(resp *http.Response) error {
		defer resp.Body.Close()
		if out == nil || resp.StatusCode == http.StatusNoContent || resp.StatusCode == http.StatusAccepted {
			return drain(resp.Body)
		}
		return decode(resp, call.Limit, out)
	})
}

// exchange sends a call, signs in again if the portal says 401 and means our token, and has handle read the answer, if it is one.
func (c *Client) exchange(ctx context.Context, call Call, handle func(*http.Response) error) (*http.Response, error) {
	t := &trip{call: call}
	resp, err := c.send(ctx, t, handle)
	good := false // whatever a 401 says, the token is not at fault
	for try := 0; err == nil && resp.StatusCode == http.StatusUnauthorized && !call.Link && c.tokens != nil && !signingIn(ctx); try++ {
		used := t.token
		t = &trip{call: call} // a call that was refused was not done
		if good, err = c.accepted(ctx, call, used); err != nil || good || try > 0 {
			break
		}
		_ = resp.Body.Close()
		if _, err = c.tokens.Renew(ctx, used); err == nil {
			resp, err = c.send(ctx, t, handle)
		}
	}
	if err != nil {
		if resp != nil {
			_ = resp.Body.Close()
		}
		return nil, c.fail(ctx, t, err)
	}
	if !call.accepts(resp.StatusCode) {
		return nil, c.refused(ctx, call, resp, good)
	}
	return resp, nil
}

// accepted asks whether a token that a call was refused with is good all the same, where the portal is known to refuse so for
// other reasons (Portal.Whoami).
func (c *Client) accepted(ctx context.Context, call Call, used Secret) (bool, error) {
	if c.portal.Whoami == "" || call.URL == c.portal.Whoami {
		return false, nil
	}
	t := &trip{call: Call{Op: "check token", Method: http.MethodGet, URL: c.portal.Whoami, Header: http.Header{"Accept": {"application/json"}}}}
	resp, err := c.send(ctx, t, nil)
	if err != nil {
		return false, err
	}
	defer resp.Body.Close()
	switch {
	case t.token != used: // somebody has signed in meanwhile
		return false, nil
	case resp.StatusCode == http.StatusUnauthorized, t.call.accepts(resp.StatusCode):
		return t.call.accepts(resp.StatusCode), drain(resp.Body)
	}
	return false, c.refused(ctx, t.call, resp, false)
}

func (c *Client) send(ctx context.Context, t *trip, handle func(*http.Response) error) (*http.Response, error) {
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	if handle == nil {
		handle = func(*http.Response) error { return nil }
	}
	read := func(resp *http.Response) error {
		if !t.call.accepts(resp.StatusCode) {
			return nil
		}
		return handle(resp)
	}
	if t.call.Write || t.call.Once || signingIn(ctx) {
		return c.sendOnce(ctx, t, read)
	}
	return c.sendOften(ctx, t, read)
}

func (c *Client) sendOnce(ctx context.Context, t *trip, read func(*http.Response) error) (*http.Response, error) {
	req, err := http.NewRequestWithContext(withTrip(ctx, t), t.call.Method, t.call.URL, nil)
	if err != nil {
		return nil, err
	}
	dress(req, t.call)
	if b := t.call.Body; b != nil && b.Length > 0 {
		if req.Body, err = b.Open(); err != nil {
			return nil, own(err)
		}
		// The transport asks for it again only if it is certain that nothing of the first has left.
		req.ContentLength, req.GetBody = b.Length, b.Open
	}
	resp, err := c.once.Do(req)
	if err != nil {
		return nil, err
	}
	return resp, read(resp)
}

func (c *Client) sendOften(ctx context.Context, t *trip, read func(*http.Response) error) (*http.Response, error) {
	var body any
	if b := t.call.Body; b != nil {
		body = retryablehttp.ReaderFunc(func() (io.Reader, error) { return b.Open() })
	}
	req, err := retryablehttp.NewRequestWithContext(withTrip(ctx, t), t.call.Method, t.call.URL, body)
	if err != nil {
		return nil, err
	}
	dress(req.Request, t.call)
	if t.call.Body != nil {
		req.ContentLength = t.call.Body.Length
	}
	req.SetResponseHandler(read)
	return c.often.Do(req)
}

func dress(req *http.Request, call Call) {
	for k, v := range call.Header {
		req.Header[http.CanonicalHeaderKey(k)] = v
	}
	if call.Body != nil && call.Body.Type != "" {
		req.Header.Set("Content-Type", call.Body.Type)
	}
}
