//go:build unix

package control

import (
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// leaveSocket leaves what a killed daemon leaves.
func leaveSocket(t *testing.T, dir string) {
	t.Helper()
	place, err := Claim(dir)
	if err != nil {
		t.Fatal(err)
	}
	l, err := place.Listen()
	if err != nil {
		t.Fatal(err)
	}
	l.(*socket).UnixListener.Close()
	place.Close()
	if _, err := os.Lstat(Path(dir)); err != nil {
		t.Fatal(err)
	}
}

func TestAShortPathIsMadeWhereItIsShortAndIsTakenAway(t *testing.T) {
	mac := "/var/folders/zz/zyxvpxvq6csfxvn_n0000000000000/T"
	for dir, want := range map[string]string{"/tmp": "/tmp", mac: mac, "/" + strings.Repeat("x", 100): "/tmp"} {
		if got := shortTemp(dir); got != want {
			t.Errorf("for links, %s stands for %s; want %s", got, dir, want)
		}
	}
	tmp, err := os.MkdirTemp("/tmp", "")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(tmp)
	t.Setenv("TMPDIR", tmp)
	long := "/" + strings.Repeat("x", 200)
	err = reach(long, func(path string) error {
		if target, err := os.Readlink(filepath.Dir(path)); target != long || err != nil || len(path) >= addressSize {
			t.Errorf("%s leads to %s, %v", path, target, err)
		}
		info, err := os.Stat(filepath.Dir(filepath.Dir(path)))
		if err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("others can look into it: %v, %v", info.Mode(), err)
		}
		return nil
	})
	if left, _ := os.ReadDir(tmp); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v; %v", left, err)
	}
}

func TestALeftoverSocketIsTakenOver(t *testing.T) {
	dir := t.TempDir()
	leaveSocket(t, dir)
	if _, err := Find(t.Context(), dir); !errors.Is(err, ErrNotRunning) {
		t.Errorf("found at a dead daemon's socket: %v", err)
	}
	r := &running{dir: dir, feed: NewFeed()}
	r.serve(t, &clerk{}, 0)
	r.client(t)
}

func TestALivingDaemonsSocketIsNotTakenEvenWithoutItsLock(t *testing.T) {
	r := run(t, &clerk{})
	if err := os.Remove(filepath.Join(r.dir, "control.lock")); err != nil {
		t.Fatal(err)
	}
	place, err := Claim(r.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer place.Close()
	_, err = place.Listen()
	if other, ok := errors.AsType[*RunningError](err); !ok || other.PID != os.Getpid() {
		t.Errorf("listens beside a living daemon: %v", err)
	}
	r.client(t)
}

func TestWhatIsNoSocketIsLeftAlone(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(Path(dir), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	place, err := Claim(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer place.Close()
	if _, err := place.Listen(); err == nil || !strings.Contains(err.Error(), "in the way") {
		t.Errorf("listen: %v", err)
	}
	if text, err := os.ReadFile(Path(dir)); string(text) != "mine" {
		t.Errorf("the file holds %q, %v", text, err)
	}
}

func TestOnlyTheOwnerCanOpenTheSocket(t *testing.T) {
	r := run(t, &clerk{})
	info, err := os.Lstat(Path(r.dir))
	if err != nil || info.Mode() != fs.ModeSocket|0o600 {
		t.Errorf("the socket's mode: %v, %v", info.Mode(), err)
	}
	r.stop()
	if _, err := os.Lstat(Path(r.dir)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the socket of a stopped daemon: %v", err)
	}
}

// The system says who calls; that this one may not is played.
func TestAStrangerIsToldAndAskedNothing(t *testing.T) {
	dir := t.TempDir()
	place, err := Claim(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer place.Close()
	l, err := place.Listen()
	if err != nil {
		t.Fatal(err)
	}
	asked := false
	inside := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true })
	nobody := func(c Caller) bool { return c.PID != os.Getpid() }
	log := slog.New(slog.DiscardHandler)
	srv := &http.Server{Handler: admit(nobody, log, inside), ConnContext: withCaller}
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(&guarded{l, log}) }()
	if _, err := Find(t.Context(), dir); CodeOf(err) != NotAllowed {
		t.Errorf("a stranger is told %v", err)
	}
	srv.Close()
	<-ended
	if asked {
		t.Error("a stranger was let in")
	}
}

func TestWhoseNameIsNotKnownIsAStranger(t *testing.T) {
	h := admit(func(Caller) bool { return true }, slog.New(slog.DiscardHandler), doorTo(&clerk{}))
	if w := knock(h, "GET", "/v1/version", ""); w.Code != http.StatusForbidden {
		t.Errorf("answered %d", w.Code)
	}
}
