// Package daemon runs all mirrors: from the configuration to accounts and mirrors, each on its own, and one report of them all.
package daemon

import (
	"time"

	"dossier/syncer"
)

// Run is one pass over the chosen clients. It is what `dossier reconcile --json` prints, whatever the exit code.
type Run struct {
	Run      string          `json:"run"` // names this run, for the record and the logs
	Started  time.Time       `json:"started"`
	Finished time.Time       `json:"finished"`
	Exit     int             `json:"exit"`
	Error    string          `json:"error"` // why the run as a whole failed; empty: it did not
	Clients  []syncer.Report `json:"clients"`

	err error
}

// Err is why the run as a whole failed; nil: it did not.
func (r Run) Err() error { return r.err }

// Unbegun is the Run of what could not begin.
func Unbegun(err error, exit int) Run {
	now := time.Now()
	return Run{Started: now, Finished: now, Exit: exit, Error: err.Error(), Clients: []syncer.Report{}, err: err}
}
