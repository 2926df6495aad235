package rest

import "time"

// Standing is how an account stands with its budget at a moment. What Limiter.Standing told before a restart, Limiter.Resume takes back
// after it, so that no restart begins with a full budget.
type Standing struct {
	At             time.Time
	Calls, Uploads Allowance
	Paused         time.Time // nobody calls before; zero: there is no pause
	Waiting        int       // calls that wait for their turn
	Sent, Refused  int64     // calls since the limiter was made
}

// Allowance is one of its limits.
type Allowance struct {
	PerMinute int   // 0: nobody knows
	Learned   bool  // from refusals
	Steered   bool  // by the portal's headers; if neither, the configuration or the driver told it
	Left      int   // of this minute's, as far as is known; -1: nobody knows
	Shared    bool  // others use it, too
	Ages      []int // how many calls were made in each of the last sixty seconds, the latest first
}

// Standing is how things stand now.
func (l *Limiter) Standing() Standing {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	s := Standing{At: now, Calls: l.calls.allowance(now), Uploads: l.uploads.allowance(now), Waiting: l.queue.size(), Sent: l.sent, Refused: l.refused}
	if l.paused.After(now) {
		s.Paused = l.paused
	}
	return s
}

// Resume goes on from where another limiter of the account left off.
func (l *Limiter) Resume(s Standing) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if s.At.After(now) || now.Sub(s.At) > forgetAfter {
		return
	}
	l.calls.resume(s.At, s.Calls)
	l.uploads.resume(s.At, s.Uploads)
	if left := s.Paused.Sub(now); left > 0 {
		l.pause(now, left)
	}
}

func (b *budget) allowance(now time.Time) Allowance {
	a := Allowance{PerMinute: b.told, Left: -1, Steered: b.steered, Shared: b.share.several(now), Ages: b.window.ages(now)}
	if b.told > 0 {
		a.Left = max(0, b.told-b.window.used(now))
	}
	if l := b.learned.rate; l > 0 && (b.told == 0 || l < float64(b.told)/60) {
		a.PerMinute, a.Learned = int(l*60), true
		a.Left = max(0, a.PerMinute-b.learned.passed.since(now.Add(-time.Minute)))
	}
	if b.steered && now.Sub(b.share.heard) < time.Minute {
		a.Left = min(a.Left, max(0, int(b.share.expect(now))))
	}
	return a
}

func (b *budget) resume(at time.Time, a Allowance) {
	if a.Learned && a.PerMinute > 0 {
		b.learned.rate, b.learned.last, b.learned.raised, b.learned.pace = float64(a.PerMinute)/60, at, at, firstPace
	} else if a.Steered && b.told == 0 {
		b.tell(a.PerMinute)
	}
	b.window.restore(at, a.Ages)
}
