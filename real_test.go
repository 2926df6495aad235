package main_test

import (
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"dossier/remote/sandbox"

	"github.com/google/go-cmp/cmp"
)

// What is tested here is the real binary, against a sandbox behind sockets, on a real disk.

// binary builds dossier once for all tests.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "dossier-test-")
	if err != nil {
		return "", err
	}
	name := filepath.Join(dir, "dossier")
	out, err := exec.Command("go", "build", "-o", name, ".").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return name, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if name, err := binary(); err == nil {
		os.RemoveAll(filepath.Dir(name))
	}
	os.Exit(code)
}

// real is a sandbox and machines that mirror one client from it.
type real struct {
	testing.TB
	bin    string
	portal *sandbox.Server
	kind   string // which of the sandbox's portals is mirrored
	info   sandbox.PortalInfo
	dir    string
}

func newReal(t testing.TB, opt sandbox.Options) *real { return newRealAt(t, sandbox.Box, opt) }

func newRealAt(t testing.TB, kind string, opt sandbox.Options) *real {
	t.Helper()
	bin, err := binary()
	r := &real{TB: t, bin: bin, kind: kind, dir: t.TempDir()}
	r.must(err)
	if opt.Dir == "" {
		opt.Dir = filepath.Join(r.dir, "portal")
	}
	r.portal, err = sandbox.New(opt)
	r.must(err)
	running, err := r.portal.Serve(context.Background(), "127.0.0.1:0")
	r.must(err)
	t.Cleanup(func() { r.must(running.Close()); r.must(r.portal.Close()) })
	r.info = running.Info.Portals[kind]
	return r
}

