package state

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"iter"
)

// idSize is the length of a node id in a key: 2^48 nodes are more than a client can make.
const idSize = 6

// tag stands for a text of any length in the key of an index. Different texts may share one: what is found is compared.
type tag [6]byte

func tagOf(s string) tag {
	sum := sha256.Sum256([]byte(s))
	return tag(sum[:len(tag{})])
}

func appendID(key []byte, id NodeID) []byte {
	return append(key, binary.BigEndian.AppendUint64(nil, uint64(id))[8-idSize:]...)
}

func idKey(id NodeID) []byte { return appendID(make([]byte, 0, idSize), id) }

func readID(b []byte) NodeID {
	var full [8]byte
	copy(full[8-idSize:], b)
	return NodeID(binary.BigEndian.Uint64(full[:]))
}

func nodeKey(parent, id NodeID) []byte { return appendID(idKey(parent), id) }

func tagKey(s string, id NodeID) []byte {
	t := tagOf(s)
	return appendID(append(make([]byte, 0, len(t)+idSize), t[:]...), id)
}

// index adds or takes away the entries that a row of base has in the indexes of remote and file ids.
func (tx *Tx) index(bucket, text string, id NodeID, add bool) error {
	switch {
	case text == "":
		return nil
	case add:
		return tx.in(bucket).Put(tagKey(text, id), nil)
	}
	return tx.drop(bucket, tagKey(text, id))
}

// tagged gives the nodes that an index has under a text's tag.
func (tx *Tx) tagged(bucket, text string) iter.Seq[NodeID] {
	return func(yield func(NodeID) bool) {
		if text == "" {
			return
		}
		for _, rest := range tx.suffixes(bucket, tagOf(text)) {
			if len(rest) != idSize {
				tx.corrupt(bucket, "a key of %d bytes", len(rest))
			}
			if !yield(readID(rest)) {
				return
			}
		}
	}
}

// suffixes gives what follows the tag in the keys of a bucket, and the rows. The bytes are good until the bucket is written.
func (tx *Tx) suffixes(bucket string, t tag) iter.Seq2[int, []byte] {
	return func(yield func(int, []byte) bool) {
		c, n := tx.in(bucket).Cursor(), 0
		for k, _ := c.Seek(t[:]); bytes.HasPrefix(k, t[:]); k, _ = c.Next() {
			if !yield(n, k[len(t):]) {
				return
			}
			n++
		}
	}
}
