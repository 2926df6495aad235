package rest

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"dossier/remote"
)

// The budget is kept in any minute, whenever it begins, and nearly all of it is used (design §10: at least 97 %).
func TestBudgetIsKeptAndUsed(t *testing.T) {
	for _, perMinute := range []int{1, 60, 240, 1000} {
		synctest.Test(t, func(t *testing.T) {
			l := NewLimiter(Limits{Calls: perMinute})
			var at []time.Time
			began := time.Now()
			for time.Since(began) < 10*time.Minute {
				if err := l.Wait(t.Context(), false); err != nil {
					t.Fatal(err)
				}
				at = append(at, time.Now())
			}
			for i := range at {
				if j := i + perMinute; j < len(at) && at[j].Sub(at[i]) < time.Minute-time.Millisecond {
					t.Fatalf("%d a minute: %d calls within %v", perMinute, perMinute+1, at[j].Sub(at[i]))
				}
			}
			if used := float64(len(at)) / float64(10*perMinute); used < 0.97 {
				t.Errorf("%d a minute: only %.1f %% of the budget is used", perMinute, 100*used)
			}
		})
	}
}

func TestUploadsHaveABudgetOfTheirOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLimiter(Limits{Calls: 1000, Uploads: 10})
		began := time.Now()
		for range 20 {
			if err := errors.Join(l.Wait(t.Context(), true), l.Wait(t.Context(), false)); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(began); took < time.Minute || took > 130*time.Second {
			t.Errorf("20 uploads at 10 a minute took %v", took)
		}
	})
}

// A 429 makes everybody wait who speaks for the account, not just the caller that got it.
func TestA429PausesEverybody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := NewLimiter(Limits{})
		refuse := newRig(t, Options{Limiter: shared}, func(int, *http.Request) (*http.Response, error) {
			return answer(429, `{}`, "Retry-After", "40"), nil
		})
		other := newRig(t, Options{Limiter: shared}, func(int, *http.Request) (*http.Response, error) { return answer(200, `{}`), nil })
		began := time.Now()
		_, err := refuse.JSON(t.Context(), post("/x"), nil)
		if e := asError(t, err); e.Code != remote.Throttled || e.RetryAfter != 40*time.Second || refuse.sent() != 1 {
			t.Errorf("got %v, retry after %v", e, e.RetryAfter)
		}
		var wg sync.WaitGroup
		for range 5 {
			wg.Go(func() {
				if _, err := other.JSON(t.Context(), get("/x"), nil); err != nil || time.Since(began) != 40*time.Second {
					t.Errorf("after %v: %v", time.Since(began), err)
				}
			})
		}
		wg.Wait()
	})
}

// Nobody is held back in silence for long, and no portal can hold us back for ever.
func TestLongPauseIsToldAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLimiter(Limits{})
		l.Pause(24 * time.Hour)
		err := l.Wait(t.Context(), false)
		if e := asError(t, err); e.Code != remote.Throttled || e.RetryAfter != longestPause {
			t.Errorf("got %v, retry after %v", e, e.RetryAfter)
		}
		if err := Sleep(t.Context(), longestPause); err != nil || l.Wait(t.Context(), false) != nil {
			t.Errorf("still paused after %v", longestPause)
		}
	})
}

func TestWaitEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLimiter(Limits{Calls: 1})
		if err := l.Wait(t.Context(), false); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := l.Wait(ctx, false); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
}
