package state

import (
	"fmt"
	"time"
)

// Meta is what a client's file knows of its mirror.
type Meta struct {
	Mirror       string `json:"mirror,omitempty"`       // random, also in the folder's marker
	Installation string `json:"installation,omitempty"` // which installation wrote this
	Epoch        uint64 `json:"epoch,omitempty"`        // grows as the marker's does: a marker that is ahead means a restored state
	Account      string `json:"account,omitempty"`      // the account behind the token, pinned
	Folder       string `json:"folder,omitempty"`       // the client's folder on the portal
	Mode         string `json:"mode,omitempty"`
	Path         string `json:"path,omitempty"`      // the client's folder on disk
	RootFile     string `json:"root_file,omitempty"` // that folder's file id
	Config       string `json:"config,omitempty"`    // fingerprint of the rules that decide what is mirrored
	Adopting     bool   `json:"adopting,omitempty"`  // nothing is deleted until a first run is through
	Why          string `json:"why,omitempty"`       // why it adopts, in plain words

	LocalLook  time.Time `json:"local_look,omitzero"`  // last complete look
	RemoteLook time.Time `json:"remote_look,omitzero"` // likewise
	LookBefore time.Time `json:"look_before,omitzero"` // the complete look at the portal before that
	LastRun    uint64    `json:"last_run,omitempty"`
	Clock      time.Time `json:"clock,omitzero"` // latest time ever noted: an earlier now means that the clock was put back
}

// Meta reads it.
func (tx *Tx) Meta() Meta {
	m, _ := getJSON[Meta](tx, metaBucket, metaKey)
	return m
}

// SetMeta writes it.
func (tx *Tx) SetMeta(m Meta) error { return tx.putJSON(metaBucket, metaKey, m) }

// Pause is a person's wish that a mirror rest.
type Pause struct {
	Reason string    `json:"reason,omitempty"`
	By     string    `json:"by,omitempty"`
	Since  time.Time `json:"since"`
	Until  time.Time `json:"until,omitzero"` // zero: until it is resumed
}

// Pause reads it; false: there is none.
func (tx *Tx) Pause() (Pause, bool) { return getJSON[Pause](tx, metaBucket, pauseKey) }

// SetPause pauses.
func (tx *Tx) SetPause(p Pause) error {
	if p.Since.IsZero() {
		p.Since = tx.Now()
	}
	return tx.putJSON(metaBucket, pauseKey, p)
}

// Resume ends a pause.
func (tx *Tx) Resume() error { return tx.drop(metaBucket, pauseKey) }

// Ledger reads a named ledger: what can be rebuilt from neither side, such as the folders of a portal that does not list them. The
// bytes are the mirror's own; Keep copies them. Nil: there is none.
func (tx *Tx) Ledger(name string) []byte {
	key := []byte(name)
	row := tx.in(ledgerBucket).Get(key)
	if row == nil {
		return nil
	}
	return []byte(tx.open(ledgerBucket, key, row, jsonVersion))
}

// SetLedger writes a named ledger.
func (tx *Tx) SetLedger(name string, data []byte) error {
	if name == "" {
		return fmt.Errorf("%w: a ledger without a name", ErrInvalid)
	}
	return tx.put(ledgerBucket, []byte(name), jsonVersion, data)
}
