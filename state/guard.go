package state

import (
	"bytes"
	"encoding/binary"
	"time"
)

// Danger is what a guard counts.
type Danger uint8

const (
	// Deletion of a file, on either side.
	Deletion Danger = iota + 1
	// Change of a file's content.
	Change
)

// Guarded is one dangerous effect, as the window of the guards remembers it.
type Guarded struct {
	When     time.Time
	Danger   Danger
	Approved bool // a person let it through: it does not count again
	Path     string
}

// Danger notes an effect in the window, in the transaction that notes the effect itself. A zero When is now.
func (tx *Tx) Danger(g Guarded) error {
	seq, err := tx.next(guardBucket)
	if err != nil {
		return err
	}
	if g.When.IsZero() {
		g.When = tx.Now()
	}
	payload := []byte{byte(g.Danger), 0}
	if g.Approved {
		payload[1] = 1
	}
	return tx.put(guardBucket, timeKey(g.When, seq), 1, append(payload, g.Path...))
}

// Dangers reads the window from a time on, oldest first. What a clock that ran ahead has noted is in it until that time has passed.
func (tx *Tx) Dangers(since time.Time) []Guarded {
	var all []Guarded
	c := tx.in(guardBucket).Cursor()
	for k, v := c.Seek(timeKey(since, 0)); k != nil; k, v = c.Next() {
		all = append(all, tx.guarded(k, v))
	}
	return all
}

// CountDangers counts one danger from a time on, the approved apart.
func (tx *Tx) CountDangers(d Danger, since time.Time) (open, approved int) {
	for _, g := range tx.Dangers(since) {
		switch {
		case g.Danger != d:
		case g.Approved:
			approved++
		default:
			open++
		}
	}
	return open, approved
}

func (tx *Tx) guarded(k, v []byte) Guarded {
	payload := tx.open(guardBucket, k, v, 1)
	if len(k) != 16 || len(payload) < 2 {
		tx.corrupt(guardBucket, "row %x does not decode", k)
	}
	return Guarded{When: keyTime(k), Danger: Danger(payload[0]), Approved: payload[1] == 1, Path: payload[2:]}
}

// PruneDangers forgets what is older than a time.
func (tx *Tx) PruneDangers(before time.Time) error {
	for _, key := range tx.keysBefore(guardBucket, timeKey(before, 0), -1) {
		if err := tx.drop(guardBucket, key); err != nil {
			return err
		}
	}
	return nil
}

func keyTime(k []byte) time.Time {
	const sign = 1 << 63
	return time.Unix(0, int64(binary.BigEndian.Uint64(k)^sign)).UTC()
}

// keysBefore copies at most limit keys that sort before end; a negative limit is none.
func (tx *Tx) keysBefore(bucket string, end []byte, limit int) [][]byte {
	var keys [][]byte
	c := tx.in(bucket).Cursor()
	for k, _ := c.First(); k != nil && bytes.Compare(k, end) < 0 && len(keys) != limit; k, _ = c.Next() {
		keys = append(keys, bytes.Clone(k))
	}
	return keys
}
