package state

import (
	"encoding/json"
	"fmt"
	"time"
)

// Halt is a plan that a guard stopped, written down so that a person can look at it and approve it.
type Halt struct {
	Plan    string          `json:"plan"` // hash over the guarded operations and their base revisions
	Reason  string          `json:"reason"`
	Detail  string          `json:"detail,omitempty"`
	Since   time.Time       `json:"since"`
	Deletes int             `json:"deletes,omitempty"`
	Ops     json.RawMessage `json:"ops,omitempty"`  // what would have been done, for a person's eyes
	Keys    []string        `json:"keys,omitempty"` // what Approve admits: one key an operation, its base revisions included
	Whole   bool            `json:"whole"`          // nothing of the client runs; false: the operations of Keys wait, the rest flows
}

// Admission lets one operation past a guard, once.
type Admission struct {
	Key     string    `json:"key"`
	Plan    string    `json:"plan"`
	By      string    `json:"by,omitempty"`
	Expires time.Time `json:"expires"`
}

// SetHalt writes a halt. One that is there already keeps its Since.
func (tx *Tx) SetHalt(h Halt) error {
	if old, ok := tx.Halt(h.Plan); ok {
		h.Since = old.Since
	}
	if h.Since.IsZero() {
		h.Since = tx.Now()
	}
	return tx.putJSON(haltBucket, []byte(h.Plan), h)
}

// Halt reads one halt.
func (tx *Tx) Halt(plan string) (Halt, bool) { return getJSON[Halt](tx, haltBucket, []byte(plan)) }

// Halts lists what waits for a person, or for its cause to go away.
func (tx *Tx) Halts() []Halt { return listJSON[Halt](tx, haltBucket) }

// Lift takes away the halts of all plans but those named: their causes are gone.
func (tx *Tx) Lift(except ...string) error {
	keep := make(map[string]bool, len(except))
	for _, plan := range except {
		keep[plan] = true
	}
	for _, h := range tx.Halts() {
		if keep[h.Plan] {
			continue
		}
		if err := tx.drop(haltBucket, []byte(h.Plan)); err != nil {
			return err
		}
	}
	return nil
}

// Approve admits each operation of a halted plan, once and until a time, and lifts the halt. Any other operation halts anew.
func (tx *Tx) Approve(plan, by string, until time.Time) (Halt, error) {
	h, ok := tx.Halt(plan)
	if !ok {
		return h, fmt.Errorf("approve plan %q: %w", plan, ErrNotFound)
	}
	for _, key := range h.Keys {
		a := Admission{Key: key, Plan: plan, By: by, Expires: until}
		if err := tx.putJSON(admitBucket, []byte(key), a); err != nil {
			return h, err
		}
	}
	return h, tx.drop(haltBucket, []byte(plan))
}

// Approved tells whether an operation is admitted now.
func (tx *Tx) Approved(key string) (Admission, bool) {
	a, ok := getJSON[Admission](tx, admitBucket, []byte(key))
	return a, ok && tx.Now().Before(a.Expires)
}

// Use takes an admission away, in the transaction that notes what it let through. It is ErrNotFound if there is none, or no more.
func (tx *Tx) Use(key string) error {
	if _, ok := tx.Approved(key); !ok {
		return fmt.Errorf("use approval of %q: %w", key, ErrNotFound)
	}
	return tx.drop(admitBucket, []byte(key))
}

// ExpireApprovals forgets admissions whose time has passed.
func (tx *Tx) ExpireApprovals() error {
	for _, a := range listJSON[Admission](tx, admitBucket) {
		if tx.Now().Before(a.Expires) {
			continue
		}
		if err := tx.drop(admitBucket, []byte(a.Key)); err != nil {
			return err
		}
	}
	return nil
}
