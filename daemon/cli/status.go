package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"dossier/daemon"
	"dossier/state"
	"dossier/syncer"
)

// clientStatus is how a client stood when it last ran.
type clientStatus struct {
	Name       string            `json:"name"`
	State      string            `json:"state"` // as in a run; "never-run"; "running"
	Folder     string            `json:"folder"`
	Files      int               `json:"files"`
	LastRun    time.Time         `json:"last_run,omitzero"`
	LocalLook  time.Time         `json:"local_look,omitzero"`  // last complete look at the disk
	RemoteLook time.Time         `json:"remote_look,omitzero"` // last complete look at the portal
	LookEvery  float64           `json:"look_every,omitempty"` // seconds from the complete look at the portal before that to the last one
	Adopting   string            `json:"adopting,omitempty"`   // why nothing is deleted for now
	Conflicts  []syncer.Conflict `json:"conflicts"`
	Problems   []syncer.Problem  `json:"problems"`
	Halts      []syncer.HaltedBy `json:"halts"`
	Limits     []string          `json:"limits,omitempty"` // what the portal keeps dossier from
	Error      string            `json:"error,omitempty"`
}

const (
	neverRun = "never-run"
	running  = "running"
)

func (a *app) statusCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "status [CLIENT…]", Short: "Say how each client stands, as of its last run",
		Example:           "  dossier status\n  dossier status --json \"Bakkerij Jansen\"",
		ValidArgsFunction: a.completeClients,
		RunE: do(func(_ context.Context, args []string) error {
			clients, err := a.chosen(args)
			if err != nil {
				return err
			}
			all := make([]clientStatus, len(clients))
			for i, c := range clients {
				if all[i], err = statusOf(c); err != nil {
					return err
				}
			}
			budgets, err := a.budgets(clients)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(a.Out, map[string]any{"clients": all, "budgets": budgets})
			}
			printStatus(a.Out, all, time.Now())
			printBudgets(a.Out, budgets, time.Now())
			return nil
		}),
	}
	jsonFlag(c, &asJSON)
	return c
}

func statusOf(c daemon.Client) (clientStatus, error) {
	s := clientStatus{Name: c.Name, Folder: c.Path, State: neverRun,
		Conflicts: []syncer.Conflict{}, Problems: []syncer.Problem{}, Halts: []syncer.HaltedBy{}}
	never, err := view(c, func(tx *state.Tx) error { s.read(tx); return nil })
	if errors.Is(err, state.ErrLocked) {
		s.State = running
		return s, nil
	}
	if never {
		s.State = neverRun
	}
	return s, err
}

func (s *clientStatus) read(tx *state.Tx) {
	meta := tx.Meta()
	s.Files, s.LocalLook, s.RemoteLook = int(tx.Count().Files), meta.LocalLook, meta.RemoteLook
	if !meta.LookBefore.IsZero() {
		s.LookEvery = max(0, meta.RemoteLook.Sub(meta.LookBefore).Seconds())
	}
	if meta.Adopting {
		s.Adopting = orElse(meta.Why, "first run")
	}
	for _, r := range tx.Runs(1) {
		s.LastRun, s.State, s.Error = r.Finished, orElse(r.Outcome, "unfinished"), r.Error
		var report syncer.Report
		if json.Unmarshal(r.Report, &report) == nil && report.State != "" {
			s.State, s.Limits = string(report.State), report.Limits
		}
	}
	if p, ok := tx.Pause(); ok {
		s.State, s.Error = string(syncer.Paused), p.Reason
	}
	for _, c := range tx.Conflicts() {
		s.Conflicts = append(s.Conflicts, syncer.Conflict{Path: c.Path, Copy: c.Copy})
	}
	for _, p := range tx.Problems() {
		s.Problems = append(s.Problems, syncer.Problem{Path: p.Path, Reason: p.Reason, Code: orElse(p.Class, p.State), RetryAt: p.Next})
	}
	for _, h := range tx.Halts() {
		s.Halts = append(s.Halts, syncer.HaltedBy{Reason: h.Detail, Code: h.Reason, Plan: h.Plan, Deletes: h.Deletes})
	}
}

func printStatus(w io.Writer, all []clientStatus, now time.Time) {
	rows := [][]string{{"CLIENT", "STATE", "FILES", "LAST RUN", "LOOKS EVERY", "FOLDER"}}
	for _, s := range all {
		rows = append(rows, []string{plain(s.Name), statusWord(s.State), fmt.Sprint(s.Files), lastRun(s.LastRun, now), lookEvery(s.LookEvery), plain(s.Folder)})
	}
	table(w, rows)
	printLimits(w, all)
	for _, s := range all {
		r := syncer.Report{Name: s.Name, State: syncer.State(s.State), Conflicts: s.Conflicts, Problems: s.Problems, Error: s.Error}
		if len(s.Halts) > 0 {
			r.Halted = &s.Halts[0]
		}
		named := printNeeds(w, r, now)
		if s.Adopting != "" && s.State != neverRun {
			if !named {
				fmt.Fprintf(w, "\n%s\n", plain(s.Name))
			}
			fmt.Fprintf(w, "  takes stock: nothing is deleted until a run is through (%s)\n", plain(s.Adopting))
		}
	}
}

// printLimits says what portals keep dossier from, once for all clients of whom it is true.
func printLimits(w io.Writer, all []clientStatus) {
	var order []string
	of := map[string][]string{}
	for _, s := range all {
		for _, limit := range s.Limits {
			if of[limit] == nil {
				order = append(order, limit)
			}
			of[limit] = append(of[limit], plain(s.Name))
		}
	}
	for _, limit := range order {
		fmt.Fprintf(w, "\n%s\n  %s\n", strings.Join(of[limit], ", "), plain(limit))
	}
}

func statusWord(s string) string {
	switch s {
	case neverRun:
		return "never run"
	case running:
		return "running now"
	}
	return stateWord(syncer.State(s))
}

func lastRun(t, now time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return ago(t, now)
}

// lookEvery words how long it was between the last two complete looks at the portal.
func lookEvery(seconds float64) string {
	if seconds == 0 {
		return "–"
	}
	return took(time.Duration(seconds * float64(time.Second)))
}
