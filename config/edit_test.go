package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pelletier/go-toml/v2"
)

// Each way to write a portal's section keeps what it says, its comments and its form; only the fact is settled.
func TestAFactIsSettledWhereItBelongs(t *testing.T) {
	for _, c := range []struct {
		name, text, want string
	}{
		{"nothing is assumed yet",
			"# ours\n[portal.office] # main\nkind = \"box\"\ntoken = \"env:X\" # from IT\n\n# clients\n[[client]]\n",
			"# ours\n[portal.office] # main\nkind = \"box\"\ntoken = \"env:X\" # from IT\nassume = { trash = false }\n\n# clients\n[[client]]\n"},
		{"others are assumed in braces", "[portal.office]\nassume = { depth = 3 } # seen\n", "[portal.office]\nassume = { depth = 3, trash = false } # seen\n"},
		{"it stands in braces already", "[portal.office]\nassume = { trash = true, depth = 3 } # seen\n", "[portal.office]\nassume = { trash = false, depth = 3 } # seen\n"},
		{"empty braces", "[portal.office]\nassume = {}\n", "[portal.office]\nassume = { trash = false }\n"},
		{"a section of its own", "[portal.office]\nkind = \"box\"\n[portal.office.assume]\n  depth = 3 # three\n[disk]\n",
			"[portal.office]\nkind = \"box\"\n[portal.office.assume]\n  depth = 3 # three\n  trash = false\n[disk]\n"},
		{"an empty section of its own", "[portal.office.assume]\n[portal.office]\nkind = \"box\"\n", "[portal.office.assume]\ntrash = false\n[portal.office]\nkind = \"box\"\n"},
		{"it stands in a section of its own", "[portal.office.assume]\ntrash = true # ?\n", "[portal.office.assume]\ntrash = false # ?\n"},
		{"dotted keys", "[portal.office]\nassume.depth = 3\nkind = \"box\"\n", "[portal.office]\nassume.depth = 3\nkind = \"box\"\nassume.trash = false\n"},
		{"a dotted key that stands", "[portal.office]\nassume.trash=true\n", "[portal.office]\nassume.trash=false\n"},
		{"another portal's is left alone", "[portal.b]\nassume = { trash = true }\n[portal.office]\nkind = \"box\"", "[portal.b]\nassume = { trash = true }\n[portal.office]\nkind = \"box\"\nassume = { trash = false }\n"},
		{"lines of Windows", "[portal.office]\r\nkind = \"box\"\r\n[disk]\r\n", "[portal.office]\r\nkind = \"box\"\r\nassume = { trash = false }\r\n[disk]\r\n"},
		{"braces in the section stay closed", "[portal.office]\nlimits = { calls = 3 }\n", "[portal.office]\nlimits = { calls = 3 }\nassume = { trash = false }\n"},
		{"a section below it", "[portal.office]\nkind = \"box\"\n[portal.office.limits]\ncalls = 3\n", "[portal.office]\nkind = \"box\"\nassume = { trash = false }\n[portal.office.limits]\ncalls = 3\n"},
		{"capitals", "[Portal.office]\nAssume = { Trash = true }\n", "[Portal.office]\nAssume = { Trash = false }\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := setAssumed([]byte(c.text), "office", "trash", false)
			if diff := cmp.Diff(c.want, string(got)); diff != "" || err != nil {
				t.Errorf("%v\n%s", err, diff)
			}
		})
	}
	if _, err := setAssumed([]byte("portal = { office = { kind = \"box\" } }\n"), "office", "trash", false); !errors.Is(err, errNoPlace) {
		t.Errorf("a section in braces: %v, want %v", err, errNoPlace)
	}
}

