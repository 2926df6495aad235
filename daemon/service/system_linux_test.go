//go:build system

package service

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// exposed is how much systemd may find fault with the unit, in tenths: 100 is a service without any protection, above 50 is worth a look.
const exposed = 20

// placed makes the program of a definition, and its folders, in a folder that every user may enter.
func placed(t *testing.T, define func(top string) Definition) Definition {
	t.Helper()
	top := t.TempDir()
	for dir := top; dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	d := define(top)
	for _, file := range []string{d.Config, d.Exe} {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	here, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(here)
	if err != nil {
		t.Fatal(err)
	}
	write(t, d.Exe, string(program), 0o755)
	return d
}

func TestSystemSystemdFindsNoFaultWithTheUnits(t *testing.T) {
	for name, change := range map[string]func(Definition) Definition{
		"of the system": func(d Definition) Definition { return d },
		"of a user":     own,
	} {
		t.Run(name, func(t *testing.T) {
			d := change(placed(t, odd))
			unit := unitFile(t, d)
			args := []string{"verify", "--man=no", unit}
			if !d.System {
				args = append([]string{"--user"}, args...)
			}
			c := exec.Command("systemd-analyze", args...)
			c.Env = append(os.Environ(), "XDG_RUNTIME_DIR="+t.TempDir())
			if out, err := c.CombinedOutput(); err != nil || len(out) > 0 {
				t.Errorf("systemd-analyze verify: %v\n%s", err, out)
			}
		})
	}
}

func unitFile(t *testing.T, d Definition) string {
	t.Helper()
	text, err := d.Text(Systemd)
	if err != nil {
		t.Fatal(err)
	}
	unit := filepath.Join(t.TempDir(), d.Name+".service")
	write(t, unit, text, 0o644)
	return unit
}

func TestSystemTheUnitIsHardened(t *testing.T) {
	out, err := exec.Command("systemd-analyze", "security", "--offline=true", "--no-pager", fmt.Sprintf("--threshold=%d", exposed), unitFile(t, placed(t, odd))).CombinedOutput()
	if err != nil {
		t.Errorf("systemd-analyze security: %v\n%s", err, out)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	t.Log(lines[len(lines)-1])
}

// installed puts a service into this computer's own init scripts, and takes it out again.
func installed(t *testing.T) *Service {
	t.Helper()
	if kind, err := Here(); kind != SysV {
		t.Fatalf("this test wants a computer that has init scripts: %s, %v", kind, err)
	}
	d := placed(t, odd)
	d.Name, d.User, d.Group, d.Home = "dossier-test", "nobody", "nogroup", "/nonexistent"
	who, err := Lookup(d.User)
	if err == nil {
		err = who.own(filepath.Dir(d.Config)) // there it notes what it does
	}
	if err != nil {
		t.Fatal(err)
	}
	s, err := On(SysV, d, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Uninstall(); err != nil && !errors.Is(err, ErrAbsent) {
			t.Error(err)
		}
		for _, log := range []string{s.Log, s.Log + ".1"} {
			if err := os.Remove(log); err != nil && !errors.Is(err, os.ErrNotExist) {
				t.Error(err)
			}
		}
	})
	if err := s.Install(); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSystemAnInitScriptIsInstalledStartedStoppedAndRemoved(t *testing.T) {
	s := installed(t)
	wants(t, s, Stopped)
	if pids := processes(t, s); len(pids) != 0 {
		t.Fatalf("installing has started %v", pids)
	}
	if links, _ := filepath.Glob("/etc/rc?.d/[SK]??dossier-test"); len(links) != 7 {
		t.Errorf("links of the run levels: %v", links)
	}
	if err := s.Install(); err == nil {
		t.Error("it was installed twice")
	}

	must(t, s.Start())
	wants(t, s, Running)
	first := one(t, s)
	must(t, s.Start())
	if again := one(t, s); again != first {
		t.Errorf("a second start made process %d of %d", again, first)
	}
	must(t, s.Restart())
	wants(t, s, Running)
	second := one(t, s)
	if second == first {
		t.Error("a restart has restarted nothing")
	}
	must(t, s.Stop())
	wants(t, s, Stopped)
	must(t, s.Stop())
	if pids := processes(t, s); len(pids) != 0 {
		t.Errorf("still there: %v", pids)
	}
	// Both were asked to end, and did so in order; both had the home of their user.
	noted(t, s, "began", fmt.Sprintf("%d /nonexistent\n%d /nonexistent\n", first, second))
	noted(t, s, "ended", fmt.Sprintf("%d\n%d\n", first, second))

	must(t, s.Start())
	must(t, s.Uninstall())
	wants(t, s, Absent)
	if left, _ := filepath.Glob("/etc/*.d/*dossier-test"); len(left) > 0 || len(processes(t, s)) > 0 {
		t.Errorf("left behind: %v, %v", left, processes(t, s))
	}
	if err := s.Start(); !errors.Is(err, ErrAbsent) {
		t.Errorf("started without being installed: %v", err)
	}
}

func TestSystemAScriptTellsOfAServiceThatDoesNotStayUp(t *testing.T) {
	s := installed(t)
	write(t, filepath.Join(filepath.Dir(s.Config), "faulty"), "", 0o644)
	if err := s.Start(); err == nil || !strings.Contains(err.Error(), s.Log) {
		t.Errorf("start: %v; want an error that names the log", err)
	}
	if text, err := os.ReadFile(s.Log); err != nil || !strings.Contains(string(text), "a fault in the configuration") {
		t.Errorf("the log holds %q, %v", text, err)
	}
	wants(t, s, Stopped)
}

func TestSystemAScriptWaitsForAnOrderlyEnd(t *testing.T) {
	s := installed(t)
	write(t, filepath.Join(filepath.Dir(s.Config), "slow"), "2", 0o644)
	must(t, s.Start())
	pid := one(t, s)
	must(t, s.Stop())
	noted(t, s, "ended", fmt.Sprintln(pid))
}

// The supervisor here does what Restart=always does, and supervise-daemon, and launchd: whatever ends is begun again.
func TestSystemAScriptsServiceComesBackAfterAKill(t *testing.T) {
	s := installed(t)
	must(t, s.Start())
	for range 3 {
		pid := one(t, s)
		must(t, syscall.Kill(pid, syscall.SIGKILL))
		until(t, "the service is seen to have failed", func() bool { return stateOf(t, s) == Failed })
		must(t, s.Start())
		if now := one(t, s); now == pid {
			t.Fatal("the killed process is back")
		}
	}
	pid := one(t, s)
	must(t, syscall.Kill(pid, syscall.SIGKILL))
	until(t, "the service is seen to have failed", func() bool { return stateOf(t, s) == Failed })
	must(t, s.Uninstall())
	if _, err := os.Stat("/run/dossier-test.pid"); err == nil {
		t.Error("the number of a process that is gone is left behind")
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func stateOf(t *testing.T, s *Service) State {
	t.Helper()
	now, _, err := s.Status()
	must(t, err)
	return now
}

func wants(t *testing.T, s *Service, want State) {
	t.Helper()
	if now := stateOf(t, s); now != want {
		t.Fatalf("it is %s, not %s", now, want)
	}
}

func noted(t *testing.T, s *Service, name, want string) {
	t.Helper()
	if got, err := os.ReadFile(filepath.Join(filepath.Dir(s.Config), name)); err != nil || string(got) != want {
		t.Errorf("%s: %q, want %q, %v", name, got, want, err)
	}
}

func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	late := time.After(20 * time.Second)
	for !done() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("it never came about that %s", what)
		}
	}
}

// one is the only process of the service, which must be its user's.
func one(t *testing.T, s *Service) int {
	t.Helper()
	pids := processes(t, s)
	if len(pids) != 1 {
		t.Fatalf("%d processes: %v", len(pids), pids)
	}
	who, err := Lookup(s.User)
	must(t, err)
	info, err := os.Stat(filepath.Join("/proc", strconv.Itoa(pids[0])))
	must(t, err)
	if st, ok := info.Sys().(*syscall.Stat_t); !ok || st.Uid != who.uid || st.Gid != who.gid {
		t.Errorf("process %d runs as %d:%d, not as %s", pids[0], st.Uid, st.Gid, s.User)
	}
	return pids[0]
}

// processes are those that run the service's program.
func processes(t *testing.T, s *Service) (pids []int) {
	t.Helper()
	links, err := filepath.Glob("/proc/[0-9]*/exe")
	must(t, err)
	for _, link := range links {
		if to, err := os.Readlink(link); err != nil || to != s.Exe {
			continue // another, or gone
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(link)))
		must(t, err)
		pids = append(pids, pid)
	}
	return pids
}
