package store

import (
	"encoding/json"
	"slices"
	"strings"
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
	binned  map[ID]int64        // root → bytes in the trash
	changes []*Change
	docs    map[string]map[string]json.RawMessage
	next    ID // the next id to give
}

func newIndex() *index {
	return &index{
		items: map[ID]*Item{}, kids: map[ID]*[kinds][]ID{}, names: map[nameKey][]ID{}, sums: map[ID]int64{},
		trash: map[ID][]ID{}, binned: map[ID]int64{}, docs: map[string]map[string]json.RawMessage{}, next: firstID,
	}
}

// firstID keeps ids away from small numbers that a mistaken client might guess.
const firstID ID = 100_001

// record is one step of the journal.
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
		if cur := x.items[c.Item.ID]; cur != nil && cur.Seq == c.Item.Seq && cur.Root == c.Item.Root {
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

// remove forgets an item for good. What is in a folder is removed as well, in the same record, or stays in no listing (see Tx.Remove).
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
		x.binned[it.Root] += x.weight(it)
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
		x.binned[it.Root] -= x.weight(it)
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
			x.binned[it.Root] += bytes
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
