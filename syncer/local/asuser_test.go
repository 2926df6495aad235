//go:build linux || darwin

package local_test

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"dossier/syncer/local"
)

// nobody is a user without rights.
const nobody = 65534

// asUser runs the test again in a process that is not root, with a directory of its own as its temporary one, and reports
// whether this is the process that is to do the work.
func asUser(t *testing.T) bool {
	t.Helper()
	if os.Geteuid() != 0 {
		return true
	}
	dir, err := os.MkdirTemp("", "dossier") // t.TempDir is below a directory that only root enters
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	exe := filepath.Join(dir, "test")
	self, err := os.ReadFile(os.Args[0])
	if err := errors.Join(err, os.WriteFile(exe, self, 0o755), os.Chown(dir, nobody, nobody)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, "-test.run", "^"+t.Name()+"$", "-test.v")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "TMPDIR="+dir, "GOCOVERDIR=")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Errorf("as another user: %v\n%s", err, out)
	}
	return false
}

// P8, F25: a folder that may not be read is unknown, not empty; a file in it that may not be read is not lost either.
func TestWithoutPermission(t *testing.T) {
	if !asUser(t) {
		return
	}
	disk, dir := realDisk(t)
	if err := os.Mkdir(filepath.Join(dir, "secret"), 0o755); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "secret/f"), "x")
	put(t, filepath.Join(dir, "locked"), "x")
	known, err := local.Hash(t.Context(), disk, local.In("secret/f"))
	if err := errors.Join(err, os.Chmod(filepath.Join(dir, "locked"), 0), os.Chmod(filepath.Join(dir, "secret"), 0)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(filepath.Join(dir, "secret"), 0o755) })
	got := look(t, disk, local.ScanOptions{})
	if got["secret/"] != "unknown" || got["locked"] != "normal" {
		t.Errorf("scan: %v", got)
	}
	if _, err := local.Hash(t.Context(), disk, local.In("locked")); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("hash: %v", err)
	}
	vault := openVault(t, disk)
	_, err = local.Remove(t.Context(), disk, local.In("secret/f"), known, vault)
	if !errors.Is(err, fs.ErrPermission) {
		t.Errorf("remove: %v", err)
	}
	judge := func(string, local.Info) (local.Verdict, *local.Fingerprint) { return local.Junk, nil }
	if _, err := local.RemoveDir(t.Context(), disk, local.In("secret"), judge, vault); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("remove folder: %v", err)
	}
	if items, err := vault.List(); err != nil || len(items) != 0 {
		t.Errorf("vault: %v, %v", items, err)
	}
}

// F25: in a folder that may not be written nothing is replaced, and what was there stays there.
func TestReadOnlyFolder(t *testing.T) {
	if !asUser(t) {
		return
	}
	disk, dir := realDisk(t)
	put(t, filepath.Join(dir, "a"), "base")
	was, err := local.Hash(t.Context(), disk, local.In("a"))
	if err := errors.Join(err, os.Chmod(dir, 0o555)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(dir, 0o755) })
	staged, err := local.Stage(t.Context(), disk, "s1")
	if err != nil {
		t.Fatal(err)
	}
	staged.Write([]byte("new"))
	if _, err := staged.Finish(local.Want{Size: 3}, old); err != nil {
		t.Fatal(err)
	}
	for _, target := range []string{"a", "b"} {
		expect := &was
		if target == "b" {
			expect = nil
		}
		if _, err := local.Commit(t.Context(), disk, staged, local.In(target), expect, openVault(t, disk)); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("commit %s: %v", target, err)
		}
	}
	if content(t, filepath.Join(dir, "a")) != "base" {
		t.Error("the file is not as it was")
	}
}

// A folder whose parent may not be written has no place for a house: that is said before anything begins.
func TestNoPlaceForTheHouse(t *testing.T) {
	if !asUser(t) {
		return
	}
	parent := t.TempDir()
	dir := filepath.Join(parent, "Jansen")
	if err := errors.Join(os.Mkdir(dir, 0o755), os.Chmod(parent, 0o555)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(parent, 0o755) })
	if _, err := local.OSDisk(dir); !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), local.HouseName) {
		t.Errorf("open: %v", err)
	}
}
