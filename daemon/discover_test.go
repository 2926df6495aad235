package daemon

import (
	"context"
	"iter"
	"path/filepath"
	"strings"
	"testing"

	"dossier/config"
	"dossier/remote"
	"dossier/remote/remotetest"
	"dossier/remote/rest"
	"dossier/syncer"
)

// Promise 7: whatever a portal calls a folder, the client's folder is one plain name, and no other client's.
func TestDiscoveredFoldersGetALocalNameOfTheirOwn(t *testing.T) {
	others := []Client{{Client: config.Client{Name: "Jansen"}}}
	found := finds{"7": "De Vries"}
	for _, name := range []string{"Café Zonnig", "JANSEN", "de vries", "", ".", "..", "../../etc", "/etc", `a\b`, "a/b", ".dossier", ".dossier-client",
		"nul\x00", strings.Repeat("x", 300), "\xff\xfe", "CON"} {
		got := localName(remote.Entry{ID: "42", Name: name}, others, found)
		if got == "" || got == "." || got == ".." || filepath.Base(got) != got || strings.HasPrefix(got, ".") || strings.ContainsAny(got, "/\\\x00") || len(got) > 255 {
			t.Errorf("%q became %q", name, got)
		}
		if config.Fold(got) == "jansen" || config.Fold(got) == "de vries" {
			t.Errorf("%q became another client's %q", name, got)
		}
	}
	if got := localName(remote.Entry{ID: "42", Name: "Café Zonnig"}, others, found); got != "Café Zonnig" {
		t.Errorf("an ordinary name became %q", got)
	}
}

// blind is a portal on which nothing can be listed.
type blind struct{ *remotetest.Memory }

func (blind) Children(context.Context, remote.ID) iter.Seq2[remote.Entry, error] {
	return func(yield func(remote.Entry, error) bool) {
		yield(remote.Entry{}, &remote.Error{Op: "list", Code: remote.Unavailable})
	}
}

// Promise 2: what cannot be listed is not gone. Clients found earlier carry the error; their folders stay.
func TestAFailedDiscoveryIsNoVanishing(t *testing.T) {
	o := newOffice(t)
	if _, err := o.portal.MakeFolder(t.Context(), remote.Place{Parent: remotetest.MemoryRoot, Name: "Jansen"}); err != nil {
		t.Fatal(err)
	}
	o.opt.Config.Discover = []config.Discover{{Portal: "office", Under: string(remotetest.MemoryRoot), Path: o.opt.Config.Root, Mode: config.TwoWay}}
	sees := o.opt.Drivers[config.Box]
	o.opt.Drivers[config.Box] = Kind{Open: func(rest.Options) (remote.Driver, error) { return blind{o.portal}, nil }}
	if r := Reconcile(t.Context(), o.opt, syncer.RunOptions{}); r.Exit != ExitError || r.Err() == nil {
		t.Errorf("nothing found yet: exit %d, %v", r.Exit, r.Err())
	}
	o.opt.Drivers[config.Box] = sees
	if r := Reconcile(t.Context(), o.opt, syncer.RunOptions{}); r.Exit != ExitInStep || len(r.Clients) != 1 {
		t.Fatalf("exit %d, %+v", r.Exit, r)
	}
	o.opt.Drivers[config.Box] = Kind{Open: func(rest.Options) (remote.Driver, error) { return blind{o.portal}, nil }}
	r := Reconcile(t.Context(), o.opt, syncer.RunOptions{})
	if len(r.Clients) != 1 || r.Clients[0].State != syncer.Failed || r.Clients[0].Halted != nil || r.Exit != ExitError {
		t.Errorf("exit %d, %+v", r.Exit, r.Clients)
	}
}

func TestStateFilesAreNamedAfterTheirClients(t *testing.T) {
	seen := map[string]string{}
	for _, name := range []string{"Bakkerij Jansen", "bakkerij-jansen", "Café", "Cafe", "日本", "日木", strings.Repeat("long ", 60), "a/b", ".."} {
		got := fileName(name)
		if other, twice := seen[got]; twice || filepath.Base(got) != got || len(got) > 60 || strings.HasPrefix(got, ".") {
			t.Errorf("%q and %q have state file %q", name, other, got)
		}
		seen[got] = name
	}
	if fileName("BAKKERIJ JANSEN") != fileName("Bakkerij Jansen") {
		t.Error("a client whose letter case is changed loses its state")
	}
}
