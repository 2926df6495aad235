package rest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"

	"dossier/remote"
)

// ErrNotSent, wrapped by the error of a transport of the caller's own, says that nothing left this machine.
var ErrNotSent = errors.New("not sent")

// ownError is a failure on our side: the file to be sent could not be read, or is not what it was.
type ownError struct{ err error }

func (e *ownError) Error() string { return e.err.Error() }
func (e *ownError) Unwrap() error { return e.err }

func own(err error) error {
	if _, ok := errors.AsType[*ownError](err); ok {
		return err
	}
	return &ownError{err}
}

// ended says that ctx is done, and why.
func ended(ctx context.Context) error {
	cause := context.Cause(ctx)
	if errors.Is(cause, ctx.Err()) {
		return cause
	}
	return fmt.Errorf("%w: %w", ctx.Err(), cause)
}

func errorText(format string, args ...any) error {
	return errors.New(scrub(fmt.Sprintf(format, args...)))
}

// fail is the error of a call that brought no answer, or one that could not be read.
func (c *Client) fail(ctx context.Context, t *trip, err error) error {
	e := &remote.Error{Op: t.call.name(), Outcome: c.outcome(t, err)}
	bad, isBad := errors.AsType[*corrupt](err)
	ownErr, isOwn := errors.AsType[*ownError](err)
	ours, isOurs := errors.AsType[*remote.Error](err)
	switch {
	case ctx.Err() != nil:
		e.Err = ended(ctx)
	case isOwn:
		e.Code, e.Err = remote.CodeOf(ownErr.err), ownErr.err
		if inner, ok := ownErr.err.(*remote.Error); ok {
			e.Err = inner.Err
		}
	case isOurs:
		e.Code, e.Status, e.Reason, e.RetryAfter, e.Err = ours.Code, ours.Status, ours.Reason, ours.RetryAfter, ours.Err
	case isBad:
		e.Code, e.Err = remote.Corrupt, errors.New(c.secrets.clean(bad.text))
	default:
		e.Code, e.Err = remote.Unavailable, errors.New(c.secrets.clean(shorten(withoutURL(err).Error())))
	}
	return e
}

// outcome is what is known of the effect of a call that brought no usable answer.
func (c *Client) outcome(t *trip, err error) remote.Outcome {
	if !t.call.Write || !t.sent || errors.Is(err, ErrNotSent) || certificate(err) {
		return remote.NotDone
	}
	if _, ok := errors.AsType[*ownError](err); ok {
		return remote.NotDone // the portal has less than was announced to it
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && (op.Op == "dial" || op.Op == "proxyconnect") {
		return remote.NotDone
	}
	return remote.MaybeDone
}

// refused is the error of a call that brought an answer it does not accept, good that our token is accepted all the same. It closes
// the answer's body.
func (c *Client) refused(ctx context.Context, call Call, resp *http.Response, good bool) error {
	defer resp.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	var e remote.Error
	if c.portal.Explain != nil && !call.Link {
		e = c.portal.Explain(resp.StatusCode, resp.Header, body)
	}
	if e.Code == remote.Unknown && good {
		e.Code = remote.Denied
	}
	if e.Code == remote.Unknown {
		e.Code = codeOf(resp.StatusCode)
	}
	if signingIn(ctx) && refusesSignIn(resp.StatusCode) && e.Code != remote.Throttled {
		e.Code = remote.SignIn
	}
	e.Op, e.Status, e.RetryAfter = call.name(), resp.StatusCode, RetryAfter(resp.Header)
	e.Reason, e.RequestID = c.secrets.clean(shorten(e.Reason)), c.secrets.clean(shorten(e.RequestID))
	if e.Err != nil {
		e.Err = errors.New(c.secrets.clean(shorten(e.Err.Error())))
	}
	if e.Err == nil && redirect(resp.StatusCode) {
		e.Err = errors.New("the portal sent us elsewhere, where we did not go")
	}
	if call.Write && maybeDone(resp.StatusCode) {
		e.Outcome = remote.MaybeDone
	}
	return &e
}

func redirect(status int) bool {
	return status >= 300 && status <= 399 && status != http.StatusNotModified
}

// codeOf is what a status means where the portal says no more.
func codeOf(status int) remote.Code {
	switch status {
	case http.StatusUnauthorized:
		return remote.SignIn
	case http.StatusForbidden:
		return remote.Denied
	case http.StatusNotFound, http.StatusGone:
		return remote.NotFound
	case http.StatusConflict, http.StatusLocked:
		return remote.Busy
	case http.StatusPreconditionFailed:
		return remote.Stale
	case http.StatusRequestEntityTooLarge:
		return remote.TooBig
	case http.StatusTooManyRequests:
		return remote.Throttled
	case http.StatusInsufficientStorage:
		return remote.Quota
	case http.StatusNotImplemented:
		return remote.Unsupported
	}
	switch {
	case status >= 500, status == http.StatusRequestTimeout, status == http.StatusProxyAuthRequired:
		return remote.Unavailable
	case redirect(status), status < 300:
		return remote.Corrupt
	}
	return remote.Unknown
}

// maybeDone: only a clear refusal is proof that nothing was done. A server in trouble may have done it all the same,
// and so may one that sends us elsewhere.
func maybeDone(status int) bool {
	switch status {
	case http.StatusRequestTimeout:
		return true
	case http.StatusNotImplemented, http.StatusInsufficientStorage:
		return false
	}
	return status < 400 || status >= 500
}
