package state

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sync/errgroup"
)

// TestAFileThatGrewIsCompactedOnOpening: the space of a dropped crawl is given back, and nothing else changes.
func TestAFileThatGrewIsCompactedOnOpening(t *testing.T) {
	c := bloat(t)
	before, rows := sizeOf(t, c), rowsOf(t, c)
	c = reopen(t, c)
	after := sizeOf(t, c)
	if after > before/2 {
		t.Errorf("%d bytes, before %d", after, before)
	}
	check(t, c)
	again := rowsOf(t, c)
	for key, row := range rows {
		if again[key] != row {
			t.Fatalf("row %x changed", key)
		}
	}
	update(t, c, func(tx *Tx) error {
		if id := must(tx.NewID()); uint64(id) != uint64(len(rows))+1 {
			t.Errorf("next id %d after %d", id, len(rows))
		}
		return nil
	})
	if c = reopen(t, c); sizeOf(t, c) != after {
		t.Errorf("compacted once more: %d bytes, before %d", sizeOf(t, c), after)
	}
	if others, _ := filepath.Glob(c.Path() + "?*"); len(others) > 0 {
		t.Errorf("beside it: %q", others)
	}
}

func bloat(t *testing.T) *Client {
	t.Helper()
	c := openTest(t, Options{NoSync: true})
	plant(t, c, 3000)
	update(t, c, func(tx *Tx) error {
		crawl, err := tx.BeginCrawl()
		if err != nil {
			return err
		}
		for i := range 6000 {
			if err := tx.Spill(crawl.Gen, []Seen{{ID: NewID(), Name: string(bytes.Repeat([]byte{'x'}, 700)), Seq: int64(i)}}, ""); err != nil {
				return err
			}
		}
		return nil
	})
	update(t, c, (*Tx).EndCrawl)
	return c
}

// TestACompactionThatFailsLeavesTheFile: it is opened as it was.
func TestACompactionThatFailsLeavesTheFile(t *testing.T) {
	c := bloat(t)
	before := sizeOf(t, c)
	inTheWay := filepath.Join(c.Path()+".compact", "x") // a directory that is not empty: the copy cannot be made
	if err := os.MkdirAll(inTheWay, 0o700); err != nil {
		t.Fatal(err)
	}
	c = reopen(t, c)
	if sizeOf(t, c) != before || c.Fresh() != (Fresh{}) {
		t.Errorf("%d bytes, before %d; fresh %+v", sizeOf(t, c), before, c.Fresh())
	}
	check(t, c)
}

// TestWhoWaitsForACompactionGetsTheNewFile: not the one that was replaced, whose writes nobody would ever see.
func TestWhoWaitsForACompactionGetsTheNewFile(t *testing.T) {
	c := bloat(t)
	path := c.Path()
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	const openers = 6
	var g errgroup.Group
	for range openers {
		g.Go(func() error {
			c, err := OpenClient(path, Options{NoSync: true, LockWait: 1 << 35})
			if err != nil {
				return err
			}
			err = c.Update(func(tx *Tx) error {
				_, err := tx.Append(Entry{Op: "open"})
				return err
			})
			return errors.Join(err, c.Close())
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	view(t, openAt(t, path, Options{}), func(tx *Tx) {
		if got := tx.Head().Seq; got != openers {
			t.Errorf("%d of %d writes are there", got, openers)
		}
	})
}
