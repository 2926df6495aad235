package state

import (
	"encoding/json"
	"fmt"
	"time"
)

// Run is one pass of a mirror.
type Run struct {
	ID       uint64           `json:"id"`
	Started  time.Time        `json:"started"`
	Finished time.Time        `json:"finished,omitzero"` // zero: under way, or cut off
	Outcome  string           `json:"outcome,omitempty"`
	Error    string           `json:"error,omitempty"`
	Counts   map[string]int64 `json:"counts,omitempty"` // uploaded, downloaded, bytes_up …
	Report   json.RawMessage  `json:"report,omitempty"` // the mirror's own account of it
}

// BeginRun notes a run and gives it its number.
func (tx *Tx) BeginRun() (Run, error) {
	id, err := tx.next(runBucket)
	if err != nil {
		return Run{}, err
	}
	r := Run{ID: id, Started: tx.Now()}
	return r, tx.putJSON(runBucket, number(id), r)
}

// EndRun writes what came of a run and, if it is not set, when it ended.
func (tx *Tx) EndRun(r Run) error {
	if _, ok := tx.Run(r.ID); !ok {
		return fmt.Errorf("end run %d: %w", r.ID, ErrNotFound)
	}
	if r.Finished.IsZero() {
		r.Finished = tx.Now()
	}
	return tx.putJSON(runBucket, number(r.ID), r)
}

// Run reads one run.
func (tx *Tx) Run(id uint64) (Run, bool) { return getJSON[Run](tx, runBucket, number(id)) }

// Runs lists the last n runs, the newest first.
func (tx *Tx) Runs(n int) []Run {
	var runs []Run
	c := tx.in(runBucket).Cursor()
	for k, v := c.Last(); k != nil && len(runs) < n; k, v = c.Prev() {
		runs = append(runs, openJSON[Run](tx, runBucket, k, v))
	}
	return runs
}

// TrimRuns forgets all but the last n runs. What they did stays on the record.
func (tx *Tx) TrimRuns(n uint64) error {
	last := tx.in(runBucket).Sequence()
	if last <= n {
		return nil
	}
	for _, key := range tx.keysBefore(runBucket, number(last-n+1), int(last)) {
		if err := tx.drop(runBucket, key); err != nil {
			return err
		}
	}
	return nil
}
