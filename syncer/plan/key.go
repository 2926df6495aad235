package plan

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"slices"
)

// Key names a guarded operation and what it believes in, for approval: what is done to which item, on which side, from which
// base and which contents. It says nothing of times, nor of where a copy would go.
func (o Op) Key() string {
	h := digest{sha256.New()}
	h.number(uint64(o.Kind), uint64(o.Side), uint64(o.Node), uint64(o.Twin))
	if o.Base != nil {
		h.number(uint64(o.Base.Kind), uint64(o.Base.Parent))
		for s := range o.Base.Name {
			h.text(o.Base.Name[s])
			h.content(o.Base.Content[s])
		}
	}
	for _, v := range o.From {
		h.number(uint64(v.Sight), uint64(v.Kind), uint64(v.Place.Parent))
		h.text(v.Place.Name)
		h.content(v.Content)
	}
	return h.sum(16)
}

// haltID names a halt by its code and exactly the operations that it holds back.
func haltID(code string, ops []Op) string {
	keys := make([]string, len(ops))
	for i, o := range ops {
		keys[i] = o.Key()
	}
	slices.Sort(keys)
	h := digest{sha256.New()}
	h.text(code)
	for _, k := range keys {
		h.text(k)
	}
	return h.sum(6)
}

// digest writes values so that no two lists of values give the same bytes.
type digest struct{ hash.Hash }

func (h digest) number(ns ...uint64) {
	var b [8]byte
	for _, n := range ns {
		binary.BigEndian.PutUint64(b[:], n)
		h.Write(b[:])
	}
}

func (h digest) text(s string) {
	h.number(uint64(len(s)))
	h.Write([]byte(s))
}

// content leaves out a revision if there is a digest: a revision may carry a time.
func (h digest) content(c Content) {
	h.text(c.Hash)
	if c.Hash == "" {
		h.text(c.Rev)
	}
	h.number(uint64(c.Size))
}

func (h digest) sum(n int) string { return hex.EncodeToString(h.Sum(nil)[:n]) }
