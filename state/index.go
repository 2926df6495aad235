package state

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"iter"
)

const (
	idSize  = 5 // bytes of a node id in a key: 2^40 nodes are more than a client makes
	tagSize = 5
)

// tag stands for a text of any length in an index. Different texts may share one: what is found is compared.
type tag [tagSize]byte

func tagOf(s string) tag {
	sum := sha256.Sum256([]byte(s))
	return tag(sum[:tagSize])
}

func idBytes(id NodeID) (b [idSize]byte) {
	var full [8]byte
	binary.BigEndian.PutUint64(full[:], uint64(id))
	copy(b[:], full[8-idSize:])
	return b
}

func readID(b []byte) NodeID {
	var full [8]byte
	copy(full[8-idSize:], b[:idSize])
	return NodeID(binary.BigEndian.Uint64(full[:]))
}

func idKey(id NodeID) []byte {
	b := idBytes(id)
	return b[:]
}

// pair is the key of a row of base, and what its place's entry holds, the other way round.
func pair(a, b [5]byte) (e entry) {
	copy(e[:], a[:])
	copy(e[5:], b[:])
	return e
}

func nodeKey(parent, id NodeID) []byte {
	e := pair(idBytes(parent), idBytes(id))
	return e[:]
}

func placeEntry(id, parent NodeID) entry { return pair(idBytes(id), idBytes(parent)) }

func textEntry(text string, id NodeID) entry { return pair(tagOf(text), idBytes(id)) }

// tagged gives the nodes that an index has under a text's tag.
func (tx *Tx) tagged(s shelf, text string) iter.Seq[NodeID] {
	if text == "" {
		return func(func(NodeID) bool) {}
	}
	return s.with(tx, tagOf(text))
}

// suffixes gives what follows the tag in the keys of a bucket. The bytes are good until the bucket is written.
func (tx *Tx) suffixes(bucket string, t tag) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		c := tx.in(bucket).Cursor()
		for k, _ := c.Seek(t[:]); bytes.HasPrefix(k, t[:]); k, _ = c.Next() {
			if !yield(k[len(t):]) {
				return
			}
		}
	}
}
