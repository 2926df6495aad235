package state

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.etcd.io/bbolt"
	"golang.org/x/sync/errgroup"
)

var (
	vat    = LedgerFolder{ID: "17/d5", Parent: "17", Name: "Btw 2026", Ours: true}
	letter = LedgerFolder{ID: "17/d6", Parent: "17/d5", Name: "Brieven"}
)

func put(t *testing.T, a *Account, client string, folders ...LedgerFolder) {
	t.Helper()
	for _, f := range folders {
		if err := a.PutLedgerFolder(client, f); err != nil {
			t.Fatal(err)
		}
	}
}

func wantFolders(t *testing.T, a *Account, client string, want ...LedgerFolder) {
	t.Helper()
	got, err := a.LedgerFolders(client)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("folders of client %s: %v\n%s", client, err, diff)
	}
}

func TestALedgerKeepsEachClientsFolders(t *testing.T) {
	a := openAccount(t)
	put(t, a, "17", letter, vat)
	put(t, a, "1", LedgerFolder{ID: "1/d7", Name: "x"}) // whose id the other's begins with
	wantFolders(t, a, "17", vat, letter)
	wantFolders(t, a, "7")

	left := letter
	left.Left = true
	put(t, a, "17", left)
	if err := errors.Join(a.RemoveLedgerFolder("17", vat.ID), a.RemoveLedgerFolder("17", "17/d99"), a.RemoveLedgerFolder("2", "1/d7")); err != nil {
		t.Fatal(err)
	}
	b := must(OpenAccount(a.path, Options{}))
	wantFolders(t, b, "17", left)
	wantFolders(t, b, "1", LedgerFolder{ID: "1/d7", Name: "x"})
}

func TestALedgerRefusesIdsThatItCouldMixUp(t *testing.T) {
	a := openAccount(t)
	for client, id := range map[string]string{"": "1", "1": "", "1\x002": "3", "2": "a\x00"} {
		if err := a.PutLedgerFolder(client, LedgerFolder{ID: id}); !errors.Is(err, ErrInvalid) {
			t.Errorf("client %q, folder %q: %v", client, id, err)
		}
	}
}

