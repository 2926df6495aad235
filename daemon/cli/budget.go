package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"dossier/daemon"
)

// printBudgets has a line for each account that has ever called its portal.
func printBudgets(w io.Writer, all []daemon.BudgetStatus, now time.Time) {
	rows := [][]string{{"PORTAL", "CALLS A MINUTE", "LEFT", "NOTED", ""}}
	for _, b := range all {
		switch {
		case b.Error != "":
			rows = append(rows, []string{plain(b.Portal), "–", "–", "–", plain(b.Error)})
		case b.Calls != nil:
			rows = append(rows, []string{plain(b.Portal), known(b.Calls.PerMinute > 0, b.Calls.PerMinute), known(b.Calls.Left >= 0, b.Calls.Left),
				ago(b.Calls.Noted, now), budgetNotes(*b.Calls, b.Uploads)})
		}
	}
	if len(rows) > 1 {
		fmt.Fprintln(w)
		table(w, rows)
	}
}

func known(is bool, n int) string {
	if !is {
		return "not known"
	}
	return fmt.Sprint(n)
}

func budgetNotes(calls daemon.LimitStatus, uploads *daemon.LimitStatus) string {
	var notes []string
	if !calls.PausedUntil.IsZero() {
		notes = append(notes, "paused by the portal until "+calls.PausedUntil.Local().Format(time.TimeOnly))
	}
	if calls.Learned {
		notes = append(notes, "learned from refusals")
	}
	if calls.Shared {
		notes = append(notes, "shared with other machines or programs")
	}
	if uploads != nil {
		notes = append(notes, fmt.Sprintf("uploads: %d a minute, %d left", uploads.PerMinute, uploads.Left))
	}
	return strings.Join(notes, "; ")
}
