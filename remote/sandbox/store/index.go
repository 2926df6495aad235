package store

import (
	"cmp"
	"encoding/json"
	"iter"
	"slices"
	"strings"
	"time"
)

// Fold is the form of a name by which siblings are told apart: without regard to case, without normalising.
func Fold(name string) string { return strings.ToLower(name) }

type nameKey struct {
	parent ID
	name   string // folded
}

// index is the whole of the metadata in memory. It changes only through apply, live as well as when the journal is
// read back, so that what is on disk and what is in memory cannot drift apart.
type index struct {
	items   map[ID]*Item
	kids    map[ID]*[kinds][]ID // ascending, for pages in O(page)
	names   map[nameKey][]ID    // who has the name; more than one only where a portal allows twins
	sums    map[ID]int64        // bytes below a folder, trash not counted
	trash   map[ID][]ID         // root → what was itself trashed, ascending
	changes []*Change
	docs    map[string]map[string]json.RawMessage
	next    ID // the next id to give
}

func newIndex() *index {
	return &index{
		items: map[ID]*Item{}, kids: map[ID]*[kinds][]ID{}, names: map[nameKey][]ID{}, sums: map[ID]int64{},
		trash: map[ID][]ID{}, docs: map[string]map[string]json.RawMessage{}, next: firstID,
	}
}

// firstID keeps ids away from small numbers that a mistaken client might guess.
const firstID ID = 100_001

// record is one step of the journal. Applying it twice is the same as once.
type record struct {
	Put     []*Item   `json:"put,omitempty"`
	Del     []ID      `json:"del,omitempty"`
	Changes []*Change `json:"changes,omitempty"`
	Docs    []doc     `json:"docs,omitempty"`
	Next    ID        `json:"next,omitempty"`
}

type doc struct {
	Bucket string          `json:"bucket"`
	Key    string          `json:"key"`
	Value  json.RawMessage `json:"value,omitempty"` // none: the document is removed
}

func (x *index) apply(r *record) {
	for _, it := range r.Put {
		x.put(it)
	}
	for _, id := range r.Del {
		x.remove(id)
	}
	for _, d := range r.Docs {
		x.setDoc(d)
	}
	for _, c := range r.Changes {
		if n := len(x.changes); n > 0 && c.Seq <= x.changes[n-1].Seq {
			continue
		}
		if cur := x.items[c.Item.ID]; cur != nil && cur.Seq == c.Item.Seq {
			c.Item = cur // one copy of an item, not two
		}
		x.changes = append(x.changes, c)
	}
	x.next = max(x.next, r.Next)
}

func (x *index) put(it *Item) {
	old := x.items[it.ID]
	if old != nil {
		x.detach(old)
	}
	x.items[it.ID] = it
	if it.Kind == Folder && x.kids[it.ID] == nil {
		x.kids[it.ID] = new([kinds][]ID)
	}
	x.attach(it)
}

// remove forgets an item for good. Its children must be removed as well, in the same record.
func (x *index) remove(id ID) {
	it := x.items[id]
	if it == nil {
		return
	}
	x.detach(it)
	delete(x.items, id)
	delete(x.kids, id)
	delete(x.sums, id)
}

func (x *index) attach(it *Item) {
	switch {
	case !it.Trashed.IsZero():
		x.trash[it.Root] = insert(x.trash[it.Root], it.ID)
	case it.Parent != 0:
		if kids := x.kids[it.Parent]; kids != nil {
			kids[it.Kind] = insert(kids[it.Kind], it.ID)
		}
		key := nameKey{it.Parent, Fold(it.Name)}
		x.names[key] = insert(x.names[key], it.ID)
		x.weigh(it.Parent, x.weight(it))
	}
}

func (x *index) detach(it *Item) {
	switch {
	case !it.Trashed.IsZero():
		x.trash[it.Root] = without(x.trash[it.Root], it.ID)
	case it.Parent != 0:
		if kids := x.kids[it.Parent]; kids != nil {
			kids[it.Kind] = without(kids[it.Kind], it.ID)
		}
		key := nameKey{it.Parent, Fold(it.Name)}
		if left := without(x.names[key], it.ID); len(left) > 0 {
			x.names[key] = left
		} else {
			delete(x.names, key)
		}
		x.weigh(it.Parent, -x.weight(it))
	}
}

func (x *index) weight(it *Item) int64 {
	if it.Kind == Folder {
		return x.sums[it.ID]
	}
	return it.Content.Size
}

// weigh adds bytes to a folder and to what it lies in, as far as the trash.
func (x *index) weigh(folder ID, bytes int64) {
	for it := x.items[folder]; it != nil && bytes != 0; it = x.items[it.Parent] {
		x.sums[it.ID] += bytes
		if !it.Trashed.IsZero() {
			return
		}
	}
}

func (x *index) setDoc(d doc) {
	bucket := x.docs[d.Bucket]
	if bucket == nil {
		bucket = map[string]json.RawMessage{}
		x.docs[d.Bucket] = bucket
	}
	if d.Value == nil {
		delete(bucket, d.Key)
		return
	}
	bucket[d.Key] = d.Value
}

// insert adds id to an ascending list. It appends in place: readers hold the read lock while they look at a list.
func insert(list []ID, id ID) []ID {
	if n := len(list); n == 0 || list[n-1] < id {
		return append(list, id)
	}
	i, there := slices.BinarySearch(list, id)
	if there {
		return list
	}
	return slices.Insert(list, i, id)
}

