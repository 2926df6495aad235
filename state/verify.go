package state

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// Fault is a place where the record is not what was written.
type Fault struct {
	Seq  uint64 `json:"seq"`
	What string `json:"what"` // in plain words
}

// Verify reads the whole record and tells what was altered, removed, moved or added since; none: it is as written. Heads that were
// kept elsewhere (Keep) are compared too: they alone show that somebody wrote the whole chain anew, or cut off its end with its head.
func (tx *Tx) Verify(kept ...Head) []Fault {
	v := verifier{want: 1, kept: make(map[uint64]SHA256)}
	for _, h := range kept {
		v.kept[h.Seq] = h.Hash
	}
	c := tx.in(recordBucket).Cursor()
	for k, row := c.First(); k != nil; k, row = c.Next() {
		v.entry(k, row)
	}
	v.end(tx.Head(), kept)
	return v.faults
}

type verifier struct {
	want   uint64 // the next entry's number
	before SHA256 // the hash of the last one
	broken bool   // before is not known: entries are missing
	kept   map[uint64]SHA256
	faults []Fault
}

func (v *verifier) fault(seq uint64, format string, args ...any) {
	v.faults = append(v.faults, Fault{Seq: seq, What: fmt.Sprintf(format, args...)})
}

func (v *verifier) entry(k, row []byte) {
	if len(k) != 8 || len(row) < len(v.before) {
		v.fault(v.want, "entry %x is cut off", k)
		v.broken = true
		return
	}
	seq := binary.BigEndian.Uint64(k)
	if seq != v.want {
		v.fault(v.want, "%d entries are missing", seq-v.want)
		v.broken = true
	}
	hash, body := SHA256(row[:len(v.before)]), row[len(v.before):]
	v.body(seq, hash, body, k, row)
	if known, ok := v.kept[seq]; ok && known != hash {
		v.fault(seq, "the entry, or one before it, is not the one whose hash was kept")
	}
	v.want, v.before, v.broken = seq+1, hash, false
}

func (v *verifier) body(seq uint64, hash SHA256, body, k, row []byte) {
	e, err := readEntry(k, row)
	switch {
	case err != nil:
		v.fault(seq, "the entry cannot be read")
	case e.Seq != seq:
		v.fault(seq, "entry %d lies in the place of entry %d", e.Seq, seq)
	case !v.broken && link(v.before, body) != hash:
		v.fault(seq, "the entry, or the one before it, was altered")
	}
}

func (v *verifier) end(head Head, kept []Head) {
	last := v.want - 1
	switch {
	case last < head.Seq:
		v.fault(v.want, "the last %d entries are missing", head.Seq-last)
	case last > head.Seq:
		v.fault(head.Seq+1, "%d entries were added", last-head.Seq)
	case !bytes.Equal(v.before[:], head.Hash[:]):
		v.fault(last, "the record does not end in the hash that was noted")
	}
	for _, h := range kept {
		if h.Seq > last {
			v.fault(h.Seq, "the record was longer when its head was kept")
		}
	}
}
