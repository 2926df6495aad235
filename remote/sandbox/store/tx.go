package store

import (
	"encoding/json"
	"time"
)

// A Tx collects changes. They take effect together when the function that was given it returns nil, and until then
// the View in it shows the store without them.
type Tx struct {
	View
	// Now is the time of the change.
	Now time.Time
	rec record
}

// NewID returns an id that was never given before.
func (tx *Tx) NewID() ID {
	if tx.rec.Next == 0 {
		tx.rec.Next = tx.x.next
	}
	tx.rec.Next++
	return tx.rec.Next - 1
}

// Put adds an item, or replaces the one with its id. The caller must not touch it afterwards.
func (tx *Tx) Put(it *Item) { tx.rec.Put = append(tx.rec.Put, it) }

// Purge removes an item and all below it, for good. Content is kept: other items may have the same.
func (tx *Tx) Purge(it *Item) {
	tx.rec.Del = append(tx.rec.Del, it.ID)
	for below := range tx.Below(it.ID) {
		tx.rec.Del = append(tx.rec.Del, below.ID)
	}
}

// Remove removes an item for good, and leaves what is in it: with a folder gone, that lies in no listing any more, and can be reached
// by its id only. Portals that damage themselves so are imitated with it; the others Purge.
func (tx *Tx) Remove(it *Item) { tx.rec.Del = append(tx.rec.Del, it.ID) }

// Log appends to the change log.
func (tx *Tx) Log(verb Verb, it *Item, by string) {
	c := &Change{Seq: tx.LastChange() + uint64(len(tx.rec.Changes)) + 1, Verb: verb, Item: it, By: by, At: tx.Now}
	tx.rec.Changes = append(tx.rec.Changes, c)
}

// SetDoc keeps a document; nil removes it.
func (tx *Tx) SetDoc(bucket, key string, value json.RawMessage) {
	tx.rec.Docs = append(tx.rec.Docs, doc{bucket, key, value})
}
