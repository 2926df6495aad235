package state

import (
	"bytes"
	"fmt"
	"iter"
	"slices"
	"strings"
)

// Count is how many nodes base has. Root is not counted.
type Count struct {
	Files int64 `json:"files"`
	Dirs  int64 `json:"dirs"`
}

// plantRoot gives a new file its Root.
func plantRoot(tx *Tx) error {
	if err := tx.in(nodeBucket).SetSequence(uint64(Root)); err != nil {
		return err
	}
	return tx.write(Node{ID: Root, Dir: true}, Node{}, false)
}

// NewID gives out a node id. Ids of a transaction that fails are given out again, all others never.
func (tx *Tx) NewID() (NodeID, error) {
	n, err := tx.next(nodeBucket)
	return NodeID(n), err
}

// Node reads one row.
func (tx *Tx) Node(id NodeID) (Node, bool) {
	parent, ok := tx.parent(id)
	if !ok {
		return Node{}, false
	}
	key := nodeKey(parent, id)
	row := tx.in(nodeBucket).Get(key)
	if row == nil {
		tx.corrupt(placeBucket, "node %d is not in folder %d", id, parent)
	}
	return tx.node(key, row), true
}

func (tx *Tx) node(key, row []byte) Node {
	n, file, ok := decodeNode(tx.open(nodeBucket, key, row, nodeVersion))
	if !ok || len(key) != 2*idSize {
		tx.corrupt(nodeBucket, "row %x does not decode", key)
	}
	n.FileID = tx.unpackFileID(file)
	n.Parent, n.ID = readID(key), readID(key[idSize:])
	return n
}

func (tx *Tx) parent(id NodeID) (NodeID, bool) {
	for parent := range placeShelf.with(tx, idBytes(id)) {
		return parent, true
	}
	return 0, false
}

// Children reads one folder, in the order of ids: one seek and a run of neighbouring rows. The slice stays good.
func (tx *Tx) Children(dir NodeID) []Node {
	var nodes []Node
	prefix := idKey(dir)
	c := tx.in(nodeBucket).Cursor()
	for k, v := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, v = c.Next() {
		nodes = append(nodes, tx.node(k, v))
	}
	return nodes
}

// All reads every node, Root included, folder by folder. A folder's rows lie together; a parent may come after its children.
// Nothing may be written meanwhile.
func (tx *Tx) All() iter.Seq[Node] {
	return func(yield func(Node) bool) {
		c := tx.in(nodeBucket).Cursor()
		for k, v := c.First(); k != nil; k, v = c.Next() {
			if !yield(tx.node(k, v)) {
				return
			}
		}
	}
}

// ByRemote finds the node that has a remote id.
func (tx *Tx) ByRemote(id string) (Node, bool) {
	for node := range tx.tagged(remoteShelf, id) {
		if n := tx.indexed(remoteBucket, node); n.RemoteID == id {
			return n, true
		}
	}
	return Node{}, false
}

// ByFile finds the nodes that had a file id: more than one where a file has several names.
func (tx *Tx) ByFile(id string) []NodeID {
	var nodes []NodeID
	for node := range tx.tagged(fileShelf, id) {
		if tx.indexed(fileBucket, node).FileID == id {
			nodes = append(nodes, node)
		}
	}
	return nodes
}

func (tx *Tx) indexed(bucket string, id NodeID) Node {
	n, ok := tx.Node(id)
	if !ok {
		tx.corrupt(bucket, "node %d is not in base", id)
	}
	return n
}

// Count tells how many nodes there are. It reads one row.
func (tx *Tx) Count() Count {
	if tx.counts == nil {
		c, _ := getJSON[Count](tx, metaBucket, countKey)
		tx.counts = &c
	}
	return *tx.counts
}

func (tx *Tx) count(dir bool, by int64) {
	tx.Count()
	if dir {
		tx.counts.Dirs += by
	} else {
		tx.counts.Files += by
	}
}

// Path is a node's place on disk below the client's folder, with slashes; empty: Root, or not in base.
func (tx *Tx) Path(id NodeID) string { return tx.path(id, func(n Node) string { return n.Local }) }

// RemotePath is a node's place on the portal below the client's folder, with slashes.
func (tx *Tx) RemotePath(id NodeID) string {
	return tx.path(id, func(n Node) string { return n.Remote })
}

func (tx *Tx) path(id NodeID, name func(Node) string) string {
	var names []string
	for range tx.ancestors(id) {
		n := tx.indexed(placeBucket, id)
		names = append(names, name(n))
		id = n.Parent
	}
	slices.Reverse(names)
	return strings.Join(names, "/")
}

// ancestors gives a node, its parent, and so on, without Root.
func (tx *Tx) ancestors(id NodeID) iter.Seq[NodeID] {
	return func(yield func(NodeID) bool) {
		const deepest = 1 << 16 // no disk has paths like that: a loop
		for depth := 0; id > Root; depth++ {
			parent, ok := tx.parent(id)
			if !ok && depth == 0 {
				return
			}
			if !ok || depth == deepest {
				tx.corrupt(placeBucket, "node %d does not hang on the root", id)
			}
			if !yield(id) {
				return
			}
			id = parent
		}
	}
}

// gone is a parent that no node has.
const gone = NodeID(1<<(8*idSize) - 1)

// ordered learns whether the rows of this transaction come in the order of their keys.
func (tx *Tx) ordered(key []byte) {
	if tx.last == nil {
		last, _ := tx.in(nodeBucket).Cursor().Last()
		tx.last = append([]byte{}, last...)
	}
	if bytes.Compare(key, tx.last) > 0 {
		tx.order++
	} else {
		tx.order--
	}
}

