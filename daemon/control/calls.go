package control

import (
	"context"
	"encoding/json"
	"iter"
	"net/url"
)

// Status is the daemon's.
func (c *Client) Status(ctx context.Context, clients ...string) (s Status, err error) {
	path := "/v1/status"
	if len(clients) > 0 {
		path += "?" + url.Values{"client": clients}.Encode()
	}
	return s, c.call(ctx, "GET", path, nil, &s)
}

// Pause is the daemon's.
func (c *Client) Pause(ctx context.Context, req PauseRequest) error {
	return c.call(ctx, "POST", "/v1/pause", req, nil)
}

// Resume is the daemon's.
func (c *Client) Resume(ctx context.Context, req ResumeRequest) error {
	return c.call(ctx, "POST", "/v1/resume", req, nil)
}

// Reload is the daemon's.
func (c *Client) Reload(ctx context.Context) (r Reloaded, err error) {
	return r, c.call(ctx, "POST", "/v1/reload", nil, &r)
}

// Stop is the daemon's. When it has stopped Find says ErrNotRunning.
func (c *Client) Stop(ctx context.Context) error { return c.call(ctx, "POST", "/v1/stop", nil, nil) }

// LogLevel is the daemon's.
func (c *Client) LogLevel(ctx context.Context, level string) error {
	return c.call(ctx, "POST", "/v1/log-level", LogLevelRequest{level}, nil)
}

// Approve is the daemon's.
func (c *Client) Approve(ctx context.Context, req ApproveRequest) (a Approved, err error) {
	return a, c.call(ctx, "POST", "/v1/approve", req, &a)
}

// Ask is the daemon's; args is marshalled, and what comes back is unmarshalled into answer. Both may be nil.
func (c *Client) Ask(ctx context.Context, verb string, args, answer any) error {
	return c.call(ctx, "POST", "/v1/ask/"+url.PathEscape(verb), args, answer)
}

// Reconcile is the daemon's. event may be nil; it is called from this goroutine. If ctx ends, the daemon is told by the closed connection.
func (c *Client) Reconcile(ctx context.Context, req ReconcileRequest, event func(Event)) (json.RawMessage, error) {
	resp, err := c.do(ctx, "POST", "/v1/reconcile", req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	d := json.NewDecoder(resp.Body)
	for {
		var l line
		if err := d.Decode(&l); err != nil {
			return nil, broken(ctx, err)
		}
		switch {
		case l.Error != nil:
			return nil, l.Error
		case l.Run != nil:
			return l.Run, nil
		case l.Event != nil && event != nil:
			event(*l.Event)
		}
	}
}

// Events follows the daemon's news from a cursor on; empty: from now. After a Change of the kind Dropped or Stopping there are no more;
// an error is the last, too.
func (c *Client) Events(ctx context.Context, since string) iter.Seq2[Change, error] {
	return func(yield func(Change, error) bool) {
		path := "/v1/events"
		if since != "" {
			path += "?" + url.Values{"since": {since}}.Encode()
		}
		resp, err := c.do(ctx, "GET", path, nil)
		if err != nil {
			yield(Change{}, err)
			return
		}
		defer resp.Body.Close()
		d := json.NewDecoder(resp.Body)
		for {
			var change Change
			if err := d.Decode(&change); err != nil {
				yield(Change{}, broken(ctx, err))
				return
			}
			if !yield(change, nil) || change.Kind == Dropped || change.Kind == Stopping {
				return
			}
		}
	}
}
