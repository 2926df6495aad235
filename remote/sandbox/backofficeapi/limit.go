package backofficeapi

import (
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// pace counts calls against a limit a second, each account by itself. The zero value is ready.
type pace struct {
	mu      sync.Mutex
	buckets map[string]bucket
}

type bucket struct {
	left float64
	at   time.Time
}

// take lets a call through (0), or says how long it must wait. A bucket of a second's calls starts full and fills evenly.
func (p *pace) take(key string, perSecond float64, now time.Time) (wait time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	b, known := p.buckets[key]
	if !known {
		b = bucket{perSecond, now}
	}
	b.left = math.Min(perSecond, b.left+now.Sub(b.at).Seconds()*perSecond)
	b.at = now
	if b.left >= 1 {
		b.left--
	} else {
		wait = time.Duration((1 - b.left) / perSecond * float64(time.Second))
	}
	if p.buckets == nil {
		p.buckets = map[string]bucket{}
	}
	p.buckets[key] = b
	return wait
}

// admit refuses calls above the limit, if there is one.
func (a *API) admit(c *call) error {
	if !a.opts.Limits {
		return nil
	}
	perSecond := 2.0
	if a.has("bo-limit-1") {
		perSecond = 1
	}
	wait := a.pace.take(c.who.Email, perSecond, a.opts.Clock())
	if wait <= 0 {
		return nil
	}
	p := tooMany(wait)
	if a.has("bo-limit-503") {
		p.status = http.StatusServiceUnavailable
	}
	if a.has("bo-limit-bare") {
		p.header = nil
	}
	return p
}

func tooMany(wait time.Duration) *problem {
	after := strconv.Itoa(int(math.Ceil(wait.Seconds())))
	return &problem{status: http.StatusTooManyRequests, message: "Too Many Requests", header: map[string]string{"Retry-After": after}}
}

const (
	signInsPerMinute = 5
	blockedFor       = 5 * time.Minute
)

// attempts are the latest sign-ins by e-mail. They are forgotten at a restart.
type attempts struct {
	mu      sync.Mutex
	latest  map[string][]time.Time
	blocked map[string]time.Time // until
}

// allow counts an attempt, and says how long the e-mail is blocked (0: not at all). An attempt while it is blocked changes nothing.
func (t *attempts) allow(email string, now time.Time) (wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.latest == nil {
		t.latest, t.blocked = map[string][]time.Time{}, map[string]time.Time{}
	}
	if until := t.blocked[email]; now.Before(until) {
		return until.Sub(now)
	}
	recent := t.latest[email]
	for len(recent) > 0 && now.Sub(recent[0]) >= time.Minute {
		recent = recent[1:]
	}
	if len(recent) < signInsPerMinute {
		t.latest[email] = append(recent, now)
		return 0
	}
	delete(t.latest, email)
	t.blocked[email] = now.Add(blockedFor)
	return blockedFor
}
