package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dossier/config"
	"dossier/remote"
	"dossier/remote/remotetest"
	"dossier/remote/rest"
	"dossier/syncer"
)

// office is an installation with some clients on a portal in memory.
type office struct {
	*testing.T
	portal *remotetest.Memory
	opt    Options
}

func newOffice(t *testing.T, names ...string) *office {
	t.Helper()
	dir := t.TempDir()
	o := &office{T: t, portal: remotetest.NewMemory(remotetest.Full())}
	text := fmt.Sprintf("root = %q\nstate = %q\n[disk]\nreserve = \"0\"\nreserve_percent = 0\n[portal.office]\nkind = \"box\"\ntoken = \"env:OFFICE\"\n",
		filepath.Join(dir, "Clients"), filepath.Join(dir, "state"))
	for _, name := range names {
		e, err := o.portal.MakeFolder(t.Context(), remote.Place{Parent: remotetest.MemoryRoot, Name: name})
		if err != nil {
			t.Fatal(err)
		}
		text += fmt.Sprintf("[[client]]\nname = %q\nportal = \"office\"\nfolder = %q\n", name, e.ID)
	}
	t.Setenv("OFFICE", "token")
	cfg, err := config.Parse("dossier.toml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	o.opt = Options{Config: cfg, Log: quiet, Drivers: Drivers{config.Box: {Open: func(rest.Options) (remote.Driver, error) { return o.portal, nil }}}}
	return o
}

func (o *office) states(r Run) map[string]syncer.State {
	states := map[string]syncer.State{}
	for _, c := range r.Clients {
		states[c.Name] = c.State
	}
	return states
}

// failing is a portal that cannot list one client's folder.
type failing struct {
	*remotetest.Memory
	folder remote.ID
}

func (f failing) Crawl(ctx context.Context, root remote.ID) iter.Seq2[remote.Entry, error] {
	if root != f.folder {
		return f.Memory.Crawl(ctx, root)
	}
	return func(yield func(remote.Entry, error) bool) {
		yield(remote.Entry{}, &remote.Error{Op: "crawl", Code: remote.Unavailable})
	}
}

// Promise 6: one client's error never stops another.
func TestOneClientsErrorNeverStopsAnother(t *testing.T) {
	o := newOffice(t, "A", "B", "C")
	bad := remote.ID(o.opt.Config.Clients[1].Folder)
	o.opt.Drivers[config.Box] = Kind{Open: func(rest.Options) (remote.Driver, error) { return failing{o.portal, bad}, nil }}
	r := Reconcile(t.Context(), o.opt, syncer.RunOptions{})
	want := map[string]syncer.State{"A": syncer.InStep, "B": syncer.Failed, "C": syncer.InStep}
	if diff := cmp.Diff(want, o.states(r)); diff != "" || r.Exit != ExitError || r.Err() != nil {
		t.Errorf("exit %d, %v:\n%s", r.Exit, r.Err(), diff)
	}
}

func TestOnlyTheChosenClientsRunInTheirOrder(t *testing.T) {
	o := newOffice(t, "A", "B", "C")
	o.opt.Only = []string{"c", "A"}
	r := Reconcile(t.Context(), o.opt, syncer.RunOptions{})
	var names []string
	for _, c := range r.Clients {
		names = append(names, c.Name)
	}
	if diff := cmp.Diff([]string{"A", "C"}, names); diff != "" || r.Exit != ExitInStep {
		t.Errorf("exit %d\n%s", r.Exit, diff)
	}
	if _, err := os.Stat(o.opt.Config.Clients[1].Path); !os.IsNotExist(err) {
		t.Errorf("B was touched: %v", err)
	}
}

// A client that is asked for by name needs its own portal and no other, and nothing is discovered for it.
func TestANamedClientNeedsItsOwnPortalOnly(t *testing.T) {
	o := newOffice(t, "A")
	o.opt.Config.Portals["other"] = config.Portal{Name: "other", Kind: config.FilesRo}
	o.opt.Config.Clients = append(o.opt.Config.Clients, config.Client{Name: "B", Portal: "other", Folder: "9", Path: filepath.Join(o.opt.Config.Root, "B"), Mode: config.TwoWay})
	o.opt.Config.Discover = []config.Discover{{Portal: "other", Under: "10", Path: o.opt.Config.Root}}
	opened := 0
	o.opt.Drivers[config.FilesRo] = Kind{Open: func(rest.Options) (remote.Driver, error) {
		opened++
		return nil, errors.New("not now")
	}}
	o.opt.Only = []string{"a"}
	if r := Reconcile(t.Context(), o.opt, syncer.RunOptions{}); r.Exit != ExitInStep || opened != 0 {
		t.Errorf("exit %d (%s), the other portal was opened %d times", r.Exit, r.Error, opened)
	}
	o.opt.Only = []string{"found under the other portal"}
	if r := Reconcile(t.Context(), o.opt, syncer.RunOptions{}); r.Exit != ExitError || opened != 1 {
		t.Errorf("exit %d (%s), the other portal was opened %d times", r.Exit, r.Error, opened)
	}
}

func TestAnInterruptedRunSaysSo(t *testing.T) {
	o := newOffice(t, "A", "B")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := Reconcile(ctx, o.opt, syncer.RunOptions{})
	if r.Exit != ExitInterrupted || len(r.Clients) != 2 {
		t.Errorf("exit %d, %d clients", r.Exit, len(r.Clients))
	}
}

// F1: a folder that is gone is a disk that is not there, not a wish to delete; and it is not made anew.
func TestAFolderThatIsGoneHaltsItsClient(t *testing.T) {
	o := newOffice(t, "A", "B")
	Reconcile(t.Context(), o.opt, syncer.RunOptions{})
	folder := o.opt.Config.Clients[0].Path
	if err := os.Rename(folder, folder+" elsewhere"); err != nil {
		t.Fatal(err)
	}
	r := Reconcile(t.Context(), o.opt, syncer.RunOptions{AcceptDeletes: true})
	if diff := cmp.Diff(map[string]syncer.State{"A": syncer.Halted, "B": syncer.InStep}, o.states(r)); diff != "" || r.Exit != ExitHalted {
		t.Errorf("exit %d\n%s", r.Exit, diff)
	}
	if _, err := os.Stat(folder); !os.IsNotExist(err) {
		t.Errorf("the folder was made anew: %v", err)
	}
}

func TestADryRunOfANewOfficeLeavesNothingBehind(t *testing.T) {
	o := newOffice(t, "A")
	r := Reconcile(t.Context(), o.opt, syncer.RunOptions{DryRun: true})
	if r.Exit != ExitInStep {
		t.Errorf("exit %d: %+v", r.Exit, r)
	}
	for _, path := range []string{o.opt.Config.Clients[0].Path, statePath(o.opt.Config, "A")} {
		if _, err := os.Stat(path); !os.IsNotExist(err) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// Design §7: `reconcile --json` prints one object of these members.
func TestARunHasTheMembersThatScriptsReadFrom(t *testing.T) {
	o := newOffice(t, "A")
	text, err := json.Marshal(Reconcile(t.Context(), o.opt, syncer.RunOptions{}))
	if err != nil {
		t.Fatal(err)
	}
	var run map[string]any
	if err := json.Unmarshal(text, &run); err != nil {
		t.Fatal(err)
	}
	has := func(object map[string]any, names string) {
		keys := slices.Collect(maps.Keys(object))
		for _, name := range strings.Fields(names) {
			if !slices.Contains(keys, name) {
				t.Errorf("no %q among %v", name, keys)
			}
		}
	}
	has(run, "run started finished exit error clients")
	has(run["clients"].([]any)[0].(map[string]any), "name state uploaded downloaded moved deleted folders adopted conflicts problems calls bytes_up bytes_down")
}
