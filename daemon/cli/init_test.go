package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dossier/config"
	"dossier/daemon"
	"dossier/remote"
	"dossier/remote/remotetest"
	"dossier/remote/rest"
)

// shy is a portal whose folders can be listed, but whose driver does so only once it is told that it may.
type shy struct {
	*remotetest.Memory
	lists bool
}

func (s shy) Features() remote.Features {
	f := s.Memory.Features()
	f.Listing = s.lists
	return f
}

func (s shy) Check(context.Context, remote.ID, bool) ([]remote.Finding, error) {
	f := remote.Finding{ID: "A1", Verdict: remote.Held, Seen: "a list came"}
	if !s.lists {
		f.Setting, f.Value = "listing", true
	}
	return []remote.Finding{f}, nil
}

// What a portal can do is found out before clients are chosen, so that its folders can be chosen from; where they cannot be listed,
// clients are named.
func TestAUserNeverStartsInALesserModeThanHisPortalAllows(t *testing.T) {
	for name, c := range map[string]struct {
		found   bool   // the driver finds out
		answers string // for the clients
		want    string
	}{
		"found out": {true, "1\n", "assume = { listing = true }\n\n[[client]]\nname   = \"Jansen\"\n"},
		"named":     {false, "De Vries = x7\nnonsense\n", "[[client]]\nname   = \"De Vries\"\nportal = \"office\"\nfolder = \"x7\"\n"},
	} {
		dir := t.TempDir()
		memory := remotetest.NewMemory(remotetest.Full())
		if _, err := memory.MakeFolder(t.Context(), remote.Place{Parent: remotetest.MemoryRoot, Name: "Jansen"}); err != nil {
			t.Fatal(err)
		}
		open := func(o rest.Options) (remote.Driver, error) {
			s := shy{memory, o.Assume.Bool("listing", false)}
			if c.found {
				return s, nil
			}
			return struct{ remote.Driver }{s}, nil // without its Check
		}
		path := filepath.Join(dir, "new.toml")
		answers := "box\n\n1\n" + filepath.Join(dir, "Clients") + "\ns3cret\n" + c.answers
		var out bytes.Buffer
		exit := Main(t.Context(), []string{"-c", path, "init", "--token", "file:" + filepath.ToSlash(filepath.Join(dir, "t.secret"))},
			Streams{In: strings.NewReader(strings.Replace(answers, "1\n", "", 1)), Out: &out, Err: &out},
			daemon.Drivers{config.Box: {Open: open, Top: remotetest.MemoryRoot, Assumptions: []remote.Assumption{{ID: "A1", Setting: "listing", Default: false}}}})
		text, _ := os.ReadFile(path)
		if exit != 0 || !strings.Contains(string(text), c.want) || strings.Contains(out.String()+string(text), "s3cret") {
			t.Errorf("%s: exit %d\n%s\nwrote:\n%s\nwant %q", name, exit, out.String(), text, c.want)
		}
	}
}
