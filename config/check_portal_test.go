package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestPortalsAreChecked(t *testing.T) {
	const box = "[portal.p]\nkind = \"box\"\ntoken = \"env:T\"\n"
	const back = "[portal.p]\nkind = \"backoffice\"\nemail = \"a@example.com\"\npassword = \"env:P\"\nurl = \"https://b.example.com\"\n"
	for _, c := range []struct{ name, text, key, want string }{
		{"no kind", "[portal.p]\ntoken = \"env:T\"\n", "portal.p.kind", "missing; write box, mijnklantportaal, filesro or backoffice"},
		{"an unknown kind", "[portal.p]\nkind = \"dropbox\"\n", "portal.p.kind", `"dropbox" is no kind of portal`},
		{"a name that is no file name", "[portal.\"a/b\"]\nkind = \"box\"\ntoken = \"env:T\"\n", "portal.a/b", "cannot be a portal's name"},
		{"a device's name", "[portal.nul]\nkind = \"box\"\ntoken = \"env:T\"\n", "portal.nul", "cannot be a portal's name"},
		{"names that differ in capitals alone", box + strings.Replace(box, "portal.p", "portal.P", 1), "portal.p", "there is [portal.P] already"},

		{"Box without sign-in", "[portal.p]\nkind = \"box\"\n", "portal.p", "nothing says how to sign in; box signs in with token, or client_id"},
		{"Box with half an application", "[portal.p]\nkind = \"box\"\nclient_id = \"a\"\nclient_secret = \"env:S\"\n", "portal.p", "client_id, client_secret together are no way to sign in"},
		{"Box with a password", "[portal.p]\nkind = \"box\"\nemail = \"a@example.com\"\npassword = \"env:P\"\n", "portal.p", "email, password together are no way"},
		{"Box with an application", "[portal.p]\nkind = \"box\"\nclient_id = \"a\"\nclient_secret = \"env:S\"\nsubject = \"user:12\"\n", "", ""},
		{"Box with a refresh token", "[portal.p]\nkind = \"box\"\nclient_id = \"a\"\nclient_secret = \"env:S\"\ntoken = \"env:T\"\n", "", ""},
		{"a subject that is none", "[portal.p]\nkind = \"box\"\nclient_id = \"a\"\nclient_secret = \"env:S\"\nsubject = \"anna\"\n", "portal.p.subject", `write "enterprise:ID" or "user:ID"`},
		{"MijnKlantportaal with a key", "[portal.p]\nkind = \"mijnklantportaal\"\ntoken = \"env:T\"\n", "", ""},
		{"MijnKlantportaal with a subject", "[portal.p]\nkind = \"mijnklantportaal\"\nclient_id = \"a\"\nclient_secret = \"env:S\"\nsubject = \"user:12\"\n", "portal.p", "together are no way"},
		{"Files.ro with a token", "[portal.p]\nkind = \"filesro\"\ntoken = \"env:T\"\n", "", ""},
		{"Files.ro with a password", "[portal.p]\nkind = \"filesro\"\nemail = \"a@example.com\"\npassword = \"env:P\"\n", "", ""},
		{"Files.ro with both", "[portal.p]\nkind = \"filesro\"\nemail = \"a@example.com\"\npassword = \"env:P\"\ntoken = \"env:T\"\n", "portal.p", "together are no way"},
		{"an address that is none", "[portal.p]\nkind = \"filesro\"\nemail = \"anna\"\npassword = \"env:P\"\n", "portal.p.email", "is no e-mail address"},
		{"a Back Office", back, "", ""},
		{"a Back Office without address", strings.Replace(back, "url", "#", 1), "portal.p.url", "a Back Office has no address of its own"},
		{"a Back Office with a token", back + "token = \"env:T\"\n", "portal.p", "together are no way"},

		{"an origin", box + "url = \"https://box.example.com:8443\"\n", "", ""},
		{"an origin on this machine", box + "url = \"http://127.0.0.1:4711\"\n", "", ""},
		{"an origin on this machine, newer", box + "url = \"http://[::1]:4711\"\n", "", ""},
		{"an origin by its name on this machine", box + "url = \"http://localhost:4711/\"\n", "", ""},
		{"an address in the clear", box + "url = \"http://box.example.com\"\n", "portal.p.url", "travel in the clear"},
		{"a name that only begins like this machine", box + "url = \"http://127.0.0.1.example.com\"\n", "portal.p.url", "travel in the clear"},
		{"an address with a path", box + "url = \"https://box.example.com/2.0\"\n", "portal.p.url", "write only the origin, https://box.example.com"},
		{"an address with a query", box + "url = \"https://box.example.com?a=b\"\n", "portal.p.url", "write only the origin"},
		{"an address without scheme", box + "url = \"box.example.com\"\n", "portal.p.url", "this is no address"},
		{"an address of another world", box + "url = \"file:///etc/passwd\"\n", "portal.p.url", "this is no address"},
		{"an address with a password", box + "url = \"https://anna:hunter2@box.example.com\"\n", "portal.p.url", "must not stand in an address"},

		{"a proxy", box + "proxy = \"socks5://proxy.example:1080\"\n", "", ""},
		{"a proxy with a password", box + "proxy = \"http://anna:hunter2@proxy.example:1080\"\n", "portal.p.proxy", "must not stand in this file"},
		{"a proxy that is none", box + "proxy = \"proxy.example:1080\"\n", "portal.p.proxy", "this is no proxy"},
		{"certificates that are not there", box + "ca = \"/nowhere/office.pem\"\n", "portal.p.ca", "no such file"},
		{"certificates at a relative path", box + "ca = \"office.pem\"\n", "portal.p.ca", "must be an absolute path"},
		{"a negative limit", box + "limits = { calls = -1 }\n", "portal.p.limits.calls", "-1 is out of range"},
		{"an assumption that is a list", box + "assume = { listing = [true] }\n", "portal.p.assume.listing", "write true, false"},
		{"assumptions", box + "assume = { listing = true, page = 15, unit = \"kB\" }\n", "", ""},

		{"a download on Box", box + "download = \"https://b.example.com/{file}\"\n", "portal.p.download", "only a Back Office needs this"},
		{"a download", back + "download = \"https://b.example.com/storage/{file}\"\n", "", ""},
		{"a download without placeholder", back + "download = \"https://b.example.com/storage\"\n", "portal.p.download", "a placeholder is missing"},
		{"a download from a host made up by the portal", back + "download = \"https://{file}/storage\"\n", "portal.p.download", "only behind the host"},
		{"a download with an unknown placeholder", back + "download = \"https://b.example.com/{file}/{x}\"\n", "portal.p.download", "an unknown placeholder"},
		{"a download in the clear", back + "download = \"http://b.example.com/{file}\"\n", "portal.p.download", "travel in the clear"},
	} {
		t.Run(c.name, func(t *testing.T) {
			faults := faultsOf(t, c.text)
			one(t, faults, c.key, c.want)
			if strings.Contains(faults.Error(), "hunter2") {
				t.Errorf("the password is repeated: %v", faults)
			}
		})
	}
}

