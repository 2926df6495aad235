package state

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sync/errgroup"
)

func record(t testing.TB, c *Client, n int) (head Head) {
	t.Helper()
	update(t, c, func(tx *Tx) error {
		for i := range n {
			e := Entry{Time: noon().Add(time.Duration(i) * time.Hour), Op: "upload", Path: fmt.Sprint("a/", i), ToHash: SHA256{byte(i)}}
			if _, err := tx.Append(e); err != nil {
				return err
			}
		}
		head = tx.Head()
		return nil
	})
	return head
}

// TestTamperingWithTheRecordShows plays every way to change it behind our back (promise 8).
func TestTamperingWithTheRecordShows(t *testing.T) {
	row := func(tx *Tx, seq uint64) []byte { return bytes.Clone(tx.in(recordBucket).Get(number(seq))) }
	put := func(tx *Tx, seq uint64, row []byte) error { return tx.in(recordBucket).Put(number(seq), row) }
	cases := []struct {
		name   string
		tamper func(*Tx) error
		seq    uint64 // the first fault; 0: only the kept head shows it
	}{
		{"nothing", func(*Tx) error { return nil }, 0},
		{"an entry altered", func(tx *Tx) error { return put(tx, 4, bytes.Replace(row(tx, 4), []byte("a/3"), []byte("a/7"), 1)) }, 4},
		{"an entry altered with its hash", func(tx *Tx) error {
			body := bytes.Replace(row(tx, 4)[32:], []byte("a/3"), []byte("a/7"), 1)
			hash := link(SHA256(row(tx, 3)[:32]), body)
			return put(tx, 4, append(hash[:], body...))
		}, 5},
		{"the last entry altered with its hash", func(tx *Tx) error {
			body := bytes.Replace(row(tx, 10)[32:], []byte("a/9"), []byte("a/7"), 1)
			hash := link(SHA256(row(tx, 9)[:32]), body)
			return put(tx, 10, append(hash[:], body...))
		}, 10},
		{"an entry removed", func(tx *Tx) error { return tx.drop(recordBucket, number(4)) }, 4},
		{"the first removed", func(tx *Tx) error { return tx.drop(recordBucket, number(1)) }, 1},
		{"the last removed", func(tx *Tx) error { return tx.drop(recordBucket, number(10)) }, 10},
		{"all removed", func(tx *Tx) error { return tx.clear(recordBucket) }, 1},
		{"two exchanged", func(tx *Tx) error {
			four, five := row(tx, 4), row(tx, 5)
			return errors.Join(put(tx, 4, five), put(tx, 5, four))
		}, 4},
		{"one doubled at the end", func(tx *Tx) error { return put(tx, 11, row(tx, 10)) }, 11},
		{"an entry cut off", func(tx *Tx) error { return put(tx, 4, row(tx, 4)[:20]) }, 4},
		{"an entry emptied", func(tx *Tx) error { return put(tx, 4, row(tx, 4)[:32]) }, 4},
		{"the head set back", func(tx *Tx) error {
			return tx.putJSON(metaBucket, headKey, Head{Seq: 9, Hash: SHA256(row(tx, 9)[:32])})
		}, 10},
		{"the end cut off with its head", func(tx *Tx) error {
			return errors.Join(tx.drop(recordBucket, number(10)), tx.putJSON(metaBucket, headKey, Head{Seq: 9, Hash: SHA256(row(tx, 9)[:32])}))
		}, 0},
		{"all written anew", func(tx *Tx) error {
			err := errors.Join(tx.clear(recordBucket), tx.drop(metaBucket, headKey))
			tx.head = nil
			for i := range 10 {
				_, appendErr := tx.Append(Entry{Op: "lie", Path: fmt.Sprint(i)})
				err = errors.Join(err, appendErr)
			}
			return err
		}, 0},
	}
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			c := openTest(t, Options{NoSync: true})
			head := record(t, c, 10)
			update(t, c, test.tamper)
			view(t, c, func(tx *Tx) {
				if got := firstFault(tx.Verify()); got != test.seq {
					t.Errorf("first fault at %d, want %d: %+v", got, test.seq, tx.Verify())
				}
				if test.name == "two exchanged" && tx.Verify()[0].What != "entry 5 lies in the place of entry 4" {
					t.Errorf("a person is told %q", tx.Verify()[0].What)
				}
				if got := tx.Verify(head); (len(got) > 0) != (test.name != "nothing") {
					t.Errorf("with the kept head: %+v", got)
				}
			})
		})
	}
}

func firstFault(faults []Fault) uint64 {
	if len(faults) == 0 {
		return 0
	}
	return faults[0].Seq
}

func TestTheRecordIsReadBySequenceAndTime(t *testing.T) {
	c := openTest(t, Options{NoSync: true})
	record(t, c, 10)
	view(t, c, func(tx *Tx) {
		if got := seqs(t, tx.Record(7)); !slices.Equal(got, []uint64{8, 9, 10}) {
			t.Errorf("after 7: %v", got)
		}
		if got := seqs(t, tx.Last(2)); !slices.Equal(got, []uint64{9, 10}) {
			t.Errorf("last two: %v", got)
		}
		if got := seqs(t, tx.Last(99)); len(got) != 10 {
			t.Errorf("last 99: %v", got)
		}
		if got := seqs(t, tx.RecordBetween(noon().Add(time.Hour), noon().Add(3*time.Hour))); !slices.Equal(got, []uint64{2, 3}) {
			t.Errorf("between: %v", got)
		}
		if got := seqs(t, tx.RecordBetween(time.Time{}, time.Time{})); len(got) != 10 {
			t.Errorf("at any time: %v", got)
		}
	})
}

func seqs(t *testing.T, entries func(func(Entry, error) bool)) (list []uint64) {
	t.Helper()
	for e, err := range entries {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, e.Seq)
	}
	return list
}

// TestFollowSeesEachEntryOnce: those that are there and those to come.
func TestFollowSeesEachEntryOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, err := OpenClient(t.TempDir()+"/c.db", Options{NoSync: true})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		record(t, c, 1200)
		ctx, cancel := context.WithCancelCause(t.Context())
		errEnough := errors.New("enough")
		var got []uint64
		var g errgroup.Group
		g.Go(func() error {
			return c.Follow(ctx, 2, func(e Entry) error { got = append(got, e.Seq); return nil })
		})
		for range 5 {
			synctest.Wait()
			record(t, c, 3)
		}
		synctest.Wait()
		cancel(errEnough)
		if err := g.Wait(); !errors.Is(err, errEnough) {
			t.Errorf("follow ended with %v", err)
		}
		if len(got) != 1213 || got[0] != 3 || !slices.IsSorted(got) || got[1212] != 1215 {
			t.Errorf("%d entries, from %d to %d", len(got), got[0], got[len(got)-1])
		}
	})
}

// TestAFailedTransactionLeavesNoEntry: the chain goes on from the last one committed.
func TestAFailedTransactionLeavesNoEntry(t *testing.T) {
	c := openTest(t, Options{NoSync: true})
	before := record(t, c, 3)
	err := c.Update(func(tx *Tx) error {
		_, err := tx.Append(Entry{Op: "x"})
		return errors.Join(err, errRefused)
	})
	if !errors.Is(err, errRefused) {
		t.Fatal(err)
	}
	view(t, c, func(tx *Tx) {
		if tx.Head() != before {
			t.Errorf("head %+v, want %+v", tx.Head(), before)
		}
	})
	record(t, c, 2)
	check(t, c)
}
