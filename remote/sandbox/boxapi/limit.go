package boxapi

import (
	"math"
	"net/http"
	"strconv"
	"strings"
)

// Box's limits for one user. Box does not say how it counts a minute: see shelf.Meters, and the quirk limits-any-minute.
const (
	callsPerMinute   = 1000
	uploadsPerMinute = 240
)

// admit refuses calls above the limits, if there are any.
func (a *API) admit(c *call) error {
	if !a.opts.Limits {
		return nil
	}
	now, anyMinute := a.opts.Clock(), a.has("limits-any-minute")
	wait := a.meters.Take(c.who.ID+" calls", callsPerMinute, anyMinute, now)
	if wait <= 0 && isUpload(c.r) {
		wait = a.meters.Take(c.who.ID+" uploads", uploadsPerMinute, anyMinute, now)
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
