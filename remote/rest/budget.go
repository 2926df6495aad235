package rest

import (
	"math"
	"time"
)

// maxLimit is the largest limit a minute that is believed; above it there may as well be none.
const maxLimit = 100_000

// untold is how many calls are remembered while nobody has told a limit, in case somebody does.
const untold = 200

// budget is one limit of an account: of its calls, or of its uploads. Limiter.mu guards it.
//
// Calls go evenly. After a while without, a quarter of a minute's may go at once; and those that press may run ahead by another
// quarter, which the rest then wait for. So what is saved in the middle of a transfer never finds the minute used up.
type budget struct {
	told    int  // a minute; 0: nobody told
	steered bool // by the portal's own headers
	bucket  bucket
	window  window
	learned learned
	share   share
	last    time.Time // a call went
}

func newBudget(perMinute int) *budget {
	b := new(budget)
	b.tell(perMinute)
	return b
}

func (b *budget) tell(perMinute int) {
	if perMinute > 0 && perMinute <= maxLimit {
		b.told = perMinute
	}
}

// burst is how many calls may go at once after a while without.
func (b *budget) burst() int {
	if b.learned.rate > 0 {
		return max(1, int(b.learned.rate*60/100))
	}
	return max(1, b.told/4)
}

// pace is how many calls may go in a second, as far as is known now; 0: any number.
func (b *budget) pace(now time.Time) float64 {
	switch {
	case b.told == 0:
		return b.learned.rate
	case b.learned.rate == 0:
		return b.window.pace(now, b.told)
	}
	return min(b.learned.rate, b.window.pace(now, b.told))
}

// unknown says whether any number of calls may go, for all that is known.
func (b *budget) unknown() bool { return b.told == 0 && b.learned.rate == 0 }

// ready is when a call may go.
func (b *budget) ready(now time.Time, pressing bool) time.Time {
	pace := b.pace(now)
	if pace == 0 {
		b.bucket = bucket{}
		return now
	}
	if b.bucket.filled.IsZero() {
		b.bucket = bucket{tokens: float64(b.burst()), filled: now}
	}
	b.bucket.fill(now, pace, b.burst())
	ahead := 0
	if pressing && b.learned.rate == 0 {
		ahead = b.burst()
	}
	at := b.bucket.holds(now, 1-ahead)
	if b.told == 0 {
		return at
	}
	return latest(at, b.window.free(now, b.told), b.share.due(now, b, pressing))
}

func (b *budget) take(now time.Time) *counted {
	b.bucket.take()
	b.last = now
	b.share.sent()
	if b.told == 0 {
		b.window.keep(untold)
	}
	return b.window.add(now)
}

func seconds(s float64) time.Duration { return time.Duration(math.Ceil(s * float64(time.Second))) }

func latest(times ...time.Time) (t time.Time) {
	for _, u := range times {
		if u.After(t) {
			t = u
		}
	}
	return t
}

// bucket fills evenly. Those that run ahead leave it with a debt.
type bucket struct {
	tokens float64
	pace   float64   // a second
	filled time.Time // zero: nothing has paced yet
}

// fill sets what it may hold, and the pace at which it fills from now on.
func (b *bucket) fill(now time.Time, pace float64, most int) {
	b.tokens = min(b.tokens+max(0, now.Sub(b.filled).Seconds())*b.pace, float64(most))
	b.pace, b.filled = pace, now
}

func (b *bucket) take() {
	if !b.filled.IsZero() {
		b.tokens--
	}
}

// holds is when it has n tokens.
func (b *bucket) holds(now time.Time, n int) time.Time {
	const rounding = 1e-6
	if lacks := float64(n) - b.tokens; lacks > rounding {
		return now.Add(seconds(lacks / b.pace))
	}
	return now
}
