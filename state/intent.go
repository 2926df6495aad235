package state

import (
	"fmt"
	"time"
)

// Intent is an operation begun and not finished: written before the act, taken away with the outcome. One that is left over after a
// crash is settled by looking at what it would have changed.
type Intent struct {
	Seq  uint64 `json:"seq"`
	Op   string `json:"op"`   // the mirror's word
	Side string `json:"side"` // which side it changes: local, remote
	Run  uint64 `json:"run,omitempty"`
	Rule string `json:"rule,omitempty"`

	Node     NodeID `json:"node,omitempty"`
	Twin     NodeID `json:"twin,omitempty"` // a second node concerned: the copy of a conflict, the other of a swap
	Parent   NodeID `json:"parent,omitempty"`
	Path     string `json:"path,omitempty"` // on disk, as the plan named it
	To       string `json:"to,omitempty"`   // target path of a move or a copy
	Local    string `json:"local,omitempty"`
	Remote   string `json:"remote,omitempty"`
	RemoteID string `json:"remote_id,omitempty"`
	RemoteIn string `json:"remote_in,omitempty"` // remote id of the target's parent

	Content string `json:"content,omitempty"` // revisions that the act takes for granted
	Guard   string `json:"guard,omitempty"`
	BaseSeq int64  `json:"base_seq,omitempty"`
	Base256 SHA256 `json:"base_sha256,omitzero"`

	SHA256 SHA256    `json:"sha256,omitzero"` // of the content to be brought over
	SHA1   SHA1      `json:"sha1,omitzero"`
	Size   int64     `json:"size,omitempty"`
	MTime  int64     `json:"mtime,omitempty"`
	FileID string    `json:"file_id,omitempty"` // of the file on disk that is sent
	Token  string    `json:"token,omitempty"`   // by which our upload is recognised
	Stage  string    `json:"stage,omitempty"`   // the staged file
	Vault  string    `json:"vault,omitempty"`   // the vault entry it makes
	Resume string    `json:"resume,omitempty"`  // how far a transfer came; the driver's own
	Made   string    `json:"made,omitempty"`    // remote id that takes the place of RemoteID, which is to be removed
	Stamp  time.Time `json:"stamp,omitzero"`    // of a conflict copy's name
	Plan   string    `json:"plan,omitempty"`    // the approval it uses
	Tries  int       `json:"tries,omitempty"`

	Started time.Time `json:"started"`
}

// Begin writes intents, in one transaction with whatever else it does, and gives each its Seq and, if it has none, its Started.
func (tx *Tx) Begin(intents []Intent) error {
	for i := range intents {
		seq, err := tx.next(intentBucket)
		if err != nil {
			return err
		}
		intents[i].Seq = seq
		if intents[i].Started.IsZero() {
			intents[i].Started = tx.Now()
		}
		if err := tx.putJSON(intentBucket, number(seq), intents[i]); err != nil {
			return err
		}
	}
	return nil
}

// Intent reads one intent.
func (tx *Tx) Intent(seq uint64) (Intent, bool) {
	return getJSON[Intent](tx, intentBucket, number(seq))
}

// Intents lists the intents that have no outcome yet, in the order they began.
func (tx *Tx) Intents() []Intent { return listJSON[Intent](tx, intentBucket) }

// SetIntent rewrites an intent: its resume point, stage, token or tries.
func (tx *Tx) SetIntent(in Intent) error {
	if _, ok := tx.Intent(in.Seq); !ok {
		return fmt.Errorf("write intent %d: %w", in.Seq, ErrNotFound)
	}
	return tx.putJSON(intentBucket, number(in.Seq), in)
}

// Finish takes an intent away. The change of base and the entry of the record belong into the same transaction: see Client.Done.
func (tx *Tx) Finish(seq uint64) error {
	if _, ok := tx.Intent(seq); !ok {
		return fmt.Errorf("finish intent %d: %w", seq, ErrNotFound)
	}
	return tx.drop(intentBucket, number(seq))
}

// Begin writes intents and gives each its Seq. They are on the disk when it returns; many callers share an fsync.
func (c *Client) Begin(intents []Intent) error {
	return c.Commit(func(tx *Tx) error { return tx.Begin(intents) })
}

// SetResume writes how far a transfer came. It is on the disk when it returns.
func (c *Client) SetResume(seq uint64, resume string) error {
	return c.Commit(func(tx *Tx) error {
		in, ok := tx.Intent(seq)
		if !ok {
			return fmt.Errorf("write resume of intent %d: %w", seq, ErrNotFound)
		}
		in.Resume = resume
		return tx.putJSON(intentBucket, number(seq), in)
	})
}

// SetMade writes which item was made in the place of the intent's. It is on the disk when it returns.
func (c *Client) SetMade(seq uint64, made string) error {
	return c.Commit(func(tx *Tx) error {
		in, ok := tx.Intent(seq)
		if !ok {
			return fmt.Errorf("write what intent %d made: %w", seq, ErrNotFound)
		}
		in.Made = made
		return tx.putJSON(intentBucket, number(seq), in)
	})
}

// Done takes an intent away in one transaction with what fn writes, the change of base and the record's entry: either all of it is
// on the disk or nothing. Like Commit it shares an fsync, and may call fn more than once.
func (c *Client) Done(seq uint64, fn func(*Tx) error) error {
	return c.Commit(func(tx *Tx) error {
		if err := tx.Finish(seq); err != nil {
			return err
		}
		return fn(tx)
	})
}