func TestSignInIsWhatTheKeysSay(t *testing.T) {
	cfg := load(t, "[portal.a]\nkind = \"box\"\ntoken = \"env:T\"\n"+
		"[portal.b]\nkind = \"box\"\nclient_id = \"a\"\nclient_secret = \"env:S\"\nsubject = \"enterprise:12\"\n"+
		"[portal.c]\nkind = \"mijnklantportaal\"\nclient_id = \"a\"\nclient_secret = \"env:S\"\ntoken = \"env:T\"\n"+
		"[portal.d]\nkind = \"filesro\"\nemail = \"a@example.com\"\npassword = \"env:P\"\nurl = \"https://files.example.com/\"\n")
	for name, want := range map[string]SignIn{"a": SignInToken, "b": SignInApp, "c": SignInRefresh, "d": SignInPassword} {
		if got := cfg.Portals[name].SignIn(); got != want {
			t.Errorf("portal %s signs in by %q, want %q", name, got, want)
		}
	}
	if got := cfg.Portals["d"].URL; got != "https://files.example.com" {
		t.Errorf("url = %q, want it without the slash at its end", got)
	}
}

func TestCertificatesAreReadBeforeTheyAreNeeded(t *testing.T) {
	m := testMachine(t)
	good, bad := filepath.Join(m.home, "good.pem"), filepath.Join(m.home, "bad.pem")
	for path, text := range map[string]string{good: testCertificate, bad: "no certificate"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cfg, err := parse("dossier.toml", []byte(office+"ca = \"~/good.pem\"\n"), m)
	if err != nil || cfg.Portals["office"].CA != good {
		t.Errorf("ca = %v, %v; want %s", cfg, err, good)
	}
	if _, err := parse("dossier.toml", []byte(office+"ca = \"~/bad.pem\"\n"), m); err == nil || !strings.Contains(err.Error(), "holds no certificate") {
		t.Errorf("a file without certificate: %v", err)
	}
}
