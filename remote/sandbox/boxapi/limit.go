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

// limiter holds a bucket of calls and one of uploads for each account. Each bucket starts full and fills evenly.
type limiter struct {
	mu      sync.Mutex
	buckets map[string]*bucket
}

type bucket struct {
	left float64
	at   time.Time
}

// take takes one from a bucket, or says how long it must be waited for.
func (l *limiter) take(key string, perMinute int, now time.Time) (wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.buckets[key]
	if b == nil {
		if l.buckets == nil {
			l.buckets = map[string]*bucket{}
		}
		b = &bucket{left: float64(perMinute), at: now}
		l.buckets[key] = b
	}
	perSecond := float64(perMinute) / 60
	b.left = math.Min(float64(perMinute), b.left+now.Sub(b.at).Seconds()*perSecond)
	b.at = now
	if b.left < 1 {
		return time.Duration((1 - b.left) / perSecond * float64(time.Second))
	}
	b.left--
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
