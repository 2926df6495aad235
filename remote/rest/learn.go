package rest

import (
	"time"

	"golang.org/x/time/rate"
)

// A portal that does not tell its budget tells it by refusing: whether it fills up a bucket, counts the calls of each minute, or
// those of the last sixty seconds, what it let through from an earlier refusal to this one, at most a minute, is what it allows.
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
	bucket *rate.Limiter
	told   bool // the size was told: there is nothing to learn
	passed lastMinute
	first  time.Time // refusal, of those that came close to each other
	last   time.Time
	raised time.Time     // when the rate was last changed; zero: it is open
	pace   time.Duration // how long to go on before the rate is raised
}

func newLearned(perMinute int) *learned {
	return &learned{bucket: bucket(perMinute), told: perMinute > 0}
}

// pass notes a call that was not refused.
func (l *learned) pass(now time.Time) {
	if l.told {
		return
	}
	l.passed.add(now)
	switch {
	case l.raised.IsZero():
	case now.Sub(l.last) > forgetAfter:
		l.bucket.SetLimitAt(now, rate.Inf)
		l.raised, l.first = time.Time{}, time.Time{}
	case now.Sub(l.raised) > l.pace:
		l.set(now, l.bucket.Limit()*raiseBy)
	}
}

// refuse notes a call that was refused. Those that were under way together with it say nothing more.
func (l *learned) refuse(now time.Time) {
	apart := now.Sub(l.last)
	if l.told || apart < learnOver {
		return
	}
	l.last = now
	open := l.raised.IsZero()
	if l.first.IsZero() || (open && apart > learnWithin) {
		l.first = now
		return
	}
	over := min(now.Sub(l.first), time.Minute)
	passed := l.passed.since(now.Add(-over))
	found := rate.Limit(float64(passed) / over.Seconds() * learnBelow)
	if passed < learnFrom {
		return
	}
	if !open {
		l.pace = min(2*l.pace, lowestPace)
		if apart > learnWithin && found < l.bucket.Limit()*0.9 {
			found = l.bucket.Limit() / raiseBy // there was little to do: this is about the last raise, if about anything
		}
	}
	l.pace = max(l.pace, firstPace)
	l.set(now, found)
}

func (l *learned) set(now time.Time, perSecond rate.Limit) {
	l.bucket.SetLimitAt(now, perSecond)
	l.bucket.SetBurstAt(now, max(1, int(perSecond*60/100)))
	l.raised = now
}

// lastMinute counts what happened in the last minute, by quarters of a second.
type lastMinute struct {
	slots [quarters]struct {
		quarter int64
		n       int
	}
}

const quarters = 4 * 60

func quarterOf(t time.Time) int64 { return t.UnixMilli() / 250 }

func (m *lastMinute) add(now time.Time) {
	q := quarterOf(now)
	s := &m.slots[q%quarters]
	if s.quarter != q {
		s.quarter, s.n = q, 0
	}
	s.n++
}

// since counts from after t on, at most a minute back.
func (m *lastMinute) since(t time.Time) (n int) {
	from := quarterOf(t)
	for _, s := range m.slots {
		if s.quarter > from {
			n += s.n
		}
	}
	return n
}