func without(list []ID, id ID) []ID {
	if i, there := slices.BinarySearch(list, id); there {
		return slices.Delete(list, i, i+1)
	}
	return list
}

// A View is the store at one moment. It must not be used after the function that was given it returns; the items
// it hands out may.
type View struct{ x *index }

// Item returns the item with this id, or nil.
func (v View) Item(id ID) *Item { return v.x.items[id] }

// Named returns the children of a folder whose name is the given one without regard to case, oldest first. Only on
// a portal that was told to allow twins are there more than one.
func (v View) Named(folder ID, name string) []*Item {
	ids := v.x.names[nameKey{folder, Fold(name)}]
	items := make([]*Item, len(ids))
	for i, id := range ids {
		items[i] = v.x.items[id]
	}
	return items
}

// A Place is a position in the listing of a folder: right after this item.
type Place struct {
	Kind Kind
	ID   ID
}

// Children yields a folder's children that come after a place (the zero Place: all), folders first, then files,
// then links, each by id. Starting costs O(log n), each item O(1).
func (v View) Children(folder ID, after Place) iter.Seq[*Item] {
	return func(yield func(*Item) bool) {
		kids := v.x.kids[folder]
		if kids == nil {
			return
		}
		for kind := after.Kind; kind < kinds; kind++ {
			list := kids[kind]
			if kind == after.Kind {
				i, there := slices.BinarySearch(list, after.ID)
				if there {
					i++
				}
				list = list[i:]
			}
			for _, id := range list {
				if !yield(v.x.items[id]) {
					return
				}
			}
		}
	}
}

// Count returns how many children a folder has.
func (v View) Count(folder ID) (n int) {
	if kids := v.x.kids[folder]; kids != nil {
		for _, list := range kids {
			n += len(list)
		}
	}
	return n
}

// Below yields all that lies below a folder, each folder before what is in it.
func (v View) Below(folder ID) iter.Seq[*Item] {
	return func(yield func(*Item) bool) { v.below(folder, yield) }
}

func (v View) below(folder ID, yield func(*Item) bool) bool {
	for it := range v.Children(folder, Place{}) {
		if !yield(it) || it.Kind == Folder && !v.below(it.ID, yield) {
			return false
		}
	}
	return true
}

// Bytes returns the size of a file, or of all files below a folder.
func (v View) Bytes(it *Item) int64 { return v.x.weight(it) }

// Path returns the folders an item is in, the root first.
func (v View) Path(it *Item) []*Item {
	var path []*Item
	for up := v.x.items[it.Parent]; up != nil; up = v.x.items[up.Parent] {
		path = append(path, up)
	}
	slices.Reverse(path)
	return path
}

// TrashedAt returns the item that was put into the trash and took this one along: itself, a folder above, or nil.
func (v View) TrashedAt(it *Item) *Item {
	for ; it != nil; it = v.x.items[it.Parent] {
		if !it.Trashed.IsZero() {
			return it
		}
	}
	return nil
}

// Trash returns what was put into the trash from a tree, by kind and id as listings are.
func (v View) Trash(root ID) []*Item {
	items := make([]*Item, 0, len(v.x.trash[root]))
	for _, id := range v.x.trash[root] {
		items = append(items, v.x.items[id])
	}
	slices.SortStableFunc(items, func(a, b *Item) int { return cmp.Compare(a.Kind, b.Kind) })
	return items
}

// LastChange returns the number of the latest change, 0 if there was none.
func (v View) LastChange() uint64 {
	if n := len(v.x.changes); n > 0 {
		return v.x.changes[n-1].Seq
	}
	return 0
}

// Changes yields the changes after the one with the given number, oldest first.
func (v View) Changes(after uint64) iter.Seq[*Change] {
	i, there := slices.BinarySearchFunc(v.x.changes, after, func(c *Change, n uint64) int { return cmp.Compare(c.Seq, n) })
	if there {
		i++
	}
	return slices.Values(v.x.changes[i:])
}

// Doc returns a document, or nil. It must not be modified.
func (v View) Doc(bucket, key string) json.RawMessage { return v.x.docs[bucket][key] }

// Docs yields the documents of a bucket, in no order.
func (v View) Docs(bucket string) iter.Seq2[string, json.RawMessage] {
	return func(yield func(string, json.RawMessage) bool) {
		for key, value := range v.x.docs[bucket] {
			if !yield(key, value) {
				return
			}
		}
	}
}

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
	ids := []ID{it.ID}
	for below := range tx.Below(it.ID) {
		ids = append(ids, below.ID)
	}
	slices.Reverse(ids) // what lies in a folder goes before the folder
	tx.rec.Del = append(tx.rec.Del, ids...)
}

// Log appends to the change log.
func (tx *Tx) Log(verb Verb, it *Item, by string) {
	c := &Change{Seq: tx.LastChange() + uint64(len(tx.rec.Changes)) + 1, Verb: verb, Item: it, By: by, At: tx.Now}
	tx.rec.Changes = append(tx.rec.Changes, c)
}

// SetDoc keeps a document; nil removes it.
func (tx *Tx) SetDoc(bucket, key string, value json.RawMessage) {
	tx.rec.Docs = append(tx.rec.Docs, doc{bucket, key, value})
}
