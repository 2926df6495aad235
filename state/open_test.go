package state

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"
)

// noon is a clock that stands.
func noon() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) }

// sample writes a file with something in every bucket, and gives its bytes.
func sample(t testing.TB, dir string) (path string, data []byte) {
	t.Helper()
	path = filepath.Join(dir, "client.db")
	c := openAt(t, path, Options{NoSync: true, Now: noon})
	plant(t, c, 500)
	update(t, c, fillEveryBucket)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	return path, must(os.ReadFile(path))
}

func fillEveryBucket(tx *Tx) error {
	extra := Node{ID: must(tx.NewID()), Parent: Root, Local: "x", RemoteID: "x", SHA256: SHA256{1}}
	crawl, err := tx.BeginCrawl()
	run, _ := tx.BeginRun()
	_, appendErr := tx.Append(Entry{Op: "upload", Path: "a/b.pdf"})
	_, _ = tx.Append(Entry{Op: "delete", Path: "a/c.pdf"})
	if err := tx.SetHalt(Halt{Plan: "p1", Keys: []string{"k"}}); err != nil {
		return err
	}
	_, approveErr := tx.Approve("p1", "jan", noon().Add(time.Hour))
	return errors.Join(err, appendErr, approveErr, tx.EndRun(run),
		tx.Spill(crawl.Gen, []Seen{{ID: "77", Parent: "1", Name: "x"}}, "next"),
		tx.PutSeen(Seen{ID: "78", Parent: "1", Name: "y"}),
		tx.Begin([]Intent{{Op: "upload"}}),
		tx.Put(extra), tx.Delete(extra.ID, "test"),
		tx.Danger(Guarded{Danger: Deletion, Path: "a/c.pdf"}),
		tx.SetHalt(Halt{Plan: "p2"}),
		tx.PutConflict(Conflict{Copy: "a", Path: "b"}),
		tx.SetProblems([]Problem{{Key: "k", State: "waiting"}}),
		tx.PutLoop(Loop{Node: 3}),
		tx.SetLedger("folders", []byte("x")),
		tx.SetMeta(Meta{Mirror: "m1", Epoch: 3}), tx.SetFeed(Feed{Cursor: "c"}), tx.SetPause(Pause{Reason: "r"}))
}

// TestEveryBucketIsInTheSample keeps the tests of damage honest when a bucket is added.
func TestEveryBucketIsInTheSample(t *testing.T) {
	path, _ := sample(t, t.TempDir())
	c := openAt(t, path, Options{})
	check(t, c)
	view(t, c, func(tx *Tx) {
		for _, name := range clientLayout.buckets {
			if tx.rows(name) == 0 {
				t.Errorf("bucket %s is empty", name)
			}
		}
	})
}

func TestFileAndDirectoryAreTheOwnersAlone(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Log("modes mean nothing here: the profile's access list guards the file")
		return
	}
	dir := filepath.Join(t.TempDir(), "new")
	c := openAt(t, filepath.Join(dir, "client.db"), Options{})
	if err := c.Backup(filepath.Join(dir, "copy.db")); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]fs.FileMode{dir: 0o700, c.Path(): 0o600, filepath.Join(dir, "copy.db"): 0o600} {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v, want %v", path, info.Mode(), err, want)
		}
	}
}

// TestANewerSchemaIsRefusedAndLeftAlone also proves that opening writes nothing.
func TestANewerSchemaIsRefusedAndLeftAlone(t *testing.T) {
	path, _ := sample(t, t.TempDir())
	db := must(bbolt.Open(path, 0o600, nil))
	err := db.Update(func(tx *bbolt.Tx) error { return putSchema(tx, 9) })
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	before := must(os.ReadFile(path))
	_, err = OpenClient(path, Options{})
	var newer *NewerError
	if !errors.Is(err, ErrNewer) || !errors.As(err, &newer) || newer.Have != 9 || newer.Known != clientLayout.schema {
		t.Errorf("open: %v", err)
	}
	if !bytes.Equal(before, must(os.ReadFile(path))) {
		t.Error("the file was changed")
	}
	if others, _ := filepath.Glob(path + "?*"); len(others) > 0 {
		t.Errorf("beside it: %q", others)
	}
}