func TestManyWriteOneLedger(t *testing.T) {
	a := openAccount(t)
	var g errgroup.Group
	for i := range 8 {
		g.Go(func() error { return a.PutLedgerFolder("17", LedgerFolder{ID: string(rune('a' + i))}) })
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	if got := must(a.LedgerFolders("17")); len(got) != 8 {
		t.Errorf("%d folders are left", len(got))
	}
}

// A change is on the disk when it returns nil; one that failed was not made, or was made and we were not told.
func TestALedgerSurvivesCommitsThatFail(t *testing.T) {
	errCut := errors.New("cut")
	for name, c := range map[string]struct {
		commit func(func() error) error
		want   []LedgerFolder
	}{
		"before":     {func(func() error) error { return errCut }, []LedgerFolder{vat}},
		"not told":   {func(commit func() error) error { return errors.Join(commit(), errCut) }, []LedgerFolder{vat, letter}},
		"gone right": {func(commit func() error) error { return commit() }, []LedgerFolder{vat, letter}},
	} {
		a := openAccount(t)
		put(t, a, "17", vat)
		a.opt.Commit = c.commit
		if err := a.PutLedgerFolder("17", letter); errors.Is(err, errCut) == (name == "gone right") {
			t.Errorf("%s: %v", name, err)
		}
		wantFolders(t, must(OpenAccount(a.path, Options{})), "17", c.want...)
	}
}

// makeAccount1 writes a file as the version with schema 1 did.
func makeAccount1(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "office.db")
	db := must(bbolt.Open(path, 0o600, nil))
	err := db.Update(func(b *bbolt.Tx) error {
		row := seal(tokensKey, jsonVersion, []byte(`{"access":"x","seed":"s"}`))
		return errors.Join(makeBuckets(b, []string{metaBucket, budgetBucket, cursorBucket}), b.Bucket([]byte(metaBucket)).Put(tokensKey, row), putSchema(b, 1))
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAnAccountOfSchema1IsMigrated(t *testing.T) {
	a, err := OpenAccount(makeAccount1(t), Options{})
	if err != nil || a.Fresh() != (Fresh{}) {
		t.Fatalf("open: %v, %+v", err, a.Fresh())
	}
	if got := must(a.Tokens()); got.Access != "x" || got.Seed != "s" {
		t.Error("the tokens are lost")
	}
	put(t, a, "17", vat)
	wantFolders(t, a, "17", vat)
}

func TestANewerAccountIsRefusedAndLeftAlone(t *testing.T) {
	a := openAccount(t)
	db := must(bbolt.Open(a.path, 0o600, nil))
	if err := errors.Join(db.Update(func(tx *bbolt.Tx) error { return putSchema(tx, 9) }), db.Close()); err != nil {
		t.Fatal(err)
	}
	before := must(os.ReadFile(a.path))
	if _, err := OpenAccount(a.path, Options{}); !errors.Is(err, ErrNewer) {
		t.Errorf("open: %v", err)
	}
	if !bytes.Equal(before, must(os.ReadFile(a.path))) {
		t.Error("the file was changed")
	}
}

// A row that is not what was written is damage, never a folder that is missing: the file is set aside, and the copy read back.
func TestADamagedLedgerComesBackFromItsCopy(t *testing.T) {
	a := openAccount(t)
	copied := filepath.Join(t.TempDir(), "kept", "office.json")
	must(true, a.Restore(KeptAccount{}))
	put(t, a, "17", vat, letter)
	must(true, a.Keep(copied, "office"))
	db := must(bbolt.Open(a.path, 0o600, nil))
	err := db.Update(func(tx *bbolt.Tx) error {
		row := bytes.Clone(tx.Bucket([]byte(ledgerBucket)).Get(ledgerKey("17", vat.ID)))
		row = bytes.Replace(row, []byte(vat.Name), []byte("Btw 2025"), 1)
		return tx.Bucket([]byte(ledgerBucket)).Put(ledgerKey("17", vat.ID), row)
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	if got, err := a.LedgerFolders("17"); !errors.Is(err, ErrCorrupt) {
		t.Fatalf("got %v, %v", got, err)
	}

	b := must(OpenAccount(a.path, Options{}))
	if b.Fresh().Aside == "" || must(b.Restored()) {
		t.Fatalf("it was not set aside: %+v", b.Fresh())
	}
	must(true, b.Keep(copied, "office")) // too early: the copy is all that is left
	newer := letter
	newer.Name = "Letters" // written before the copy was read back
	put(t, b, "17", newer)
	must(true, b.Restore(must(ReadKeptAccount(copied))))
	wantFolders(t, b, "17", vat, newer)
	if err := b.RemoveLedgerFolder("17", vat.ID); err != nil {
		t.Fatal(err)
	}
	must(true, b.Restore(must(ReadKeptAccount(copied)))) // once only
	wantFolders(t, b, "17", newer)
}

func TestACopyIsWrittenWhenItSaysSomethingNewAndOnceADay(t *testing.T) {
	a := openAccount(t)
	now := noon()
	a.opt.Now = func() time.Time { return now }
	path := filepath.Join(t.TempDir(), "office.json")
	when := func() time.Time {
		t.Helper()
		must(true, a.Keep(path, "office"))
		k, err := ReadKeptAccount(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		return k.When
	}
	must(true, a.Restore(KeptAccount{}))
	if got := when(); !got.IsZero() {
		t.Error("an empty ledger was copied")
	}
	put(t, a, "17", vat)
	for _, step := range []struct {
		after   time.Duration
		do      func()
		written bool
	}{
		{time.Hour, func() {}, true},
		{time.Hour, func() {}, false},
		{time.Hour, func() { put(t, a, "17", letter) }, true},
		{23 * time.Hour, func() {}, false},
		{time.Hour, func() {}, true},
		{time.Hour, func() {
			must(true, errors.Join(a.RemoveLedgerFolder("17", vat.ID), a.RemoveLedgerFolder("17", letter.ID)))
		}, true},
	} {
		now = now.Add(step.after)
		step.do()
		if got := when(); got.Equal(now) != step.written {
			t.Errorf("at %v: written at %v", now, got)
		}
	}
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := a.Keep(path, "office"); err == nil {
		t.Error("a copy that cannot be read was written over")
	}
}
