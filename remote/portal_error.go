package remote

import (
	"errors"
	"time"
)

// maxRetryAfter is the longest wait that a portal can impose.
const maxRetryAfter = 24 * time.Hour

// wrap makes an *Error with an Op of what a call ended with; nil stays nil. A write that failed in a way that the driver
// has no words for may have been done.
func wrap(op string, err error, writes bool) error {
	if err == nil {
		return nil
	}
	w := Error{Err: err}
	if inner, ok := errors.AsType[*Error](err); !ok {
		w.Outcome = MaybeDone
	} else {
		w = *inner
		if error(inner) != err { // it was wrapped: what was put around it is kept
			w.Err = err
		}
	}
	if w.Op == "" {
		w.Op = op
	}
	if !writes {
		w.Outcome = NotDone
	}
	w.RetryAfter = min(max(w.RetryAfter, 0), maxRetryAfter)
	if w.Existing != nil && checkEntry(*w.Existing) != nil {
		w.Existing = nil
	}
	return &w
}