func (r *real) must(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

// machine is one installation with one client, Jansen.
type machine struct {
	*real
	config, root, folder string
}

func (r *real) machine(name string) *machine {
	r.Helper()
	m := &machine{real: r, root: filepath.Join(r.dir, name)}
	m.config, m.folder = m.root+".toml", filepath.Join(m.root, "Jansen")
	r.must(os.MkdirAll(m.folder, 0o755))
	r.must(os.WriteFile(m.config, fmt.Appendf(nil, `
root  = %q
state = %q

[guards]
change_files = 1000000 # a test changes more in a minute than an office in a day

[disk]
reserve = "0B"
reserve_percent = 0

[portal.office]
%s

[[client]]
name   = "Jansen"
portal = "office"
folder = %q
`, m.root, m.root+"-state", r.section(), r.info.Folder), 0o600))
	return m
}

// secret is what dossier signs in with.
func (r *real) secret() string {
	if r.info.Token != "" {
		return r.info.Token
	}
	return r.info.Password
}

// section is what the configuration says of the portal.
func (r *real) section() string {
	r.Helper()
	secret := filepath.Join(r.dir, "secret")
	r.must(os.WriteFile(secret, []byte(r.secret()), 0o600))
	section := fmt.Sprintf("kind = %q\nurl = %q\n", r.kind, r.info.URL)
	if r.info.Token != "" {
		section += fmt.Sprintf("token = %q\n", "file:"+secret)
	} else {
		section += fmt.Sprintf("email = %q\npassword = %q\n", r.info.Email, "file:"+secret)
	}
	switch r.kind {
	case sandbox.MijnKlantportaal:
		section += "assume = { listing = true, delete = true }\n"
	case sandbox.BackOffice:
		section += fmt.Sprintf("download = %q\nlimits = { calls = 100000 }\n", r.info.URL+"/storage/{file}")
	}
	return section
}

func (m *machine) command(args ...string) *exec.Cmd {
	cmd := exec.Command(m.bin, append([]string{"--config", m.config}, args...)...)
	cmd.Env = append(os.Environ(), "NO_COLOR=1")
	return cmd
}

// report is what the tests read of `reconcile --json`.
type report struct {
	Exit    int    `json:"exit"`
	Error   string `json:"error"`
	Clients []struct {
		State      string `json:"state"`
		Uploaded   int    `json:"uploaded"`
		Downloaded int    `json:"downloaded"`
		Moved      int    `json:"moved"`
		Deleted    int    `json:"deleted"`
		Folders    int    `json:"folders"`
		Calls      int    `json:"calls"`
		BytesUp    int64  `json:"bytes_up"`
		BytesDown  int64  `json:"bytes_down"`
		Conflicts  []struct {
			Path, Copy string
		} `json:"conflicts"`
		Problems []struct {
			Path, Reason, Code string
			RetryAt            string `json:"retry_at"`
		} `json:"problems"`
		Halted *struct {
			Reason, Code, Plan string
			Deletes            int
		} `json:"halted"`
	} `json:"clients"`
}

// reconcile runs once, to its end.
func (m *machine) reconcile(args ...string) (rep report) {
	m.Helper()
	var out, errs bytes.Buffer
	cmd := m.command(append([]string{"reconcile", "--json"}, args...)...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); err != nil && (!ok || exit.ExitCode() < 0) {
		m.Fatalf("reconcile: %v\n%s", err, errs.String())
	}
	if err := json.Unmarshal(out.Bytes(), &rep); err != nil {
		m.Fatalf("reconcile printed no report: %v\n%s%s", err, out.String(), errs.String())
	}
	if rep.Exit != cmd.ProcessState.ExitCode() {
		m.Errorf("exit %d, the report says %d", cmd.ProcessState.ExitCode(), rep.Exit)
	}
	if strings.Contains(out.String()+errs.String(), m.secret()) {
		m.Error("the secret was printed")
	}
	return rep
}

// inStep reconciles, demands exit 0, both sides equal, and a second run that does nothing.
func (m *machine) inStep() report {
	m.Helper()
	rep := m.reconcile()
	if rep.Exit != 0 {
		m.Fatalf("exit %d: %+v", rep.Exit, rep)
	}
	m.equal()
	m.portal.ResetCalls()
	again := m.reconcile()
	if n := m.portal.Calls(m.kind).Mutating(); n != 0 || again.Exit != 0 {
		m.Errorf("a second run made %d changing calls: %v, %+v", n, m.portal.Calls(m.kind), again)
	}
	if c := again.Clients[0]; c.BytesUp+c.BytesDown != 0 {
		m.Errorf("a second run moved bytes: %+v", c)
	}
	m.Logf("a second run: %d calls, %v", m.portal.Calls(m.kind).Total(), m.portal.Calls(m.kind))
	return rep
}

// equal compares the disk with the portal by name and SHA-1, without dossier's help.
func (m *machine) equal() {
	m.Helper()
	if d := cmp.Diff(m.onPortal(), m.onDisk()); d != "" {
		m.Fatalf("portal (-) and disk (+) differ:\n%s", d)
	}
}

// onPortal is path → SHA-1, "folder" for folders.
func (r *real) onPortal() map[string]string {
	out := map[string]string{}
	for p, e := range r.portal.Tree(r.kind) {
		if p, ok := strings.CutPrefix(p, sandbox.ClientsFolder+"/"); ok {
			out[p] = e.SHA1
			if e.Kind == "folder" {
				out[p] = "folder"
			}
		}
	}
	return out
}

func (m *machine) onDisk() map[string]string {
	m.Helper()
	out := map[string]string{}
	m.must(filepath.WalkDir(m.folder, func(name string, d fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(m.folder, name)
		switch {
		case err != nil:
			return err
		case rel == "." || d.Name() == ".dossier-client":
		case d.IsDir():
			out[filepath.ToSlash(rel)] = "folder"
		default:
			out[filepath.ToSlash(rel)] = m.sha1(name)
		}
		return nil
	}))
	return out
}

func (r *real) sha1(name string) string {
	r.Helper()
	f, err := os.Open(name)
	r.must(err)
	defer f.Close()
	h := sha1.New()
	_, err = io.Copy(h, f)
	r.must(err)
	return hex.EncodeToString(h.Sum(nil))
}

func (m *machine) write(rel, content string) {
	m.Helper()
	name := filepath.Join(m.folder, rel)
	m.must(os.MkdirAll(filepath.Dir(name), 0o755))
	m.must(os.WriteFile(name, []byte(content), 0o644))
}

func (r *real) put(rel, content string) {
	r.Helper()
	_, err := r.portal.Put(r.kind, sandbox.ClientsFolder+"/"+rel, strings.NewReader(content), time.Time{})
	r.must(err)
}

// times reads a number from the environment.
func times(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil && n > 0 {
		return n
	}
	return otherwise
}

// effects counts, in the record, what the last runs did: run → operations that were done.
func (m *machine) effects() map[int]int {
	m.Helper()
	out, err := m.command("log", "--json", "-n", "100000").Output()
	m.must(err)
	done := map[int]int{}
	dec := json.NewDecoder(bytes.NewReader(out))
	for {
		var e struct {
			Run     int    `json:"run"`
			Outcome string `json:"outcome"`
		}
		err := dec.Decode(&e)
		if errors.Is(err, io.EOF) {
			return done
		}
		m.must(err)
		if e.Outcome == "done" {
			done[e.Run]++
		}
	}
}

// TestKillAtRandomMoments kills the binary with SIGKILL in the middle of its work, again and again (E2). At the end both sides
// are equal, every content is where it belongs, and the portal has nothing twice.
func TestKillAtRandomMoments(t *testing.T) {
	kills := times("DOSSIER_KILLS", 20)
	r := newReal(t, sandbox.Options{})
	m := r.machine("office")
	want := map[string]string{}
	between, killed := 0, 0
	for round := 0; killed < kills; round++ {
		fiveHundredChanges(m, round, want)
		for killed < kills {
			if !m.killSoon(killed) {
				break // it was through before it could be killed
			}
			killed++
			if m.unfinished(want) {
				between++
			}
		}
	}
	m.inStep()
	if d := cmp.Diff(want, m.files()); d != "" {
		t.Errorf("wanted (-) and found (+) differ:\n%s", d)
	}
	recorded := 0
	for _, n := range m.effects() {
		recorded += min(n, 1)
	}
	t.Logf("%d kills, %d of them between the first and the last effect; %d runs have effects on the record", kills, between, recorded)
	if between*10 < kills*8 {
		t.Errorf("only %d of %d kills were between the first and the last effect", between, kills)
	}
	if out, err := m.command("log", "--verify").CombinedOutput(); err != nil {
		t.Errorf("the record does not verify: %v\n%s", err, out)
	}
}

// fiveHundredChanges edits both sides, each its own files, and notes what must be there in the end.
func fiveHundredChanges(m *machine, round int, want map[string]string) {
	m.Helper()
	for i := range 250 {
		here, there := fmt.Sprintf("here/%d/%d.txt", i%20, i), fmt.Sprintf("there/%d/%d.txt", i%20, i)
		want[here] = fmt.Sprintf("round %d, file %d of the disk %s", round, i, strings.Repeat("x", i*7))
		want[there] = fmt.Sprintf("round %d, file %d of the portal %s", round, i, strings.Repeat("y", i*7))
		m.write(here, want[here])
		m.put(there, want[there])
	}
}

// killSoon is killAfter, with a number of calls that depends on the seed.
func (m *machine) killSoon(seed int) bool {
	m.Helper()
	return m.killAfter(9 + (seed*97+11)%250)
}

// killAfter starts a run and kills it after so many calls. False: it had ended by itself.
func (m *machine) killAfter(calls int) bool {
	m.Helper()
	m.portal.ResetCalls()
	cmd := m.command("reconcile")
	m.must(cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for tick := time.Tick(time.Millisecond); ; {
		select {
		case <-ended:
			if code := cmd.ProcessState.ExitCode(); code != 0 && code != 6 {
				m.Fatalf("a run ended by itself with exit %d", code)
			}
			return false
		case <-tick:
		}
		if m.portal.Calls(m.kind).Total() >= calls {
			m.must(cmd.Process.Kill())
			<-ended
			return true
		}
	}
}

// unfinished tells whether some of the work is done and some is not.
func (m *machine) unfinished(want map[string]string) bool {
	portal, disk := m.onPortal(), m.files()
	there, here := 0, 0
	for p := range want {
		if _, ok := portal[p]; ok && disk[p] == want[p] {
			there++
		} else {
			here++
		}
	}
	return there > 0 && here > 0 || there == len(want) && m.stale(want)
}

// stale tells whether the portal has an older content of some file.
func (m *machine) stale(want map[string]string) bool {
	for p, sum := range m.onPortal() {
		if c, ok := want[p]; ok && sum != hexSHA1(c) {
			return true
		}
	}
	return false
}

func hexSHA1(s string) string {
	sum := sha1.Sum([]byte(s))
	return hex.EncodeToString(sum[:])
}

// files are path → content on disk.
func (m *machine) files() map[string]string {
	m.Helper()
	out := map[string]string{}
	for rel, sum := range m.onDisk() {
		if sum == "folder" {
			continue
		}
		b, err := os.ReadFile(filepath.Join(m.folder, rel))
		m.must(err)
		out[rel] = string(b)
	}
	return out
}

// TestBigFileGoesOnAfterAKill sends a large file up and brings it down on another machine; each is killed half-way, and goes on
// from there. Memory stays constant.
func TestBigFileGoesOnAfterAKill(t *testing.T) {
	size := int64(64 << 20)
	if os.Getenv("DOSSIER_BIG") != "" {
		size = 2 << 30
	}
	r := newReal(t, sandbox.Options{PartSize: max(size/64, 1<<20)})
	up, down := r.machine("office"), r.machine("home")
	name := filepath.Join(up.folder, "scan.bin")
	f, err := os.Create(name)
	r.must(err)
	r.must(f.Truncate(size))
	_, err = f.WriteAt([]byte("not only zeros"), size/2)
	r.must(errors.Join(err, f.Close()))
	old := time.Now().Add(-time.Hour)
	r.must(os.Chtimes(name, old, old))

	sent := func() int64 { n, _ := r.portal.Traffic(); return n }
	got := func() int64 { _, n := r.portal.Traffic(); return n }
	for _, leg := range []struct {
		m     *machine
		moved func() int64
		fault sandbox.Fault
	}{
		{up, sent, sandbox.Fault{Do: "slow", Route: "upload_sessions/{session}", Delay: 20 * time.Millisecond}},
		{down, got, sandbox.Fault{Do: "slow-body", Route: "files", Bytes: size / 200, Delay: 10 * time.Millisecond}},
	} {
		r.portal.ResetCalls()
		id, err := r.portal.Fault(leg.fault)
		r.must(err)
		cmd := leg.m.command("reconcile")
		r.must(cmd.Start())
		for tick := time.Tick(time.Millisecond); leg.moved() < size/2; {
			<-tick
		}
		r.must(cmd.Process.Kill())
		_ = cmd.Wait()
		r.portal.ClearFaults(id)
		rss := leg.m.finish(leg.m.command("reconcile"))
		leg.m.equal()
		if n := leg.moved(); n > size+size/4 {
			t.Errorf("%s: %d bytes moved for a file of %d: it started again", filepath.Base(leg.m.root), n, size)
		} else {
			t.Logf("%s: %.2f of the size moved in all, %d MB resident at most", filepath.Base(leg.m.root), float64(n)/float64(size), rss>>20)
		}
		if rss > 100<<20 {
			t.Errorf("%d MB resident", rss>>20)
		}
	}
	if a, b := up.onDisk(), down.onDisk(); !maps.Equal(a, b) {
		t.Errorf("%v and %v", a, b)
	}
}

// finish runs a command to its good end, and returns the most memory that it was seen to have.
func (m *machine) finish(cmd *exec.Cmd) (rss int64) {
	m.Helper()
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	m.must(cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for tick := time.Tick(time.Millisecond); ; {
		select {
		case err := <-ended:
			if err != nil {
				m.Fatalf("%v\n%s", err, out.String())
			}
			return rss
		case <-tick:
			rss = max(rss, mostMemory(cmd.Process.Pid))
		}
	}
}

// TestTheGoSourceTree mirrors a real tree of 11,000 files up, and down into an empty folder on another state.
func TestTheGoSourceTree(t *testing.T) {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	r := newReal(t, sandbox.Options{})
	r.must(err)
	up, down := r.machine("office"), r.machine("home")
	r.must(os.Remove(up.folder))
	r.must(os.CopyFS(up.folder, os.DirFS(filepath.Join(strings.TrimSpace(string(root)), "src"))))
	first := up.inStep().Clients[0]
	second := down.inStep().Clients[0]
	if n := len(up.files()); first.Uploaded != n || second.Downloaded != n || n < 10_000 {
		t.Errorf("%d files, %+v, %+v", n, first, second)
	}
	if out, err := exec.Command("diff", "-r", "-x", ".dossier-client", up.folder, down.folder).CombinedOutput(); err != nil {
		t.Errorf("diff -r: %v\n%.2000s", err, out)
	}
	t.Logf("%d files up in %d calls, down in %d", first.Uploaded, first.Calls, second.Calls)
}

// TestRenamesAreOneCall renames folders of a thousand files while dossier is not running: on disk, on the portal, with a new folder under
// the old name, and two names swapped. Each is a rename on the other side, and moves no byte (P13, F20).
func TestRenamesAreOneCall(t *testing.T) {
	r := newReal(t, sandbox.Options{})
	m := r.machine("office")
	for i := range 1000 {
		m.write(fmt.Sprintf("2025/%d/%d.txt", i%20, i), fmt.Sprint("content ", i))
	}
	m.write("other/x.txt", "x")
	m.inStep()
	at := func(rel string) string { return filepath.Join(m.folder, rel) }
	rename := func(from, to string) { m.must(os.Rename(at(from), at(to))) }
	for _, c := range []struct {
		name     string
		do       func()
		moved    int
		mutating int
		folders  int
	}{
		{"on disk", func() { rename("2025", "two thousand") }, 1, 1, 0},
		{"on the portal", func() { m.must(r.portal.Rename(sandbox.Box, sandbox.ClientsFolder+"/two thousand", "2025")) }, 1, 0, 0},
		{"and a new one under the old name", func() { rename("2025", "old"); m.must(os.Mkdir(at("2025"), 0o755)) }, 1, 2, 1},
		{"two names swapped", func() { rename("old", "t"); rename("other", "old"); rename("t", "other") }, 2, 3, 0},
	} {
		r.portal.ResetCalls()
		c.do()
		rep := m.reconcile().Clients[0]
		if n := r.portal.Calls(r.kind).Mutating(); n != c.mutating || rep.Moved != c.moved || rep.Folders != c.folders || rep.BytesUp+rep.BytesDown != 0 || rep.Deleted != 0 {
			t.Errorf("%s: %d changing calls, %+v", c.name, n, rep)
		}
		m.inStep()
	}
}
