package rest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"
)

var errStalled = errors.New("nothing moved for too long")

// watchdog cancels a request when nothing has moved for a while. It minds progress, not duration, and only the other side's: it
// is held while we read our own file, or while nobody here takes what has come.
type watchdog struct {
	patience time.Duration
	asked    context.Context // the caller's
	ctx      context.Context
	cancel   context.CancelCauseFunc

	mu       sync.Mutex
	timer    *time.Timer // guarded by mu; nil: called off
	answered bool        // guarded by mu; what we send no longer counts
	own      error       // guarded by mu; why what we send could not be read
}

func watch(ctx context.Context, patience time.Duration) *watchdog {
	w := &watchdog{patience: patience, asked: ctx}
	w.ctx, w.cancel = context.WithCancelCause(ctx)
	w.timer = time.AfterFunc(patience, func() { w.cancel(errStalled) })
	return w
}

// expect begins to wait for the other side; hold ends it.
func (w *watchdog) expect() { w.set(func(t *time.Timer) { t.Reset(w.patience) }) }
func (w *watchdog) hold()   { w.set(func(t *time.Timer) { t.Stop() }) }

func (w *watchdog) set(f func(*time.Timer)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.timer != nil {
		f(w.timer)
	}
}

// sending does the same for what we send, until the answer is there.
func (w *watchdog) sending(f func(*time.Timer)) {
	w.set(func(t *time.Timer) {
		if !w.answered {
			f(t)
		}
	})
}

// answer holds the watchdog until somebody reads on.
func (w *watchdog) answer() {
	w.set(func(t *time.Timer) {
		w.answered = true
		t.Stop()
	})
}

// off ends the watch and frees what the request holds.
func (w *watchdog) off() {
	w.mu.Lock()
	if w.timer != nil {
		w.timer.Stop()
		w.timer = nil
	}
	w.mu.Unlock()
	w.cancel(context.Canceled)
}

// blame keeps the reason why our own content could not be read, which transports tell in words of their own, if at all.
func (w *watchdog) blame(err error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.own == nil && context.Cause(w.ctx) == nil {
		w.own = own(err)
	}
	return err
}

// explain puts the true reason in the place of what a transport makes of it.
func (w *watchdog) explain(err error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err != nil && err != io.EOF && w.own != nil {
		return w.own
	}
	if err != nil && err != io.EOF && w.asked.Err() != nil {
		return ended(w.asked)
	}
	if err != nil && err != io.EOF && context.Cause(w.ctx) == errStalled {
		return errStalled
	}
	return err
}

// watched sends a request under a watchdog, which stays until the answer's body is closed.
func (c *Client) watched(req *http.Request, call Call) (*http.Response, error) {
	patience := call.Silence
	if patience <= 0 {
		patience = c.options.Stall
	}
	w := watch(req.Context(), patience)
	req = req.WithContext(w.ctx)
	if req.Body != nil && req.Body != http.NoBody {
		req.Body = &sentBody{rc: req.Body, dog: w}
		if open := req.GetBody; open != nil {
			req.GetBody = func() (io.ReadCloser, error) {
				rc, err := open()
				return &sentBody{rc: rc, dog: w}, err
			}
		}
	}
	resp, err := c.base.RoundTrip(req)
	if err != nil {
		err = w.explain(err)
		w.off()
		return nil, err
	}
	w.answer()
	resp.Body = &watchedBody{rc: resp.Body, dog: w}
	return resp, nil
}

// sentBody is what we send.
type sentBody struct {
	rc  io.ReadCloser
	dog *watchdog
}

func (b *sentBody) Read(p []byte) (int, error) {
	if b.dog.asked.Err() != nil {
		return 0, ended(b.dog.asked)
	}
	b.dog.sending(func(t *time.Timer) { t.Stop() })
	n, err := b.rc.Read(p)
	b.dog.sending(func(t *time.Timer) { t.Reset(b.dog.patience) })
	if err != nil && err != io.EOF {
		return n, b.dog.blame(err)
	}
	return n, err
}

func (b *sentBody) Close() error { return b.rc.Close() }

// watchedBody is what we get; closing it ends the watch.
type watchedBody struct {
	rc  io.ReadCloser
	dog *watchdog
}

func (b *watchedBody) Read(p []byte) (int, error) {
	if b.dog.asked.Err() != nil { // what is here already, or comes faster than a transport notices, is not wanted either
		return 0, ended(b.dog.asked)
	}
	b.dog.expect()
	n, err := b.rc.Read(p)
	b.dog.hold()
	return n, b.dog.explain(err)
}

func (b *watchedBody) Close() error {
	err := b.rc.Close()
	b.dog.off()
	return err
}