// base is a good configuration with comments, written to a folder of the test.
func base(t *testing.T, more string) string {
	t.Helper()
	dir := t.TempDir()
	text := "# the office's\nroot = \"" + filepath.ToSlash(dir) + "/Clients\"\nstate = \"" + filepath.ToSlash(dir) + "/state\"\n" +
		"[portal.office]\nkind = \"box\"\ntoken = \"env:X\" # rotates\n" + more
	path := filepath.Join(dir, FileName)
	if err := os.WriteFile(path, []byte(text), 0o640); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestClientsAreAppendedAndNothingElseChanges(t *testing.T) {
	path := base(t, "[[client]]\nname = \"A\"\nportal = \"office\"\nfolder = \"1\" # the first")
	before, _ := os.ReadFile(path)
	d, err := Prepare(path, AddClients(
		Client{Name: "B", Portal: "office", Folder: "2", Mode: Down, Private: []string{"Internal/"}},
		Client{Name: "Çelik", Portal: "office", Folder: "3", Ignore: []string{`\#x`}, Databases: true}))
	if err != nil {
		t.Fatal(err)
	}
	if now, _ := os.ReadFile(path); string(now) != string(before) {
		t.Error("a draft was written")
	}
	if err := d.Write(); err != nil {
		t.Fatal(err)
	}
	now, _ := os.ReadFile(path)
	want := string(before) + "\n\n[[client]]\nname   = \"B\"\nportal = \"office\"\nfolder = \"2\"\nmode   = \"down\"\nprivate = [\"Internal/\"]\n" +
		"\n[[client]]\nname   = \"Çelik\"\nportal = \"office\"\nfolder = \"3\"\nignore = ['\\#x']\ndatabases = true\n"
	if diff := cmp.Diff(want, string(now)); diff != "" {
		t.Error(diff)
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o640 {
		t.Errorf("mode %04o, want 0640", info.Mode().Perm())
	}
	cfg, err := Load(path)
	if err != nil || len(cfg.Clients) != 3 || cfg.Clients[2].Ignore[0] != `\#x` || !cfg.Clients[2].Databases {
		t.Errorf("read again: %v, %+v", err, cfg)
	}
	if !strings.Contains(d.Diff(), "\n folder = \"1\" # the first\n+\n+[[client]]\n+name   = \"B\"\n") || strings.Contains(d.Diff(), "\n-") {
		t.Errorf("diff:\n%s", d.Diff())
	}
}

func TestAnEditThatBreaksTheConfigurationIsNotMade(t *testing.T) {
	for name, c := range map[string]struct {
		more string
		edit Edit
		want string
	}{
		"the same name":              {"[[client]]\nname = \"A\"\nportal = \"office\"\nfolder = \"1\"\n", AddClients(Client{Name: "a", Portal: "office", Folder: "2"}), "client[2].name"},
		"the same folder":            {"[[client]]\nname = \"A\"\nportal = \"office\"\nfolder = \"1\"\n", AddClients(Client{Name: "b", Portal: "office", Folder: "1"}), "belongs to client[1] already"},
		"a portal that is not there": {"", AddClients(Client{Name: "b", Portal: "home", Folder: "1"}), "there is no [portal.home]"},
		"an edit that does more than it says": {"", Edit{text: func(text []byte) ([]byte, error) {
			return appendLines(text, "[[client]]\nname = \"A\"\nportal = \"office\"\nfolder = \"1\"\n"), nil
		}, means: func(map[string]any) {}, holds: func(_, _ *Config) bool { return true }}, "more would change than was meant"},
		"a portal by a dotted key":  {"[portal]\nhome.kind = \"box\"\nhome.token = \"env:Y\"\n", SetAssumed("home", map[string]any{"trash": false}), "by hand:\n[portal.home]\nassume = { trash = false }"},
		"a file that is bad before": {"roots = 1\n", SetAssumed("office", map[string]any{"trash": false}), "unknown key \"roots\""},
	} {
		path := base(t, c.more)
		if _, err := Prepare(path, c.edit); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestAFileThatWasChangedMeanwhileIsNotReplaced(t *testing.T) {
	path := base(t, "")
	d, err := Prepare(path, SetAssumed("office", map[string]any{"trash": false, "depth": int64(2)}))
	if err != nil {
		t.Fatal(err)
	}
	if got := d.Config.Portals["office"].Assume; got["trash"] != false || got["depth"] != int64(2) {
		t.Errorf("assume = %v", got)
	}
	text, _ := os.ReadFile(path)
	if err := os.WriteFile(path, append(text, "# more\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := d.Write(); err == nil || !strings.Contains(err.Error(), "changed meanwhile") {
		t.Errorf("written over another's change: %v", err)
	}
}

func TestALinkedConfigurationStaysALink(t *testing.T) {
	path := base(t, "")
	link := filepath.Join(t.TempDir(), FileName)
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	d, err := Prepare(link, SetAssumed("office", map[string]any{"trash": false}))
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Write(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(link)
	text, _ := os.ReadFile(path)
	if err != nil || info.Mode()&os.ModeSymlink == 0 || !strings.Contains(string(text), "trash = false") {
		t.Errorf("link: %v, %v; its target: %s", info.Mode(), err, text)
	}
}

func TestANewConfigurationReplacesNone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deep", FileName)
	if err := Create(path, []byte("a")); err != nil {
		t.Fatal(err)
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Errorf("mode %04o", info.Mode().Perm())
	}
	if err := Create(path, []byte("b")); !errors.Is(err, os.ErrExist) {
		t.Errorf("replaced: %v", err)
	}
	if text, _ := os.ReadFile(path); string(text) != "a" {
		t.Errorf("it holds %q", text)
	}
}

// Whatever the text, an edit that is let through means what it says and nothing else, and none breaks down.
func FuzzSettlingAFact(f *testing.F) {
	for _, text := range []string{"", "[portal.office]\n", "[portal.office]\nassume = { a = 1 }", "[portal]\noffice.assume.trash = true\r\n",
		"portal.office = { assume = { trash = [ 1 ] } }", "[portal.office]\nx = \"\"\"\n[portal.office.assume]\"\"\"\n", "[[portal.office]]\nassume.x.y = 1"} {
		f.Add(text, "trash", "x")
	}
	f.Fuzz(func(t *testing.T, text, key, value string) {
		e := SetAssumed("office", map[string]any{key: value})
		after, err := e.text([]byte(text))
		if err != nil || !e.proven([]byte(text), after) {
			return
		}
		again, err := e.text(after)
		if err != nil || string(again) != string(after) {
			t.Errorf("%q became %q, and then %q (%v)", text, after, again, err)
		}
	})
}

// What a portal says becomes names and values in the file, and cannot become anything else there.
func TestWhatIsQuotedIsReadAsItWas(t *testing.T) {
	for _, s := range []string{"", "plain", `C:\Clients`, `it's`, `a"b`, `a\"b'c`, "a\n[portal.evil]\nkind = \"box\"", "tab\there", "\x00\x1f\x7f",
		"é\u2028\u202e", "'''", `"""`, `\u0041`, "# no comment", `trailing\`} {
		var back struct{ K, L string }
		text := Assign("k", s) + Assign("l", "after")
		if err := toml.Unmarshal([]byte(text), &back); err != nil || back.K != s || back.L != "after" {
			t.Errorf("%q became %q (%v): %s", s, back.K, err, text)
		}
	}
}
