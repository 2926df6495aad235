package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// office is the least that a file must say; tests put their lines after it.
const office = `[portal.office]
kind = "box"
token = "keyring:office"
`

// faultsOf parses a file and returns what is wrong with it.
func faultsOf(t *testing.T, text string) Faults {
	t.Helper()
	_, err := parse("dossier.toml", []byte(text), testMachine(t))
	var faults Faults
	if err != nil && !errors.As(err, &faults) {
		t.Fatalf("error is %T (%v), want Faults", err, err)
	}
	return faults
}

func TestAFaultIsReportedWhereItStands(t *testing.T) {
	for _, c := range []struct {
		name string
		text string
		want string // line:col key: part of the text
	}{
		{"an unknown key", office + "colour = 1\n", `4:1 portal.office: unknown key "colour"; known here: kind, url`},
		{"an unknown section", office + "[colours]\nred = 1\n", `4:2 : unknown key "colours"; known here: root, state`},
		{"an unknown key in an inline table", office + "limits = { call = 5 }\n", `4:12 portal.office.limits: unknown key "call"; known here: calls, uploads`},
		{"a key below a text", "root.x = 5\n" + office, `1:1 root: unknown key "x"; this is no section`},
		{"a number for a text", "root = 5\n" + office, `1:8 root: want text in quotes`},
		{"a number for a kind", "[portal.p]\nkind = 5\ntoken = \"env:T\"\n", `2:8 portal.p.kind: want text in quotes`},
		{"a text for a number", office + "[guards]\ndelete_most = \"many\"\n", `5:15 guards.delete_most: want a whole number`},
		{"a number too large for any computer", office + "[guards]\ndelete_most = 99999999999999999999\n", `5:15 guards.delete_most: 99999999999999999999 is out of range`},
		{"a wrong type inside an inline table", office + "limits = { calls = \"x\" }\n", `4:20 portal.office.limits.calls: want a whole number`},
		{"a text for a list", office + "[[discover]]\nportal = \"office\"\nunder = \"1\"\npath = \"/srv/x\"\nignore = \"*.bak\"\n", `8:10 discover[1].ignore: want a list of texts`},
		{"a text for yes or no", office + "[[discover]]\nportal = \"office\"\nunder = \"1\"\npath = \"/srv/x\"\ndatabases = \"yes\"\n", `8:13 discover[1].databases: want true or false`},
		{"a number in a list", office + "[[discover]]\nportal = \"office\"\nunder = \"1\"\npath = \"/srv/x\"\nignore = [\"a\", 5]\n", `8:16 discover[1].ignore[2]: want text in quotes`},
		{"single brackets around client", office + "[client]\nname = \"a\"\n", `4:2 client: want a section in double brackets`},
		{"double brackets around guards", office + "[[guards]]\n", `4:3 guards[1]: want a section in single brackets`},
		{"a key written twice", office + "kind = \"box\"\n", `4:1 portal.office.kind: written twice`},
		{"a key written twice with other capitals", office + "Kind = \"filesro\"\n", `4:1 portal.office.kind: written twice`},
		{"a section written twice", office + "[portal.office]\n", `4:2 : table office already exists`},
		{"bad syntax", office + "[guards\n", `4:8 : `},
		{"a Windows path in double quotes", `root = "C:\Users\anna"` + "\n", `write Windows paths in single quotes`},
		{"a byte that is no UTF-8", "# ok\nroot = \"\xff\"\n", `2:9 : a byte here is no UTF-8`},
		{"UTF-16", "\xff\xfer\x00", `1:1 : the file is written as UTF-16`},
		{"nothing at all", "", `1:1 portal: there is no portal`},

		{"a bare number of seconds", office + "[vault]\nkeep = 5\n", `5:8 vault.keep: want a length of time in quotes`},
		{"a time without unit", office + "[vault]\nkeep = \"5\"\n", `5:8 vault.keep: "5" is no length of time`},
		{"a negative time", office + "[vault]\nkeep = \"-5s\"\n", `5:8 vault.keep: "-5s" is no length of time`},
		{"a size without unit", office + "[disk]\nreserve = \"5\"\n", `5:11 disk.reserve: "5" is no size`},
		{"more percent than there are", office + "[guards]\ndelete_percent = 101\n", `5:1 guards.delete_percent: 101 is out of range; at least 1, at most 100`},
		{"a guard of nothing", office + "[guards]\ndelete_most = 0\n", `5:1 guards.delete_most: 0 is out of range; at least 1`},
		{"a negative guard", office + "[guards]\nconflicts = -1\n", `5:1 guards.conflicts: -1 is out of range`},
		{"a vault without a share of the disk", office + "[vault]\ndisk_percent = 0\n", `5:1 vault.disk_percent: 0 is out of range`},
		{"a vault that keeps nothing", office + "[vault]\nkeep = \"0\"\n", `5:1 vault.keep: must be longer than nothing`},
	} {
		t.Run(c.name, func(t *testing.T) {
			faults := faultsOf(t, c.text)
			if len(faults) != 1 {
				t.Fatalf("%d faults, want 1:\n%v", len(faults), faults)
			}
			if got := said(faults[0]); !strings.Contains(got, c.want) {
				t.Errorf("fault\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func said(f Fault) string { return fmt.Sprintf("%d:%d %s: %s", f.Line, f.Col, f.Key, f.Text) }

func TestAllFaultsComeOutAtOnceInTheOrderOfTheFile(t *testing.T) {
	const text = `root = 5
colour = "red"
[portal.office]
kind = "boxx"
token = "keyring:office"
limits = { calls = "x", uploads = "y" }
[guards]
delete_files = "24"
delete_percent = 300
[[client]]
name = "CON"
portal = "nowhere"
folder = "1"
path = "relative"
`
	var lines []int
	for _, f := range faultsOf(t, text) {
		lines = append(lines, f.Line)
	}
	if want := []int{1, 2, 4, 6, 6, 8, 9, 11, 12, 14}; !slices.Equal(lines, want) {
		t.Errorf("faults at lines %v, want %v", lines, want)
	}
}

func TestAFaultIsWrittenOnOneLine(t *testing.T) {
	got := faultsOf(t, office+"kin = 1\n[guards]\nconflicts = 0\n").Error()
	want := "dossier.toml:4:1: portal.office: unknown key \"kin\""
	if !strings.HasPrefix(got, want) || strings.Count(got, "\n") != 1 {
		t.Errorf("got\n%s\nwant two lines that begin\n%s", got, want)
	}
}

func TestAByteOrderMarkIsNoMatter(t *testing.T) {
	if faults := faultsOf(t, "\xef\xbb\xbf"+office); faults != nil {
		t.Errorf("faults: %v", faults)
	}
}

func TestAFileOfAnotherKindDoesNotDrown(t *testing.T) {
	faults := faultsOf(t, office+strings.Repeat("[[client]]\nname = \"..\"\n", 1000))
	if len(faults) != maxFaults {
		t.Errorf("%d faults, want %d", len(faults), maxFaults)
	}
}

func TestWhatIsLeftOutIsTheDefault(t *testing.T) {
	cfg := load(t, `root = "~/Clients"
`+office+`
[guards]
delete_most = 7
[[client]]
name = "A"
portal = "office"
folder = "1"
[client.guards]
Conflicts = 9
[[client]]
name = "B"
portal = "office"
folder = "2"
guards = { delete_files = 1 }
`)
	if cfg.Vault != Defaults().Vault || cfg.Disk != Defaults().Disk {
		t.Errorf("vault and disk = %v %v, want the defaults", cfg.Vault, cfg.Disk)
	}
	a, b := Defaults().Guards, Defaults().Guards
	a.DeleteMost, a.Conflicts = 7, 9
	b.DeleteMost, b.DeleteFiles = 7, 1
	for i, want := range []Guards{a, b} {
		if got := cfg.Clients[i].Guards; got != want {
			t.Errorf("guards of client %d = %+v, want %+v", i, got, want)
		}
	}
	if cfg.Clients[0].Mode != TwoWay {
		t.Errorf("mode = %q, want two-way", cfg.Clients[0].Mode)
	}
	if home := filepath.Dir(cfg.Root); cfg.Clients[0].Path != filepath.Join(home, "Clients", "A") {
		t.Errorf("path = %s, want Clients/A in the home directory", cfg.Clients[0].Path)
	}
}

// A value in the design's table of guards is a promise to users: a change here is a change there.
func TestTheDefaultsAreTheOnesPromised(t *testing.T) {
	want := map[string]string{
		"delete_files": "25", "delete_percent": "10", "delete_most": "100", "delete_share": "50",
		"delete_share_from": "20", "change_files": "50", "change_percent": "30", "conflicts": "50",
	}
	g := reflect.ValueOf(Defaults().Guards)
	if g.NumField() != len(want) {
		t.Fatalf("%d guards, want %d", g.NumField(), len(want))
	}
	for i := range g.NumField() {
		key := g.Type().Field(i).Tag.Get("toml")
		if got := fmt.Sprint(g.Field(i).Interface()); got != want[key] {
			t.Errorf("%s = %s, want %s", key, got, want[key])
		}
	}
}

func load(t *testing.T, text string) *Config {
	t.Helper()
	cfg, err := parse("dossier.toml", []byte(text), testMachine(t))
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func TestLoadSaysWhatIsTheMatterWithTheFile(t *testing.T) {
	dir := t.TempDir()
	open := filepath.Join(dir, "open.toml")
	if err := os.WriteFile(open, []byte(office), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(open); err != nil {
		t.Fatalf("a good file: %v", err)
	}
	if err := os.Chmod(open, 0o606); err != nil {
		t.Fatal(err)
	}
	cases := map[string]string{
		filepath.Join(dir, "absent.toml"): "config example",
		dir:                               "it is a folder",
	}
	if runtime.GOOS != "windows" {
		cases[open] = "chmod o-w"
	}
	for path, want := range cases {
		_, err := Load(path)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), fmt.Sprintf("%q", path)) {
			t.Errorf("Load(%s) = %v, want an error that names it and says %q", path, err, want)
		}
	}
	if _, err := Load(filepath.Join(dir, "absent.toml")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: %v, want os.ErrNotExist", err)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte(Example()))
	f.Add([]byte(office + "[[client]]\nname = \"a\"\n[client.guards]\ndelete_files = \"5\"\n"))
	f.Add([]byte("client = [{ name = 5, guards = { conflicts = 0 } }, 5]\nroot.x = 5\n[[root]]\n[portal]\n\"\" = 1"))
	f.Add([]byte("portal.office = { kind = 'box', token = 'literal', assume = { a = [1] } }"))
	m := testMachine(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		cfg, err := parse("dossier.toml", data, m)
		if err == nil {
			checkUsable(t, cfg)
			return
		}
		var faults Faults
		if !errors.As(err, &faults) || len(faults) == 0 || cfg != nil {
			t.Fatalf("got %v and %T, want faults alone", cfg, err)
		}
		lines := strings.Count(string(data), "\n") + 1
		for _, fault := range faults {
			if fault.Line < 1 || fault.Line > lines || fault.Col < 1 || fault.Text == "" || strings.Contains(fault.Text, "%!") {
				t.Errorf("fault %+v, want a line of the %d, a column and a text", fault, lines)
			}
		}
	})
}

// checkUsable holds what users of a Config rely on.
func checkUsable(t *testing.T, cfg *Config) {
	if !filepath.IsAbs(cfg.State) || len(cfg.Portals) == 0 {
		t.Errorf("state %q, %d portals; want an absolute path and a portal", cfg.State, len(cfg.Portals))
	}
	for _, p := range cfg.Portals {
		if p.SignIn() == "" || p.Name == "" {
			t.Errorf("portal %q has no way to sign in", p.Name)
		}
	}
	for _, c := range cfg.Clients {
		if _, known := cfg.Portals[c.Portal]; !known || !filepath.IsAbs(c.Path) || c.Folder == "" || !slices.Contains(modes, c.Mode) {
			t.Errorf("client %+v is not fit for use", c)
		}
	}
	for _, d := range cfg.Discover {
		if _, known := cfg.Portals[d.Portal]; !known || !filepath.IsAbs(d.Path) || d.Under == "" {
			t.Errorf("discover %+v is not fit for use", d)
		}
	}
}

// An office with thousands of clients must not wait for its configuration.
func BenchmarkLoad(b *testing.B) {
	var text strings.Builder
	text.WriteString("root = \"~/Clients\"\n" + office)
	for i := range 5000 {
		fmt.Fprintf(&text, "[[client]]\nname = \"Client %d\"\nportal = \"office\"\nfolder = \"%d\"\n", i, i)
	}
	m := testMachine(b)
	for b.Loop() {
		if _, err := parse("dossier.toml", []byte(text.String()), m); err != nil {
			b.Fatal(err)
		}
	}
}
