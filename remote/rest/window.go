package rest

import "time"

const (
	// arrival is how late a call may reach the portal's count: until it is answered it is held to be that late.
	arrival = time.Second
	// clocks is how much longer than a minute a call counts, for the sake of clocks that are read at different moments.
	clocks = 20 * time.Millisecond
	// unevenness is how many calls may go a little before their even share of the window is due.
	unevenness = 2
)

// window is the calls of the last minute, oldest first. A portal that counts minutes by the clock, the last sixty seconds, or drops in a
// bucket that fills evenly is content with whoever is within the limit in every window.
type window struct{ calls []*counted }

// counted is one of them.
type counted struct{ at time.Time }

func (w *window) add(now time.Time) *counted {
	c := &counted{now.Add(arrival)}
	w.calls = append(w.calls, c)
	return c
}

// keep forgets all but the latest n.
func (w *window) keep(n int) { w.calls = w.calls[max(0, len(w.calls)-n):] }

// answered ends the doubt about when a call was counted.
func (c *counted) answered(now time.Time) {
	if now.Before(c.at) {
		c.at = now
	}
}

func (c *counted) ends() time.Time { return c.at.Add(time.Minute + clocks) }

// used is how many there are.
func (w *window) used(now time.Time) int {
	gone := 0
	for gone < len(w.calls) && !w.calls[gone].ends().After(now) {
		gone++
	}
	w.calls = w.calls[gone:]
	return len(w.calls)
}

// free is when there are fewer than limit.
func (w *window) free(now time.Time, limit int) time.Time {
	for _, c := range w.calls[:max(0, w.used(now)-limit+1)] {
		if end := c.ends(); end.After(now) {
			now = end
		}
	}
	return now
}

// pace is how many a second may go from now on without a standstill until the oldest end, after a burst say.
func (w *window) pace(now time.Time, limit int) float64 {
	used := w.used(now)
	room := float64(limit - used + unevenness)
	pace := float64(limit) / 60
	for i, c := range w.calls {
		if wait := c.ends().Sub(now).Seconds(); wait > 0 {
			pace = min(pace, (room+float64(i))/wait)
		}
	}
	return max(pace, float64(limit)/60/64)
}

// ages is how many calls ended in each of the last sixty seconds, the latest first.
func (w *window) ages(now time.Time) []int {
	if w.used(now) == 0 {
		return nil
	}
	n := make([]int, 60)
	for _, c := range w.calls {
		n[min(max(int(now.Sub(c.at)/time.Second), 0), 59)]++
	}
	return n
}

// restore takes back what ages told at a time. Each call is held to have been the latest in its second.
func (w *window) restore(at time.Time, ages []int) {
	for s := min(len(ages), 60) - 1; s >= 0; s-- {
		for range min(max(ages[s], 0), maxLimit-len(w.calls)) {
			w.calls = append(w.calls, &counted{at.Add(-time.Duration(s) * time.Second)})
		}
	}
}
