package store

import (
	"cmp"
	"encoding/json"
	"iter"
	"slices"
)

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

// Tree yields all that belongs to a tree but its root, in no order: also what is in the trash, and what lies in a folder that is gone.
func (v View) Tree(root ID) iter.Seq[*Item] {
	return func(yield func(*Item) bool) {
		for _, it := range v.x.items {
			if it.Root == root && it.ID != root && !yield(it) {
				return
			}
		}
	}
}

// Bytes returns the size of a file, or of all files below a folder.
func (v View) Bytes(it *Item) int64 { return v.x.weight(it) }

// TrashBytes returns the size of all that was put into the trash from a tree.
func (v View) TrashBytes(root ID) int64 { return v.x.binned[root] }

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
