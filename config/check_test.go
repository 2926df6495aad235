package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestClientsAreCheckedOneByOne(t *testing.T) {
	for _, c := range []struct {
		name  string
		lines string // of a client besides portal, folder and path
		want  string // empty: it is fine
	}{
		{"an ordinary name", `name = "Bakkerij Jansen & Zn. 2026"`, ""},
		{"accents", `name = "Çelik Ünlü"`, ""},
		{"no name", `mode = "up"`, "name: missing"},
		{"the folder above", `name = ".."`, "is no name of a folder"},
		{"a way out", `name = "../x"`, "is a path"},
		{"a backslash", `name = 'a\b'`, "is a path"},
		{"a device", `name = "con"`, "name of a device on Windows"},
		{"a device with an ending", `name = "LPT1.old.txt"`, "name of a device on Windows"},
		{"a name that only begins like a device", `name = "Conrad"`, ""},
		{"a trailing dot", `name = "Jansen B.V."`, "ends with a dot"},
		{"a trailing blank", `name = "Jansen "`, "begins or ends with a blank"},
		{"a colon", `name = "a:b"`, "which a folder on Windows cannot"},
		{"a NUL byte", `name = "a\u0000b"`, "control character"},
		{"a very long name", `name = "` + strings.Repeat("a", 201) + `"`, "longer than 200 bytes"},
		{"the vault's name", `name = ".Dossier"`, "keeps deleted files"},
		{"an unknown mode", "name = \"a\"\nmode = \"both\"", `"both" is no mode`},
		{"a private way out", "name = \"a\"\nprivate = [\"../x\"]", "inside the client's folder"},
		{"a private roundabout path", "name = \"a\"\nprivate = [\"a/../b\"]", "inside the client's folder"},
		{"a private absolute path", "name = \"a\"\nprivate = [\"/x\"]", "inside the client's folder"},
		{"a private backslash", "name = \"a\"\nprivate = ['x\\']", "write it with /"},
		{"everything private", "name = \"a\"\nprivate = [\"/\"]", "keeps everything private"},
		{"private folders", "name = \"a\"\nprivate = [\"Internal/\", \"2026/notes.docx\"]", ""},
		{"a pattern of two lines", "name = \"a\"\nignore = [\"a\\nb\"]", "a pattern is one line"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := office + "[[client]]\nportal = \"office\"\nfolder = \"1\"\npath = \"/srv/clients/a\"\n" + c.lines + "\n"
			one(t, faultsOf(t, text), "client[1].", c.want)
		})
	}
}

// one checks that there is one fault, at a key that begins so and with this in its text; none if want is empty.
func one(t *testing.T, faults Faults, key, want string) {
	t.Helper()
	switch {
	case want == "" && len(faults) > 0:
		t.Errorf("faults: %v, want none", faults)
	case want != "" && (len(faults) != 1 || !strings.HasPrefix(faults[0].Key, key) || !strings.Contains(said(faults[0]), want)):
		t.Errorf("faults:\n%v\nwant one at %s… that says %q", faults, key, want)
	}
}

