package state

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
)

// Check reads the whole file and tells everything that does not agree with the rest: the indexes with their rows, each parent with
// its children, the counts with the rows, the record with its head. Rows that do not decode are ErrCorrupt. It is for tests and for
// a person who doubts; on a million files it takes seconds.
func (c *Client) Check() error {
	return c.View(func(tx *Tx) error {
		k := checker{tx: tx, hang: map[NodeID]bool{}}
		k.base()
		k.index(remoteShelf, func(n Node) string { return n.RemoteID })
		k.index(fileShelf, func(n Node) string { return n.FileID })
		k.seen()
		k.tombs()
		for _, f := range tx.Verify() {
			k.wrong("record entry %d: %s", f.Seq, f.What)
		}
		k.decode()
		return errors.Join(k.faults...)
	})
}

type checker struct {
	tx     *Tx
	faults []error
	hang   map[NodeID]bool // folders that hang on the root
}

func (k *checker) wrong(format string, args ...any) {
	k.faults = append(k.faults, fmt.Errorf(format, args...))
}

func (k *checker) base() {
	tx, n, have := k.tx, 0, Count{}
	for node := range tx.All() {
		n++
		k.node(node)
		switch {
		case node.ID == Root:
		case node.Dir:
			have.Dirs++
		default:
			have.Files++
		}
	}
	if rows := tx.entries(placeShelf); rows != n {
		k.wrong("%d nodes, %d places", n, rows)
	}
	if want := tx.Count(); want != have {
		k.wrong("counted %+v, noted %+v", have, want)
	}
}

func (k *checker) node(n Node) {
	tx := k.tx
	if parent, ok := tx.parent(n.ID); !ok || parent != n.Parent {
		k.wrong("node %d lies in %d, its place says %d", n.ID, n.Parent, parent)
		return
	}
	k.hangs(n.ID)
	if n.ID != Root {
		if parent, ok := tx.Node(n.Parent); !ok || !parent.Dir {
			k.wrong("node %d lies in %d, which is no folder", n.ID, n.Parent)
		}
	}
	if uint64(n.ID) > tx.in(nodeBucket).Sequence() {
		k.wrong("node %d was never given out", n.ID)
	}
	if n.RemoteID != "" {
		if other, _ := tx.ByRemote(n.RemoteID); other.ID != n.ID {
			k.wrong("remote id %q belongs to %d and %d", n.RemoteID, n.ID, other.ID)
		}
	}
}

// hangs follows a node's parents up to one that is known to hang on the root; if that does not end the transaction ends.
func (k *checker) hangs(id NodeID) {
	var path []NodeID
	for up := range k.tx.ancestors(id) {
		if k.hang[up] {
			break
		}
		path = append(path, up)
	}
	for _, up := range path[min(1, len(path)):] { // folders only
		k.hang[up] = true
	}
}

// index compares an index with the rows: as many entries as rows that should have one, and each row found.
func (k *checker) index(s shelf, text func(Node) string) {
	tx, want := k.tx, 0
	for n := range tx.All() {
		if text(n) == "" {
			continue
		}
		want++
		if !slices.Contains(slices.Collect(tx.tagged(s, text(n))), n.ID) {
			k.wrong("%s index lacks node %d", s.bucket, n.ID)
		}
	}
	if have := tx.entries(s); have != want {
		k.wrong("%s index has %d entries, want %d", s.bucket, have, want)
	}
}

func (k *checker) seen() {
	n := 0
	for s := range k.tx.AllSeen() {
		n++
		if k.tx.in(seenInBucket).Get(seenInKey(s.Parent, s.ID)) == nil {
			k.wrong("seen item %q is not found by its parent", s.ID)
		}
	}
	if have := k.tx.rows(seenInBucket); have != n {
		k.wrong("%d seen items, %d by parent", n, have)
	}
}

func (k *checker) tombs() {
	want := map[string]int{}
	for key, t := range allJSON[Tombstone](k.tx, tombBucket) {
		for bucket, text := range t.indexed() {
			want[bucket]++
			if k.tx.in(bucket).Get(tombKey(text, key)) == nil {
				k.wrong("%s index lacks tombstone %x", bucket, key)
			}
		}
	}
	for _, bucket := range []string{tombIDBucket, tombHashBucket} {
		if have := k.tx.rows(bucket); have != want[bucket] {
			k.wrong("%s index has %d entries, want %d", bucket, have, want[bucket])
		}
	}
}

// decode reads what the rest of Check does not: a row that does not decode ends the transaction.
func (k *checker) decode() {
	tx := k.tx
	tx.Intents()
	tx.Runs(tx.rows(runBucket))
	tx.Halts()
	listJSON[Admission](tx, admitBucket)
	tx.Conflicts()
	tx.Problems()
	tx.Loops()
	tx.ledgers()
	tx.Meta()
	tx.Feed()
	tx.Pause()
	tx.Crawl()
	for key, row := range tx.raw(guardBucket) {
		tx.guarded(key, row)
	}
	for key, row := range tx.raw(crawlBucket) {
		tx.seen(crawlBucket, key, row)
	}
}

func (tx *Tx) raw(bucket string) func(yield func(k, v []byte) bool) {
	return func(yield func(k, v []byte) bool) {
		c := tx.in(bucket).Cursor()
		for k, v := c.First(); k != nil; k, v = c.Next() {
			if !yield(bytes.Clone(k), v) {
				return
			}
		}
	}
}

func (tx *Tx) rows(bucket string) (n int) {
	for range tx.raw(bucket) {
		n++
	}
	return n
}

func (tx *Tx) entries(s shelf) (n int) {
	for w, ok := s.seek(tx, entry{}); ok; ok = w.next() {
		n++
	}
	return n
}
