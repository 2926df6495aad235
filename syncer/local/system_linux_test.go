//go:build system

package local_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"dossier/syncer/local"
)

// mount puts a small file system of its own at dir.
func mount(t *testing.T, dir, fstype, options string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("dossier-test", dir, fstype, 0, options); err != nil {
		t.Fatalf("mount %s (this test must run as root): %v", dir, err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil && err != unix.EINVAL { // not mounted any more
			t.Error(err)
		}
	})
}

// A client's folder that is a file system of its own has its house inside, since no rename leaves it; the scan knows it.
func TestHouseInsideAMountedFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "Jansen")
	mount(t, dir, "tmpfs", "size=4m")
	put(t, filepath.Join(dir, "a"), "base")
	disk := openDisk(t, dir)
	was, err := local.Hash(t.Context(), disk, local.In("a"))
	if err != nil {
		t.Fatal(err)
	}
	vault := openVault(t, disk)
	if _, err := local.Remove(t.Context(), disk, local.In("a"), was, vault); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, local.HouseName)); err != nil {
		t.Error(err)
	}
	if got := look(t, disk, local.ScanOptions{}); len(got) != 1 || got[local.HouseName] != "ours" {
		t.Errorf("scan: %v", got)
	}
	_, err = local.Move(t.Context(), disk, local.In(local.HouseName), local.In("x"), nil, vault)
	if !errors.Is(err, local.ErrBadPath) {
		t.Errorf("our own directory was moved: %v", err)
	}
}

// F1: another disk mounted inside a client's folder is reported and not entered; nothing is renamed out of it.
func TestAMountInsideAFolderIsAWall(t *testing.T) {
	disk, dir := realDisk(t)
	mount(t, filepath.Join(dir, "usb"), "tmpfs", "size=1m")
	put(t, filepath.Join(dir, "usb/f"), "x")
	if got := look(t, disk, local.ScanOptions{}); len(got) != 1 || got["usb"] != "special file" {
		t.Errorf("scan: %v", got)
	}
	if err := disk.RenameNoReplace(local.In("usb/f"), local.InHouse("f")); !errors.Is(err, local.ErrNotSupported) {
		t.Errorf("rename: %v", err)
	}
}

// F1: a client's folder that was unmounted is another folder.
func TestAnUnmountedRootIsReplaced(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "Jansen")
	mount(t, dir, "tmpfs", "size=1m")
	disk := openDisk(t, dir)
	if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
		t.Fatal(err)
	}
	_, err := disk.Identity()
	mount(t, dir, "tmpfs", "size=1m") // for the clean-up
	if !errors.Is(err, local.ErrRootReplaced) {
		t.Errorf("unmounted: %v", err)
	}
	if _, err := disk.Identity(); !errors.Is(err, local.ErrRootReplaced) {
		t.Errorf("another disk mounted: %v", err)
	}
}

// A real full disk: the download stops with the reason, what was there stays, and the vault needs no room for the file itself.
func TestFullDisk(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "Jansen")
	mount(t, dir, "tmpfs", "size=1m")
	put(t, filepath.Join(dir, "a"), strings.Repeat("x", 500<<10))
	disk := openDisk(t, dir)
	staged, err := local.Stage(t.Context(), disk, "s1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(staged, strings.Repeat("y", 900<<10)); !errors.Is(err, local.ErrNoSpace) {
		t.Errorf("write: %v", err)
	}
	if err := staged.Discard(); err != nil {
		t.Error(err)
	}
	if got := content(t, filepath.Join(dir, "a")); len(got) != 500<<10 {
		t.Errorf("%d bytes are left", len(got))
	}
	if space, err := disk.Space(); err != nil || space.Total != 1<<20 || space.Free > 600<<10 {
		t.Errorf("%+v, %v", space, err)
	}
}
