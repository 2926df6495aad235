package main_test

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"dossier/remote/sandbox"

	"github.com/google/go-cmp/cmp"
)

// running is a `dossier run` that is at work.
type running struct {
	*machine
	cmd *exec.Cmd
	log bytes.Buffer
}

func (m *machine) start() *running {
	m.Helper()
	d := &running{machine: m, cmd: m.command("run")}
	d.cmd.Stderr = &d.log
	m.must(d.cmd.Start())
	return d
}

// kill ends it without a word.
func (d *running) kill() {
	_ = d.cmd.Process.Kill()
	_ = d.cmd.Wait()
}

// stop asks it to end, and demands that it does so in good order and within ten seconds.
func (d *running) stop() {
	d.Helper()
	late := time.AfterFunc(10*time.Second, func() { _ = d.cmd.Process.Kill() })
	defer late.Stop()
	d.must(d.cmd.Process.Signal(syscall.SIGTERM))
	if err := d.cmd.Wait(); err != nil {
		d.Errorf("the daemon ended with %v\n%s", err, d.log.String())
	}
	if bytes.Contains(d.log.Bytes(), []byte(d.secret())) {
		d.Error("the secret is in the log")
	}
}

// until polls until something holds.
func (d *running) until(what string, holds func() bool) {
	d.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(90 * time.Second)
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline:
			d.kill()
			d.Fatalf("never came: %s\nportal (-), disk (+):\n%s\n%s", what, cmp.Diff(d.onPortal(), d.onDisk()), d.log.String())
		}
	}
}

// same tells whether both sides are equal just now.
func (d *running) same() bool { return cmp.Equal(d.onPortal(), d.onDisk()) }

// What is saved while the daemon runs goes up, what is put on the portal comes down; asked to stop, it stops, and leaves nothing to do.
func TestADaemonAtWork(t *testing.T) {
	r := newReal(t, sandbox.Options{})
	m := r.machine("office")
	d := m.start()
	m.write("saved before/it was watched.txt", "early")
	r.put("there.txt", "theirs")
	d.until("both", func() bool { return len(m.onDisk()) == 3 && d.same() })
	m.write("2026/VAT/new.txt", "saved")
	r.put("there.txt", "theirs, changed")
	d.until("the next two", func() bool {
		return m.onPortal()["2026/VAT/new.txt"] != "" && m.onDisk()["there.txt"] == m.onPortal()["there.txt"] && d.same()
	})
	m.must(os.Rename(filepath.Join(m.folder, "2026"), filepath.Join(m.folder, "2027")))
	d.until("a renamed folder", func() bool { return m.onPortal()["2027/VAT/new.txt"] != "" && d.same() })
	d.answers()
	d.stop()
	m.inStep()
}

// answers tries commands while the daemon has the clients: they go through it.
func (d *running) answers() {
	d.Helper()
	d.must(os.Remove(filepath.Join(d.folder, "there.txt")))
	if rep := d.reconcile(); rep.Exit != 0 || rep.Clients[0].Deleted != 1 {
		d.Errorf("reconcile beside the daemon: %+v", rep)
	}
	for _, args := range [][]string{{"status"}, {"log", "-n", "3"}, {"vault", "list"}} {
		if out, err := d.command(args...).CombinedOutput(); err != nil || bytes.Contains(out, []byte("running now")) {
			d.Errorf("dossier %v beside the daemon: %v\n%s", args, err, out)
		}
	}
	if out, err := d.command("run").CombinedOutput(); err == nil || d.exit(err) != 7 {
		d.Errorf("a second daemon: %v\n%s", err, out)
	}
}

func (r *real) exit(err error) int {
	if e, ok := errors.AsType[*exec.ExitError](err); ok {
		return e.ExitCode()
	}
	return 0
}

// E2: a daemon that is killed again and again while people save on both sides, and started again as a supervisor does, ends in step.
func TestADaemonIsKilledUnderLoad(t *testing.T) {
	kills := times("DOSSIER_KILLS_DAEMON", 5)
	r := newReal(t, sandbox.Options{})
	m := r.machine("office")
	load := &load{machine: m, want: map[string]string{}, stop: make(chan struct{})}
	var work sync.WaitGroup
	work.Go(load.run)
	for range kills {
		d := m.start()
		<-time.After(time.Duration(50+rand.IntN(550)) * time.Millisecond) // any moment will do
		d.kill()
	}
	close(load.stop)
	work.Wait()
	d := m.start()
	d.until("all in step", func() bool { return d.same() && load.missing() == "" })
	d.stop()
	m.inStep()
	if p := load.missing(); p != "" {
		t.Errorf("%q has not what was saved last", p)
	}
	t.Logf("%d kills, %d files", kills, len(load.want))
}

// load saves on both sides, ever other files.
type load struct {
	*machine
	want map[string]string // path → SHA-1 of what was saved last
	stop chan struct{}
}

func (l *load) run() {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-l.stop:
			return
		case <-tick.C:
		}
		content := fmt.Sprintf("content %d", n)
		rel := fmt.Sprintf("here %d/%d.txt", n%7, n%60) // saved again and again
		if n%4 == 0 {
			rel = fmt.Sprintf("there %d.txt", n)
			l.put(rel, content)
		} else {
			l.write(rel, content)
		}
		l.want[rel] = sha1Of(content)
	}
}

// missing names a file that has not, on the portal, what was saved last.
func (l *load) missing() string {
	there := l.onPortal()
	for rel, sum := range l.want {
		if there[rel] != sum {
			return rel
		}
	}
	return ""
}

func sha1Of(s string) string {
	sum := sha1.Sum([]byte(s))
	return hex.EncodeToString(sum[:])
}
