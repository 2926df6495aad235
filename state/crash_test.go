package state

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"golang.org/x/sync/errgroup"
)

// childLoad writes until it is killed, from several goroutines, and says on its output what it was told is durable.
func childLoad(path string) {
	c, err := OpenClient(path, Options{})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	var mu sync.Mutex
	var g errgroup.Group
	for worker := range 4 {
		g.Go(func() error {
			for i := 0; ; i++ {
				if err := loadStep(c, worker, i); err != nil {
					return err
				}
				mu.Lock()
				fmt.Println(worker, i)
				mu.Unlock()
			}
		})
	}
	fmt.Fprintln(os.Stderr, g.Wait())
	os.Exit(1)
}

// loadStep begins an intent and finishes it with a row of base and an entry of the record.
func loadStep(c *Client, worker, i int) error {
	intents := []Intent{{Op: "upload", Path: fmt.Sprint(worker, " ", i)}}
	if err := c.Begin(intents); err != nil {
		return err
	}
	return c.Done(intents[0].Seq, func(tx *Tx) error {
		id, err := tx.NewID()
		if err != nil {
			return err
		}
		if _, err := tx.Append(Entry{Op: "upload", Path: intents[0].Path}); err != nil {
			return err
		}
		return tx.Put(Node{ID: id, Parent: Root, Local: intents[0].Path, RemoteID: fmt.Sprint("r", id), FileID: fmt.Sprint("v-1-", id)})
	})
}

// TestAKilledProcessLosesNothingItWasTold kills a process in the middle of its writes with SIGKILL, twenty times, each time on the
// same file: what was confirmed is there, outcome and base and record agree, and nothing is half there (E2).
func TestAKilledProcessLosesNothingItWasTold(t *testing.T) {
	rounds := 20
	if testing.Short() {
		rounds = 4
	}
	path := filepath.Join(t.TempDir(), "client.db")
	told := map[string]int{}
	for round := range rounds {
		for name, n := range killed(t, path, 20+13*round) {
			told[name+fmt.Sprint(" in round ", round)] = n
		}
		verifySurvivor(t, path)
	}
	if len(told) == 0 {
		t.Error("nothing was ever confirmed")
	}
	c := openAt(t, path, Options{})
	count := 0
	for _, n := range told {
		count += n
	}
	view(t, c, func(tx *Tx) {
		if have := int(tx.Count().Files); have < count {
			t.Errorf("%d files were confirmed, %d are there", count, have)
		}
	})
	t.Logf("%d files were confirmed over %d kills", count, rounds)
}

// killed runs a writer, kills it after so many confirmations, and counts them by worker.
func killed(t *testing.T, path string, after int) map[string]int {
	t.Helper()
	cmd := child(t, "load", path)
	out := must(cmd.StdoutPipe())
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := map[string]int{}
	lines := bufio.NewReader(out)
	for n := 0; ; n++ {
		if n == after {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
		var worker string
		var i int
		line, err := lines.ReadString('\n')
		if errors.Is(err, io.EOF) || err != nil {
			break
		}
		if _, err := fmt.Sscan(line, &worker, &i); err != nil {
			t.Fatal(err)
		}
		done[worker]++
	}
	_ = cmd.Wait() // killed
	return done
}

// verifySurvivor: every file is in the record, every entry is a file, every other begun operation is still an intent.
func verifySurvivor(t *testing.T, path string) {
	t.Helper()
	c := openAt(t, path, Options{})
	defer c.Close()
	if c.Fresh() != (Fresh{}) {
		t.Fatalf("fresh: %+v", c.Fresh())
	}
	check(t, c)
	err := c.Update(func(tx *Tx) error {
		files := uint64(tx.Count().Files)
		if head := tx.Head(); head.Seq != files {
			t.Errorf("%d files, %d entries", files, head.Seq)
		}
		left := tx.Intents()
		if began := tx.in(intentBucket).Sequence(); began < files || len(left) > 4 {
			t.Errorf("%d begun, %d files, %d left over", began, files, len(left))
		}
		for _, in := range left {
			if err := tx.Finish(in.Seq); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestACopyTakenAtAnyCommitIsThatCommit: the bytes of the file between two commits are the earlier one, whole (E3).
func TestACopyTakenAtAnyCommitIsThatCommit(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "client.db")
	var before []byte // the file when the commit began
	step := 0
	opt := Options{NoSync: true, Commit: func(commit func() error) error {
		before = must(os.ReadFile(path))
		return commit()
	}}
	c := openAt(t, path, opt)
	for ; step < 40; step++ {
		update(t, c, func(tx *Tx) error {
			return tx.Put(Node{ID: must(tx.NewID()), Parent: Root, Local: strconv.Itoa(step), RemoteID: strconv.Itoa(step)})
		})
		copyAt := filepath.Join(dir, fmt.Sprint("copy", step))
		if err := os.WriteFile(copyAt, before, 0o600); err != nil {
			t.Fatal(err)
		}
		copied := openAt(t, copyAt, Options{NoSync: true})
		check(t, copied)
		view(t, copied, func(tx *Tx) {
			if have := tx.Count().Files; have != int64(step) {
				t.Errorf("copy before commit %d has %d files", step, have)
			}
		})
		copied.Close()
	}
}
