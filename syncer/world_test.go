package syncer

import (
	"context"
	"io"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"dossier/remote"
	"dossier/remote/remotetest"
	"dossier/state"
	"dossier/syncer/local"
	"dossier/syncer/local/simdisk"

	"github.com/google/go-cmp/cmp"
)

// testWorld is one machine with one client, and a portal, in memory. Time is a bubble's.
type testWorld struct {
	t      *testing.T
	disk   *simdisk.Disk
	portal *remotetest.Memory
	gate   *remotetest.Gate
	file   string // of the state
	opt    Options
	host   string

	connect func() remote.Driver // of each run; nil: the gate has one for all of them
}

// inWorld runs a test in a bubble of time, with a fresh world.
func inWorld(t *testing.T, test func(w *testWorld)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(newTestWorld(t, remotetest.NewMemory(remotetest.Full()), "pc")) })
}

func newTestWorld(t *testing.T, portal *remotetest.Memory, host string) *testWorld {
	w := &testWorld{t: t, portal: portal, gate: remotetest.NewGate(portal), disk: simdisk.New(simdisk.Options{}), host: host,
		file: filepath.Join(t.TempDir(), "client.db")}
	w.opt = Options{Name: "Jansen", Folder: remotetest.MemoryRoot, Guards: DefaultGuards, Host: host, Installation: "inst-" + host, Reserve: -1,
		Log: slog.New(slog.DiscardHandler)}
	return w
}

// run opens the mirror, reconciles once, and closes it, as the command does.
func (w *testWorld) run() Report { return w.runWith(context.Background(), RunOptions{}) }

// tryRun runs with a disk that may fail at any call, the mirror's opening included.
func (w *testWorld) tryRun() { w.tryRunIn(context.Background()) }

func (w *testWorld) tryRunIn(ctx context.Context) {
	w.t.Helper()
	st, err := state.OpenClient(w.file, state.Options{})
	if err != nil {
		w.t.Fatal(err)
	}
	defer st.Close()
	if m, err := w.open(ctx, st); err == nil {
		m.Reconcile(ctx, RunOptions{})
	}
}

func (w *testWorld) open(ctx context.Context, st *state.Client) (*Mirror, error) {
	if w.connect != nil {
		w.gate.Driver = w.connect()
	}
	opt := w.opt
	opt.Disk, opt.State, opt.Portal = w.disk, st, remote.NewPortal(w.gate, remote.PortalOptions{})
	return Open(ctx, opt)
}

func (w *testWorld) runWith(ctx context.Context, ro RunOptions) Report {
	w.t.Helper()
	st, err := state.OpenClient(w.file, state.Options{})
	if err != nil {
		w.t.Fatal(err)
	}
	defer st.Close()
	m, err := w.open(ctx, st)
	if err != nil {
		w.t.Fatal(err)
	}
	rep := m.Reconcile(ctx, ro)
	if err := st.Check(); err != nil {
		w.t.Errorf("state after run: %v", err)
	}
	return rep
}

// settle lets so much time pass that files are no longer called just changed.
func (w *testWorld) settle() { time.Sleep(5 * time.Second) }

// onDisk is the client's folder, without our marker.
func (w *testWorld) onDisk() map[string]string {
	tree := w.disk.Tree(local.Client)
	maps.DeleteFunc(tree, func(p, _ string) bool { return p == local.MarkerName })
	return tree
}

// onPortal is the client's folder on the portal, in the same words.
func (w *testWorld) onPortal() map[string]string {
	w.t.Helper()
	paths := map[remote.ID]string{remotetest.MemoryRoot: ""}
	tree := map[string]string{}
	ctx := context.Background()
	for e, err := range w.portal.Crawl(ctx, remotetest.MemoryRoot) {
		if err != nil {
			w.t.Fatal(err)
		}
		p := paths[e.Parent] + e.Name
		if e.Kind == remote.Folder {
			paths[e.ID] = p + "/"
			tree[p+"/"] = ""
			continue
		}
		if _, twice := tree[p]; twice {
			p += " (twin " + string(e.ID) + ")"
		}
		r, err := w.portal.Download(ctx, e, 0)
		if err != nil {
			w.t.Fatal(err)
		}
		b, _ := io.ReadAll(r)
		_ = r.Close()
		tree[p] = string(b)
	}
	return tree
}

// inStep demands that both sides are equal, that the report says so, and that another run does nothing (P11).
func (w *testWorld) inStep(rep Report) {
	w.t.Helper()
	if rep.State != InStep {
		w.t.Fatalf("state %q, want in-step: %+v", rep.State, rep)
	}
	w.equal()
	w.still(InStep)
}

func (w *testWorld) equal() {
	w.t.Helper()
	if d := cmp.Diff(w.onPortal(), w.onDisk()); d != "" {
		w.t.Fatalf("portal (-) and disk (+) differ:\n%s", d)
	}
}

// still demands that another run changes nothing and moves no byte.
func (w *testWorld) still(want State) {
	w.t.Helper()
	var writes atomic.Int64
	w.gate.Before = func(_ context.Context, c remotetest.Call) error {
		if c.Verb.Writes() || c.Verb == remotetest.Download {
			writes.Add(1)
			w.t.Errorf("second run: %v %q", c.Verb, c.Object)
		}
		return nil
	}
	before := w.onDisk()
	rep := w.run()
	w.gate.Before = nil
	if rep.State != want || writes.Load() > 0 || rep.BytesUp+rep.BytesDown != 0 || rep.Moved+rep.Folders+rep.Deleted+rep.Adopted != 0 {
		w.t.Errorf("second run was not idle: %+v", rep)
	}
	if d := cmp.Diff(before, w.onDisk()); d != "" {
		w.t.Errorf("second run changed the disk:\n%s", d)
	}
}

func (w *testWorld) put(path, content string) {
	w.t.Helper()
	if _, err := w.portal.Somebody().Put(path, []byte(content)); err != nil {
		w.t.Fatal(err)
	}
}

// write saves a file in place, and makes the folders above it.
func (w *testWorld) write(path, content string) {
	u := w.disk.User()
	for i, c := range path {
		if c == '/' {
			if _, ok := w.disk.Tree(local.Client)[path[:i+1]]; !ok {
				u.Mkdir(path[:i])
			}
		}
	}
	u.WriteFile(path, content)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// withCopies are the paths that look like conflict copies.
func withCopies(tree map[string]string) []string {
	var out []string
	for p := range tree {
		if strings.Contains(p, "(conflict ") {
			out = append(out, p)
		}
	}
	slices.Sort(out)
	return out
}

func readFile(t *testing.T, name string) []byte {
	b, err := os.ReadFile(name)
	must(t, err)
	return b
}

func writeFile(t *testing.T, name string, b []byte) {
	must(t, os.WriteFile(name, b, 0o600))
}
