package state

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sync/errgroup"
)

// TestManyUpdatesShareACommit counts commits, each of which is one fsync, while one takes as long as a disk does.
func TestManyUpdatesShareACommit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var commits atomic.Int64
		c, err := OpenClient(t.TempDir()+"/c.db", Options{NoSync: true, Commit: func(commit func() error) error {
			commits.Add(1)
			time.Sleep(10 * time.Millisecond) // the bubble's clock: all others queue meanwhile
			return commit()
		}})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		commits.Store(0)
		const updates = 500
		var g errgroup.Group
		for i := range updates {
			g.Go(func() error {
				return c.Commit(func(tx *Tx) error { return tx.PutConflict(Conflict{Copy: fmt.Sprint(i)}) })
			})
		}
		if err := g.Wait(); err != nil {
			t.Fatal(err)
		}
		view(t, c, func(tx *Tx) {
			if got := len(tx.Conflicts()); got != updates {
				t.Errorf("%d rows, want %d", got, updates)
			}
		})
		if got := commits.Load(); got > 5 {
			t.Errorf("%d updates took %d commits", updates, got)
		}
	})
}

// TestALoneUpdateDoesNotWait: nobody waits for company.
func TestALoneUpdateDoesNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, err := OpenClient(t.TempDir()+"/c.db", Options{NoSync: true})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		start := time.Now()
		if err := c.Commit(func(tx *Tx) error { return tx.SetMeta(Meta{Epoch: 1}) }); err != nil || time.Since(start) != 0 {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

// TestOneThatFailsSpoilsNoOther: each goroutine gets its own error or its own panic, and what the others wrote is there once.
func TestOneThatFailsSpoilsNoOther(t *testing.T) {
	c := openTest(t, Options{NoSync: true})
	const calls = 300
	var g errgroup.Group
	for i := range calls {
		g.Go(func() error { return commitOne(c, i) })
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	view(t, c, func(tx *Tx) {
		if got := tx.Count().Files; got != calls/3 {
			t.Errorf("%d files, want %d", got, calls/3)
		}
	})
	check(t, c)
}

// commitOne writes a file; of three calls one fails and one panics after its write.
func commitOne(c *Client, i int) error {
	mine := fmt.Errorf("call %d", i)
	var err error
	p := panicOf(func() {
		err = c.Commit(func(tx *Tx) error {
			if err := tx.Put(Node{ID: must(tx.NewID()), Parent: Root, Local: fmt.Sprint(i)}); err != nil {
				return err
			}
			switch i % 3 {
			case 1:
				return mine
			case 2:
				panic(mine)
			}
			return nil
		})
	})
	switch {
	case i%3 == 0 && (err != nil || p != nil), i%3 == 1 && !errors.Is(err, mine), i%3 == 2 && p != mine:
		return fmt.Errorf("call %d: error %v, panic %v", i, err, p)
	}
	return nil
}

// TestACommitThatFailsIsToldInBothVersions: not done, and done but not told (E4).
func TestACommitThatFailsIsToldInBothVersions(t *testing.T) {
	errLost := errors.New("lost")
	for _, done := range []bool{false, true} {
		armed := false
		c := openTest(t, Options{NoSync: true, Commit: func(commit func() error) error {
			if !armed {
				return commit()
			}
			if done {
				return errors.Join(commit(), errLost)
			}
			return errLost
		}})
		armed = true
		err := c.Commit(func(tx *Tx) error { return tx.SetMeta(Meta{Epoch: 7}) })
		if !errors.Is(err, errLost) {
			t.Errorf("done %v: %v", done, err)
		}
		armed = false
		view(t, c, func(tx *Tx) {
			if got := tx.Meta().Epoch == 7; got != done {
				t.Errorf("done %v, but written %v", done, got)
			}
		})
		check(t, c)
	}
}

// TestDamageMetInACommitIsAnError, for all who share it, and never a panic.
func TestDamageMetInACommitIsAnError(t *testing.T) {
	c := openTest(t, Options{NoSync: true})
	update(t, c, func(tx *Tx) error { return tx.in(problemBucket).Put([]byte("k"), []byte("not a row")) })
	var g errgroup.Group
	for i := range 20 {
		g.Go(func() error {
			var err error
			p := panicOf(func() {
				err = c.Commit(func(tx *Tx) error {
					tx.Problem("k")
					t.Error("the function went on after a row that does not decode")
					return nil
				})
			})
			if p != nil || !errors.Is(err, ErrCorrupt) {
				return fmt.Errorf("call %d: error %v, panic %v", i, err, p)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	path := c.Path()
	c.Close()
	if fresh := openAt(t, path, Options{NoSync: true}).Fresh(); fresh.Aside == "" || fresh.Reason == "" {
		t.Errorf("fresh: %+v", fresh)
	}
}
