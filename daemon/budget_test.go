package daemon

import (
	"path/filepath"
	"testing"
	"time"

	"dossier/config"
	"dossier/remote/rest"
	"dossier/state"
)

// A process that is started again and again has one budget, not one each time.
func TestARestartDoesNotBeginWithAFullBudget(t *testing.T) {
	o := newPremises(t)
	for left := 60; left > 51; left -= 3 {
		o.must(o.run(false, func(ro rest.Options) {
			ro.Limiter.Allow(rest.Limits{Calls: 60})
			if got := ro.Limiter.Standing().Calls.Left; got != left {
				t.Errorf("%d calls are left, want %d", got, left)
			}
			for range 3 {
				o.must(ro.Limiter.Wait(t.Context(), false))
			}
		}))
	}
}

func TestAPauseOutlivesARestart(t *testing.T) {
	o := newPremises(t)
	o.must(o.run(false, func(ro rest.Options) {
		o.must(ro.Limiter.Wait(t.Context(), false))
		ro.Limiter.Pause(5 * time.Minute)
	}))
	o.must(o.run(false, func(ro rest.Options) {
		if got := time.Until(ro.Limiter.Standing().Paused); got < 4*time.Minute || got > 5*time.Minute {
			t.Errorf("paused for another %v", got)
		}
	}))
}

func TestBudgetsAreToldAsTheyStandByNow(t *testing.T) {
	dir := t.TempDir()
	cfg := &config.Config{State: dir}
	saved, err := state.OpenAccount(accountPath(cfg, "office"), state.Options{})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	ages := make([]int, 60)
	ages[2], ages[50] = 4, 6 // calls in the seconds before it was noted
	err = saved.SetBudgets(map[string]state.Budget{
		callsBudget:   {PerMinute: 60, Left: 50, Ages: ages, Until: now.Add(time.Minute), Noted: now, Shared: true},
		uploadsBudget: {Left: -1, Noted: now},
	})
	if err != nil {
		t.Fatal(err)
	}
	for after, want := range map[time.Duration]int{0: 50, 9 * time.Second: 50, 10 * time.Second: 56, 57 * time.Second: 56, 58 * time.Second: 60, time.Hour: 60} {
		got := Budgets(cfg, []string{"office", "other"}, now.Add(after))
		if len(got) != 2 || got[0].Calls == nil || got[0].Calls.Left != want || got[0].Uploads != nil || got[1].Calls != nil || got[1].Error != "" {
			t.Fatalf("after %v: %+v", after, got)
		}
		if paused := !got[0].Calls.PausedUntil.IsZero(); paused != (after < time.Minute) || !got[0].Calls.Shared {
			t.Errorf("after %v: %+v", after, got[0].Calls)
		}
	}
	if missing(filepath.Join(dir, "accounts")) || !missing(accountPath(cfg, "other")) {
		t.Error("to ask for a budget made a file")
	}
}