// How full bbolt leaves the pages it splits.
const (
	tight = 0.9 // where most rows come in the order of their keys
	loose = 0.5 // where they come in any
)

// Put writes a node, a new one or one in a new place. Its parent must be a folder in base, its id one that NewID gave, its remote id
// no other node's (ErrTaken). Names are not compared with their siblings': that is the mirror's.
func (tx *Tx) Put(n Node) error {
	if err := n.fits(); err != nil {
		return err
	}
	old, known := tx.Node(n.ID)
	if err := tx.mayPut(n, old, known); err != nil {
		return err
	}
	if n.ID == tx.dir {
		tx.dir = 0 // it may be a folder no more
	}
	if known {
		if err := tx.remove(old, n); err != nil {
			return err
		}
	}
	if n.ID != Root && (!known || old.Dir != n.Dir) {
		if known {
			tx.count(old.Dir, -1)
		}
		tx.count(n.Dir, 1)
	}
	return tx.write(n, old, known)
}

func (tx *Tx) mayPut(n, old Node, known bool) error {
	switch {
	case n.ID == 0 || n.ID >= gone || uint64(n.ID) > tx.in(nodeBucket).Sequence():
		return fmt.Errorf("%w: node id %d was never given out", ErrInvalid, n.ID)
	case n.ID == Root && (n.Parent != 0 || !n.Dir):
		return fmt.Errorf("%w: the root is a folder without a parent", ErrInvalid)
	case known && old.Dir && !n.Dir && tx.hasChildren(n.ID):
		return fmt.Errorf("%w: node %d is a folder with children", ErrInvalid, n.ID)
	}
	if n.RemoteID != "" && (!known || old.RemoteID != n.RemoteID) {
		if other, ok := tx.ByRemote(n.RemoteID); ok && other.ID != n.ID {
			return fmt.Errorf("put node %d: %w: %d", n.ID, ErrTaken, other.ID)
		}
	}
	if n.ID == Root || (known && old.Parent == n.Parent) {
		return nil
	}
	return tx.mayHang(n)
}

// mayHang refuses a parent that is no folder, or that lies inside the node itself.
func (tx *Tx) mayHang(n Node) error {
	if n.Parent == n.ID {
		return fmt.Errorf("%w: node %d would lie inside itself", ErrInvalid, n.ID)
	}
	if n.Parent != tx.dir {
		if parent, ok := tx.Node(n.Parent); !ok || !parent.Dir {
			return fmt.Errorf("%w: node %d: parent %d is not a folder in base", ErrInvalid, n.ID, n.Parent)
		}
		tx.dir = n.Parent
	}
	if !n.Dir {
		return nil
	}
	for id := range tx.ancestors(n.Parent) {
		if id == n.ID {
			return fmt.Errorf("%w: node %d would lie inside itself", ErrInvalid, n.ID)
		}
	}
	return nil
}

func (tx *Tx) hasChildren(id NodeID) bool {
	prefix := idKey(id)
	k, _ := tx.in(nodeBucket).Cursor().Seek(prefix)
	return bytes.HasPrefix(k, prefix)
}

// write puts the row, and those entries of the indexes that are not there yet.
func (tx *Tx) write(n, old Node, known bool) error {
	file, err := tx.packFileID(n.FileID)
	if err != nil {
		return err
	}
	if !known || n.Parent != old.Parent {
		tx.ordered(nodeKey(n.Parent, n.ID))
	}
	if err := tx.put(nodeBucket, nodeKey(n.Parent, n.ID), nodeVersion, n.encode(file)); err != nil {
		return err
	}
	if !known || n.Parent != old.Parent {
		if err := placeShelf.add(tx, placeEntry(n.ID, n.Parent)); err != nil {
			return err
		}
	}
	if n.RemoteID != "" && n.RemoteID != old.RemoteID {
		if err := remoteShelf.add(tx, textEntry(n.RemoteID, n.ID)); err != nil {
			return err
		}
	}
	if n.FileID == "" || n.FileID == old.FileID {
		return nil
	}
	return fileShelf.add(tx, textEntry(n.FileID, n.ID))
}

// remove takes away what old has and n has not.
func (tx *Tx) remove(old, n Node) error {
	if old.Parent != n.Parent {
		if err := tx.drop(nodeBucket, nodeKey(old.Parent, old.ID)); err != nil {
			return err
		}
		if err := placeShelf.remove(tx, placeEntry(old.ID, old.Parent)); err != nil {
			return err
		}
	}
	if old.RemoteID != "" && old.RemoteID != n.RemoteID {
		if err := remoteShelf.remove(tx, textEntry(old.RemoteID, old.ID)); err != nil {
			return err
		}
	}
	if old.FileID == "" || old.FileID == n.FileID {
		return nil
	}
	return fileShelf.remove(tx, textEntry(old.FileID, old.ID))
}

// Delete takes a node out of base with all below it, and leaves a tombstone for each. Why is a word for the record.
func (tx *Tx) Delete(id NodeID, why string) error {
	n, ok := tx.Node(id)
	if !ok {
		return fmt.Errorf("delete node %d: %w", id, ErrNotFound)
	}
	if id == Root {
		return fmt.Errorf("%w: the root cannot be deleted", ErrInvalid)
	}
	return tx.delete(n, tx.Path(id), why)
}

func (tx *Tx) delete(n Node, path, why string) error {
	if n.Dir {
		for _, child := range tx.Children(n.ID) {
			if err := tx.delete(child, path+"/"+child.Local, why); err != nil {
				return err
			}
		}
	}
	if n.ID == tx.dir {
		tx.dir = 0
	}
	tx.count(n.Dir, -1)
	if err := tx.bury(n, path, why); err != nil {
		return err
	}
	return tx.remove(n, Node{Parent: gone})
}
