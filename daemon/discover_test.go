package daemon

import (
	"path/filepath"
	"strings"
	"testing"

	"dossier/config"
	"dossier/remote"
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
