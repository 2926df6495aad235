package rest

import (
	"context"
	"net/http"
	"sync"
	"time"

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
	// longestWait is how long a call is held back in silence by a pause. Above it, the caller is told to come again.
	longestWait = 2 * time.Minute
	// unsaidPause is for a 429 that does not say how long.
	unsaidPause = 5 * time.Second
	// gently is how long after a pause calls go one by one, where the budget is unknown: or all that wait would be refused together.
	gently = 5 * time.Second
)

// Limiter keeps an account within its portal's budget, as far as it was told, is told by the portal's headers, or is learned from
// refusals. One value is shared by all that speak for the account. Of the calls that wait, the more urgent go first
// (remote.UrgencyOf), and among equals each client in turn (remote.ClientOf).
type Limiter struct {
	mu             sync.Mutex
	paused         time.Time   // guarded by mu; nobody calls before
	calls, uploads *budget     // guarded by mu
	queue          queue       // guarded by mu
	flying         int         // guarded by mu; calls that are not answered yet
	sent, refused  int64       // guarded by mu
	alarm          *time.Timer // guarded by mu; nil: nobody ever waited
}

// NewLimiter makes the limiter of one account.
func NewLimiter(l Limits) *Limiter {
	return &Limiter{calls: newBudget(l.Calls), uploads: newBudget(l.Uploads)}
}

// Allow tells the limiter what the portal allows. What the portal's own headers said stays.
func (l *Limiter) Allow(limits Limits) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.calls.steered {
		l.calls.tell(limits.Calls)
	}
	l.uploads.tell(limits.Uploads)
	l.dispatch(time.Now())
}

// Wait returns when a call may be sent, and fails at once with code Throttled if a pause of more than two minutes is on.
func (l *Limiter) Wait(ctx context.Context, upload bool) error {
	p, err := l.enter(ctx, upload)
	if err == nil {
		p.failed() // how it fares we shall not hear
	}
	return err
}

// pass lets one call through.
type pass struct {
	limiter *Limiter
	calls   *counted
	uploads *counted // nil: it is none
	ended   bool     // guarded by Limiter.mu
}

func (l *Limiter) enter(ctx context.Context, upload bool) (*pass, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	w := &waiter{urgency: urgency(ctx), client: remote.ClientOf(ctx), upload: upload, turn: make(chan struct{})}
	l.mu.Lock()
	l.queue.add(w)
	l.dispatch(time.Now())
	l.mu.Unlock()
	select {
	case <-w.turn:
		return w.pass, w.err
	case <-ctx.Done():
		return nil, l.giveUp(ctx, w)
	}
}

// urgency is a call's own, but a sign-in keeps everybody waiting.
func urgency(ctx context.Context) remote.Urgency {
	if signingIn(ctx) {
		return remote.UrgentSave
	}
	return min(remote.UrgencyOf(ctx), remote.UrgentLook)
}

func (l *Limiter) giveUp(ctx context.Context, w *waiter) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.queue.leave(w) && w.pass != nil {
		w.pass.end(time.Now()) // its turn came at the same moment; it counts as sent
	}
	return context.Cause(ctx)
}

// dispatch lets go whose turn it is, and sees to it that it is called again when the next one's comes. l.mu is held.
func (l *Limiter) dispatch(now time.Time) {
	if left := l.paused.Sub(now); left > 0 {
		if left > longestWait {
			l.dismiss(left)
		}
		l.again(left)
		return
	}
	for {
		w, at := l.queue.next(now, func(pressing, upload bool) time.Time { return l.ready(now, pressing, upload) })
		if w == nil {
			l.again(at.Sub(now))
			return
		}
		l.admit(now, w)
	}
}

// ready is when a call may go, as things are now.
func (l *Limiter) ready(now time.Time, pressing, upload bool) time.Time {
	t := l.calls.ready(now, pressing)
	if upload {
		t = latest(t, l.uploads.ready(now, pressing))
	}
	if gentle := l.paused.Add(gently); l.flying > 0 && now.Before(gentle) && l.calls.unknown() {
		t = latest(t, gentle)
	}
	return t
}

func (l *Limiter) admit(now time.Time, w *waiter) {
	w.pass = &pass{limiter: l, calls: l.calls.take(now)}
	if w.upload {
		w.pass.uploads = l.uploads.take(now)
	}
	l.flying++
	l.sent++
	close(w.turn)
}

// dismiss sends all away who would have to wait for too long.
func (l *Limiter) dismiss(left time.Duration) {
	for _, w := range l.queue.drain() {
		w.err = &remote.Error{Code: remote.Throttled, RetryAfter: left}
		close(w.turn)
	}
}

// again has dispatch called after a while, if anybody waits.
func (l *Limiter) again(after time.Duration) {
	if l.queue.size() == 0 {
		return
	}
	if l.alarm == nil {
		l.alarm = time.AfterFunc(after, func() {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.dispatch(time.Now())
		})
		return
	}
	l.alarm.Reset(after)
}

// Pause holds everybody back for d, at most ten minutes.
func (l *Limiter) Pause(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pause(time.Now(), d)
}

func (l *Limiter) pause(now time.Time, d time.Duration) {
	if until := now.Add(min(d, longestPause)); until.After(l.paused) {
		l.paused = until
		l.dispatch(now)
	}
}

// end notes that a call is over. Limiter.mu is held.
func (p *pass) end(now time.Time) {
	if p.ended {
		return
	}
	p.ended = true
	p.limiter.flying--
	p.calls.answered(now)
	if p.uploads != nil {
		p.uploads.answered(now)
	}
}

// failed notes that a call brought no answer.
func (p *pass) failed() {
	p.limiter.mu.Lock()
	defer p.limiter.mu.Unlock()
	now := time.Now()
	p.end(now)
	p.limiter.dispatch(now)
}

// answered notes how a call fared, and heeds what the portal says.
func (p *pass) answered(status int, h http.Header) {
	l, now := p.limiter, time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	p.end(now)
	l.hear(now, h)
	l.learn(now, status == http.StatusTooManyRequests, p.uploads != nil)
	after := RetryAfter(h)
	switch status {
	case http.StatusTooManyRequests:
		l.refused++
		if after == 0 {
			after = resetAfter(h, now)
		}
		if after == 0 {
			after = unsaidPause
		}
		l.pause(now, after)
	case http.StatusServiceUnavailable:
		l.pause(now, after)
	}
	l.dispatch(now)
}

// hear takes the portal's word for its limit of calls.
func (l *Limiter) hear(now time.Time, h http.Header) {
	limit, left := limits(h)
	if limit > 0 {
		l.calls.tell(limit)
		l.calls.steered = true
		l.calls.learned = learned{}
	}
	if left >= 0 && l.calls.told > 0 {
		l.calls.share.hear(now, l.calls.told, min(left, l.calls.told), l.calls.window.used(now), l.flying)
	}
}

// learn is for portals that say nothing. A refused upload says something of uploads only.
func (l *Limiter) learn(now time.Time, refused, upload bool) {
	b := l.calls
	if upload {
		b = l.uploads
		if !refused {
			l.calls.learn(now, false)
		}
	}
	b.learn(now, refused)
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
