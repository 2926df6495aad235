package rest

import "time"

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
	// Where we are one of several, raiseFrom is how many calls go at one rate at most, and a part for each of mostMachines is the least
	// that one begins with.
	raiseFrom    = 40
	mostMachines = 8
	// forgetAfter is how long after the last refusal the budget counts as unknown again.
	forgetAfter = time.Hour
)

// learned is the pace of a portal that did not tell it. Limiter.mu guards it.
type learned struct {
	rate   float64 // calls a second; 0: it is open
	passed lastMinute
	first  time.Time // refusal, of those that came close to each other
	last   time.Time
	raised time.Time     // when the rate was last changed
	pace   time.Duration // how long to go on before the rate is raised
}

// learn notes how a call fared, where the portal's headers tell nothing.
func (b *budget) learn(now time.Time, refused bool) {
	l := &b.learned
	switch {
	case b.steered:
	case !refused:
		l.pass(now)
	default:
		l.refuse(now)
		if b.told > 0 && l.rate > 0 { // we were told, and yet refused: others use it, too, and theirs is soon another part
			l.rate = max(l.rate, float64(b.told)/60/mostMachines)
			l.pace = min(l.pace, max(firstPace, seconds(raiseFrom/l.rate)))
		}
	}
}

// pass notes a call that was not refused.
func (l *learned) pass(now time.Time) {
	l.passed.add(now)
	switch {
	case l.rate == 0:
	case now.Sub(l.last) > forgetAfter:
		l.rate, l.first = 0, time.Time{}
	case now.Sub(l.raised) > l.pace:
		l.rate, l.raised = l.rate*raiseBy, now
	}
}

// refuse notes a call that was refused. Those that were under way together with it say nothing more.
func (l *learned) refuse(now time.Time) {
	apart := now.Sub(l.last)
	if apart < learnOver {
		return
	}
	l.last = now
	open := l.rate == 0
	if l.first.IsZero() || (open && apart > learnWithin) {
		l.first = now
		return
	}
	over := min(now.Sub(l.first), time.Minute)
	passed := l.passed.since(now.Add(-over))
	found := float64(passed) / over.Seconds() * learnBelow
	if passed < learnFrom {
		return
	}
	if !open {
		l.pace = min(2*l.pace, lowestPace)
		if apart > learnWithin && found < l.rate*0.9 {
			found = l.rate / raiseBy // there was little to do: this is about the last raise, if about anything
		}
	}
	l.pace = max(l.pace, firstPace)
	l.rate, l.raised = found, now
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