func TestClientsAreCheckedAgainstOneAnother(t *testing.T) {
	const first = office + "[portal.other]\nkind = \"box\"\ntoken = \"env:X\"\n" +
		"[[client]]\nname = \"Jansen\"\nportal = \"office\"\nfolder = \"1\"\npath = \"/srv/clients/jansen\"\n"
	for _, c := range []struct{ name, second, key, want string }{
		{"beside one another", "[[client]]\nname = \"B\"\nportal = \"office\"\nfolder = \"2\"\npath = \"/srv/clients/b\"", "", ""},
		{"a name that only begins alike", "[[client]]\nname = \"B\"\nportal = \"office\"\nfolder = \"2\"\npath = \"/srv/clients/jansen2\"", "", ""},
		{"the same id on another portal", "[[client]]\nname = \"B\"\nportal = \"other\"\nfolder = \"1\"\npath = \"/srv/clients/b\"", "", ""},
		{"the same name", "[[client]]\nname = \"JANSEN\"\nportal = \"office\"\nfolder = \"2\"\npath = \"/srv/clients/b\"", "client[2].name", "is the name of client[1] already"},
		{"the same name with accents otherwise encoded", "[[client]]\nname = \"Zo\u00eb\"\nportal = \"office\"\nfolder = \"2\"\npath = \"/srv/clients/b\"\n" +
			"[[client]]\nname = \"Zoe\u0308\"\nportal = \"office\"\nfolder = \"3\"\npath = \"/srv/clients/c\"", "client[3].name", "is the name of client[2] already"},
		{"the same folder on the portal", "[[client]]\nname = \"B\"\nportal = \"office\"\nfolder = \"1\"\npath = \"/srv/clients/b\"", "client[2].folder", "belongs to client[1] already"},
		{"the same folder on disk", "[[client]]\nname = \"B\"\nportal = \"office\"\nfolder = \"2\"\npath = \"/srv/clients/../clients/jansen/\"", "client[2].path", `is the folder of client "Jansen" already`},
		{"the same folder in capitals", "[[client]]\nname = \"B\"\nportal = \"office\"\nfolder = \"2\"\npath = \"/srv/Clients/JANSEN\"", "client[2].path", `is the folder of client "Jansen" already`},
		{"inside the other", "[[client]]\nname = \"B\"\nportal = \"office\"\nfolder = \"2\"\npath = \"/srv/clients/jansen/b\"", "client[2].path", `lies inside the folder of client "Jansen"`},
		{"around the other", "[[client]]\nname = \"B\"\nportal = \"office\"\nfolder = \"2\"\npath = \"/srv/clients\"", "client[1].path", `lies inside the folder of client "B"`},
		{"no portal", "[[client]]\nname = \"B\"\nfolder = \"2\"\npath = \"/srv/clients/b\"", "client[2].portal", "missing; name a portal section: office, other"},
		{"an unknown portal", "[[client]]\nname = \"B\"\nportal = \"offfice\"\nfolder = \"2\"\npath = \"/srv/clients/b\"", "client[2].portal", "there is no [portal.offfice]; there is office, other"},
		{"no folder", "[[client]]\nname = \"B\"\nportal = \"office\"\npath = \"/srv/clients/b\"", "client[2].folder", "missing"},
		{"an id with a slash", "[[client]]\nname = \"B\"\nportal = \"office\"\nfolder = \"1/2\"\npath = \"/srv/clients/b\"", "client[2].folder", "cannot be a portal's id"},
		{"discovered under a client", "[[discover]]\nportal = \"office\"\nunder = \"1\"\npath = \"/srv/found\"", "discover[1].under", "is the folder of client[1]"},
		{"discovered into a client", "[[discover]]\nportal = \"office\"\nunder = \"0\"\npath = \"/srv/clients/jansen/found\"", "discover[1].path", `lies in the folder of client "Jansen"`},
		{"discovered beside a client", "[[discover]]\nportal = \"office\"\nunder = \"0\"\npath = \"/srv/clients\"", "", ""},
		{"discovered nowhere", "[[discover]]\nportal = \"office\"\nunder = \"0\"", "discover[1].path", "there is no root"},
		{"discovered twice", "[[discover]]\nportal = \"office\"\nunder = \"0\"\npath = \"/srv/f\"\n[[discover]]\nportal = \"office\"\nunder = \"0\"\npath = \"/srv/g\"", "discover[2].under", "looks there already"},
	} {
		t.Run(c.name, func(t *testing.T) {
			one(t, faultsOf(t, first+c.second+"\n"), c.key, c.want)
		})
	}
}

func TestFoldersThatWouldReachTooFarAreRefused(t *testing.T) {
	m := testMachine(t)
	m.tops = locateAll([]string{filepath.Dir(m.home)})
	other := filepath.Join(filepath.Dir(m.home), "bert") // a home that no list names, known by what it lies in
	m.homes = append(m.homes, locate(filepath.Join(t.TempDir(), "homes", "carla")))
	carla := m.homes[1].path
	file := filepath.Join(m.home, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"/":                                    "whole disk",
		"/..":                                  "whole disk",
		"~":                                    "is a home directory",
		m.home + "/x/..":                       "is a home directory",
		strings.ToUpper(m.home):                "is a home directory",
		filepath.Dir(m.home):                   "holds the home directory",
		other:                                  "is, or holds, a home directory",
		carla:                                  "is a home directory",
		filepath.Dir(carla):                    "holds the home directory",
		"relative/path":                        "must be an absolute path",
		"./x":                                  "must be an absolute path",
		"~anna/x":                              "must be an absolute path",
		filepath.Join(m.home, ".dossier", "x"): "where dossier keeps deleted files",
		filepath.Join(m.home, "c", ".DOSSIER"): "where dossier keeps deleted files",
		file:                                   "is no folder",
		"/srv/a\\u0000b":                       "NUL byte",
		filepath.Join(m.home, "Clients"):       "",
		"~/Clients":                            "",
		filepath.Join(m.home, "not", "there yet"): "",
	} {
		for _, text := range []string{
			"root = \"" + path + "\"\n" + office,
			office + "[[client]]\nname = \"a\"\nportal = \"office\"\nfolder = \"1\"\npath = \"" + path + "\"\n",
			office + "[[discover]]\nportal = \"office\"\nunder = \"1\"\npath = \"" + path + "\"\n",
		} {
			cfg, err := parse("dossier.toml", []byte(text), m)
			switch {
			case want == "" && err != nil:
				t.Errorf("%s: %v", path, err)
			case want == "" && cfg.Root != "" && !filepath.IsAbs(cfg.Root):
				t.Errorf("root = %q, want an absolute path", cfg.Root)
			case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
				t.Errorf("%s: %v, want an error that says %q", path, err, want)
			}
		}
	}
}

