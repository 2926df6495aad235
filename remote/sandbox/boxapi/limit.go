package boxapi

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Box's limits for one user.
const (
	callsPerMinute   = 1000
	uploadsPerMinute = 240
)

// limiter remembers the latest calls and uploads of each account, so that there is no minute in which more are let
// through than the limit, wherever it begins.
type limiter struct {
	mu      sync.Mutex
	windows map[string]*window
}

// window is a ring of the times of the latest calls.
type window struct {
	at   []time.Time
	next int // the oldest, and the place of the next
}

// take lets one through, or says how long it must wait.
func (l *limiter) take(key string, perMinute int, now time.Time) (wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	w := l.windows[key]
	if w == nil {
		if l.windows == nil {
			l.windows = map[string]*window{}
		}
		w = &window{at: make([]time.Time, perMinute)}
		l.windows[key] = w
	}
	if wait := time.Minute - now.Sub(w.at[w.next]); wait > 0 {
		return wait
	}
	w.at[w.next] = now
	w.next = (w.next + 1) % perMinute
	return 0
}

// admit refuses calls above the limits, if there are any.
func (a *API) admit(c *call) error {
	if !a.opts.Limits {
		return nil
	}
	now := a.opts.Clock()
	wait := a.limiter.take(c.who.ID+" calls", callsPerMinute, now)
	if wait == 0 && isUpload(c.r) {
		wait = a.limiter.take(c.who.ID+" uploads", uploadsPerMinute, now)
	}
	if wait == 0 {
		return nil
	}
	after := strconv.Itoa(int(math.Ceil(wait.Seconds())))
	return &problem{status: http.StatusTooManyRequests, code: "rate_limit_exceeded", message: "Request rate limit exceeded, please try again later", header: map[string]string{"Retry-After": after}}
}

// isUpload says what counts as the upload of a file: a direct one, and the commit of a session, not its parts.
func isUpload(r *http.Request) bool {
	return r.Method == http.MethodPost && strings.HasPrefix(r.URL.Path, "/api/2.0/files/") &&
		(strings.HasSuffix(r.URL.Path, "/content") || strings.HasSuffix(r.URL.Path, "/commit"))
}