// TestADamagedFileIsSetAsideAndANewOneMade: the mirror is told, so that it adopts (P19).
func TestADamagedFileIsSetAsideAndANewOneMade(t *testing.T) {
	_, good := sample(t, t.TempDir())
	half := bytes.Clone(good)
	clear(half[:2*os.Getpagesize()])
	for name, bad := range map[string][]byte{
		"garbage":            bytes.Repeat([]byte("garbage!"), 8192),
		"zeros":              make([]byte, 64<<10),
		"a text":             []byte("hello"),
		"a page":             good[:os.Getpagesize()],
		"both headers gone":  half,
		"cut in the middle":  good[:len(good)/3],
		"another's database": otherDatabase(t),
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "client.db")
			if err := os.WriteFile(path, bad, 0o600); err != nil {
				t.Fatal(err)
			}
			c := survive(t, path)
			fresh := c.Fresh()
			if !fresh.New || fresh.Reason == "" || !strings.HasPrefix(fresh.Aside, path+".corrupt-20261121-120000") {
				t.Errorf("fresh: %+v", fresh)
			}
			if !bytes.Equal(must(os.ReadFile(fresh.Aside)), bad) {
				t.Error("what was set aside is not what was there")
			}
			check(t, c)
			if exists(damagedMark(path)) {
				t.Error("the mark of the damage is still there")
			}
		})
	}
}

