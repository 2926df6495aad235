package doctor

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"dossier/config"
	"dossier/daemon"
	"dossier/remote"
	"dossier/remote/remotetest"
	"dossier/remote/rest"
)

// checker is a portal whose driver finds out about two assumptions, one of which differs.
type checker struct {
	*remotetest.Memory
	wrote *[]bool
	err   error
}

func (c checker) Check(_ context.Context, _ remote.ID, write bool) ([]remote.Finding, error) {
	*c.wrote = append(*c.wrote, write)
	return []remote.Finding{
		{ID: "A1", Verdict: remote.Differs, Seen: "a listing came", Setting: "listing", Value: true},
		{ID: "A2", Verdict: remote.Held, Seen: "it is so"},
	}, c.err
}

// silent is a portal that does not tell whom the token speaks for.
type silent struct{ *remotetest.Memory }

func (silent) Account(context.Context) (remote.Account, error) {
	return remote.Account{}, &remote.Error{Op: "account", Code: remote.Unsupported}
}

// refusing is a portal that does not accept the token.
type refusing struct{ *remotetest.Memory }

func (refusing) Account(context.Context) (remote.Account, error) {
	return remote.Account{}, &remote.Error{Op: "account", Code: remote.SignIn}
}

func opens(d remote.Driver) func(rest.Options) (remote.Driver, error) {
	return func(rest.Options) (remote.Driver, error) { return d, nil }
}

// A look at four portals: one that is well and can find out, one that refuses, one that tells little, and one that nobody speaks to.
// Nothing is made anywhere, and nothing is written to the portals.
func TestAllPortalsAreAskedAndNothingIsChanged(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("SECRET", "hunter2-and-more")
	memory := remotetest.NewMemory(remotetest.Full())
	folder, err := memory.MakeFolder(t.Context(), remote.Place{Parent: remotetest.MemoryRoot, Name: "A"})
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Parse(filepath.Join(dir, "dossier.toml"), fmt.Appendf(nil, `root = "%[1]s/Clients"
state = "%[1]s/state"
[portal.a]
kind = "mijnklantportaal"
token = "env:SECRET"
[portal.b]
kind = "box"
token = "env:SECRET"
[portal.c]
kind = "filesro"
token = "env:SECRET"
[portal.d]
kind = "backoffice"
url = "https://office.example"
email = "a@example.com"
password = "env:SECRET"
[portal.e]
kind = "box"
token = "env:SECRET_THAT_IS_NOT_SET"
[[client]]
name = "A"
portal = "a"
folder = "%[2]s"
[[client]]
name = "Gone"
portal = "a"
folder = "no-such-folder"
`, filepath.ToSlash(dir), folder.ID))
	if err != nil {
		t.Fatal(err)
	}
	var wrote []bool
	assumptions := []remote.Assumption{{ID: "A1", Says: "nothing can be listed", Setting: "listing", Default: false, Probe: true}, {ID: "A2", Says: "x", Probe: true}}
	r := Examine(t.Context(), Options{Config: cfg, Path: filepath.Join(dir, "dossier.toml"), Log: slog.New(slog.DiscardHandler), Drivers: daemon.Drivers{
		config.MijnKlantportaal: {Open: opens(checker{memory, &wrote, nil}), Assumptions: assumptions},
		config.Box:              {Open: opens(refusing{memory})},
		config.FilesRo:          {Open: opens(silent{memory}), Assumptions: assumptions[1:]},
	}})
	lines := map[string][]Line{}
	var names []string
	for _, g := range r.Groups {
		lines[g.Name] = g.Lines
		names = append(names, g.Name)
	}
	if r.Exit != daemon.ExitSignIn || r.OK {
		t.Errorf("exit %d", r.Exit)
	}
	has(t, lines["portal a"], verdict{"sign-in", Well, ""}, verdict{"client-folders", Well, "1 client folder can be read"}, verdict{"client-folder", Wrong, "no-such-folder"})
	has(t, lines["portal a: what is assumed of it"], verdict{"assumption A1", Wrong, "assume = { listing = true }"}, verdict{"assumption A2", Well, "it is so"})
	has(t, lines["portal b"], verdict{"sign-in", Wrong, "dossier login b"})
	has(t, lines["portal c"], verdict{"sign-in", Well, "does not tell"})
	has(t, lines["portal c: what is assumed of it"], verdict{"assumption A2", Unknown, "x"})
	has(t, lines["portal d"], verdict{"kind", Wrong, "newer dossier"})
	has(t, lines["portal e"], verdict{"sign-in", Wrong, "dossier login e"})
	has(t, lines["folders"], verdict{"folder", Well, "first run"})
	if want := []string{"configuration", "who runs it", "this computer", "state", "folders"}; !slices.Equal(names[:len(want)], want) {
		t.Errorf("groups %v", names)
	}
	if !slices.Equal(wrote, []bool{false}) {
		t.Errorf("the driver was asked with write %v", wrote)
	}
	if text := fmt.Sprintf("%+v", r); strings.Contains(text, "hunter2") {
		t.Error("a secret is in the report")
	}
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if path != dir {
			t.Errorf("%s was made", path)
		}
		return err
	})
}

// With leave to write, probe files are made where a client may be written to, and are gone afterwards.
func TestProbeFilesAreMadeOnRequestOnly(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("SECRET", "hunter2")
	memory := remotetest.NewMemory(remotetest.Full())
	for _, c := range []struct {
		mode string
		want bool
	}{{"two-way", true}, {"up", true}, {"down", false}, {"collect", false}} {
		root := filepath.Join(dir, c.mode)
		cfg, err := config.Parse(filepath.Join(dir, "dossier.toml"), fmt.Appendf(nil, "root = %q\nstate = %q\n[portal.a]\nkind = \"box\"\ntoken = \"env:SECRET\"\n[[client]]\nname = \"A\"\nportal = \"a\"\nfolder = \"0\"\nmode = %q\n",
			filepath.ToSlash(root), filepath.ToSlash(filepath.Join(dir, "state")), c.mode))
		if err != nil {
			t.Fatal(err)
		}
		var wrote []bool
		drivers := daemon.Drivers{config.Box: {Open: opens(checker{memory, &wrote, nil}), Assumptions: []remote.Assumption{{ID: "A2"}}}}
		if err := os.MkdirAll(filepath.Join(root, "A"), 0o755); err != nil {
			t.Fatal(err)
		}
		r := Examine(t.Context(), Options{Config: cfg, Drivers: drivers, ProbeWrites: true, Log: slog.New(slog.DiscardHandler)})
		if !slices.Equal(wrote, []bool{c.want}) {
			t.Errorf("%s: the driver was asked with write %v, want %v", c.mode, wrote, c.want)
		}
		for _, g := range r.Groups {
			if g.Name == "folders" {
				has(t, g.Lines, verdict{"file-system", Well, "times to"})
			}
		}
		if left, _ := filepath.Glob(filepath.Join(root, "A", "*")); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
		if left, _ := filepath.Glob(filepath.Join(root, ".dossier", "probe*")); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	}
}
