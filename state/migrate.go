package state

import (
	"bytes"
	"fmt"

	"go.etcd.io/bbolt"
)

// migrate brings a file from an earlier schema to the current one, step by step, in the caller's transaction.
func migrate(tx *bbolt.Tx, l layout, have int) error {
	for ; have < l.schema; have++ {
		step := l.migrate[have]
		if step == nil {
			return fmt.Errorf("migrate state from schema %d: this version of dossier cannot", have)
		}
		if err := makeBuckets(tx, l.buckets); err != nil {
			return err
		}
		if err := step(tx); err != nil {
			return fmt.Errorf("migrate state from schema %d: %w", have, err)
		}
	}
	return putSchema(tx, l.schema)
}

// migrate1: schema 1 had no index of file ids and no numbers of volumes, and its rows of base kept times in whole microseconds and no
// remote size, so that a portal that counts a file's bytes otherwise than the disk looked changed for ever.
func migrate1(tx *Tx) error {
	for from := idKey(0); from != nil; {
		var rows [][2][]byte
		rows, from = someRows(tx.in(nodeBucket), from, 1000)
		for _, row := range rows {
			if err := tx.migrateNode1(row[0], row[1]); err != nil {
				return err
			}
		}
	}
	return nil
}

// someRows copies at most n rows, because a bucket must not be written under a cursor; next is where to go on, nil at the end.
func someRows(b *bbolt.Bucket, from []byte, n int) (rows [][2][]byte, next []byte) {
	c := b.Cursor()
	for k, v := c.Seek(from); k != nil; k, v = c.Next() {
		if len(rows) == n {
			return rows, bytes.Clone(k)
		}
		rows = append(rows, [2][]byte{bytes.Clone(k), bytes.Clone(v)})
	}
	return rows, nil
}

func (tx *Tx) migrateNode1(key, row []byte) error {
	n, ok := decodeNode1(tx.open(nodeBucket, key, row, 1))
	if !ok || len(key) != 2*idSize {
		tx.corrupt(nodeBucket, "row %x of schema 1 does not decode", key)
	}
	n.Parent, n.ID = readID(key), readID(key[idSize:])
	old := Node{ID: n.ID, Parent: n.Parent, RemoteID: n.RemoteID} // the other indexes are there
	return tx.write(n, old, true)
}

// decodeNode1 reads a row of base of schema 1.
func decodeNode1(payload string) (n Node, ok bool) {
	d := decoder{rest: payload}
	n.Dir = d.uint() == 1
	n.Local = d.text()
	n.Remote = d.text()
	n.Size = d.int()
	n.RemoteSize = n.Size
	n.MTime = d.int() * 1000
	n.CTime = d.int() * 1000
	copy(n.SHA256[:], d.take(32))
	copy(n.SHA1[:], d.take(20))
	n.FileID = d.text()
	n.RemoteID = d.text()
	n.Content = d.text()
	n.Guard = d.text()
	n.Seq = d.int()
	return n, d.done()
}
