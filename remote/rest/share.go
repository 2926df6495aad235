package rest

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	// sharedFor is how long after others were last noticed we go on as one of several.
	sharedFor = 2 * time.Minute
	// Of the full pace one of several takes the part that was its own in the last minute, but yields a part of that; what all yield they
	// take by what is left for all, in the same measure since they are all told the same. So shares become equal, and the pace even.
	yielded = 0.35
	// cushion is the part of the limit that must be left for the whole of what was yielded to be taken, and reserve what only calls that
	// press may take.
	cushion = 0.1
	reserve = 0.15
	// slowest is how much slower than the full pace one of several goes at most.
	slowest = 1.0 / 16
)

// share is our part of a limit that others use, too: other machines, or programs, with the same key. The portal tells how much of the
// limit is left for all, and what we have not used ourselves others have.
type share struct {
	left  float64 // when heard, less what we sent since
	gain  float64 // a second, on our part of what comes free
	heard time.Time
	until time.Time // we are one of several
	ours  int       // calls of the last minute
	peak  [2]int    // the most that all have used, in this minute and the one before
	since time.Time // this minute began
}

// hear takes in what the portal says is left.
func (s *share) hear(now time.Time, limit, left, ours, flying int) {
	s.left, s.heard, s.ours, s.gain = float64(left-flying), now, ours, float64(ours)/60
	if now.Sub(s.since) >= time.Minute {
		s.since, s.peak = now, [2]int{0, s.peak[0]}
	}
	used := limit - left
	s.peak[0] = max(s.peak[0], used)
	if used-ours > max(2, limit/20) {
		s.until = now.Add(sharedFor)
	}
}

func (s *share) sent() { s.left-- }

func (s *share) several(now time.Time) bool { return now.Before(s.until) }

// expect is how many calls are left by now, as far as can be told.
func (s *share) expect(now time.Time) float64 { return s.left + s.gain*now.Sub(s.heard).Seconds() }

// due is when our part has room for a call.
func (s *share) due(now time.Time, b *budget, pressing bool) time.Time {
	if !s.several(now) {
		return now
	}
	limit := float64(b.told)
	left := s.expect(now) / limit
	part := 3 * left / reserve // the last of it gently: we may have heard of it late
	if !pressing {
		ours := float64(s.ours) / float64(max(s.peak[0], s.peak[1], 1))
		part = (1-yielded)*min(1, ours) + yielded*min(1, (left-reserve)/cushion)
	}
	return b.last.Add(seconds(60 / limit / min(1, max(slowest, part))))
}

// limits are what the headers of an answer say of the budget: how many calls a minute it has, and how many are left; -1: not told.
//
// Known hole: a portal that counts some of its addresses by themselves, and says so in the same headers, makes us believe now this limit
// and now that one. Sign-ins, which are often counted so, are left out.
func limits(h http.Header) (limit, left int) {
	number := func(name string) int {
		n, err := strconv.Atoi(strings.TrimSpace(h.Get(name)))
		if err != nil || n < 0 || n > maxLimit {
			return -1
		}
		return n
	}
	return number("X-RateLimit-Limit"), number("X-RateLimit-Remaining")
}

// resetAfter is how long it is until the time that X-RateLimit-Reset tells, as seconds since 1970 or from now on; 0: not told.
func resetAfter(h http.Header, now time.Time) time.Duration {
	n, err := strconv.ParseFloat(strings.TrimSpace(h.Get("X-RateLimit-Reset")), 64)
	switch {
	case err != nil, !(n > 0), n > 1e11:
		return 0
	case n < 1e8:
		return min(time.Duration(n)*time.Second, longestAfter)
	}
	return min(max(time.Unix(int64(n), 0).Sub(now), 0), longestAfter)
}
