package syncer

import (
	"crypto/sha256"
	"slices"

	"dossier/state"
	"dossier/syncer/plan"
)

// An item whose content returns, again and again, to what it was before is not edited by people: two programs, or two machines
// with different opinions, undo each other (F21). It is left alone until somebody puts new content there.
const (
	reasonLoop   = "loop"
	loopAfter    = 3 // returns
	loopRemember = 8 // contents
)

// loopKey is a content as the detector remembers it: by the digest that both sides tell.
func loopKey(hash string) state.SHA256 { return sha256.Sum256([]byte(hash)) }

// watchLoop notes that an item's content went from old to now.
func (f *folding) watchLoop(id state.NodeID, old, now string) error {
	l, known := f.tx.Loop(id)
	if !known {
		l = state.Loop{Node: id, Hashes: []state.SHA256{loopKey(old)}}
	}
	if slices.Contains(l.Hashes, loopKey(now)) {
		l.Count++
		return f.tx.PutLoop(l)
	}
	l.Count = 0
	l.Hashes = append(l.Hashes, loopKey(now))
	if extra := len(l.Hashes) - loopRemember; extra > 0 {
		l.Hashes = l.Hashes[extra:]
	}
	return f.tx.PutLoop(l)
}

// loops holds what goes round in circles.
func (b *worldBuilder) loops() {
	for _, l := range b.tx.Loops() {
		n, ok := b.nodes[plan.NodeID(l.Node)]
		if !ok || l.Count < loopAfter || somethingNew(n, l) {
			continue
		}
		for side := range n.Side {
			n.Side[side].Wait = plan.Reason{Code: reasonLoop,
				Detail: "goes back and forth between the same contents, as if two programs undid each other's work: find out what writes it, or save new content"}
		}
	}
}

// somethingNew tells that a side has a content that the item never had.
func somethingNew(n *plan.Node, l state.Loop) bool {
	for _, v := range n.Side {
		if v.Sight == plan.Present && v.Content.Hash != "" && !slices.Contains(l.Hashes, loopKey(v.Content.Hash)) {
			return true
		}
	}
	return false
}
