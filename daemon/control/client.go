package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
)

var (
	// ErrNotRunning says that no daemon serves this state folder.
	ErrNotRunning = errors.New("no daemon is running")

	// ErrCutOff says that the daemon went away before its answer was whole.
	ErrCutOff = errors.New("the daemon stopped in the middle of its answer")
)

// RunningError says that another daemon has the state folder.
type RunningError struct {
	PID int // 0: not known
}

func (e *RunningError) Error() string {
	return fmt.Sprintf("a daemon is running already (process %d)", e.PID)
}

// Client speaks to a daemon. Its methods may be called from any goroutine. Refusals are *Error.
type Client struct{}

// Find reaches the daemon of a state folder and greets it. If there is none the error is ErrNotRunning.
func Find(ctx context.Context, stateDir string) (*Client, error) { return nil, ErrNotRunning }

// Close lets go of the daemon.
func (c *Client) Close() {}

// Version tells what the daemon said when it was greeted.
func (c *Client) Version() Version { return Version{} }

func (c *Client) Status(ctx context.Context, clients ...string) (s Status, err error) { return }

// Reconcile is the daemon's; event may be nil, and is called from this goroutine.
func (c *Client) Reconcile(ctx context.Context, req ReconcileRequest, event func(Event)) (run json.RawMessage, err error) {
	return
}
func (c *Client) Pause(ctx context.Context, req PauseRequest) error                       { return nil }
func (c *Client) Resume(ctx context.Context, req ResumeRequest) error                     { return nil }
func (c *Client) Reload(ctx context.Context) (r Reloaded, err error)                      { return }
func (c *Client) Stop(ctx context.Context) error                                          { return nil }
func (c *Client) LogLevel(ctx context.Context, level string) error                        { return nil }
func (c *Client) Approve(ctx context.Context, req ApproveRequest) (a Approved, err error) { return }

// Ask asks for a verb; args is marshalled, and the answer unmarshalled into answer.
func (c *Client) Ask(ctx context.Context, verb string, args, answer any) error { return nil }

// Events follows the daemon's news, from a cursor on; empty: from now. It ends with an error, or with a Change that is the last in its stream.
func (c *Client) Events(ctx context.Context, since string) iter.Seq2[Change, error] { return nil }
