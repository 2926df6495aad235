package rest

import (
	"time"

	"golang.org/x/time/rate"
)

// A portal that does not tell its budget tells it by refusing. Between two refusals close to each other it has let through
// exactly what it allows in that time: whether it fills up a bucket or opens a window each minute, both began with none left.
const (
	// learnWithin is how close two refusals must be, so that what came between says something about the budget, and not about
	// how little there was to do.
	learnWithin = 90 * time.Second
	// learnFrom is how many calls must have come between, and learnOver how much time: what was under way at the first refusal
	// is answered together with it.
	learnFrom = 5
	learnOver = 500 * time.Millisecond
	// learnBelow is kept of what was learned, for the sake of few refusals.
	learnBelow = 0.99
	// raiseBy is what is tried more after a while without a refusal, for what was learned may have been too little. The while
	// doubles each time that this turns out to be too much.
	raiseBy    = 1.02
	firstPace  = 10 * time.Second
	lowestPace = 30 * time.Minute
	// forgetAfter is how long after the last refusal the budget counts as unknown again.
	forgetAfter = time.Hour
)

// learned is a bucket whose size nobody told. Limiter.mu guards it.
type learned struct {
	bucket  *rate.Limiter
	told    bool // the size was told: there is nothing to learn
	refused time.Time
	passed  int           // calls let through since refused
	raised  time.Time     // when the rate was last changed; zero: it is open
	pace    time.Duration // how long to go on before the rate is raised
}

func newLearned(perMinute int) *learned {
	return &learned{bucket: bucket(perMinute), told: perMinute > 0}
}

// pass notes a call that was not refused.
func (l *learned) pass(now time.Time) {
	if l.told {
		return
	}
	l.passed++
	switch {
	case l.raised.IsZero():
	case now.Sub(l.refused) > forgetAfter:
		l.bucket.SetLimitAt(now, rate.Inf)
		l.raised = time.Time{}
	case now.Sub(l.raised) > l.pace:
		l.bucket.SetLimitAt(now, l.bucket.Limit()*raiseBy)
		l.raised = now
	}
}

// refuse notes a call that was refused. Those that were under way together with it say nothing more.
func (l *learned) refuse(now time.Time) {
	since := now.Sub(l.refused)
	if l.told || since < learnOver {
		return
	}
	if since <= learnWithin && l.passed < learnFrom {
		return // go on counting
	}
	if !l.raised.IsZero() {
		l.pace = min(2*l.pace, lowestPace)
	}
	switch {
	case since <= learnWithin:
		l.pace = max(l.pace, firstPace)
		l.set(now, rate.Limit(float64(l.passed)/since.Seconds()*learnBelow))
	case !l.raised.IsZero():
		l.set(now, l.bucket.Limit()/raiseBy)
	}
	l.refused, l.passed = now, 0
}

func (l *learned) set(now time.Time, perSecond rate.Limit) {
	l.bucket.SetLimitAt(now, perSecond)
	l.bucket.SetBurstAt(now, max(1, int(perSecond*60/100)))
	l.raised = now
}
