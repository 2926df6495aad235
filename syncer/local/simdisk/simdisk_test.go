package simdisk_test

import (
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"testing"
	"time"

	"dossier/syncer/local"
	"dossier/syncer/local/simdisk"
)

func write(t *testing.T, d *simdisk.Disk, rel, data string, sync bool) {
	t.Helper()
	w, err := d.Create(local.InHouse(rel))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, data); err != nil {
		t.Fatal(err)
	}
	if sync {
		if err := w.Sync(); err != nil {
			t.Fatal(err)
		}
	}
}

// outcomes crashes many times after prepare and returns which contents of the file rel came out; "-" is no file.
func outcomes(t *testing.T, opt simdisk.Options, rel string, prepare func(d *simdisk.Disk)) map[string]bool {
	seen := map[string]bool{}
	for seed := range uint64(200) {
		d := simdisk.New(opt)
		prepare(d)
		d.Crash(rand.New(rand.NewPCG(seed, 0)))
		data, there := d.Tree(local.House)[rel]
		if !there {
			data = "-"
		}
		seen[data] = true
	}
	return seen
}

func want(t *testing.T, got map[string]bool, all ...string) {
	t.Helper()
	for _, data := range all {
		if !got[data] {
			t.Errorf("%q never came out of %v", data, got)
		}
		delete(got, data)
	}
	if len(got) > 0 {
		t.Errorf("%v came out too", got)
	}
}

// E3: only what was synced is sure to be there: content by Sync, a name by SyncDir.
func TestCrashForgetsWhatWasNotSynced(t *testing.T) {
	root := local.InHouse("")
	got := outcomes(t, simdisk.Options{}, "a", func(d *simdisk.Disk) {
		write(t, d, "a", "ab", true)
		d.SyncDir(root)
	})
	want(t, got, "ab")
	got = outcomes(t, simdisk.Options{}, "a", func(d *simdisk.Disk) { write(t, d, "a", "ab", true) })
	want(t, got, "ab", "-")
	got = outcomes(t, simdisk.Options{}, "a", func(d *simdisk.Disk) {
		write(t, d, "a", "ab", false)
		d.SyncDir(root)
	})
	want(t, got, "ab", "a", "", "\x00\x00")
}

// A rename is whole, and does not outlive the file it renames; without a journal both names may be there.
func TestCrashAndRename(t *testing.T) {
	renamed := func(d *simdisk.Disk) {
		write(t, d, "a", "x", true)
		d.SyncDir(local.InHouse(""))
		if err := d.RenameNoReplace(local.InHouse("a"), local.InHouse("b")); err != nil {
			t.Fatal(err)
		}
	}
	for _, half := range []bool{false, true} {
		both, none := false, false
		for seed := range uint64(200) {
			d := simdisk.New(simdisk.Options{HalfRenames: half})
			renamed(d)
			d.Crash(rand.New(rand.NewPCG(seed, 0)))
			tree := d.Tree(local.House)
			_, a := tree["a"]
			_, b := tree["b"]
			both, none = both || a && b, none || !a && !b
		}
		if none || both != half {
			t.Errorf("half renames %v: at both names %v, at none %v", half, both, none)
		}
	}
}

// E13: a handle follows its file.
func TestHandleFollowsItsFile(t *testing.T) {
	d := simdisk.New(simdisk.Options{})
	d.User().WriteFile("a", "base")
	h := d.User().Open("a")
	if use, err := d.InUse(local.In("a")); err != nil || use != local.InUse {
		t.Errorf("%v, %v", use, err)
	}
	if err := d.RenameNoReplace(local.In("a"), local.InHouse("v")); err != nil {
		t.Fatal(err)
	}
	h.WriteAt("MINE", 0)
	h.Close()
	if got := d.Tree(local.House)["v"]; got != "MINE" {
		t.Errorf("the file holds %q", got)
	}
}

func TestHooksFailInBothVersions(t *testing.T) {
	d, fail := simdisk.New(simdisk.Options{}), errors.New("fail")
	hook := func(op string, p local.Path) error {
		if op == "mkdir" {
			return fail
		}
		return nil
	}
	d.SetHooks(hook, nil)
	if err := d.Mkdir(local.In("a")); !errors.Is(err, fail) || len(d.Tree(local.Client)) != 0 {
		t.Errorf("before: %v, %v", err, d.Tree(local.Client))
	}
	d.SetHooks(nil, hook)
	if err := d.Mkdir(local.In("a")); !errors.Is(err, fail) || len(d.Tree(local.Client)) != 1 {
		t.Errorf("after: %v, %v", err, d.Tree(local.Client))
	}
}

func TestTraits(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 678, time.UTC)
	d := simdisk.New(simdisk.Options{FoldCase: true, FoldUnicode: true, Granularity: time.Second, Space: 10, NoFileIDs: true,
		Now: func() time.Time { return now }})
	u := d.User()
	u.WriteFile("\u00e4", "12345")
	info, err := d.Lstat(local.In("A\u0308"))
	if err != nil || info.MTime != now.Truncate(time.Second).UnixNano() || info.FileID != "" || info.Size != 5 {
		t.Errorf("%+v, %v", info, err)
	}
	w, err := d.Create(local.InHouse("b"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, "123456"); !errors.Is(err, local.ErrNoSpace) {
		t.Errorf("full: %v", err)
	}
	u.Symlink("link")
	if _, err := d.Open(local.In("link")); !errors.Is(err, local.ErrLink) {
		t.Errorf("link: %v", err)
	}
	if _, err := d.Lstat(local.In("link/x")); !errors.Is(err, local.ErrLink) {
		t.Errorf("through a link: %v", err)
	}
	if err := d.Remove(local.In("\u00e4")); !errors.Is(err, local.ErrRefused) {
		t.Errorf("remove: %v", err)
	}
	if err := d.RenameNoReplace(local.InHouse("b"), local.In("\u00c4")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("rename: %v", err)
	}
}

func TestDeadHandlesAfterACrash(t *testing.T) {
	d := simdisk.New(simdisk.Options{})
	w, err := d.Create(local.InHouse("a"))
	if err != nil {
		t.Fatal(err)
	}
	d.Crash(rand.New(rand.NewPCG(1, 1)))
	if _, err := io.WriteString(w, "x"); !errors.Is(err, simdisk.ErrCrashed) {
		t.Errorf("write: %v", err)
	}
}
