package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"time"
)

var (
	// ErrNotRunning says that no daemon serves this state folder.
	ErrNotRunning = errors.New("no daemon is running")

	// ErrCutOff says that the daemon went away before its answer was whole.
	ErrCutOff = errors.New("the daemon stopped in the middle of its answer; its log says why")
)

// RunningError says that another daemon has the state folder.
type RunningError struct {
	PID int // 0: not known
}

func (e *RunningError) Error() string {
	if e.PID == 0 {
		return "another daemon is running already"
	}
	return fmt.Sprintf("another daemon is running already (process %d)", e.PID)
}

// Client speaks to a daemon. Its methods may be called from any goroutine. Refusals are *Error; if the daemon has gone meanwhile the
// error is ErrNotRunning or ErrCutOff; if ctx ends it is ctx's cause.
type Client struct {
	http    *http.Client
	version Version
}

// greetTime is how long a daemon may take to say who it is.
const greetTime = 5 * time.Second

// Find reaches the daemon of a state folder and greets it. If there is none the error is ErrNotRunning, at once.
func Find(ctx context.Context, stateDir string) (*Client, error) {
	return find(ctx, stateDir, greetTime)
}

func find(ctx context.Context, stateDir string, wait time.Duration) (*Client, error) {
	dir, err := filepath.Abs(stateDir)
	if err != nil {
		return nil, fmt.Errorf("find the daemon: %w", err)
	}
	c := &Client{http: &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx, dir) },
	}}}
	ctx, cancel := context.WithTimeoutCause(ctx, wait, errSilent)
	defer cancel()
	if err := c.call(ctx, "GET", "/v1/version", nil, &c.version); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

var errSilent = Errorf(Busy, "look into its log, or restart it: dossier service restart", "a daemon is running, but does not answer within %s", greetTime)

func dial(ctx context.Context, dir string) (net.Conn, error) {
	conn, err := connect(ctx, dir)
	if err != nil {
		return nil, err
	}
	if err := verify(conn, dir); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

// Close lets go of the daemon.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Version tells what the daemon said when it was greeted.
func (c *Client) Version() Version { return c.version }

// do sends a request and returns its answer, unless that is an error.
func (c *Client) do(ctx context.Context, method, path string, req any) (*http.Response, error) {
	var body io.Reader
	if req != nil {
		text, err := json.Marshal(req)
		if err != nil {
			return nil, fmt.Errorf("ask the daemon: %w", err)
		}
		body = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(ctx, method, "http://"+host+path, body)
	if err != nil {
		return nil, fmt.Errorf("ask the daemon: %w", err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(versionHeader, fmt.Sprintf("%d.%d", API, Revision))
	resp, err := c.http.Do(r)
	if err != nil {
		return nil, broken(ctx, err)
	}
	if resp.StatusCode != http.StatusOK {
		defer resp.Body.Close()
		return nil, refused(ctx, resp)
	}
	return resp, nil
}

// call does what is answered with one value.
func (c *Client) call(ctx context.Context, method, path string, req, answer any) error {
	resp, err := c.do(ctx, method, path, req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return broken(ctx, err)
	}
	if answer == nil {
		return nil
	}
	if err := json.Unmarshal(text, answer); err != nil {
		return fmt.Errorf("read the daemon's answer to %s: %w", path, err)
	}
	return nil
}

// refused reads why a request was.
func refused(ctx context.Context, resp *http.Response) error {
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if err != nil {
		return broken(ctx, err)
	}
	var f failure
	if json.Unmarshal(text, &f) != nil || f.Error == nil {
		return fmt.Errorf("the daemon answered %s to %s, and not why", resp.Status, resp.Request.URL.Path)
	}
	return f.Error
}

// broken tells what a broken connection means.
func broken(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	if errors.Is(err, ErrNotRunning) {
		return ErrNotRunning
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		return fmt.Errorf("reach the daemon: %w", op)
	}
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err // the address says nothing
	}
	return fmt.Errorf("%w (%v)", ErrCutOff, err)
}
