package rest

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// refill is a portal that fills up a bucket; window one that counts in minutes. All say when to come again, in whole seconds.
type refill struct {
	perMinute float64
	tokens    float64
	at        time.Time
}

func (b *refill) take(now time.Time) (wait time.Duration) {
	if b.at.IsZero() {
		b.tokens, b.at = b.perMinute, now
	}
	b.tokens, b.at = math.Min(b.perMinute, b.tokens+now.Sub(b.at).Seconds()*b.perMinute/60), now
	if b.tokens >= 1 {
		b.tokens--
		return 0
	}
	return time.Duration((1 - b.tokens) / b.perMinute * 60 * float64(time.Second))
}

// sliding remembers the calls of the last sixty seconds.
type sliding struct {
	perMinute int
	at        []time.Time
}

func (s *sliding) take(now time.Time) time.Duration {
	for len(s.at) > 0 && now.Sub(s.at[0]) >= time.Minute {
		s.at = s.at[1:]
	}
	if len(s.at) < s.perMinute {
		s.at = append(s.at, now)
		return 0
	}
	return time.Minute - now.Sub(s.at[0])
}

type byMinute struct {
	perMinute, n int
	began        time.Time
}

func (w *byMinute) take(now time.Time) time.Duration {
	if now.Sub(w.began) >= time.Minute {
		w.began, w.n = now, 0
	}
	if w.n++; w.n <= w.perMinute {
		return 0
	}
	return w.began.Add(time.Minute).Sub(now)
}

// Where nobody told the budget it is found out: at least 97 % of it used, under 1 % refused (design §10), with many at work.
func TestUnknownBudgetIsLearned(t *testing.T) {
	const minutes = 75
	for _, perMinute := range []int{60, 240, 1000} {
		for kind, budget := range map[string]interface{ take(time.Time) time.Duration }{
			"refilled": &refill{perMinute: float64(perMinute)}, "by the minute": &byMinute{perMinute: perMinute},
			"sliding": &sliding{perMinute: perMinute},
		} {
			t.Run(fmt.Sprintf("%s %d", kind, perMinute), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					var mu sync.Mutex
					served, refused := 0, 0
					limiter := NewLimiter(Limits{})
					call := func() {
						pass, err := limiter.enter(t.Context(), false)
						if err != nil {
							t.Error(err)
						}
						_ = Sleep(t.Context(), 50*time.Millisecond)
						mu.Lock()
						defer mu.Unlock()
						wait := budget.take(time.Now())
						if wait > 0 { // told in whole seconds
							refused++
							pass.answered(429, http.Header{"Retry-After": {strconv.Itoa(int(wait/time.Second) + 1)}})
							return
						}
						served++
						pass.answered(200, http.Header{})
					}
					end := time.Now().Add(minutes * time.Minute)
					var wg sync.WaitGroup
					for range min(6, perMinute/15) {
						wg.Go(func() {
							for time.Now().Before(end) {
								call()
							}
						})
					}
					wg.Wait()
					used, lost := float64(served)/float64(perMinute*minutes), float64(refused)/float64(served)
					t.Logf("used %.1f %%, refused %.2f %%", 100*used, 100*lost)
					if used < 0.97 || lost >= 0.01 {
						t.Errorf("used %.1f %%, refused %.2f %%", 100*used, 100*lost)
					}
				})
			})
		}
	}
}

// A refusal out of the blue, while little is going on, teaches nothing: it must not slow us down for long.
func TestStrayRefusalsTeachNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLimiter(Limits{})
		for i := range 20 {
			pass, err := l.enter(t.Context(), false)
			if err != nil {
				t.Fatal(err)
			}
			pass.answered([]int{429, 200}[i%2], http.Header{"Retry-After": {"1"}})
			_ = Sleep(t.Context(), 20*time.Second)
		}
		began := time.Now()
		for range 1000 {
			if err := l.Wait(t.Context(), false); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(began); took > 0 {
			t.Errorf("1,000 calls took %v", took)
		}
	})
}
