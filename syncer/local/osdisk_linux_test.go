package local_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"dossier/syncer/local"
)

// The kernel tells whether a writer is left.
func TestInUseSeesAWriter(t *testing.T) {
	disk, dir := realDisk(t)
	path := filepath.Join(dir, "a")
	put(t, path, "a")
	if use, err := disk.InUse(local.In("a")); err != nil || use != local.Free {
		t.Errorf("closed: %v, %v", use, err)
	}
	r, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if use, err := disk.InUse(local.In("a")); err != nil || use != local.Free {
		t.Errorf("open for reading: %v, %v", use, err)
	}
	w, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if use, err := disk.InUse(local.In("a")); err != nil || use != local.InUse {
		t.Errorf("open for writing: %v, %v", use, err)
	}
	w.Close()
	if use, err := disk.InUse(local.In("a")); err != nil || use != local.Free {
		t.Errorf("closed again: %v, %v", use, err)
	}
}

// The same promises hold where the kernel has no openat2 and the file system no rename without replacing.
func TestFallbacks(t *testing.T) {
	t.Cleanup(local.UseFallbacks(openDisk(t, t.TempDir())))
	t.Run("links", TestNothingIsReachedThroughLinks)
	disk, dir := realDisk(t)
	defer local.UseFallbacks(disk)()
	put(t, filepath.Join(dir, "a"), "a")
	put(t, filepath.Join(dir, "b"), "b")
	if err := disk.RenameNoReplace(local.In("a"), local.In("b")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("onto a file: %v", err)
	}
	if err := disk.RenameNoReplace(local.In("a"), local.In("c")); err != nil || content(t, filepath.Join(dir, "c")) != "a" {
		t.Errorf("to a free name: %v", err)
	}
	if content(t, filepath.Join(dir, "a")) != "" {
		t.Error("the old name is still there")
	}
	if err := errors.Join(disk.Mkdir(local.In("d")), disk.Mkdir(local.In("e"))); err != nil {
		t.Fatal(err)
	}
	if err := disk.RenameNoReplace(local.In("d"), local.In("e")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a folder onto an empty one: %v", err)
	}
	if err := disk.RenameNoReplace(local.In("d"), local.In("f")); err != nil {
		t.Errorf("a folder to a free name: %v", err)
	}
}
