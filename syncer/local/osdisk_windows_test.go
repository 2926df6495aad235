package local_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dossier/syncer/local"
)

// F15: a file that a program holds open is waited for: nothing moves.
func TestAnOpenFileIsInUse(t *testing.T) {
	disk, dir := realDisk(t)
	path := filepath.Join(dir, "a")
	put(t, path, "base")
	was, err := local.Hash(t.Context(), disk, local.In("a"))
	if err != nil {
		t.Fatal(err)
	}
	if use, err := disk.InUse(local.In("a")); err != nil || use != local.Free {
		t.Errorf("closed: %v, %v", use, err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if use, err := disk.InUse(local.In("a")); err != nil || use != local.InUse {
		t.Errorf("open for writing: %v, %v", use, err)
	}
	vault := openVault(t, disk)
	if _, err := local.Remove(t.Context(), disk, local.In("a"), was, vault); !errors.Is(err, local.ErrInUse) {
		t.Errorf("remove: %v", err)
	}
	if items, err := vault.List(); err != nil || len(items) != 0 || content(t, path) != "base" {
		t.Errorf("%v, %v", items, err)
	}
}

// F13: paths beyond 260 characters.
func TestLongPaths(t *testing.T) {
	disk, _ := realDisk(t)
	p := local.In(strings.Repeat("d", 100))
	for range 3 {
		if err := disk.Mkdir(p); err != nil {
			t.Fatal(err)
		}
		p = p.Join(strings.Repeat("e", 100))
	}
	w, err := disk.Create(p)
	if err != nil {
		t.Fatal(err)
	}
	w.Close()
	if info, err := disk.Lstat(p); err != nil || info.Kind != local.File {
		t.Errorf("%+v, %v", info, err)
	}
	if list, err := disk.ReadDir(p.Dir()); err != nil || len(list) != 1 {
		t.Errorf("%v, %v", list, err)
	}
}

// The listing and the open file tell the same.
func TestListingAgreesWithLstat(t *testing.T) {
	disk, dir := realDisk(t)
	put(t, filepath.Join(dir, "file"), "four")
	if err := os.Mkdir(filepath.Join(dir, "dir"), 0o755); err != nil {
		t.Fatal(err)
	}
	list, err := disk.ReadDir(local.In(""))
	if err != nil || len(list) != 2 {
		t.Fatalf("%v, %v", list, err)
	}
	for _, e := range list {
		one, err := disk.Lstat(local.In(e.Name))
		if err != nil || one != e.Info || one.FileID == "" {
			t.Errorf("lstat says %+v, the listing %+v (%v)", one, e.Info, err)
		}
	}
}
