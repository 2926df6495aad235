package state

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// clocked opens a file with a clock that the test turns.
func clocked(t *testing.T) (*Client, *time.Time) {
	now := noon()
	return openTest(t, Options{NoSync: true, Now: func() time.Time { return now }}), &now
}

func reopen(t *testing.T, c *Client) *Client {
	t.Helper()
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	return openAt(t, c.Path(), Options{NoSync: true, Now: noon})
}

// TestAnIntentLivesUntilItsOutcome: begun, resumed, over a restart, and gone in one transaction with what it brought about (promise 4).
func TestAnIntentLivesUntilItsOutcome(t *testing.T) {
	c, _ := clocked(t)
	intents := []Intent{{Op: "upload", Path: "a", SHA256: SHA256{1}, Stamp: noon()}, {Op: "delete", Path: "b"}}
	if err := c.Begin(intents); err != nil {
		t.Fatal(err)
	}
	if intents[0].Seq != 1 || intents[1].Seq != 2 || !intents[0].Started.Equal(noon()) {
		t.Errorf("begun: %+v", intents)
	}
	if err := c.SetResume(1, "part 3"); err != nil {
		t.Fatal(err)
	}
	c = reopen(t, c)
	intents[0].Resume = "part 3"
	view(t, c, func(tx *Tx) {
		if diff := cmp.Diff(intents, tx.Intents()); diff != "" {
			t.Error(diff)
		}
	})
	err := c.Done(1, func(tx *Tx) error { return errors.Join(tx.SetMeta(Meta{Epoch: 9}), errRefused) })
	if !errors.Is(err, errRefused) {
		t.Errorf("done: %v", err)
	}
	view(t, c, func(tx *Tx) {
		if len(tx.Intents()) != 2 || tx.Meta().Epoch != 0 {
			t.Error("a failed outcome was written")
		}
	})
	if err := c.Done(1, func(tx *Tx) error { return tx.SetMeta(Meta{Epoch: 9}) }); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{"done twice": c.Done(1, func(*Tx) error { return nil }), "resume of none": c.SetResume(7, ""),
		"write of none": c.Update(func(tx *Tx) error { return tx.SetIntent(Intent{Seq: 7}) })} {
		if !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	view(t, c, func(tx *Tx) {
		if left := tx.Intents(); len(left) != 1 || left[0].Path != "b" || tx.Meta().Epoch != 9 {
			t.Errorf("left over: %+v", left)
		}
	})
}

// TestWhatIsDeletedIsKnownWhenItComesBack, for a year (P20, F6).
func TestWhatIsDeletedIsKnownWhenItComesBack(t *testing.T) {
	c, now := clocked(t)
	update(t, c, func(tx *Tx) error {
		dir := Node{ID: must(tx.NewID()), Parent: Root, Local: "2025", Remote: "2025", Dir: true, RemoteID: "70"}
		file := Node{ID: must(tx.NewID()), Parent: dir.ID, Local: "a.pdf", Remote: "a.pdf", RemoteID: "71", SHA256: SHA256{1}, Size: 5}
		return errors.Join(tx.Put(dir), tx.Put(file), tx.Delete(dir.ID, "remote"))
	})
	view(t, c, func(tx *Tx) {
		got := tx.BuriedRemote("71")
		want := []Tombstone{{Node: 3, Parent: 2, Path: "2025/a.pdf", RemoteID: "71", SHA256: SHA256{1}, Size: 5, When: noon(), Why: "remote"}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if got := tx.BuriedContent(SHA256{1}); len(got) != 1 || got[0].Node != 3 {
			t.Errorf("by content: %+v", got)
		}
		if got := tx.BuriedRemote("72"); got != nil {
			t.Errorf("of another: %+v", got)
		}
		if got := len(tx.Tombstones()); got != 2 || tx.Count() != (Count{}) {
			t.Errorf("%d tombstones, count %+v", got, tx.Count())
		}
	})
	for _, step := range []struct {
		after time.Duration
		want  int
	}{{TombstoneAge, 0}, {TombstoneAge + time.Second, 2}, {TombstoneAge + time.Second, 0}} {
		*now = noon().Add(step.after)
		update(t, c, func(tx *Tx) error {
			n, err := tx.ExpireTombstones(100)
			if n != step.want {
				t.Errorf("after %v %d expired, want %d", step.after, n, step.want)
			}
			return err
		})
		check(t, c)
	}
	view(t, c, func(tx *Tx) {
		if got := tx.BuriedRemote("71"); got != nil {
			t.Errorf("expired, and known: %+v", got)
		}
	})
}

// TestTheGuardsWindowOutlivesARestart: deletions in waves are counted together (design §6), the approved apart.
func TestTheGuardsWindowOutlivesARestart(t *testing.T) {
	c, now := clocked(t)
	for hour := range 30 {
		*now = noon().Add(time.Duration(hour) * time.Hour)
		update(t, c, func(tx *Tx) error {
			return errors.Join(tx.Danger(Guarded{Danger: Deletion, Path: fmt.Sprint(hour)}),
				tx.Danger(Guarded{Danger: Deletion, Approved: true}), tx.Danger(Guarded{Danger: Change}))
		})
	}
	c = reopen(t, c)
	since := now.Add(-24 * time.Hour)
	update(t, c, func(tx *Tx) error {
		if open, approved := tx.CountDangers(Deletion, since); open != 25 || approved != 25 {
			t.Errorf("%d open, %d approved, want 25 and 25", open, approved)
		}
		return tx.PruneDangers(since)
	})
	view(t, c, func(tx *Tx) {
		all := tx.Dangers(time.Unix(0, 0))
		if len(all) != 75 || all[0].Path != "5" || !all[0].When.Equal(since) {
			t.Errorf("%d after pruning, the first %+v", len(all), all[0])
		}
	})
}

// TestApprovalAdmitsExactlyItsOperationsOnce (P9).
func TestApprovalAdmitsExactlyItsOperationsOnce(t *testing.T) {
	c, now := clocked(t)
	update(t, c, func(tx *Tx) error {
		return errors.Join(tx.SetHalt(Halt{Plan: "p1", Reason: "deletions", Keys: []string{"a", "b"}}), tx.SetHalt(Halt{Plan: "p2", Keys: []string{"c"}}))
	})
	*now = now.Add(time.Hour)
	until := now.Add(time.Hour)
	update(t, c, func(tx *Tx) error {
		if _, err := tx.Approve("p9", "jan", until); !errors.Is(err, ErrNotFound) {
			t.Errorf("approve what is not halted: %v", err)
		}
		if err := tx.SetHalt(Halt{Plan: "p1", Reason: "deletions", Keys: []string{"a", "b"}}); err != nil {
			return err
		}
		h, err := tx.Approve("p1", "jan", until)
		if !h.Since.Equal(noon()) {
			t.Errorf("halted since %v", h.Since)
		}
		return err
	})
	update(t, c, func(tx *Tx) error {
		if got := tx.Halts(); len(got) != 1 || got[0].Plan != "p2" {
			t.Errorf("halts: %+v", got)
		}
		if a, ok := tx.Approved("a"); !ok || a.Plan != "p1" || a.By != "jan" {
			t.Errorf("a: %+v, %v", a, ok)
		}
		if _, ok := tx.Approved("c"); ok {
			t.Error("c was never approved")
		}
		if err := tx.Use("a"); err != nil {
			return err
		}
		if err := tx.Use("a"); !errors.Is(err, ErrNotFound) {
			t.Errorf("use twice: %v", err)
		}
		return nil
	})
	*now = until
	update(t, c, func(tx *Tx) error {
		if err := tx.Use("b"); !errors.Is(err, ErrNotFound) {
			t.Errorf("use after its time: %v", err)
		}
		return errors.Join(tx.ExpireApprovals(), tx.Lift())
	})
	view(t, c, func(tx *Tx) {
		if tx.rows(admitBucket) != 0 || len(tx.Halts()) != 0 {
			t.Error("something is left over")
		}
	})
}

func TestLiftLeavesTheHaltsThatAreNamed(t *testing.T) {
	c, _ := clocked(t)
	update(t, c, func(tx *Tx) error {
		return errors.Join(tx.SetHalt(Halt{Plan: "p1"}), tx.SetHalt(Halt{Plan: "p2"}), tx.Lift("p2"))
	})
	view(t, c, func(tx *Tx) {
		if _, ok := tx.Halt("p2"); !ok || len(tx.Halts()) != 1 {
			t.Errorf("halts: %+v", tx.Halts())
		}
	})
}

// TestARestartKeepsTheBackoff: the list is replaced, attempts and next try stay (promise 10).
func TestARestartKeepsTheBackoff(t *testing.T) {
	c, _ := clocked(t)
	next := noon().Add(time.Hour)
	update(t, c, func(tx *Tx) error {
		return errors.Join(tx.PutProblem(Problem{Key: "1", Class: "locked", Attempts: 4, Next: next, First: noon()}),
			tx.PutProblem(Problem{Key: "2", Class: "locked", Attempts: 4, Next: next}), tx.PutProblem(Problem{Key: "3"}),
			tx.PutProblem(Problem{Key: "4", Class: "locked", Attempts: 4, Next: next}))
	})
	c = reopen(t, c)
	later := next.Add(time.Hour)
	update(t, c, func(tx *Tx) error {
		return tx.SetProblems([]Problem{{Key: "1", Class: "locked", Reason: "new words"}, {Key: "2", Class: "refused"},
			{Key: "4", Class: "locked", Attempts: 5, Next: later}})
	})
	view(t, c, func(tx *Tx) {
		want := []Problem{{Key: "1", Class: "locked", Reason: "new words", Attempts: 4, Next: next, First: noon()},
			{Key: "2", Class: "refused", First: noon()}, {Key: "4", Class: "locked", Attempts: 5, Next: later, First: noon()}}
		if diff := cmp.Diff(want, tx.Problems()); diff != "" {
			t.Error(diff)
		}
	})
	err := c.Update(func(tx *Tx) error { return errors.Join(tx.DropProblem("1"), tx.PutProblem(Problem{})) })
	if !errors.Is(err, ErrInvalid) {
		t.Errorf("a problem without a key: %v", err)
	}
}

func TestConflictsLoopsAndThePauseCanBeTakenBack(t *testing.T) {
	c, _ := clocked(t)
	update(t, c, func(tx *Tx) error {
		return errors.Join(tx.PutConflict(Conflict{Copy: "a (conflict)", Path: "a"}), tx.PutLoop(Loop{Node: 3, Hashes: []SHA256{{1}}, Count: 2}),
			tx.SetPause(Pause{Reason: "holiday"}))
	})
	c = reopen(t, c)
	update(t, c, func(tx *Tx) error {
		if got := tx.Conflicts(); len(got) != 1 || got[0].Path != "a" || !got[0].When.Equal(noon()) {
			t.Errorf("conflicts: %+v", got)
		}
		if l, ok := tx.Loop(3); !ok || l.Count != 2 || len(tx.Loops()) != 1 {
			t.Errorf("loop: %+v, %v", l, ok)
		}
		if p, ok := tx.Pause(); !ok || p.Reason != "holiday" || !p.Since.Equal(noon()) {
			t.Errorf("pause: %+v, %v", p, ok)
		}
		return errors.Join(tx.DropConflict("a (conflict)"), tx.DropLoop(3), tx.Resume())
	})
	update(t, c, func(tx *Tx) error {
		if err := tx.DropConflict("a (conflict)"); !errors.Is(err, ErrNotFound) {
			t.Errorf("drop twice: %v", err)
		}
		_, paused := tx.Pause()
		if _, looping := tx.Loop(3); looping || paused {
			t.Error("still looping or paused")
		}
		return nil
	})
}

func TestRunsAreNumberedAndTrimmed(t *testing.T) {
	c, now := clocked(t)
	for i := range 5 {
		update(t, c, func(tx *Tx) error {
			r, err := tx.BeginRun()
			if r.ID != uint64(i+1) {
				t.Errorf("run %d has id %d", i, r.ID)
			}
			*now = now.Add(time.Minute)
			r.Counts = map[string]int64{"uploaded": int64(i)}
			return errors.Join(err, tx.EndRun(r))
		})
	}
	update(t, c, func(tx *Tx) error {
		if err := tx.EndRun(Run{ID: 77}); !errors.Is(err, ErrNotFound) {
			t.Errorf("end a run that never began: %v", err)
		}
		return tx.TrimRuns(3)
	})
	view(t, c, func(tx *Tx) {
		runs := tx.Runs(99)
		if len(runs) != 3 || runs[0].ID != 5 || runs[2].ID != 3 || runs[0].Counts["uploaded"] != 4 || runs[0].Finished.Sub(runs[0].Started) != time.Minute {
			t.Errorf("runs: %+v", runs)
		}
		if len(tx.Runs(1)) != 1 {
			t.Error("more runs than asked for")
		}
	})
}

// TestTheDailyCopyHoldsWhatCannotBeRebuilt, and shows later that the record was cut (promise 8).
func TestTheDailyCopyHoldsWhatCannotBeRebuilt(t *testing.T) {
	c, _ := clocked(t)
	dir := filepath.Join(t.TempDir(), "kept")
	if _, err := c.Keep(dir); !errors.Is(err, ErrInvalid) {
		t.Errorf("keep without a mirror id: %v", err)
	}
	update(t, c, func(tx *Tx) error {
		return errors.Join(tx.SetMeta(Meta{Mirror: "m1", Epoch: 2}), tx.SetLedger("folders", []byte{0, 1}))
	})
	first := record(t, c, 3)
	path := must(c.Keep(dir))
	_ = must(c.Keep(dir))
	second := record(t, c, 2)
	if again := must(c.Keep(dir)); again != path {
		t.Errorf("kept at %q, then at %q", path, again)
	}
	k := must(ReadKept(path))
	want := Kept{Mirror: "m1", Epoch: 2, When: noon(), Heads: []Head{first, second}, Ledgers: map[string][]byte{"folders": {0, 1}}}
	if diff := cmp.Diff(want, k); diff != "" {
		t.Error(diff)
	}
	update(t, c, func(tx *Tx) error {
		return errors.Join(tx.drop(recordBucket, number(5)), tx.drop(recordBucket, number(4)), tx.putJSON(metaBucket, headKey, first))
	})
	view(t, c, func(tx *Tx) {
		if faults := tx.Verify(k.Heads...); len(faults) != 1 || faults[0].Seq != 5 {
			t.Errorf("faults: %+v", faults)
		}
	})
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Keep(dir); err == nil {
		t.Error("a copy that cannot be read was overwritten")
	}
}

// TestABackupIsAStateOfItsOwn, taken while the file is in use.
func TestABackupIsAStateOfItsOwn(t *testing.T) {
	c, _ := clocked(t)
	record(t, c, 3)
	to := filepath.Join(t.TempDir(), "copy.db")
	if err := os.WriteFile(to, []byte("an earlier copy"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := c.Backup(to); err != nil {
		t.Fatal(err)
	}
	record(t, c, 2)
	b := openAt(t, to, Options{NoSync: true})
	check(t, b)
	view(t, b, func(tx *Tx) {
		if tx.Head().Seq != 3 {
			t.Errorf("the copy has %d entries, want 3", tx.Head().Seq)
		}
	})
}

func TestALedgerComesBackAsItWas(t *testing.T) {
	c, _ := clocked(t)
	update(t, c, func(tx *Tx) error { return tx.SetLedger("requests", []byte("{}")) })
	view(t, c, func(tx *Tx) {
		if got := tx.Ledger("requests"); string(got) != "{}" || tx.Ledger("folders") != nil {
			t.Errorf("ledger %q, %q", got, tx.Ledger("folders"))
		}
	})
	if err := c.Update(func(tx *Tx) error { return tx.SetLedger("", nil) }); !errors.Is(err, ErrInvalid) {
		t.Errorf("a ledger without a name: %v", err)
	}
}