func TestLinksHideNothing(t *testing.T) {
	m := testMachine(t)
	real := filepath.Join(m.home, "real")
	if err := os.MkdirAll(filepath.Join(real, "jansen"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{"same": filepath.Join(real, "jansen"), "above": real, "home": m.home} {
		if err := os.Symlink(target, filepath.Join(m.home, name)); err != nil {
			t.Fatal(err)
		}
	}
	client := func(name, id, path string) string {
		return "[[client]]\nname = \"" + name + "\"\nportal = \"office\"\nfolder = \"" + id + "\"\npath = '" + path + "'\n"
	}
	// Of two folders that are not there yet, only following the link above shows that they are one.
	both := office + client("Jansen", "1", filepath.Join(real, "new")) + client("B", "2", filepath.Join(m.home, "above", "new"))
	if _, err := parse("dossier.toml", []byte(both), m); err == nil || !strings.Contains(err.Error(), "already (links") {
		t.Errorf("two ways to a folder to be made: %v", err)
	}
	first := office + client("Jansen", "1", filepath.Join(real, "jansen"))
	for path, want := range map[string]string{
		filepath.Join(m.home, "same"):                         "is the folder of client \"Jansen\" already",
		filepath.Join(m.home, "above", "jansen", "not there"): "lies inside the folder of client \"Jansen\"",
		filepath.Join(m.home, "above"):                        "lies inside the folder of client \"B\"",
		filepath.Join(m.home, "home"):                         "is a home directory",
		filepath.Join(m.home, "above", "b"):                   "",
	} {
		_, err := parse("dossier.toml", []byte(first+client("B", "2", path)), m)
		if (want == "" && err != nil) || (want != "" && (err == nil || !strings.Contains(err.Error(), want))) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
}

func TestTheRootAndTheStateKeepApartFromClients(t *testing.T) {
	client := func(path string) string {
		return office + "[[client]]\nname = \"a\"\nportal = \"office\"\nfolder = \"1\"\n" + path
	}
	for _, c := range []struct{ name, text, key, want string }{
		{"a client under the root", "root = \"/srv/clients\"\n" + client(""), "", ""},
		{"a client elsewhere", "root = \"/srv/clients\"\n" + client("path = \"/srv/a\"\n"), "", ""},
		{"no root and no path", client(""), "client[1].path", "there is no root to put the folder under"},
		{"the root itself", "root = \"/srv/clients\"\n" + client("path = \"/srv/clients\"\n"), "client[1].path", "holds the root"},
		{"above the root", "root = \"/srv/clients\"\n" + client("path = \"/srv\"\n"), "client[1].path", "holds the root"},
		{"the state in the root", "root = \"/srv/clients\"\nstate = \"/srv/clients/state\"\n" + client(""), "state", "must not lie inside one another"},
		{"the state in a client", "state = \"/srv/a/state\"\n" + client("path = \"/srv/a\"\n"), "state", "must not lie inside one another"},
		{"a client in the state", "state = \"/srv\"\n" + client("path = \"/srv/a\"\n"), "state", "must not lie inside one another"},
		{"a relative state", "state = \"here\"\n" + client("path = \"/srv/a\"\n"), "state", "must be an absolute path"},
		{"the state beside", "state = \"/srv/state\"\n" + client("path = \"/srv/a\"\n"), "", ""},
	} {
		t.Run(c.name, func(t *testing.T) { one(t, faultsOf(t, c.text), c.key, c.want) })
	}
}

func TestAUserWithoutAHomeIsToldSo(t *testing.T) {
	text := "root = \"~/Clients\"\n" + office
	_, err := parse("dossier.toml", []byte(text), machine{})
	if err == nil || !strings.Contains(err.Error(), "no home directory; write the whole path") || !strings.Contains(err.Error(), "state: missing") {
		t.Errorf("got %v, want both faults", err)
	}
}
