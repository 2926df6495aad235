package doctor

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"dossier/config"
	"dossier/daemon"
	"dossier/remote"
	"dossier/syncer/local"
)

// verdict is what a case wants: a line of a check at a level, with a text in what it says, what to do, or what to set.
type verdict struct {
	check string
	level Level
	text  string
}

// has checks that the lines hold each verdict, and nothing wrong besides.
func has(t *testing.T, lines []Line, want ...verdict) {
	t.Helper()
	wrong := 0
	for _, w := range want {
		found := false
		for _, l := range lines {
			found = found || l.Check == w.check && l.Level == w.level && strings.Contains(l.Says+"\n"+l.Do+"\n"+l.Set, w.text)
		}
		if !found {
			t.Errorf("no line %+v among\n%+v", w, lines)
		}
		if w.level == Wrong {
			wrong++
		}
	}
	for _, l := range lines {
		if l.Level == Wrong {
			wrong--
		}
		if l.Level == Wrong && l.Do == "" {
			t.Errorf("nothing says what to do about %+v", l)
		}
	}
	if wrong != 0 {
		t.Errorf("other things are wrong, too: %+v", lines)
	}
}

func TestWhoRunsItAndWhatHeReaches(t *testing.T) {
	ref := func(scheme string) []reference { return []reference{{"office", "token", scheme}} }
	for _, c := range []struct {
		name   string
		person person
		refs   []reference
		mapped []string
		want   []verdict
	}{
		{"the accountant with his keyring", person{name: "anna"}, ref("keyring"), nil, []verdict{{"user", Well, "anna"}}},
		{"root", person{name: "root", root: true}, nil, nil, []verdict{{"user", Note, "as the accountant"}}},
		{"a service and a keyring", person{name: "dossier", service: true}, ref("keyring"), nil, []verdict{{"secret", Wrong, `token = "file:`}}},
		{"a service and a file", person{name: "dossier", service: true}, ref("file"), nil, []verdict{{"user", Well, "dossier"}}},
		{"a service and a variable", person{name: "dossier", service: true}, ref("env"), nil, []verdict{{"secret", Note, "service's definition"}}},
		{"a shell and a variable", person{name: "anna"}, ref("env"), nil, []verdict{{"secret", Note, "those of your shell"}}},
		{"a credential without systemd", person{name: "anna"}, ref("credential"), nil, []verdict{{"secret", Note, "LoadCredential"}}},
		{"a credential with systemd", person{name: "dossier", service: true, credential: true}, ref("credential"), nil, []verdict{{"user", Well, ""}}},
		{"a service and a mapped drive", person{name: "dossier", service: true}, nil, []string{"Z:"}, []verdict{{"mapped-drive", Wrong, `\\server\share`}}},
		{"the accountant and a mapped drive", person{name: "anna"}, nil, []string{"Z:"}, []verdict{{"user", Well, ""}}},
	} {
		t.Run(c.name, func(t *testing.T) { has(t, whoRuns(c.person, c.refs, c.mapped), c.want...) })
	}
}

func TestAKeyringThatIsLockedNeedsASignIn(t *testing.T) {
	has(t, []Line{keyringLine(nil)}, verdict{"keyring", Well, ""})
	l := keyringLine(errors.New("no bus"))
	has(t, []Line{l}, verdict{"keyring", Wrong, "no bus"})
	if !l.signIn {
		t.Error("it is no matter of signing in")
	}
}

func TestTheClock(t *testing.T) {
	now := time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		now, built time.Time
		want       Level
	}{
		{now, time.Time{}, Well}, {now, now.Add(-time.Hour), Well}, {now, now.Add(time.Hour), Wrong},
		{time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC), time.Time{}, Wrong}, {now.AddDate(200, 0, 0), time.Time{}, Wrong},
	} {
		has(t, []Line{clock(c.now, c.built)}, verdict{"clock", c.want, ""})
	}
	for d, want := range map[time.Duration]verdict{
		0: {"clock", Well, "agrees"}, 30 * time.Second: {"clock", Well, ""}, -2 * time.Minute: {"clock", Note, "2m0s behind"},
		3 * time.Minute: {"clock", Note, "3m0s ahead"}, 6 * time.Minute: {"clock", Wrong, "ahead"}, -time.Hour: {"clock", Wrong, "behind"},
	} {
		has(t, []Line{skew(now.Add(d), now)}, want)
	}
}

