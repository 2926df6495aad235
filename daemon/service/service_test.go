package service

import (
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s:\n%s", name, diff)
	}
}

// plainOne is a service as most are; oddOne has a name for its folders in which each format has something to escape.
var (
	plainOne = Definition{
		Name: "dossier", System: true, Exe: "/usr/bin/dossier", Config: "/etc/dossier/dossier.toml",
		User: "dossier", Group: "dossier", Home: "/var/lib/dossier", State: "/var/lib/dossier", Houses: []string{"/srv/clients"},
		Reads: []string{"/etc/dossier/box.secret"},
	}
	oddOne = odd("/home/anna")
)

func odd(top string) Definition {
	dir := top + `/50% of "Anna's" {{Clients}} & $HOME\n`
	return Definition{
		Name: "dossier-2", System: true, Exe: top + "/100% $mine & {{more}}/dossier", Config: dir + "/dossier.toml",
		User: "anna", Group: "users", Home: top, State: dir + "/state", Houses: []string{dir, dir + "/other", "/mnt/" + filepath.Base(dir)},
		Secrets: []Credential{{Name: "office", File: "/etc/credstore/office"}, {Name: "archive", File: "/etc/credstore.encrypted/archive", Encrypted: true}},
	}
}

func own(d Definition) Definition {
	d.System, d.Group, d.Home, d.User = false, "", "/home/anna", "anna"
	d.State, d.Env = "/home/anna/state/dossier", []Variable{{"XDG_STATE_HOME", "/home/anna/state"}}
	return d
}

func onWindows(d Definition) Definition {
	d.Exe, d.Config = `C:\Program Files\dossier\dossier.exe`, `C:\Users\Anna\100% & more\dossier.toml`
	d.User, d.Group, d.Home = `anna`, "", `C:\Users\Anna`
	return d
}

func TestEachSystemGetsItsUnitOrScript(t *testing.T) {
	for name, c := range map[string]struct {
		kind Kind
		d    Definition
	}{
		"systemd.service":      {Systemd, plainOne},
		"systemd-odd.service":  {Systemd, oddOne},
		"systemd-user.service": {Systemd, own(plainOne)},
		"launchd.plist":        {Launchd, plainOne},
		"launchd-odd.plist":    {Launchd, oddOne},
		"launchd-user.plist":   {Launchd, own(plainOne)},
		"sysv.sh":              {SysV, plainOne},
		"sysv-odd.sh":          {SysV, oddOne},
		"openrc.sh":            {OpenRC, plainOne},
		"openrc-odd.sh":        {OpenRC, oddOne},
		"windows.cmd":          {Windows, onWindows(plainOne)},
		"task.xml":             {Windows, own(onWindows(plainOne))},
	} {
		t.Run(name, func(t *testing.T) {
			text, err := c.d.Text(c.kind)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, name, text)
		})
	}
}

func TestNoUnitHoldsAControlCharacter(t *testing.T) {
	for name, change := range map[string]func(*Definition){
		"config":     func(d *Definition) { d.Config = "/etc/a\nExecStart=/bin/evil" },
		"house":      func(d *Definition) { d.Houses = []string{"/srv/\x1b"} },
		"user":       func(d *Definition) { d.User = "anna\nRoot" },
		"credential": func(d *Definition) { d.Secrets = []Credential{{Name: "a", File: "/x\ny"}} },
		"group":      func(d *Definition) { d.Group = "users\r" },
		"name":       func(d *Definition) { d.Name = "../cron.d/x" },
	} {
		d := plainOne
		change(&d)
		for _, k := range []Kind{Systemd, Launchd, SysV, OpenRC, Windows} {
			if text, err := d.Text(k); err == nil {
				t.Errorf("%s on %s was written:\n%s", name, k, text)
			}
		}
	}
}

func TestAProgramThatSystemdWouldNotRunIsRefused(t *testing.T) {
	for _, exe := range []string{`/opt/it's/dossier`, `/opt/"x"/dossier`, `/opt/a\b/dossier`} {
		d := plainOne
		if d.Exe = exe; mustText(t, d, SysV) == "" {
			t.Error("an init script is empty")
		}
		if _, err := d.Text(Systemd); err == nil || !strings.Contains(err.Error(), "put it elsewhere") {
			t.Errorf("%s: %v", exe, err)
		}
	}
}

