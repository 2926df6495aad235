package rest

import (
	"fmt"
	"math"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// refill is a portal that fills up a bucket; window one that counts in minutes. All say when to come again, in whole seconds.
type refill struct {
	perMinute float64
	left      float64
	at        time.Time
}

func (b *refill) take(now time.Time) (wait time.Duration) {
	if b.at.IsZero() {
		b.left, b.at = b.perMinute, now
	}
	b.left, b.at = math.Min(b.perMinute, b.left+now.Sub(b.at).Seconds()*b.perMinute/60), now
	if b.left >= 1 {
		b.left--
		return 0
	}
	return time.Duration((1 - b.left) / b.perMinute * 60 * float64(time.Second))
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

type window struct {
	perMinute, n int
	began        time.Time
}

func (w *window) take(now time.Time) time.Duration {
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
			"refilled": &refill{perMinute: float64(perMinute)}, "by the minute": &window{perMinute: perMinute},
			"sliding": &sliding{perMinute: perMinute},
		} {
			t.Run(fmt.Sprintf("%s %d", kind, perMinute), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					var mu sync.Mutex
					served, refused := 0, 0
					limiter := NewLimiter(Limits{})
					call := func() {
						if err := limiter.Wait(t.Context(), false); err != nil {
							t.Error(err)
						}
						_ = Sleep(t.Context(), 50*time.Millisecond)
						mu.Lock()
						defer mu.Unlock()
						wait := budget.take(time.Now())
						limiter.noted(wait > 0, false)
						if served++; wait > 0 {
							served, refused = served-1, refused+1
							limiter.Pause(wait.Truncate(time.Second) + time.Second) // as Retry-After tells it: in whole seconds
						}
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
			l.noted(i%2 == 0, false)
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
