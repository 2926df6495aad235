package state

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"iter"
	"time"
)

// Entry is one effect on the record: what, when, which client, which rule, from which version to which.
type Entry struct {
	Seq      uint64    `json:"seq"` // 1 first, without gaps
	Time     time.Time `json:"time"`
	Run      uint64    `json:"run,omitempty"`
	Client   string    `json:"client,omitempty"`
	Op       string    `json:"op"`
	Side     string    `json:"side,omitempty"`
	Path     string    `json:"path,omitempty"`
	To       string    `json:"to,omitempty"`
	Rule     string    `json:"rule,omitempty"`
	FromHash SHA256    `json:"from_hash,omitzero"`
	ToHash   SHA256    `json:"to_hash,omitzero"`
	FromRev  string    `json:"from_rev,omitempty"`
	ToRev    string    `json:"to_rev,omitempty"`
	RemoteID string    `json:"remote_id,omitempty"`
	Vault    string    `json:"vault,omitempty"`
	Size     int64     `json:"size,omitempty"`
	Outcome  string    `json:"outcome,omitempty"`
	Detail   string    `json:"detail,omitempty"`
	User     string    `json:"user,omitempty"` // who decided, where a person did
}

// Head is where the record ends. Kept elsewhere, it shows later that nothing before it was changed.
type Head struct {
	Seq  uint64 `json:"seq"`  // of the last entry; also how many there are
	Hash SHA256 `json:"hash"` // of the last entry, over all before it
}

// Append writes an entry, gives it its Seq and, if it has none, its Time.
func (tx *Tx) Append(e Entry) (Entry, error) {
	head := tx.Head()
	e.Seq = head.Seq + 1
	if e.Time.IsZero() {
		e.Time = tx.Now()
	}
	body, err := json.Marshal(e)
	if err != nil {
		return e, fmt.Errorf("append to record: %w", err)
	}
	next := Head{Seq: e.Seq, Hash: link(head.Hash, body)}
	if err := tx.in(recordBucket).Put(number(e.Seq), append(next.Hash[:], body...)); err != nil {
		return e, fmt.Errorf("append to record: %w", err)
	}
	tx.head = &next
	return e, nil
}

// link is the hash of an entry: over the hash before it, and its own bytes.
func link(before SHA256, body []byte) SHA256 {
	h := sha256.New()
	h.Write(before[:])
	h.Write(body)
	return SHA256(h.Sum(nil))
}

// Head tells where the record ends.
func (tx *Tx) Head() Head {
	if tx.head != nil {
		return *tx.head
	}
	h, _ := getJSON[Head](tx, metaBucket, headKey)
	return h
}

// Record reads the entries after a sequence number, oldest first; 0: all. An entry that cannot be read comes as an error that says
// which; the others follow.
func (tx *Tx) Record(after uint64) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		c := tx.in(recordBucket).Cursor()
		for k, v := c.Seek(number(after + 1)); k != nil; k, v = c.Next() {
			if !yield(readEntry(k, v)) {
				return
			}
		}
	}
}

// RecordBetween reads the entries of a span of time, oldest first; a zero time is no bound.
func (tx *Tx) RecordBetween(from, to time.Time) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for e, err := range tx.Record(0) {
			out := err == nil && (!from.IsZero() && e.Time.Before(from) || !to.IsZero() && !e.Time.Before(to))
			if !out && !yield(e, err) {
				return
			}
		}
	}
}

// Last reads the last n entries, oldest first.
func (tx *Tx) Last(n uint64) iter.Seq2[Entry, error] {
	head := tx.Head().Seq
	return tx.Record(head - min(n, head))
}

func readEntry(k, v []byte) (e Entry, err error) {
	if len(k) != 8 || len(v) < len(SHA256{}) {
		return e, fmt.Errorf("read record entry %x: it is cut off", k)
	}
	if err := json.Unmarshal(v[len(SHA256{}):], &e); err != nil {
		return e, fmt.Errorf("read record entry %x: %v", k, err)
	}
	return e, nil
}

// Follow calls fn for each entry after a sequence number, in order, those to come included, until ctx ends (its cause is returned)
// or fn fails. fn runs outside any transaction.
func (c *Client) Follow(ctx context.Context, after uint64, fn func(Entry) error) error {
	const batch = 500
	for {
		more := c.moreRecord()
		var entries []Entry
		err := c.View(func(tx *Tx) error {
			for e, err := range tx.Record(after) {
				if err != nil || len(entries) == batch {
					return err
				}
				entries = append(entries, e)
			}
			return nil
		})
		if err != nil {
			return err
		}
		for _, e := range entries {
			if err := fn(e); err != nil {
				return err
			}
			after = e.Seq
		}
		if len(entries) > 0 && ctx.Err() == nil {
			continue
		}
		select {
		case <-more:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// moreRecord is closed when the record grows.
func (c *Client) moreRecord() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.more
}

func (c *Client) grown() {
	c.mu.Lock()
	defer c.mu.Unlock()
	close(c.more)
	c.more = make(chan struct{})
}
