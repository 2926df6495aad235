//go:build linux || darwin

package local_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"dossier/syncer/local"
)

// No path leaves the folder: not by its text, not through a link, neither relative nor absolute, as a last component or before.
func TestNothingIsReachedThroughLinks(t *testing.T) {
	disk, dir := realDisk(t)
	outside := t.TempDir()
	put(t, filepath.Join(outside, "secret"), "secret")
	if err := os.MkdirAll(filepath.Join(dir, "in"), 0o755); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "in/x"), "x")
	for name, target := range map[string]string{"abs": outside, "rel": "in", "file": filepath.Join(outside, "secret"), "relfile": "in/x"} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, rel := range []string{"abs/secret", "abs/new", "rel/x", "rel/new", "file", "relfile"} {
		attack(t, disk, local.In(rel), local.ErrLink)
	}
	for _, rel := range []string{"../x", "in/../../x", "/etc/passwd", "in//x", ".", "in/.", "in/", "a\x00b"} {
		attack(t, disk, local.In(rel), local.ErrBadPath)
	}
	if got := content(t, filepath.Join(outside, "secret")); got != "secret" {
		t.Errorf("the file outside holds %q", got)
	}
	if list, _ := os.ReadDir(outside); len(list) != 1 {
		t.Errorf("outside there is %v", list)
	}
}

// attack tries each call that could read or write at p.
func attack(t *testing.T, disk local.Disk, p local.Path, want error) {
	t.Helper()
	calls := map[string]func() error{
		"open":    func() error { _, err := disk.Open(p); return err },
		"create":  func() error { _, err := disk.Create(p); return err },
		"mkdir":   func() error { return disk.Mkdir(p) },
		"readdir": func() error { _, err := disk.ReadDir(p); return err },
		"rename to": func() error {
			if err := disk.Mkdir(local.InHouse("bait")); err != nil && !errors.Is(err, fs.ErrExist) {
				return err
			}
			return disk.RenameNoReplace(local.InHouse("bait"), p)
		},
	}
	for name, call := range calls {
		err := call()
		if err == nil {
			t.Errorf("%s %q succeeded", name, p.Rel)
		} else if !errors.Is(err, want) && !errors.Is(err, fs.ErrExist) {
			t.Errorf("%s %q: %v, not %v", name, p.Rel, err, want)
		}
	}
}

func TestOSDiskDescribesEachKind(t *testing.T) {
	disk, dir := realDisk(t)
	put(t, filepath.Join(dir, "file"), "four")
	err := errors.Join(os.Mkdir(filepath.Join(dir, "dir"), 0o755), os.Symlink("file", filepath.Join(dir, "link")),
		unix.Mkfifo(filepath.Join(dir, "pipe"), 0o644))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]local.Kind{"file": local.File, "dir": local.Dir, "link": local.Symlink, "pipe": local.Other}
	list, err := disk.ReadDir(local.In(""))
	if err != nil || len(list) != len(want) {
		t.Fatalf("%v, %v", list, err)
	}
	ids := map[string]bool{}
	for i, e := range list {
		if e.Info.Kind != want[e.Name] || i > 0 && list[i-1].Name >= e.Name {
			t.Errorf("%s is a %v", e.Name, e.Info.Kind)
		}
		one, err := disk.Lstat(local.In(e.Name))
		if err != nil || one != e.Info {
			t.Errorf("lstat says %+v, the listing %+v", one, e.Info)
		}
		ids[e.Info.FileID] = true
	}
	if len(ids) != len(want) {
		t.Errorf("file ids: %v", ids)
	}
	if _, err := disk.Open(local.In("pipe")); !errors.Is(err, local.ErrRefused) {
		t.Errorf("open a pipe: %v", err)
	}
}

// A file keeps its id when it is renamed, and another file made in its place has another, inode reused or not.
func TestFileIDIsThatOfTheFile(t *testing.T) {
	disk, dir := realDisk(t)
	put(t, filepath.Join(dir, "a"), "1")
	was, err := disk.Lstat(local.In("a"))
	if err != nil {
		t.Fatal(err)
	}
	if err := disk.RenameNoReplace(local.In("a"), local.In("b")); err != nil {
		t.Fatal(err)
	}
	if now, err := disk.Lstat(local.In("b")); err != nil || now.FileID != was.FileID || now.FileID == "" {
		t.Errorf("renamed: %q, then %q (%v)", was.FileID, now.FileID, err)
	}
	os.Remove(filepath.Join(dir, "b"))
	put(t, filepath.Join(dir, "b"), "2")
	if now, err := disk.Lstat(local.In("b")); err != nil || now.FileID == was.FileID {
		t.Errorf("a new file has the old id %q (%v)", now.FileID, err)
	}
}

// E13: a program that had the file open writes on, into the vault. Recheck finds it.
func TestRecheckFindsWritesThroughAnOpenHandle(t *testing.T) {
	disk, dir := realDisk(t)
	put(t, filepath.Join(dir, "a"), "base")
	was, err := local.Hash(t.Context(), disk, local.In("a"))
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "a"), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	vault := openVault(t, disk)
	if _, err := local.Remove(t.Context(), disk, local.In("a"), was, vault); err != nil {
		t.Fatal(err)
	}
	if changed, err := vault.Recheck(t.Context(), time.Time{}); err != nil || len(changed) != 0 {
		t.Fatalf("before the write: %v, %v", changed, err)
	}
	f.WriteString("MINE")
	changed, err := vault.Recheck(t.Context(), time.Time{})
	if err != nil || len(changed) != 1 {
		t.Fatalf("after the write: %v, %v", changed, err)
	}
	if _, err := vault.Restore(t.Context(), changed[0].ID, local.In("a (conflict)")); err != nil || content(t, filepath.Join(dir, "a (conflict)")) != "MINE" {
		t.Errorf("brought back: %v", err)
	}
}

// Two hard links of one file are two names, not two spellings of one.
func TestMoveDoesNotMergeHardLinks(t *testing.T) {
	disk, dir := realDisk(t)
	put(t, filepath.Join(dir, "a"), "base")
	if err := os.Link(filepath.Join(dir, "a"), filepath.Join(dir, "b")); err != nil {
		t.Fatal(err)
	}
	was, err := local.Hash(t.Context(), disk, local.In("a"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = local.Move(t.Context(), disk, local.In("a"), local.In("b"), &was, openVault(t, disk))
	if !errors.Is(err, local.ErrTaken) || content(t, filepath.Join(dir, "a")) != "base" {
		t.Errorf("moved onto its other name: %v", err)
	}
}

// A crash between link and unlink leaves the client's file under its staged name too. It is not written to (E2).
func TestStageDoesNotWriteIntoAPlacedFile(t *testing.T) {
	disk, dir := realDisk(t)
	stage := filepath.Join(dir, "..", local.HouseName, "stage")
	put(t, filepath.Join(dir, "a"), "placed")
	if err := errors.Join(os.Mkdir(stage, 0o700), os.Link(filepath.Join(dir, "a"), filepath.Join(stage, "s1"))); err != nil {
		t.Fatal(err)
	}
	s, err := local.Stage(t.Context(), disk, "s1")
	if err != nil || s.Offset() != 0 {
		t.Fatalf("offset %d, %v", s.Offset(), err)
	}
	if _, err := s.Write([]byte("more")); err != nil {
		t.Fatal(err)
	}
	if got := content(t, filepath.Join(dir, "a")); got != "placed" {
		t.Errorf("the client's file holds %q", got)
	}
}