func TestWatchesAreComparedWithFolders(t *testing.T) {
	for _, c := range []struct {
		name   string
		limits limits
		want   []verdict
	}{
		{"plenty", limits{watches: 100_000, instances: 128, folders: 5000, clients: 10, counted: true}, []verdict{{"watches", Well, "5,000 folders"}}},
		{"tight", limits{watches: 8192, instances: 128, folders: 7000, counted: true}, []verdict{{"watches", Note, "max_user_watches=524288"}}},
		{"too few", limits{watches: 8192, instances: 128, folders: 600_000, counted: true}, []verdict{{"watches", Wrong, "max_user_watches=2097152"}}},
		{"not counted", limits{watches: 8192, instances: 128, folders: 100}, []verdict{{"watches", Unknown, "8,192"}}},
		{"more clients than watchers", limits{watches: 1 << 20, instances: 128, clients: 120, counted: true}, []verdict{{"watchers", Note, "max_user_instances=512"}}},
	} {
		t.Run(c.name, func(t *testing.T) { has(t, watches(c.limits), c.want...) })
	}
}

func TestRoomIsComparedWithTheReserve(t *testing.T) {
	const gb = 1_000_000_000
	for _, c := range []struct {
		free, reserve int64
		err           error
		want          verdict
	}{
		{500 * gb, 10 * gb, nil, verdict{"space", Well, "500 GB free of 1.0 TB"}}, {10 * gb, 10 * gb, nil, verdict{"space", Wrong, "disk.reserve"}},
		{10*gb + 1, 10 * gb, nil, verdict{"space", Note, "tight"}}, {40 * gb, 0, nil, verdict{"space", Note, "tight"}},
		{0, 0, errors.New("no disk"), verdict{"space", Unknown, "no disk"}},
	} {
		has(t, []Line{room("/c", space{free: c.free, total: 1000 * gb}, c.reserve, c.err)}, c.want)
	}
}

func TestTheStateIsInGoodHands(t *testing.T) {
	for name, c := range map[string]struct {
		f    stateFacts
		want verdict
	}{
		"well":                {stateFacts{there: true, write: may}, verdict{"state", Well, "/s"}},
		"not there yet":       {stateFacts{write: may}, verdict{"state", Well, "first run"}},
		"on a network drive":  {stateFacts{there: true, network: true, kind: "nfs", write: may}, verdict{"state", Wrong, "nfs"}},
		"not to be written":   {stateFacts{there: true, write: mayNot}, verdict{"state", Wrong, "may not write"}},
		"open to others":      {stateFacts{there: true, write: may, open: true}, verdict{"state", Note, "chmod 700"}},
		"no folder":           {stateFacts{err: errors.New("it is no folder")}, verdict{"state", Wrong, "no folder"}},
		"of a newer dossier":  {stateFacts{there: true, newer: errors.New("schema 99")}, verdict{"state", Wrong, "schema 99"}},
		"on an unknown drive": {stateFacts{kindErr: errors.New("odd")}, verdict{"state", Unknown, "odd"}},
	} {
		t.Run(name, func(t *testing.T) {
			c.f.path = "/s"
			has(t, []Line{stateLine(c.f)}, c.want)
		})
	}
}

