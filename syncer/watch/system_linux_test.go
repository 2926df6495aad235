//go:build system

package watch

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// inNamespace runs this test once more as another process, in a user namespace of its own: there the limit of watches can be lowered for
// that process alone, while other programs of this computer keep theirs. It tells whether this is that process.
func inNamespace(t *testing.T) bool {
	t.Helper()
	const sign = "DOSSIER_WATCH_NAMESPACE"
	if os.Getenv(sign) == t.Name() {
		return true
	}
	cmd := exec.CommandContext(t.Context(), "/proc/self/exe", "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), sign+"="+t.Name())
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
	}
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Fatalf("in a user namespace: %v\n%s", err, out)
	}
	return false
}

// sysctl sets one of the kernel's settings, and gives back what puts it back.
func sysctl(t *testing.T, name string, value int) (undo func()) {
	t.Helper()
	path := filepath.Join("/proc/sys", strings.ReplaceAll(name, ".", "/"))
	was, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(fmt.Sprint(value)), 0); err != nil {
		t.Fatalf("set %s (this test must run as root): %v", name, err)
	}
	return func() {
		if err := os.WriteFile(path, was, 0); err != nil {
			t.Errorf("put %s back to %s: %v", name, was, err)
		}
	}
}

// E7: a client that does not fit into the kernel's limit is polled, with the cure; others are not disturbed; with a higher limit it is watched.
func TestTheKernelsLimitOfWatches(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	t.Cleanup(sysctl(t, maxWatchesFor, 50))
	small, big := t.TempDir(), t.TempDir()
	for i := range 60 {
		mkdir(t, big, fmt.Sprint(i))
	}
	mkdir(t, small, "a")
	w := newWatcher(t, Options{Every: 50 * time.Millisecond})
	fits, poor := add(t, w, small, RootOptions{}), add(t, w, big, RootOptions{})

	s := poor.Status()
	if want := "watch 50 folders (user.max_inotify_watches); this client has 61, and other clients have 2"; s.Mode != Polling || !strings.Contains(s.Reason, want) ||
		!strings.Contains(s.Cure, "sudo sysctl user.max_inotify_watches=") {
		t.Errorf("%+v", s)
	}
	put(t, big, "7", "f")
	expect(t, poor, "7")
	put(t, small, "a", "f")
	if h := next(t, fits); !slices.Equal(h.Folders, []string{"a"}) {
		t.Errorf("the client that fits: %+v", h)
	}

	sysctl(t, maxWatchesFor, 1000)
	waitStatus(t, poor, watching)
	expect(t, poor, "only All covers it")
	put(t, big, "8", "f")
	expect(t, poor, "8")

	sysctl(t, maxWatchesFor, 64) // and now it is a new folder that does not fit
	for i := range 10 {
		mkdir(t, big, "new", fmt.Sprint(i))
	}
	s = waitStatus(t, poor, polling)
	if s.Folders < 62 {
		t.Errorf("%+v", s)
	}
	put(t, big, "new", "f")
	expect(t, poor, "new")
}

// E7: a queue of sixteen events overflows all the time, and no change is missed.
func TestTheKernelsQueueOverflows(t *testing.T) {
	undo := sysctl(t, "fs.inotify.max_queued_events", 16)
	w := newWatcher(t, Options{})
	_, err := w.source() // has its queue from now on
	undo()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	r := add(t, w, dir, RootOptions{})
	who := &somebody{rng: rand.New(rand.NewPCG(rand.Uint64(), 0)), root: dir}
	overflows := 0
	for start := time.Now(); overflows < 20; {
		before := listings(t, dir)
		for range 200 {
			who.act()
		}
		hints := &seen{r: r}
		if missing := hints.waited(changed(before, listings(t, dir))); missing != nil {
			t.Fatalf("no hint covers %q after %d overflows", missing, overflows)
		}
		if slices.ContainsFunc(hints.hints, func(h Hint) bool { return h.All }) {
			overflows++
		}
		if time.Since(start) > deadline {
			t.Fatalf("only %d overflows", overflows)
		}
	}
	settle(t, r, dir)
	waitStatus(t, r, func(s Status) bool { return s.Folders == len(listings(t, dir)) })
	for folder := range listings(t, dir) {
		put(t, dir, filepath.FromSlash(folder), "last")
		expect(t, r, folder)
	}
}

func mount(t *testing.T, dir string) {
	t.Helper()
	mkdir(t, dir)
	if err := unix.Mount("dossier-test", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Fatalf("mount %s (this test must run as root): %v", dir, err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil && err != unix.EINVAL { // not mounted any more
			t.Error(err)
		}
	})
}

func TestAnotherDiskInsideAFolderIsNotWatched(t *testing.T) {
	dir := t.TempDir()
	mount(t, filepath.Join(dir, "usb"))
	mkdir(t, dir, "usb/below")
	r := begin(t, Options{}, dir, RootOptions{})
	if s := r.Status(); s.Mode != Watching || s.Folders != 1 {
		t.Errorf("%+v", s)
	}
}

// The kernel says nothing of it that fsnotify passes on.
func TestARootThatIsUnmountedIsFoundOut(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "Jansen")
	mount(t, dir)
	mkdir(t, dir, "a")
	r := begin(t, Options{Every: 50 * time.Millisecond}, dir, RootOptions{})
	if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
		t.Fatal(err)
	}
	expect(t, r, "only All covers it")
	waitStatus(t, r, func(s Status) bool { return watching(s) && s.Folders == 1 })
	put(t, dir, "f") // on the disk that was below it
	expect(t, r, "")
}
