package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"dossier/state"
	"dossier/syncer"
)

// VerbStatus asks how clients stand.
var VerbStatus = Verb[Which, Statuses]{"status", (*Desk).status}

// Statuses are clients, and the budgets of the accounts they live on.
type Statuses struct {
	Clients []ClientStatus `json:"clients"`
	Budgets []BudgetStatus `json:"budgets"`
}

// ClientStatus is how a client stood when it last ran.
type ClientStatus struct {
	Name       string            `json:"name"`
	State      string            `json:"state"` // as in a run; NeverRun; Running
	Folder     string            `json:"folder"`
	Files      int               `json:"files"`
	LastRun    time.Time         `json:"last_run,omitzero"`
	LocalLook  time.Time         `json:"local_look,omitzero"`  // last complete look at the disk
	RemoteLook time.Time         `json:"remote_look,omitzero"` // last complete look at the portal
	LookEvery  float64           `json:"look_every,omitempty"` // seconds from the complete look at the portal before that to the last one
	Adopting   string            `json:"adopting,omitempty"`   // why nothing is deleted for now
	Paused     *state.Pause      `json:"paused,omitempty"`
	Conflicts  []syncer.Conflict `json:"conflicts"`
	Problems   []syncer.Problem  `json:"problems"`
	Halts      []syncer.HaltedBy `json:"halts"`
	Limits     []string          `json:"limits,omitempty"` // what the portal keeps dossier from
	Error      string            `json:"error,omitempty"`
}

// What a client can be besides the states of a run.
const (
	NeverRun = "never-run"
	Running  = "running" // another process has it
)

func (d *Desk) status(ctx context.Context, which Which) (s Statuses, err error) {
	clients, err := d.chosen(which.Clients)
	if err != nil {
		return s, err
	}
	s.Clients = make([]ClientStatus, len(clients))
	var portals []string
	for i, c := range clients {
		if s.Clients[i], err = d.statusOf(ctx, c); err != nil {
			return s, err
		}
		portals = append(portals, c.Portal)
	}
	slices.Sort(portals)
	s.Budgets = Budgets(d.Config, slices.Compact(portals), time.Now())
	return s, nil
}

func (d *Desk) statusOf(ctx context.Context, c Client) (ClientStatus, error) {
	s := ClientStatus{Name: c.Name, Folder: c.Path, State: NeverRun,
		Conflicts: []syncer.Conflict{}, Problems: []syncer.Problem{}, Halts: []syncer.HaltedBy{}}
	never, err := d.view(ctx, c, func(tx *state.Tx) error { s.read(tx); return nil })
	if errors.Is(err, state.ErrLocked) {
		s.State = Running
		return s, nil
	}
	if never {
		s.State = NeverRun
	}
	return s, err
}

func (s *ClientStatus) read(tx *state.Tx) {
	meta := tx.Meta()
	s.Files, s.LocalLook, s.RemoteLook = int(tx.Count().Files), meta.LocalLook, meta.RemoteLook
	if !meta.LookBefore.IsZero() {
		s.LookEvery = max(0, meta.RemoteLook.Sub(meta.LookBefore).Seconds())
	}
	if meta.Adopting {
		s.Adopting = meta.Why
		if s.Adopting == "" {
			s.Adopting = "first run"
		}
	}
	s.readRun(tx)
	if p, ok := pausedNow(tx); ok {
		s.State, s.Paused, s.Error = string(syncer.Paused), &p, ""
	}
	for _, c := range tx.Conflicts() {
		s.Conflicts = append(s.Conflicts, syncer.Conflict{Path: c.Path, Copy: c.Copy})
	}
	for _, p := range tx.Problems() {
		s.Problems = append(s.Problems, problemOf(p))
	}
	for _, h := range tx.Halts() {
		s.Halts = append(s.Halts, syncer.HaltedBy{Reason: h.Detail, Code: h.Reason, Plan: h.Plan, Deletes: h.Deletes})
	}
}

func (s *ClientStatus) readRun(tx *state.Tx) {
	for _, r := range tx.Runs(1) {
		s.LastRun, s.State, s.Error = r.Finished, r.Outcome, r.Error
		if s.State == "" {
			s.State = "unfinished"
		}
		var report syncer.Report
		if json.Unmarshal(r.Report, &report) == nil && report.State != "" {
			s.State, s.Limits = string(report.State), report.Limits
		}
	}
}

func problemOf(p state.Problem) syncer.Problem {
	code := p.Class
	if code == "" {
		code = p.State
	}
	return syncer.Problem{Path: p.Path, Reason: p.Reason, Code: code, RetryAt: p.Next}
}

// pausedNow is the pause that holds now; false: there is none, or its time has passed.
func pausedNow(tx *state.Tx) (state.Pause, bool) {
	p, ok := tx.Pause()
	return p, ok && (p.Until.IsZero() || tx.Now().Before(p.Until))
}