func TestFoldersAreLookedOver(t *testing.T) {
	theirs := &local.Marker{Mirror: "b", Host: "pc2"}
	ours := &local.Marker{Mirror: "a", Host: "pc1"}
	well := folder{there: true, write: may, ran: true, mirror: "a", marker: ours, kind: "ext4"}
	with := func(change func(f *folder)) folder { f := well; change(&f); return f }
	for _, c := range []struct {
		name string
		f    folder
		want []verdict
	}{
		{"well", well, []verdict{{"folder", Well, "A: /c/A (ext4)"}}},
		{"not there yet", folder{write: may}, []verdict{{"folder", Well, "first run"}}},
		{"not there any more", with(func(f *folder) { f.there = false }), []verdict{{"folder", Wrong, "was"}}},
		{"no folder", folder{err: errors.New("it is no folder")}, []verdict{{"folder", Wrong, "no folder"}}},
		{"not to be written", with(func(f *folder) { f.write = mayNot }), []verdict{{"folder", Wrong, "may not write"}}},
		{"writing is not told", with(func(f *folder) { f.write = notTold }), []verdict{{"folder", Well, "--probe-writes"}}},
		{"without its marker", with(func(f *folder) { f.marker = nil }), []verdict{{"marker", Wrong, "lost its marker"}}},
		{"with another's marker", with(func(f *folder) { f.marker = theirs }), []verdict{{"marker", Wrong, "pc2"}}},
		{"marked by an earlier installation", with(func(f *folder) { f.ran = false }), []verdict{{"marker", Wrong, "remove the file"}}},
		{"a link", with(func(f *folder) { f.leads = "/mnt/x" }), []verdict{{"redirected", Note, "/mnt/x"}}},
		{"in a cloud", with(func(f *folder) { f.cloud, f.sure = "OneDrive", true }), []verdict{{"cloud", Wrong, "OneDrive"}}},
		{"named like a cloud", with(func(f *folder) { f.cloud = "Dropbox" }), []verdict{{"cloud", Note, "Dropbox"}}},
		{"placeholders", with(func(f *folder) { f.absent = 3 }), []verdict{{"placeholder", Wrong, "3 files"}}},
		{"a network drive", with(func(f *folder) { f.network, f.kind = true, "smb2" }), []verdict{{"network", Note, "smb2"}}},
		{"a stick", with(func(f *folder) { f.kind = "vfat" }), []verdict{{"file-system", Note, "vfat"}}},
		{"tried", with(func(f *folder) {
			f.tried, f.folding = true, local.Folding{Case: true, Granularity: 100, NoReplace: true, NoReplaceIn: true}
		}),
			[]verdict{{"file-system", Well, `"A" and "a" are one name, the two forms of "ä" are two names, times to 100ns`}}},
		{"tried, and renames replace", with(func(f *folder) { f.tried = true }), []verdict{{"file-system", Note, "cannot refuse a rename"}}},
		{"tried in vain", with(func(f *folder) { f.tried, f.tryErr = true, errors.New("read-only") }), []verdict{{"file-system", Wrong, "read-only"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.f.who, c.f.path = "A", "/c/A"
			has(t, lookOver(c.f), c.want...)
		})
	}
}

func TestCloudsAreRecognised(t *testing.T) {
	none := func(string) string { return "" }
	for _, c := range []struct {
		goos, home, path string
		env              map[string]string
		mark             string
		cloud            string
		sure             bool
	}{
		{"linux", "/home/anna", "/home/anna/Clients/A", nil, "", "", false},
		{"linux", "/home/anna", "/home/anna/Dropbox/Clients", nil, "/home/anna/Dropbox/.dropbox", "Dropbox", true},
		{"linux", "/home/anna", "/home/anna/Dropbox (Kantoor)/Clients", nil, "", "Dropbox", false},
		{"linux", "/home/anna", "/home/anna/Dropboxes/Clients", nil, "", "", false},
		{"linux", "/home/anna", "/data/nc/Clients", nil, "/data/nc/.sync_journal.db", "Nextcloud or ownCloud", true},
		{"linux", "/home/anna", "/home/anna/Box/Clients", nil, "", "Box Drive", false},
		{"darwin", "/Users/anna", "/Users/anna/Library/CloudStorage/OneDrive-Kantoor/Clients", nil, "", "OneDrive", true},
		{"darwin", "/Users/anna", "/Users/anna/Library/CloudStorage/Dropbox/Clients", nil, "", "Dropbox", true},
		{"darwin", "/Users/anna", "/Users/anna/Library/Mobile Documents/com~apple~CloudDocs/Clients", nil, "", "iCloud Drive", true},
		{"windows", `C:\Users\anna`, `C:\Users\Anna\OneDrive - Kantoor\Clients`, map[string]string{"OneDriveCommercial": `C:\Users\anna\OneDrive - Kantoor`}, "", "OneDrive", true},
		{"windows", `C:\Users\anna`, `D:\OneDrive - Kantoor\Clients`, nil, "", "OneDrive", false},
		{"windows", `C:\Users\anna`, `G:\My Drive\Clients`, nil, "", "Google Drive", false},
		{"windows", `C:\Users\anna`, `D:\Clients\A`, map[string]string{"OneDrive": `C:\Users\anna\OneDrive`}, "", "", false},
	} {
		f := cloudFacts{goos: c.goos, home: c.home, env: none, exists: func(p string) bool { return c.mark != "" && p == c.mark }}
		if c.env != nil {
			f.env = func(name string) string { return c.env[name] }
		}
		if cloud, sure := cloudOf(c.path, f); cloud != c.cloud || sure != c.sure {
			t.Errorf("%s %s: %q, %v; want %q, %v", c.goos, c.path, cloud, sure, c.cloud, c.sure)
		}
	}
}

func TestTheWayToAPortal(t *testing.T) {
	now := time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)
	cert := func(days int) []*x509.Certificate {
		return []*x509.Certificate{{NotAfter: now.Add(time.Duration(days)*24*time.Hour + time.Hour)},
			{Subject: pkix.Name{CommonName: "Some CA"}, NotAfter: now.AddDate(9, 0, 0)}}
	}
	failed := func(err error) connection { return connection{asked: true, host: "p.example", err: err} }
	for _, c := range []struct {
		name string
		seen connection
		want []verdict
	}{
		{"not asked", connection{}, nil},
		{"well", connection{asked: true, host: "p.example", at: now, date: now, chain: cert(90)}, []verdict{{"way", Well, "p.example answers"}, {"certificate", Well, "Some CA, is good for 90 days"}, {"clock", Well, ""}}},
		{"through a proxy", connection{asked: true, host: "p.example", at: now, proxy: "http://proxy:3128", chain: cert(90)}, []verdict{{"way", Well, "http://proxy:3128"}}},
		{"in the clear, within this computer", connection{asked: true, plain: true}, []verdict{{"certificate", Well, "not encrypted"}}},
		{"a certificate at its end", connection{asked: true, at: now, chain: cert(13)}, []verdict{{"certificate", Note, "renew it by 2026-12-08"}}},
		{"a certificate that has ended", connection{asked: true, at: now, chain: cert(-2)}, []verdict{{"certificate", Wrong, "expired"}}},
		{"no certificate was shown", connection{asked: true, at: now}, []verdict{{"certificate", Unknown, ""}}},
		{"another clock", connection{asked: true, at: now, date: now.Add(time.Hour), chain: cert(90)}, []verdict{{"clock", Wrong, "behind"}}},
		{"nobody vouches", failed(fmt.Errorf("x: %w", x509.UnknownAuthorityError{})), []verdict{{"certificate", Wrong, `ca = "`}}},
		{"another name", failed(x509.HostnameError{Certificate: &x509.Certificate{}, Host: "p.example"}), []verdict{{"certificate", Wrong, "another name"}}},
		{"expired", failed(x509.CertificateInvalidError{Cert: &x509.Certificate{}, Reason: x509.Expired}), []verdict{{"certificate", Wrong, "expired"}}},
		{"no such host", failed(&net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host"}}), []verdict{{"way", Wrong, "no such host"}}},
		{"nobody listens", failed(&net.OpError{Op: "dial", Err: errors.New("refused")}), []verdict{{"way", Wrong, "nobody listens"}}},
		{"the proxy refuses", failed(&net.OpError{Op: "proxyconnect", Err: errors.New("refused")}), []verdict{{"proxy", Wrong, "HTTPS_PROXY"}}},
		{"the proxy wants a password", failed(errors.New("Proxy Authentication Required")), []verdict{{"proxy", Wrong, "does not let us through"}}},
		{"silence", failed(errors.New("EOF")), []verdict{{"way", Wrong, "no answer"}}},
	} {
		t.Run(c.name, func(t *testing.T) { has(t, way(c.seen), c.want...) })
	}
}

func TestSigningIn(t *testing.T) {
	who := remote.Account{ID: "1", Name: "Anna", Login: "anna@example.com"}
	code := func(c remote.Code) error { return &remote.Error{Op: "ask", Code: c} }
	for _, c := range []struct {
		name  string
		err   error
		told  bool
		want  []verdict
		exits int
	}{
		{"accepted, and not told as whom", nil, true, []verdict{{"sign-in", Well, "does not tell"}}, 0},
		{"well", nil, true, []verdict{{"sign-in", Well, "Anna (anna@example.com)"}}, 0},
		{"refused", code(remote.SignIn), true, []verdict{{"sign-in", Wrong, "dossier login office"}}, daemon.ExitSignIn},
		{"unreachable, as said", code(remote.Unavailable), true, nil, 0},
		{"unreachable, and nothing said", code(remote.Unavailable), false, []verdict{{"sign-in", Wrong, "cannot be told"}}, daemon.ExitError},
		{"something else", code(remote.Corrupt), true, []verdict{{"sign-in", Wrong, "corrupt"}}, daemon.ExitError},
	} {
		t.Run(c.name, func(t *testing.T) {
			lines := signedIn("office", who, c.name != "accepted, and not told as whom", c.err, c.told)
			has(t, lines, c.want...)
			r := Report{Groups: []Group{{Lines: lines}}}
			if r.judge(); r.Exit != c.exits || r.OK != (c.exits == 0) {
				t.Errorf("exit %d, want %d", r.Exit, c.exits)
			}
		})
	}
	has(t, []Line{notOpened("office", &daemon.SecretError{Key: "token", Err: errors.New("not set")})}, verdict{"sign-in", Wrong, "dossier login office"})
	has(t, []Line{notOpened("office", errors.New("locked"))}, verdict{"sign-in", Wrong, "locked"})
	has(t, []Line{notOpened("office", &daemon.KindError{Portal: "office", Kind: config.FilesRo})}, verdict{"kind", Wrong, "newer dossier"})
}

// Sign-in is told by the exit code before anything else that is wrong.
func TestSignInGoesBeforeOtherFaults(t *testing.T) {
	r := Report{Groups: []Group{{Lines: []Line{{Level: Wrong}, {Level: Wrong, signIn: true}, {Level: Wrong}, {Level: Note}}}}}
	if r.judge(); r.Exit != daemon.ExitSignIn || r.OK {
		t.Errorf("exit %d, ok %v", r.Exit, r.OK)
	}
	r = Report{Groups: []Group{{Lines: []Line{{Level: Well}, {Level: Note}, {Level: Unknown}}}}}
	if r.judge(); r.Exit != 0 || !r.OK {
		t.Errorf("exit %d, ok %v", r.Exit, r.OK)
	}
}

func TestAFullAccountIsTold(t *testing.T) {
	const gb = 1_000_000_000
	for used, want := range map[int64]Level{10 * gb: "", 96 * gb: Note, 100 * gb: Wrong, 101 * gb: Wrong} {
		l, told := full(remote.Account{Space: 100 * gb, Used: used})
		if told != (want != "") || l.Level != want {
			t.Errorf("%d used: %+v", used, l)
		}
	}
	if _, told := full(remote.Account{Used: 5}); told {
		t.Error("an account that tells no space is called full")
	}
}

func TestWhatBecomesOfDeletions(t *testing.T) {
	set := func(v bool) map[string]any { return map[string]any{"trash": v} }
	for _, c := range []struct {
		name   string
		can    bool
		assume map[string]any
		facts  trashFacts
		want   Level
	}{
		{"set: it has one", true, set(true), trashFacts{asks: true}, Well}, {"set: it has none", true, set(false), trashFacts{has: true, known: true, asks: true}, Note},
		{"found out: it has one", true, nil, trashFacts{has: true, known: true, asks: true}, Well}, {"found out: it has none", true, nil, trashFacts{known: true, asks: true}, Note},
		{"not found out", true, nil, trashFacts{asks: true}, Unknown}, {"a portal without", false, nil, trashFacts{}, Note}, {"a portal that always has one", true, nil, trashFacts{}, Well},
	} {
		l := trashLine(remote.Features{Trash: c.can}, config.Portal{Assume: c.assume}, c.facts)
		if l.Level != c.want {
			t.Errorf("%s: %+v, want %s", c.name, l, c.want)
		}
	}
}

func TestFoldersOnThePortalThatCannotBeReadAreTold(t *testing.T) {
	for code, want := range map[remote.Code]string{remote.NotFound: "not on the portal", remote.Trashed: "trash", remote.Denied: "may not be read", remote.Busy: "busy", remote.Corrupt: "Check `folder`"} {
		has(t, []Line{notSeen("A", "7", &remote.Error{Code: code})}, verdict{"client-folder", Wrong, want})
	}
}

func TestEachAssumptionIsToldOf(t *testing.T) {
	all := []remote.Assumption{
		{ID: "A1", Says: "deletions go to the trash", Setting: "trash", Default: true, Probe: true},
		{ID: "A2", Says: "names are short", Why: "either fits"},
		{ID: "A3", Says: "folders can be listed", Setting: "listing", Default: false, Probe: true},
		{ID: "A4", Says: "nobody knows", Setting: "odd", Default: int64(3)},
	}
	find := func(f ...remote.Finding) probed { return probed{can: true, wrote: true, found: f} }
	for _, c := range []struct {
		name string
		p    probed
		set  map[string]any
		want []verdict
	}{
		{"nothing may be written", probed{can: true}, nil, []verdict{{"assumption A1", Unknown, "--probe-writes"}, {"assumption A2", Unknown, "either fits"}, {"assumption A4", Unknown, "set another odd under `assume` than 3"}}},
		{"nobody can find out", probed{}, nil, []verdict{{"assumption A1", Unknown, "assume = { trash = false }"}}},
		{"it holds", find(remote.Finding{ID: "A1", Verdict: remote.Held, Seen: "it lay there"}), nil, []verdict{{"assumption A1", Well, "it lay there"}}},
		{"it differs", find(remote.Finding{ID: "A1", Verdict: remote.Differs, Setting: "trash", Value: false}), map[string]any{"odd": int64(4)},
			[]verdict{{"assumption A1", Wrong, "assume = { odd = 4, trash = false }"}}},
		{"it holds, and is to be told", find(remote.Finding{ID: "A3", Verdict: remote.Held, Setting: "listing", Value: true}), nil, []verdict{{"assumption A3", Note, "assume = { listing = true }"}}},
		{"it holds, and is set so", find(remote.Finding{ID: "A3", Verdict: remote.Held, Setting: "listing", Value: true}), map[string]any{"listing": true}, []verdict{{"assumption A3", Well, ""}}},
		{"it differs, and is set so", find(remote.Finding{ID: "A1", Verdict: remote.Differs, Setting: "trash", Value: false}), map[string]any{"trash": false}, []verdict{{"assumption A1", Note, "set: assume = { trash = false }"}}},
		{"it differs, and is lived with", find(remote.Finding{ID: "A2", Verdict: remote.Differs, Seen: "long"}), nil, []verdict{{"assumption A2", Note, "long"}}},
		{"two differ, and one line settles both", find(remote.Finding{ID: "A1", Verdict: remote.Differs, Setting: "trash", Value: false}, remote.Finding{ID: "A3", Verdict: remote.Differs, Setting: "listing", Value: true}), nil,
			[]verdict{{"assumption A1", Wrong, "assume = { listing = true, trash = false }"}, {"assumption A3", Wrong, "assume = { listing = true, trash = false }"}}},
		{"it could not be told", find(remote.Finding{ID: "A3", Seen: "no folder to list"}), nil, []verdict{{"assumption A3", Unknown, "no folder to list"}}},
		{"the portal could not be asked", probed{can: true, err: errors.New("down")}, nil, []verdict{{"assumptions", Wrong, "down"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			lines := assumed(all, c.p, c.set)
			has(t, lines, c.want...)
			if len(lines) < len(all) {
				t.Errorf("%d lines for %d assumptions", len(lines), len(all))
			}
		})
	}
}