// survive opens a file that may be damaged where only reading all shows it, as a mirror does: on ErrCorrupt close and open again.
func survive(t testing.TB, path string) *Client {
	t.Helper()
	c := openAt(t, path, Options{NoSync: true, Now: noon})
	err := c.Check()
	if !errors.Is(err, ErrCorrupt) {
		return c
	}
	if err := c.Update(func(*Tx) error { return nil }); !errors.Is(err, ErrCorrupt) {
		t.Errorf("a damaged file was written: %v", err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	return openAt(t, path, Options{NoSync: true, Now: noon})
}

func otherDatabase(t *testing.T) []byte {
	path := filepath.Join(t.TempDir(), "other.db")
	db := must(bbolt.Open(path, 0o600, nil))
	err := db.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucket([]byte("recipes"))
		return err
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	return must(os.ReadFile(path))
}

// TestFlippedBytesNeverPanic damages a file at random places. Whatever comes of it, it is an error or a sound file, and afterwards a
// file that works.
func TestFlippedBytesNeverPanic(t *testing.T) {
	_, good := sample(t, t.TempDir())
	rounds := 400
	if testing.Short() || raceEnabled {
		rounds = 40
	}
	found := 0
	for seed := range rounds {
		if damageAndUse(t, good, uint64(seed)) {
			found++
		}
	}
	t.Logf("%d of %d damages were found", found, rounds)
	if found < rounds/4 {
		t.Errorf("only %d of %d damages were found", found, rounds)
	}
}

func damageAndUse(t *testing.T, good []byte, seed uint64) (found bool) {
	r := rand.New(rand.NewPCG(seed, 0))
	bad := bytes.Clone(good)
	for range 1 + r.IntN(4) {
		bad[r.IntN(len(bad))] ^= byte(1 + r.IntN(255))
	}
	if r.IntN(8) == 0 {
		bad = bad[:r.IntN(len(bad))]
	}
	path := filepath.Join(t.TempDir(), fmt.Sprintf("%d.db", seed))
	if err := os.WriteFile(path, bad, 0o600); err != nil {
		t.Fatal(err)
	}
	c := survive(t, path)
	defer c.Close()
	err := c.Update(func(tx *Tx) error {
		return tx.Put(Node{ID: must(tx.NewID()), Parent: Root, Local: "after"})
	})
	if err != nil && !errors.Is(err, ErrCorrupt) {
		t.Errorf("seed %d: %v", seed, err)
	}
	return c.Fresh().Reason != "" || c.Check() != nil
}

// TestAMarkOfDamageIsObeyed: damage found by a process that was killed before it could say so; and when the file itself is gone.
func TestAMarkOfDamageIsObeyed(t *testing.T) {
	path, good := sample(t, t.TempDir())
	for _, there := range []bool{true, false} {
		if err := os.WriteFile(damagedMark(path), []byte("row 7"), 0o600); err != nil {
			t.Fatal(err)
		}
		if !there {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		}
		c := openAt(t, path, Options{NoSync: true, Now: noon})
		fresh := c.Fresh()
		if !fresh.New || !strings.Contains(fresh.Reason, "row 7") || there != (fresh.Aside != "") || exists(damagedMark(path)) {
			t.Errorf("file there %v: fresh %+v", there, fresh)
		}
		if there && !bytes.Equal(good, must(os.ReadFile(fresh.Aside))) {
			t.Error("what was set aside is not what was there")
		}
		check(t, c)
		c.Close()
	}
}

// TestTheCallersOwnPanicIsNotDamage: a mistake in the mirror must not cost the state.
func TestTheCallersOwnPanicIsNotDamage(t *testing.T) {
	c := openTest(t, Options{})
	for name, run := range map[string]func(func(*Tx) error) error{"view": c.View, "update": c.Update, "commit": c.Commit} {
		got := panicOf(func() {
			_ = run(func(*Tx) error {
				panic("the caller's own")
			})
		})
		if got == nil {
			t.Errorf("%s swallowed the panic", name)
		}
	}
	update(t, c, func(tx *Tx) error { return tx.SetMeta(Meta{Mirror: "m"}) }) // no lock was left behind
	check(t, c)
}

func panicOf(fn func()) (p any) {
	defer func() { p = recover() }()
	fn()
	return nil
}

func TestAReaderChangesNothing(t *testing.T) {
	path, _ := sample(t, t.TempDir())
	before := must(os.ReadFile(path))
	c := openAt(t, path, Options{ReadOnly: true})
	check(t, c)
	if err := c.Update(func(*Tx) error { return nil }); !errors.Is(err, ErrReadOnly) {
		t.Errorf("update: %v", err)
	}
	c.Close()
	if !bytes.Equal(before, must(os.ReadFile(path))) {
		t.Error("the file was changed")
	}
	if _, err := OpenClient(path+".none", Options{ReadOnly: true}); !errors.Is(err, ErrNotFound) {
		t.Errorf("open what is not there: %v", err)
	}
	bad := path + ".bad"
	if err := os.WriteFile(bad, make([]byte, 64<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenClient(bad, Options{ReadOnly: true}); !errors.Is(err, ErrCorrupt) || !exists(bad) {
		t.Errorf("open what is damaged: %v", err)
	}
}

func TestANetworkDriveIsRefused(t *testing.T) {
	opt := Options{driveKind: func(string) (string, bool, error) { return "nfs", true, nil }}
	path := filepath.Join(t.TempDir(), "sub", "client.db")
	_, err := OpenClient(path, opt)
	var network *NetworkError
	if !errors.Is(err, ErrNetwork) || !errors.As(err, &network) || network.Kind != "nfs" {
		t.Errorf("open: %v", err)
	}
	if exists(filepath.Dir(path)) {
		t.Error("something was made on the drive")
	}
}

// TestMain lets the tests run themselves as another process.
func TestMain(m *testing.M) {
	switch os.Getenv("STATE_CHILD") {
	case "load":
		childLoad(os.Getenv("STATE_PATH"))
	case "open":
		_, err := OpenClient(os.Getenv("STATE_PATH"), Options{LockWait: 50 * time.Millisecond})
		if errors.Is(err, ErrLocked) {
			os.Exit(7)
		}
		os.Exit(0)
	case "refresh":
		childRefresh(os.Getenv("STATE_PATH"))
	}
	os.Exit(m.Run())
}

// child runs this test binary as another process.
func child(t *testing.T, what, path string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), must(os.Executable()))
	cmd.Env = append(os.Environ(), "STATE_CHILD="+what, "STATE_PATH="+path)
	cmd.Stderr = os.Stderr
	return cmd
}

func TestASecondProcessIsLockedOut(t *testing.T) {
	c := openTest(t, Options{})
	if err := child(t, "open", c.Path()).Run(); err == nil || err.Error() != "exit status 7" {
		t.Errorf("while open: %v, want exit status 7", err)
	}
	c.Close()
	if err := child(t, "open", c.Path()).Run(); err != nil {
		t.Errorf("after close: %v", err)
	}
}
