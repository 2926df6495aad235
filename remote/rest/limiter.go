package rest

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"dossier/remote"
)

// Limits is how much a portal allows in a minute. Zero: no limit is known.
type Limits struct {
	Calls   int
	Uploads int // files; each is a call as well
}

const (
	// longestPause caps what a portal can make us wait in one go, whatever its Retry-After says.
	longestPause = 10 * time.Minute
	// longestWait is how long a call is held back in silence. Above it, the caller is told to come again.
	longestWait = 2 * time.Minute
	// unsaidPause is for a 429 that does not say how long.
	unsaidPause = 5 * time.Second
)

// Limiter keeps an account within its portal's budget, as far as it was told, or is learned from refusals. One value is shared by
// all that speak for the account.
type Limiter struct {
	mu             sync.Mutex
	paused         time.Time // guarded by mu; nobody calls before
	calls, uploads *learned  // what they learn is guarded by mu
}

// NewLimiter makes the limiter of one account.
func NewLimiter(l Limits) *Limiter {
	return &Limiter{calls: newLearned(l.Calls), uploads: newLearned(l.Uploads)}
}

// bucket lets at most perMinute through in any minute, whatever the minute's beginning: burst + rate × 60 s = perMinute.
func bucket(perMinute int) *rate.Limiter {
	if perMinute <= 0 {
		return rate.NewLimiter(rate.Inf, 0)
	}
	burst := max(1, perMinute/100)
	steady := max(1, perMinute-burst)
	return rate.NewLimiter(rate.Limit(float64(steady)/60), burst)
}

// Wait returns when a call may be sent. If that would be in more than two minutes, it fails at once with code Throttled.
func (l *Limiter) Wait(ctx context.Context, upload bool) error {
	for {
		if err := l.sitOut(ctx); err != nil {
			return err
		}
		if upload {
			if err := l.uploads.bucket.Wait(ctx); err != nil {
				return late(ctx)
			}
		}
		if err := l.calls.bucket.Wait(ctx); err != nil {
			return late(ctx)
		}
		if l.left() <= 0 {
			return nil
		}
		// A pause has begun while we waited for our turn. After it we queue up again, lest all go at once.
	}
}

// sitOut waits for the end of a pause.
func (l *Limiter) sitOut(ctx context.Context) error {
	for left := l.left(); left > 0; left = l.left() {
		if left > longestWait {
			return &remote.Error{Code: remote.Throttled, RetryAfter: left}
		}
		if err := Sleep(ctx, left); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// late gives the error of a bucket its proper name: the only one it has is that ctx ends before our turn comes.
func late(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return &remote.Error{Code: remote.Throttled, Err: context.DeadlineExceeded}
}

// Pause holds everybody back for d, at most ten minutes.
func (l *Limiter) Pause(d time.Duration) {
	until := time.Now().Add(min(d, longestPause))
	l.mu.Lock()
	defer l.mu.Unlock()
	if until.After(l.paused) {
		l.paused = until
	}
}

// noted hears how each call fared.
func (l *Limiter) noted(refused, upload bool) {
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	budget := l.calls
	if upload {
		budget = l.uploads
		if !refused {
			l.calls.pass(now)
		}
	}
	if refused {
		budget.refuse(now)
	} else {
		budget.pass(now)
	}
}

func (l *Limiter) left() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return time.Until(l.paused)
}

// Sleep waits for d, or until ctx is done.
func Sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}
