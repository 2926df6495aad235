package state

import (
	"encoding/binary"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.etcd.io/bbolt"
)

var writeFixture = flag.Bool("fixture", false, "write testdata/schema1.db anew")

const fixture = "testdata/schema1.db"

// nodes1 are what the fixture holds, as schema 2 must show them: times in whole microseconds, the remote size that of the disk.
func nodes1() []Node {
	return []Node{
		{ID: 1, Dir: true, RemoteID: "1234567"},
		{ID: 2, Parent: 1, Local: "2026", Remote: "2026", Dir: true, FileID: "vol-2s-3k", RemoteID: "77", Guard: "0"},
		{ID: 3, Parent: 2, Local: "Btw Q3.pdf", Remote: "Btw Q3.pdf", Size: 120_000, RemoteSize: 120_000, MTime: 1_763_700_000_123_456_000,
			CTime: 1_763_700_001_000_000_000, FileID: "vol-2t-3k", SHA256: SHA256{1, 2, 3}, SHA1: SHA1{4, 5}, RemoteID: "78",
			Content: SHA1{4, 5}.String(), Guard: "3", Seq: 9},
		{ID: 5, Parent: 2, Local: "a%3Ab", Remote: "a:b", Size: 0, FileID: "77:1", RemoteID: "f_79", Content: "v1"},
	}
}

// encode1 writes a row of schema 1.
func encode1(n Node) []byte {
	var dir uint64
	if n.Dir {
		dir = 1
	}
	b := binary.AppendUvarint(nil, dir)
	b = appendText(appendText(b, n.Local), n.Remote)
	b = binary.AppendVarint(b, n.Size)
	b = binary.AppendVarint(binary.AppendVarint(b, n.MTime/1000), n.CTime/1000)
	b = append(append(b, n.SHA256[:]...), n.SHA1[:]...)
	b = appendText(appendText(b, n.FileID), n.RemoteID)
	b = appendText(appendText(b, n.Content), n.Guard)
	return binary.AppendVarint(b, n.Seq)
}

// makeFixture writes a file as the version with schema 1 did.
func makeFixture(path string) error {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{PageSize: 4096})
	if err != nil {
		return err
	}
	err = db.Update(func(b *bbolt.Tx) error {
		var names []string
		for _, name := range clientLayout.buckets {
			if name != fileBucket && name != volumeBucket {
				names = append(names, name)
			}
		}
		if err := makeBuckets(b, names); err != nil {
			return err
		}
		tx := &Tx{b: b}
		for _, n := range nodes1() {
			err := errors.Join(tx.put(nodeBucket, nodeKey(n.Parent, n.ID), 1, encode1(n)),
				placeShelf.add(tx, placeEntry(n.ID, n.Parent)), remoteShelf.add(tx, textEntry(n.RemoteID, n.ID)))
			if err != nil {
				return err
			}
		}
		return errors.Join(tx.in(nodeBucket).SetSequence(5), tx.putJSON(metaBucket, countKey, Count{Files: 2, Dirs: 1}),
			tx.SetMeta(Meta{Mirror: "m1", Epoch: 4}), tx.Begin([]Intent{{Op: "upload", Path: "2026/x", Started: noon()}}),
			putSchema(b, 1))
	})
	return errors.Join(err, db.Close())
}

// TestSchema1IsMigrated opens a file that the version with schema 1 wrote.
func TestSchema1IsMigrated(t *testing.T) {
	if *writeFixture {
		_ = os.Remove(fixture)
		if err := makeFixture(fixture); err != nil {
			t.Fatal(err)
		}
	}
	path := copyFixture(t)
	for range 2 { // the second opening finds schema 2
		c := openAt(t, path, Options{})
		if c.Fresh() != (Fresh{}) {
			t.Fatalf("fresh: %+v", c.Fresh())
		}
		check(t, c)
		view(t, c, func(tx *Tx) {
			var all []Node
			for n := range tx.All() {
				all = append(all, n)
			}
			if diff := cmp.Diff(nodes1(), all); diff != "" {
				t.Error(diff)
			}
			if got := tx.ByFile("vol-2t-3k"); len(got) != 1 || got[0] != 3 {
				t.Errorf("by file id: %v", got)
			}
			if m, left := tx.Meta(), tx.Intents(); m.Epoch != 4 || len(left) != 1 || left[0].Path != "2026/x" {
				t.Errorf("meta %+v, intents %+v", m, left)
			}
		})
		c.Close()
	}
}

func copyFixture(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "client.db")
	if err := os.WriteFile(path, must(os.ReadFile(fixture)), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestAMigrationIsOneTransaction: one that is cut off leaves schema 1, from which the next opening migrates (E2).
func TestAMigrationIsOneTransaction(t *testing.T) {
	path := copyFixture(t)
	before := must(os.ReadFile(path))
	errCrash := errors.New("crash")
	commits := 0
	_, err := OpenClient(path, Options{Commit: func(func() error) error { commits++; return errCrash }})
	if !errors.Is(err, errCrash) || commits != 1 {
		t.Errorf("open: %v after %d commits", err, commits)
	}
	if string(before) != string(must(os.ReadFile(path))) {
		t.Error("the file was changed")
	}
	if _, err := OpenClient(path, Options{ReadOnly: true}); !errors.Is(err, ErrReadOnly) {
		t.Errorf("open to read: %v", err)
	}
	check(t, openAt(t, path, Options{}))
}
