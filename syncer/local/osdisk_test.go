package local_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"dossier/syncer/local"
)

// realDisk returns a client's folder in a temporary directory.
func realDisk(t *testing.T) (local.Disk, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "Jansen")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return openDisk(t, dir), dir
}

func openDisk(t *testing.T, dir string) local.Disk {
	t.Helper()
	disk, err := local.OSDisk(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { disk.Close() })
	return disk
}

func put(t *testing.T, path, data string) {
	t.Helper()
	if err := errors.Join(os.WriteFile(path, []byte(data), 0o644), os.Chtimes(path, old, old)); err != nil {
		t.Fatal(err)
	}
}

func content(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return string(data)
}

func TestOSDiskPlacesTheHouseBesideTheFolder(t *testing.T) {
	_, dir := realDisk(t)
	info, err := os.Stat(filepath.Join(filepath.Dir(dir), local.HouseName))
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o700 {
		t.Errorf("house: %v, %v", info, err)
	}
	if _, err := os.Stat(filepath.Join(dir, local.HouseName)); err == nil {
		t.Error("there is a house inside the client's folder")
	}
}

// F1: a folder that is not there is not made.
func TestOSDiskRefusesAMissingRoot(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "gone")
	if _, err := local.OSDisk(dir); !errors.Is(err, local.ErrRootMissing) {
		t.Errorf("error is %v", err)
	}
	put(t, dir, "a file")
	if _, err := local.OSDisk(dir); !errors.Is(err, local.ErrRootMissing) {
		t.Errorf("error is %v for a file", err)
	}
}

// F1: asked by path, the root is missing or replaced, though our handle still works.
func TestIdentityIsAskedByPath(t *testing.T) {
	disk, dir := realDisk(t)
	if _, err := disk.Identity(); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(dir, dir+" moved"); err != nil {
		t.Fatal(err)
	}
	if _, err := disk.Identity(); !errors.Is(err, local.ErrRootMissing) {
		t.Errorf("moved away: %v", err)
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := disk.Identity(); !errors.Is(err, local.ErrRootReplaced) {
		t.Errorf("replaced: %v", err)
	}
}

func TestInTheClientsFolderNothingIsRemovedOrReplaced(t *testing.T) {
	disk, dir := realDisk(t)
	put(t, filepath.Join(dir, "a"), "a")
	w, err := disk.Create(local.InHouse("b"))
	if err != nil {
		t.Fatal(err)
	}
	w.Close()
	for name, err := range map[string]error{
		"remove":  disk.Remove(local.In("a")),
		"replace": disk.Replace(local.InHouse("b"), local.In("a")),
		"append":  func() error { _, err := disk.Append(local.In("a")); return err }(),
		"chmod":   disk.Chmod(local.In("a"), 0),
	} {
		if !errors.Is(err, local.ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := disk.RenameNoReplace(local.InHouse("b"), local.In("a")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("rename onto a file: %v", err)
	}
	if content(t, filepath.Join(dir, "a")) != "a" {
		t.Error("the file changed")
	}
}

func TestCommitOnARealDisk(t *testing.T) {
	disk, dir := realDisk(t)
	put(t, filepath.Join(dir, "a.pdf"), "old")
	if err := os.Chmod(filepath.Join(dir, "a.pdf"), 0o640); err != nil {
		t.Fatal(err)
	}
	was, err := local.Hash(t.Context(), disk, local.In("a.pdf"))
	if err != nil {
		t.Fatal(err)
	}
	staged, err := local.Stage(t.Context(), disk, "s1")
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(staged, "new")
	if _, err := staged.Finish(local.Want{Size: 3}, old.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	vault := openVault(t, disk)
	got, err := local.Commit(t.Context(), disk, staged, local.In("a.pdf"), &was, vault)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(dir, "a.pdf"))
	if err != nil || info.ModTime().Sub(old.Add(time.Hour)).Abs() >= 100 || content(t, filepath.Join(dir, "a.pdf")) != "new" {
		t.Errorf("placed: %v, %v", info, err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm() != 0o640 {
		t.Errorf("the mode is %v", info.Mode())
	}
	now, err := disk.Lstat(local.In("a.pdf"))
	if err != nil || !got.Matches(now) {
		t.Errorf("fingerprint %+v does not match %+v (%v)", got, now, err)
	}
	if _, err := vault.Restore(t.Context(), got.Vaulted, local.In("b.pdf")); err != nil || content(t, filepath.Join(dir, "b.pdf")) != "old" {
		t.Errorf("restored: %v", err)
	}
}

func TestProbeOnARealDisk(t *testing.T) {
	disk, _ := realDisk(t)
	got, err := local.Probe(disk)
	if err != nil || !got.NoReplace || !got.NoReplaceIn || got.Granularity < 1 {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := disk.Lstat(local.InHouse("probe")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("left behind: %v", err)
	}
}

func TestMarkerOnARealDisk(t *testing.T) {
	disk, dir := realDisk(t)
	mine := local.Marker{Mirror: "m1", Installation: "i1", Epoch: 1, Host: "pc1"}
	if err := errors.Join(local.CreateMarker(disk, mine), local.Beat(disk, mine)); err != nil {
		t.Fatal(err)
	}
	if _, err := local.CheckMarker(disk, mine); err != nil {
		t.Errorf("mine: %v", err)
	}
	if err := os.CopyFS(dir+" copy", os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	if _, err := local.CheckMarker(openDisk(t, dir+" copy"), mine); !errors.Is(err, local.ErrMarkerCopied) || !errors.Is(err, local.ErrRootReplaced) {
		t.Errorf("copied folder: %v", err)
	}
}
