package daemon

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dossier/config"
	"dossier/remote"
	"dossier/remote/remotetest"
	"dossier/remote/rest"
	"dossier/syncer/local"
)

// premises is an installation with one account, whose state can get lost.
type premises struct {
	*testing.T
	root, path string
	url        string
	log        bytes.Buffer
}

func newPremises(t *testing.T) *premises {
	dir := t.TempDir()
	o := &premises{T: t, root: filepath.Join(dir, "Clients"), path: filepath.Join(dir, "state", "office.db"), url: "http://127.0.0.1:1"}
	if err := os.MkdirAll(filepath.Join(o.root, local.HouseName), 0o700); err != nil {
		t.Fatal(err)
	}
	return o
}

// run opens the account, and gives what its driver was given.
func (o *premises) run(dryRun bool, do func(rest.Options)) error {
	o.Helper()
	p := config.Portal{Name: "office", Kind: config.Box, URL: o.url}
	cfg := &config.Config{Root: o.root, Portals: map[string]config.Portal{"office": p},
		Clients: []config.Client{{Name: "a", Portal: "office", Path: filepath.Join(o.root, "a")}}}
	var given rest.Options
	open := func(ro rest.Options) (remote.Driver, error) {
		given = ro
		ro.Limiter.Allow(ro.Limits)
		return remotetest.NewMemory(remotetest.Full()), nil
	}
	a, err := openAccount(o.Context(), p, accountOptions{path: o.path, drivers: Drivers{config.Box: {Open: open}}, dryRun: dryRun,
		kept: keptLedgerOf(cfg, p), log: slog.New(slog.NewTextHandler(&o.log, nil))})
	if err != nil {
		return err
	}
	do(given)
	return a.close()
}

func (o *premises) must(err error) {
	o.Helper()
	if err != nil {
		o.Fatal(err)
	}
}

func (o *premises) copies() []string {
	found, _ := filepath.Glob(filepath.Join(o.root, local.HouseName, "kept", "office.account.json*"))
	return found
}

var vat = remote.LedgerFolder{ID: "17/d5", Parent: "17", Name: "Btw", Ours: true, Left: true}

func (o *premises) putFolder(ro rest.Options) {
	o.must(ro.Ledger.Put(o.Context(), "17", vat))
	o.must(ro.Ledger.Put(o.Context(), "17", remote.LedgerFolder{ID: "17/d6"}))
	o.must(ro.Ledger.Remove(o.Context(), "17", "17/d6"))
}

func (o *premises) folders(ro rest.Options) []remote.LedgerFolder {
	all, err := ro.Ledger.Folders(o.Context(), "17")
	o.must(err)
	return all
}

func TestALostLedgerIsReadBackFromItsCopy(t *testing.T) {
	for name, lose := range map[string]func(o *premises) error{
		"not lost":    func(o *premises) error { return nil },
		"gone":        func(o *premises) error { return os.Remove(o.path) },
		"overwritten": func(o *premises) error { return os.WriteFile(o.path, bytes.Repeat([]byte("garbage!"), 8192), 0o600) },
		"zeros":       func(o *premises) error { return os.WriteFile(o.path, make([]byte, 64<<10), 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			o := newPremises(t)
			o.must(o.run(false, o.putFolder))
			if len(o.copies()) != 1 {
				t.Fatalf("copies: %v", o.copies())
			}
			o.must(lose(o))
			o.must(o.run(false, func(ro rest.Options) {
				if got := o.folders(ro); len(got) != 1 || got[0] != vat {
					t.Errorf("the ledger has %+v", got)
				}
			}))
			if told := strings.Contains(o.log.String(), "read back"); told != (name != "not lost") {
				t.Errorf("the log says %s", &o.log)
			}
		})
	}
}

func TestACopyOfAnotherPortalIsNotReadBack(t *testing.T) {
	o := newPremises(t)
	o.must(o.run(false, o.putFolder))
	o.must(os.Remove(o.path))
	o.url = "http://127.0.0.1:2"
	o.must(o.run(false, func(ro rest.Options) {
		if got := o.folders(ro); len(got) != 0 {
			t.Errorf("the ledger has %+v", got)
		}
		o.putFolder(ro)
	}))
	if len(o.copies()) != 2 {
		t.Errorf("the other's copy is not kept: %v", o.copies())
	}
}

// What cannot be read may be all that is left: nothing goes on over it.
func TestACopyThatCannotBeReadStopsTheAccount(t *testing.T) {
	o := newPremises(t)
	o.must(o.run(false, o.putFolder))
	o.must(os.Remove(o.path))
	o.must(os.WriteFile(o.copies()[0], []byte("{"), 0o600))
	for range 2 {
		err := o.run(false, func(rest.Options) { t.Error("it was opened") })
		if err == nil || !strings.Contains(err.Error(), o.copies()[0]) {
			t.Errorf("got %v", err)
		}
	}
	o.must(os.Remove(o.copies()[0]))
	o.must(o.run(false, func(rest.Options) {}))
}

func TestADryRunWritesNoCopy(t *testing.T) {
	o := newPremises(t)
	o.must(o.run(true, o.putFolder))
	if len(o.copies()) != 0 {
		t.Errorf("copies: %v", o.copies())
	}
}

func TestNoCopyIsWrittenWhereThereIsNoVault(t *testing.T) {
	o := newPremises(t)
	o.must(os.RemoveAll(o.root))
	o.must(o.run(false, o.putFolder))
	if _, err := os.Stat(o.root); err == nil {
		t.Errorf("the root was made")
	} else if !os.IsNotExist(err) {
		t.Error(err)
	}
}

func TestALedgerHeedsItsContext(t *testing.T) {
	o := newPremises(t)
	o.must(o.run(false, func(ro rest.Options) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := ro.Ledger.Folders(ctx, "17")
		if err == nil || ro.Ledger.Put(ctx, "17", vat) == nil || ro.Ledger.Remove(ctx, "17", vat.ID) == nil {
			t.Error("it went on")
		}
	}))
}
