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

// limiter meters the calls and uploads of each account. Box does not say how it counts a minute; here a bucket of a
// minute's calls starts full and fills evenly, and with the quirk limits-any-minute there is no minute, wherever it
// begins, in which more are let through.
type limiter struct {
	mu     sync.Mutex
	meters map[string]*meter
}

type meter struct {
	left float64 // in the bucket
	at   time.Time

	latest []time.Time // a ring of a minute's calls
	next   int         // the oldest, and the place of the next
}

// take lets one through, or says how long it must wait.
func (l *limiter) take(key string, perMinute int, anyMinute bool, now time.Time) (wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	m := l.meters[key]
	if m == nil {
		if l.meters == nil {
			l.meters = map[string]*meter{}
		}
		m = &meter{left: float64(perMinute), at: now, latest: make([]time.Time, perMinute)}
		l.meters[key] = m
	}
	perSecond := float64(perMinute) / 60
	m.left = math.Min(float64(perMinute), m.left+now.Sub(m.at).Seconds()*perSecond)
	m.at = now
	if anyMinute {
		wait = time.Minute - now.Sub(m.latest[m.next])
	} else if m.left < 1 {
		wait = time.Duration((1 - m.left) / perSecond * float64(time.Second))
	}
	if wait > 0 {
		return wait
	}
	m.left--
	m.latest[m.next] = now
	m.next = (m.next + 1) % perMinute
	return 0
}

// admit refuses calls above the limits, if there are any.
func (a *API) admit(c *call) error {
	if !a.opts.Limits {
		return nil
	}
	now, anyMinute := a.opts.Clock(), a.has("limits-any-minute")
	wait := a.limiter.take(c.who.ID+" calls", callsPerMinute, anyMinute, now)
	if wait <= 0 && isUpload(c.r) {
		wait = a.limiter.take(c.who.ID+" uploads", uploadsPerMinute, anyMinute, now)
	}
	if wait <= 0 {
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
