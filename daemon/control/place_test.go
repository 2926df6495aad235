package control

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestAStateFolderHasOneDaemon(t *testing.T) {
	r := run(t, &clerk{})
	_, err := Claim(r.dir)
	if other, ok := errors.AsType[*RunningError](err); !ok || other.PID != os.Getpid() {
		t.Errorf("claimed twice: %v", err)
	}
	r.client(t) // the first is well
	r.stop()
	place, err := Claim(r.dir)
	if err != nil {
		t.Fatalf("after it has stopped: %v", err)
	}
	place.Close()
}

func TestOfManyStartsAtOnceOneWins(t *testing.T) {
	dir := t.TempDir()
	leaveSocket(t, dir)
	const many = 20
	places, errs := make([]*Place, many), make([]error, many)
	begin := make(chan struct{})
	var all sync.WaitGroup
	for i := range many {
		all.Go(func() {
			<-begin
			places[i], errs[i] = Claim(dir)
		})
	}
	close(begin)
	all.Wait()
	won := 0
	for i, p := range places {
		if p != nil {
			won++
			listenAndClose(t, p)
		} else if _, ok := errors.AsType[*RunningError](errs[i]); !ok {
			t.Errorf("a start lost with %v", errs[i])
		}
	}
	if won != 1 {
		t.Errorf("%d starts won", won)
	}
}

func listenAndClose(t *testing.T, p *Place) {
	t.Helper()
	l, err := p.Listen()
	if err != nil {
		t.Error(err)
	} else {
		l.Close()
	}
	p.Close()
}

func TestALongPathIsReachedAsWell(t *testing.T) {
	dir := t.TempDir()
	for len(dir) < 300 {
		dir = filepath.Join(dir, strings.Repeat("long", 10))
	}
	r := &running{dir: dir, feed: NewFeed()}
	r.serve(t, &clerk{}, 0)
	if _, err := r.client(t).Status(t.Context()); err != nil {
		t.Error(err)
	}
	r.stop()
	if _, err := Find(t.Context(), dir); !errors.Is(err, ErrNotRunning) {
		t.Errorf("after it has stopped: %v", err)
	}
}

func TestWhoMayCallAndServe(t *testing.T) {
	const anna, bob, service = "1000", "1001", "113"
	for _, c := range []struct {
		caller, daemon string
		may            bool
	}{
		{anna, anna, true}, {rootID, anna, true}, {rootID, rootID, true},
		{bob, anna, false}, {anna, rootID, false}, {"", anna, false}, {"", "", false},
	} {
		if got := mayCall(c.caller, c.daemon); got != c.may {
			t.Errorf("%q may call %q's daemon: %v", c.caller, c.daemon, got)
		}
	}
	for _, c := range []struct {
		server, caller, owner string
		may                   bool
	}{
		{anna, anna, anna, true}, {rootID, anna, anna, true}, {service, rootID, service, true},
		{bob, anna, anna, false}, {bob, rootID, service, false}, {"", anna, "", false},
	} {
		if got := mayServe(c.server, c.caller, c.owner); got != c.may {
			t.Errorf("%q is believed by %q in %q's folder: %v", c.server, c.caller, c.owner, got)
		}
	}
}

func TestAPipeHasOneNameForEachFolder(t *testing.T) {
	const anna = `C:\Users\Anna\AppData\Local\dossier\state`
	if a := pipeName(anna); !strings.HasPrefix(a, `\\.\pipe\dossier-`) || len(a) > 256 {
		t.Errorf("name %q", a)
	}
	for _, same := range []string{anna + `\`, strings.ToUpper(anna), `C:/Users/Anna/AppData/Local/dossier/state`} {
		if pipeName(same) != pipeName(anna) {
			t.Errorf("%q has another name", same)
		}
	}
	if pipeName(`C:\Users\Bob\AppData\Local\dossier\state`) == pipeName(anna) {
		t.Error("two folders share a name")
	}
	if got, want := descriptor("S-1-5-21-1"), "O:S-1-5-21-1D:P(D;;GA;;;NU)(A;;GA;;;S-1-5-21-1)(A;;GA;;;SY)(A;;GA;;;BA)"; got != want {
		t.Errorf("descriptor %s, want %s", got, want)
	}
}
