package mkpapi

import (
	"math"
	"net/http"
	"strconv"
	"time"
)

// usualPerMinute is how many calls a key or token may make in a minute. There is more on request: so much that it is none, where
// limits are not enforced.
const (
	usualPerMinute = 60
	mostPerMinute  = 1_000_000
)

func (a *API) perMinute() int {
	switch {
	case !a.opts.Limits:
		return mostPerMinute
	case a.has("mkp-limit-600"):
		return 10 * usualPerMinute
	}
	return usualPerMinute
}

// admit counts a call, and refuses it above the limit, if there is one. Without limits all calls are always left.
func (a *API) admit(c *call) error {
	if !a.opts.Limits || c.r.Method == http.MethodPost && a.has("mkp-limit-without-uploads") && mediaType(c.r) == "multipart/form-data" {
		return nil
	}
	return a.count(c.w, c.key)
}

// count takes one of a key's calls. Keys with different limits are different keys: a meter keeps the limit that it began with.
func (a *API) count(w http.ResponseWriter, key string) error {
	limit := a.perMinute()
	key, now, rolling := key+" "+strconv.Itoa(limit), a.opts.Clock(), !a.has("mkp-limit-bucket")
	wait := a.meters.Take(key, limit, rolling, now)
	a.showLimit(w, a.meters.Left(key, limit, rolling, now))
	if wait <= 0 {
		return nil
	}
	seconds := int(math.Ceil(wait.Seconds()))
	w.Header().Set("Retry-After", strconv.Itoa(seconds))
	a.showReset(w, seconds)
	return tooMany
}

func (a *API) showLimit(w http.ResponseWriter, left int) {
	if a.has("mkp-limit-unsaid") {
		return
	}
	w.Header().Set("X-RateLimit-Limit", strconv.Itoa(a.perMinute()))
	w.Header().Set("X-RateLimit-Remaining", strconv.Itoa(left))
}

// showReset says at what time of the clock there are calls again.
func (a *API) showReset(w http.ResponseWriter, seconds int) {
	at := a.opts.Clock().Add(time.Duration(seconds) * time.Second)
	w.Header().Set("X-RateLimit-Reset", strconv.FormatInt(at.Unix(), 10))
}