func mustText(t *testing.T, d Definition, k Kind) string {
	t.Helper()
	text, err := d.Text(k)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestPropertyListsAndTasksAreReadBack(t *testing.T) {
	for name, want := range map[string][]string{
		"launchd-odd.plist": {oddOne.Exe, oddOne.Config, "anna"},
		"task.xml":          {`--headless "C:\Program Files\dossier\dossier.exe" "run" "--config" "C:\Users\Anna\100% & more\dossier.toml"`},
	} {
		text, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		texts := textsOf(t, strings.Replace(string(text), "UTF-16", "UTF-8", 1))
		for _, w := range want {
			if !slices.Contains(texts, w) {
				t.Errorf("%s does not hold %q", name, w)
			}
		}
	}
}

func textsOf(t *testing.T, doc string) (texts []string) {
	t.Helper()
	for d := xml.NewDecoder(strings.NewReader(doc)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return texts
		}
		if err != nil {
			t.Fatal(err)
		}
		if c, ok := token.(xml.CharData); ok {
			texts = append(texts, string(c))
		}
	}
}

// The rules are those of CommandLineToArgvW.
func TestArgumentsOfWindowsAreQuoted(t *testing.T) {
	for in, want := range map[string]string{
		`C:\a b\c.exe`: `"C:\a b\c.exe"`,
		`C:\dir\`:      `"C:\dir\\"`,
		`a"b`:          `"a\"b"`,
		`a\"b`:         `"a\\\"b"`,
		``:             `""`,
	} {
		if got := windowsArg(in); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

func TestACredentialIsTakenFromWhereItLies(t *testing.T) {
	home := t.TempDir()
	for _, dir := range []string{"credstore", "credstore.encrypted"} {
		if err := os.MkdirAll(filepath.Join(home, ".config", dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	encrypted := filepath.Join(home, ".config", "credstore.encrypted", "office")
	if err := os.WriteFile(encrypted, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s := Sight{Home: home, Secrets: []Secret{
		{Key: "portal.a.token", Scheme: "credential", Name: "office"}, {Key: "portal.b.token", Scheme: "credential", Name: "office"},
		{Key: "portal.c.token", Scheme: "credential", Name: "gone"}, {Key: "portal.d.token", Scheme: "file", Name: "/x"},
	}}
	d := Definition{Name: "dossier"}.With(s)
	gone := Credential{Name: "gone", File: filepath.Join(home, ".config", "credstore", "gone")}
	if diff := cmp.Diff([]Credential{{Name: "office", File: encrypted, Encrypted: true}, gone}, d.Secrets); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]Credential{gone}, d.Missing()); diff != "" {
		t.Error(diff)
	}
	if d.System = true; d.credential("gone").File != filepath.Join("/etc", "credstore", "gone") {
		t.Errorf("a credential of the system: %s", d.credential("gone").File)
	}
}

func TestAUsersOwnPlaceForTheStateGoesWithHisService(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", "/home/anna/state")
	s := Sight{State: Folder{Path: "/home/anna/state/dossier"}}
	if d := (Definition{}).With(s); !slices.Contains(d.Env, Variable{"XDG_STATE_HOME", "/home/anna/state"}) {
		t.Errorf("the service would remember elsewhere: %v", d.Env)
	}
	if d := (Definition{System: true}).With(s); len(d.Env) > 0 {
		t.Errorf("a service of the system has %v", d.Env)
	}
}

func TestAHouseInsideAnotherIsWritableWithIt(t *testing.T) {
	d := Definition{State: "/var/lib/dossier", Houses: []string{"/srv/b", "/srv/a", "/srv/a/inner", "/srv/ab"}}
	if diff := cmp.Diff([]string{"/srv/a", "/srv/ab", "/srv/b"}, d.Writable()); diff != "" {
		t.Error(diff)
	}
	d.State = "/srv/state"
	if !slices.Contains(d.Writable(), "/srv/state") {
		t.Error("a state that systemd does not make is not writable")
	}
}

func TestWhatWouldNotWorkIsRefusedWithACure(t *testing.T) {
	system, user := Definition{System: true, User: "anna", Name: "dossier"}, Definition{User: "anna", Name: "dossier"}
	secret := func(scheme, fault string) Sight {
		return Sight{Secrets: []Secret{{Key: "portal.office.token", Portal: "office", Scheme: scheme, Name: "office", Fault: fault}}}
	}
	folder := func(f Folder) Sight { return Sight{Folders: []Folder{f}} }
	for name, c := range map[string]struct {
		kind    Kind
		d       Definition
		s       Sight
		missing []Credential
		want    []string // in what is said and in what to do; none: nothing is refused
	}{
		"all is well":                         {Systemd, system, secret("file", ""), nil, nil},
		"a system without user services":      {SysV, user, Sight{}, nil, []string{"single users", "--system --as anna"}},
		"root's own service":                  {Systemd, Definition{User: "root"}, Sight{}, nil, []string{"root's own", "without sudo"}},
		"the system as root":                  {Systemd, Definition{System: true, User: "root"}, Sight{}, nil, []string{"named user", "--as NAME"}},
		"the system as LocalSystem":           {Windows, Definition{System: true, User: `NT AUTHORITY\System`}, Sight{}, nil, []string{"named user", "--as NAME"}},
		"a configuration he cannot read":      {Systemd, system, Sight{Fault: "permission denied"}, nil, []string{"anna cannot use the configuration: permission denied", "may read the file"}},
		"a keyring for the system":            {Systemd, system, secret("keyring", ""), nil, []string{"no service of the system", `"file:/etc/dossier/office.secret"`, `"credential:office"`}},
		"a keyring for the system on Windows": {Windows, system, secret("keyring", ""), nil, []string{"no service of the system", `"file:C:/ProgramData/dossier/office.secret"`}},
		"a keyring for the user":              {Systemd, user, secret("keyring", ""), nil, nil},
		"a keyring that is locked":            {Systemd, user, secret("keyring", "locked"), nil, []string{"cannot have it: locked", "dossier login office"}},
		"an environment variable":             {Systemd, user, secret("env", ""), nil, []string{"of your shell", "file:"}},
		"a credential without systemd":        {OpenRC, system, secret("credential", ""), nil, []string{"only systemd", "file:"}},
		"a credential with systemd":           {Systemd, system, secret("credential", ""), nil, nil},
		"a credential that is not there":      {Systemd, system, Sight{}, []Credential{{Name: "office", File: "/etc/credstore/office"}}, []string{"not there", "'/etc/credstore/office'"}},
		"a secret's file of another":          {SysV, system, secret("file", "permission denied"), nil, []string{"anna cannot have it"}},
		"a mapped drive for the system":       {Windows, system, folder(Folder{Who: "the root", Path: `Z:\Clients`, Mapped: true}), nil, []string{`Z:\Clients`, `\\server\share`}},
		"a mapped drive for the user":         {Windows, user, folder(Folder{Who: "the root", Path: `Z:\Clients`, Mapped: true}), nil, nil},
		"a folder he cannot write to":         {SysV, system, folder(Folder{Who: "the root", Path: "/srv/c", House: "/srv/c", Fault: "permission denied"}), nil, []string{"the root: user anna", "/srv/c"}},
		"a state he cannot write to":          {SysV, system, Sight{State: Folder{Who: "the state", Path: "/var/x", Fault: "permission denied"}}, nil, []string{"the state", "/var/x"}},
	} {
		t.Run(name, func(t *testing.T) {
			all := Refusals(c.kind, c.d, c.s, c.missing)
			if (len(c.want) == 0) != (len(all) == 0) || len(all) > 1 {
				t.Fatalf("%d refusals: %v", len(all), all)
			}
			for _, w := range c.want {
				if !strings.Contains(all[0].String(), w) {
					t.Errorf("%q does not say %q", all[0], w)
				}
			}
		})
	}
}
