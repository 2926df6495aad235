package filesroapi

import (
	"math"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// The limits of the stock program. A minute begins with its first call, as Laravel counts.
const (
	callsPerMinute    = 1000 // of one user
	strangerPerMinute = 100  // of one address, where nobody is signed in
	loginsPerMinute   = 5    // of one address
	fewCallsPerMinute = 60   // of one user, with the quirk filesro-60-a-minute
)

// windows count calls by key. The zero value is ready.
type windows struct {
	mu    sync.Mutex
	byKey map[string]*window
}

type window struct {
	calls int
	ends  time.Time
}

// take counts a call, and says how many are left in its minute; if the call is one too many, how long that lasts.
func (l *windows) take(key string, limit int, now time.Time) (left int, wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	w := l.byKey[key]
	if w == nil || !now.Before(w.ends) {
		if l.byKey == nil {
			l.byKey = map[string]*window{}
		}
		w = &window{ends: now.Add(time.Minute)}
		l.byKey[key] = w
	}
	if w.calls >= limit {
		return 0, w.ends.Sub(now)
	}
	w.calls++
	return limit - w.calls, 0
}

// admit refuses calls above the limit of who makes them, if there are limits, and tells how many are left.
func (a *API) admit(c *call) error {
	switch {
	case c.who == nil:
		return a.meter(c, address(c.r), strangerPerMinute)
	case a.has("filesro-60-a-minute"):
		return a.meter(c, c.who.ID, fewCallsPerMinute)
	}
	return a.meter(c, c.who.ID, callsPerMinute)
}

func (a *API) meter(c *call, key string, limit int) error {
	if !a.opts.Limits {
		return nil
	}
	now := a.opts.Clock()
	left, wait := a.windows.take(key, limit, now)
	h := c.w.Header()
	h.Set("X-RateLimit-Limit", strconv.Itoa(limit))
	h.Set("X-RateLimit-Remaining", strconv.Itoa(left))
	if wait <= 0 {
		return nil
	}
	h.Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	h.Set("X-RateLimit-Reset", strconv.FormatInt(now.Add(wait).Unix(), 10))
	return &problem{status: http.StatusTooManyRequests, message: "Too Many Attempts."}
}

// address is where a call comes from, without the port.
func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
