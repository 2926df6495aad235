//go:build system && linux

package main_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"dossier/remote/sandbox"
)

// TestSystemFullDisk brings more down than a small disk can hold, with a reserve of 0: what fits comes, the rest waits with a reason, nothing is
// half there; with more room the next run finishes.
func TestSystemFullDisk(t *testing.T) {
	r := newReal(t, sandbox.Options{})
	m := r.machine("office")
	r.must(os.RemoveAll(m.root))
	r.must(os.Mkdir(m.root, 0o755))
	r.must(syscall.Mount("tmpfs", m.root, "tmpfs", 0, "size=4m"))
	t.Cleanup(func() { _ = syscall.Unmount(m.root, syscall.MNT_DETACH) })
	r.must(os.Mkdir(m.folder, 0o755))
	for i := range 20 {
		r.put(fmt.Sprintf("%02d.bin", i), strings.Repeat(fmt.Sprintf("%02d", i), 200_000))
	}
	rep := m.reconcile()
	if rep.Exit != 6 || len(rep.Clients[0].Problems) == 0 || !strings.Contains(rep.Clients[0].Problems[0].Reason, "disk is full") {
		t.Fatalf("with a full disk: %+v", rep)
	}
	for name, sum := range m.onDisk() {
		if m.onPortal()[name] != sum {
			t.Errorf("%s is half there", name)
		}
	}
	if n := len(m.onPortal()); n != 20 {
		t.Errorf("%d files left on the portal", n)
	}
	r.must(syscall.Mount("tmpfs", m.root, "tmpfs", syscall.MS_REMOUNT, "size=64m"))
	if rep = m.reconcile(); rep.Exit != 0 {
		t.Fatalf("with room: %+v", rep)
	}
	m.equal()
}

// TestSystemUnmountedRoot takes the client's disk away: nothing is deleted anywhere, and all goes on when it is back (F1).
func TestSystemUnmountedRoot(t *testing.T) {
	r := newReal(t, sandbox.Options{})
	m := r.machine("office")
	r.must(os.RemoveAll(m.root))
	r.must(os.Mkdir(m.root, 0o755))
	disk := filepath.Join(r.dir, "disk")
	r.must(os.Mkdir(disk, 0o755))
	r.must(syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=16m"))
	t.Cleanup(func() { _ = syscall.Unmount(disk, syscall.MNT_DETACH) })
	r.must(syscall.Mount(disk, m.root, "", syscall.MS_BIND, ""))
	t.Cleanup(func() { _ = syscall.Unmount(m.root, syscall.MNT_DETACH) })
	r.must(os.Mkdir(m.folder, 0o755))
	for i := range 30 {
		r.put(fmt.Sprintf("%d.txt", i), fmt.Sprint(i))
	}
	m.inStep()
	for _, empty := range []bool{false, true} {
		r.must(syscall.Unmount(m.root, syscall.MNT_DETACH))
		if empty {
			r.must(os.MkdirAll(m.folder, 0o755))
		}
		rep := m.reconcile("--accept-deletes")
		if rep.Exit != 4 || len(m.onPortal()) != 30 {
			t.Errorf("empty folder in its place %v: %d files left, %+v", empty, len(m.onPortal()), rep)
		}
		r.must(syscall.Mount(disk, m.root, "", syscall.MS_BIND, ""))
		m.inStep()
	}
}
