package state

import (
	"fmt"
	"time"
)

// Problem is why one item is not in step.
type Problem struct {
	Key      string    `json:"key"` // what it is about: a node, or a path that has none; the mirror's choice
	Node     NodeID    `json:"node,omitempty"`
	Path     string    `json:"path,omitempty"`
	State    string    `json:"state"`           // waiting, refused, held, pending …
	Reason   string    `json:"reason"`          // in plain words
	Class    string    `json:"class,omitempty"` // what kind of failure: another class starts its count anew
	Attempts int       `json:"attempts,omitempty"`
	First    time.Time `json:"first"`
	Next     time.Time `json:"next,omitzero"` // next try; zero: with the next look
}

// SetProblems replaces the whole list. A problem whose Key and Class were there keeps First; and Attempts and Next too, unless it
// comes with more attempts: so a restart does not begin to try at once what had to wait.
func (tx *Tx) SetProblems(list []Problem) error {
	kept := make(map[string]bool, len(list))
	for _, p := range list {
		kept[p.Key] = true
		if old, ok := tx.Problem(p.Key); ok && old.Class == p.Class && p.Attempts <= old.Attempts {
			p.Attempts, p.Next = old.Attempts, old.Next
		}
		if err := tx.PutProblem(p); err != nil {
			return err
		}
	}
	for _, old := range tx.Problems() {
		if kept[old.Key] {
			continue
		}
		if err := tx.drop(problemBucket, []byte(old.Key)); err != nil {
			return err
		}
	}
	return nil
}

// PutProblem writes one problem as it is; First stays that of the same Key and Class.
func (tx *Tx) PutProblem(p Problem) error {
	if p.Key == "" {
		return fmt.Errorf("%w: a problem without a key", ErrInvalid)
	}
	if old, ok := tx.Problem(p.Key); ok && old.Class == p.Class {
		p.First = old.First
	}
	if p.First.IsZero() {
		p.First = tx.Now()
	}
	return tx.putJSON(problemBucket, []byte(p.Key), p)
}

// DropProblem forgets one; there is no error if there is none.
func (tx *Tx) DropProblem(key string) error { return tx.drop(problemBucket, []byte(key)) }

// Problem reads one.
func (tx *Tx) Problem(key string) (Problem, bool) {
	return getJSON[Problem](tx, problemBucket, []byte(key))
}

// Problems lists them by key.
func (tx *Tx) Problems() []Problem { return listJSON[Problem](tx, problemBucket) }

// Loop is what the detector of endless loops remembers of a node.
type Loop struct {
	Node   NodeID    `json:"node"`
	Hashes []SHA256  `json:"hashes"` // contents the item had, oldest first
	Count  int       `json:"count"`  // how often it returned to one of them
	Since  time.Time `json:"since"`
}

// Loop reads one.
func (tx *Tx) Loop(id NodeID) (Loop, bool) { return getJSON[Loop](tx, loopBucket, idKey(id)) }

// PutLoop writes one.
func (tx *Tx) PutLoop(l Loop) error {
	if l.Since.IsZero() {
		l.Since = tx.Now()
	}
	return tx.putJSON(loopBucket, idKey(l.Node), l)
}

// Loops lists them by node.
func (tx *Tx) Loops() []Loop { return listJSON[Loop](tx, loopBucket) }

// DropLoop forgets one: a person put new content there.
func (tx *Tx) DropLoop(id NodeID) error { return tx.drop(loopBucket, idKey(id)) }
