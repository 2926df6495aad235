package daemon

import (
	"context"
	"log/slog"
	"time"

	"dossier/config"
	"dossier/daemon/control"
	"dossier/remote/rest"
	"dossier/state"
)

// The names of an account's limits in its state.
const (
	callsBudget   = "calls"
	uploadsBudget = "uploads"
)

// noteEvery is how often the state hears how the budget stands. A crash forgets what was called since.
const noteEvery = 15 * time.Second

// resumedLimiter goes on with the budget that the last run left.
func resumedLimiter(saved *state.Account) (*rest.Limiter, error) {
	l := rest.NewLimiter(rest.Limits{})
	calls, ok, err := saved.Budget(callsBudget)
	if err != nil || !ok {
		return l, err
	}
	uploads, _, err := saved.Budget(uploadsBudget)
	l.Resume(rest.Standing{At: calls.Noted, Paused: calls.Until, Calls: allowance(calls), Uploads: allowance(uploads)})
	return l, err
}

func allowance(b state.Budget) rest.Allowance {
	return rest.Allowance{PerMinute: b.PerMinute, Learned: b.Learned, Steered: b.Steered, Left: b.Left, Shared: b.Shared, Ages: b.Ages}
}

func saveBudget(saved *state.Account, s rest.Standing) error {
	budget := func(a rest.Allowance) state.Budget {
		return state.Budget{PerMinute: a.PerMinute, Learned: a.Learned, Steered: a.Steered, Left: a.Left, Shared: a.Shared, Ages: a.Ages, Until: s.Paused, Noted: s.At}
	}
	return saved.SetBudgets(map[string]state.Budget{callsBudget: budget(s.Calls), uploadsBudget: budget(s.Uploads)})
}

// noteBudget writes down how the budget stands, from time to time and at the end.
func noteBudget(ctx context.Context, saved *state.Account, l *rest.Limiter, log *slog.Logger) {
	tick := time.NewTicker(noteEvery)
	defer tick.Stop()
	var noted int64
	note := func() {
		s := l.Standing()
		if s.Sent == noted {
			return
		}
		if err := saveBudget(saved, s); err != nil {
			log.Warn("the account's budget could not be noted", "error", err)
			return
		}
		noted = s.Sent
	}
	for {
		select {
		case <-tick.C:
			note()
		case <-ctx.Done():
			note()
			return
		}
	}
}

// BudgetStatus is how an account stands with its portal's limits, as last noted.
type BudgetStatus = control.Budget

// LimitStatus is one of them.
type LimitStatus = control.Limit

// Budgets tells how the accounts stand. It changes nothing.
func Budgets(cfg *config.Config, portals []string, now time.Time) []BudgetStatus {
	all := make([]BudgetStatus, 0, len(portals))
	for _, name := range portals {
		s := BudgetStatus{Portal: name}
		if path := accountPath(cfg, name); !missing(path) {
			if err := readBudget(&s, path, now); err != nil {
				s.Error = err.Error()
			}
		}
		all = append(all, s)
	}
	return all
}

func readBudget(s *BudgetStatus, path string, now time.Time) error {
	saved, err := state.OpenAccount(path, state.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	for name, to := range map[string]**LimitStatus{callsBudget: &s.Calls, uploadsBudget: &s.Uploads} {
		b, ok, err := saved.Budget(name)
		if err != nil {
			return err
		}
		if ok && (name == callsBudget || b.PerMinute > 0) {
			*to = limitStatus(b, now)
		}
	}
	return nil
}

func limitStatus(b state.Budget, now time.Time) *LimitStatus {
	l := &LimitStatus{PerMinute: b.PerMinute, Learned: b.Learned, Shared: b.Shared, Left: b.Left, Noted: b.Noted}
	if b.Until.After(now) {
		l.PausedUntil = b.Until
	}
	if b.PerMinute > 0 { // what was called more than a minute ago is free again
		freed := 0
		for age, calls := range b.Ages {
			if time.Duration(age)*time.Second+now.Sub(b.Noted) >= time.Minute {
				freed += calls
			}
		}
		l.Left = min(b.PerMinute, b.Left+freed)
	}
	return l
}
