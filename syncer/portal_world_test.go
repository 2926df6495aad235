package syncer

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"dossier/remote"
	"dossier/remote/remotetest"
	"dossier/remote/rest"
	"dossier/remote/sandbox"
	"dossier/syncer/local"
	"dossier/syncer/local/simdisk"
	"dossier/syncer/plan"

	"github.com/google/go-cmp/cmp"
)

// portalWorld is one machine with one client, a portal's real driver, opened anew for each run, and its real sandbox, without sockets.
type portalWorld struct {
	*testWorld
	kind    portalKind
	server  *sandbox.Server
	info    sandbox.PortalInfo
	dial    *http.Transport
	ledger  *shelf
	tokens  *purse
	secrets *secrets
	log     *bytes.Buffer
	driver  remote.Driver // of the last run
}

func inPortalWorld(t *testing.T, kind portalKind, test func(w *portalWorld)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		server, err := sandbox.New(sandbox.Options{Seed: 1})
		must(t, err)
		defer server.Close()
		memory, err := server.InMemory(t.Context())
		must(t, err)
		defer memory.Close()
		dial := &http.Transport{DialContext: memory.DialContext, MaxIdleConnsPerHost: 16}
		defer dial.CloseIdleConnections()
		w := newPortalWorld(t, kind, server, memory.Info.Portals[kind.portal], dial, "pc")
		test(w)
		w.secrets.untold(t, w.log.String())
	})
}

func newPortalWorld(t *testing.T, kind portalKind, server *sandbox.Server, info sandbox.PortalInfo, dial *http.Transport, host string) *portalWorld {
	w := &portalWorld{kind: kind, server: server, info: info, dial: dial, ledger: newShelf(), tokens: newPurse(), secrets: newSecrets(info), log: new(bytes.Buffer)}
	w.testWorld = &testWorld{t: t, disk: simdisk.New(simdisk.Options{}), host: host, file: filepath.Join(t.TempDir(), "client.db"), gate: remotetest.NewGate(nil),
		connect: w.connect, opt: Options{Name: "Jansen", Folder: remote.ID(info.Folder), Guards: DefaultGuards, Host: host, Installation: "inst-" + host, Reserve: -1,
			Log: slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))}}
	w.driver = w.connect()
	return w
}

// another is a second machine with the same client, another disk and state, and a ledger of its own.
func (w *portalWorld) another(host string) *portalWorld {
	m := newPortalWorld(w.t, w.kind, w.server, w.info, w.dial, host)
	m.log, m.opt.Log, m.secrets = w.log, w.opt.Log, w.secrets
	return m
}

// connect opens the driver, as each process does.
func (w *portalWorld) connect() remote.Driver {
	w.t.Helper()
	i := w.info
	o := rest.Options{URL: i.URL, Token: rest.Secret(i.Token), Transport: w.dial, Wrap: w.secrets.watch(i.Downloads), Log: w.opt.Log,
		Assume: w.kind.assume, Ledger: w.ledger, Store: w.tokens, Limits: rest.Limits{Calls: 1_000_000}}
	if i.Token == "" {
		o.Email, o.Password = i.Email, rest.Secret(i.Password)
	}
	if w.kind.fetch {
		o.Download = i.URL + "/storage/{file}"
	}
	d, err := w.kind.open(o)
	must(w.t, err)
	w.driver = d
	return d
}

func (w *portalWorld) can() remote.Features { return w.driver.Features() }

// sees tells whether what others do on the portal comes down.
func (w *portalWorld) sees() bool { return w.can().Listing && !w.can().SendOnly }

// lasts tells whether a file that was deleted here stays on the portal.
func (w *portalWorld) lasts() bool { return !w.can().Delete || w.can().SendOnly && !w.can().Trash }

func at(path string) string { return sandbox.ClientsFolder + "/" + path }

// put saves a file in the portal's web pages.
func (w *portalWorld) put(path, content string) {
	w.t.Helper()
	_, err := w.server.Put(w.kind.portal, at(path), strings.NewReader(content), time.Time{})
	must(w.t, err)
}

func (w *portalWorld) trash(path string) {
	w.t.Helper()
	must(w.t, w.server.Trash(w.kind.portal, at(path)))
}
func (w *portalWorld) renameThere(path, name string) {
	w.t.Helper()
	must(w.t, w.server.Rename(w.kind.portal, at(path), name))
}
func (w *portalWorld) moveThere(path, to string) {
	w.t.Helper()
	must(w.t, w.server.Move(w.kind.portal, at(path), at(to)))
}

// there is the client's folder on the portal, by the paths that it has on disk: folders of a Back Office are called as the ledger
// calls them, or by their number. Files have their SHA-1, folders end in a slash.
func (w *portalWorld) there() map[string]string {
	tree := map[string]string{}
	all := w.server.Tree(w.kind.portal)
	for p, e := range all {
		if p, ok := strings.CutPrefix(p, at("")); ok {
			shown := w.shown(all, p, e)
			if shown == "" {
				continue
			}
			tree[shown] = e.SHA1
			for up := path.Dir(shown); w.can().Ledger && up != "." && e.Kind == "file"; up = path.Dir(up) {
				tree[up+"/"] = "" // it shows with what lies in it
			}
		}
	}
	return tree
}

// shown is how an item's path shows; empty: it does not.
func (w *portalWorld) shown(all map[string]sandbox.Entry, p string, e sandbox.Entry) string {
	end := ""
	if e.Kind == "folder" {
		end = "/"
	}
	if !w.can().Ledger {
		return p + end
	}
	if e.Kind == "folder" {
		if _, ours := w.folder(e.ID); !ours {
			return "" // as long as it is empty
		}
		return w.folderPath(e.ID) + end
	}
	if path.Dir(p) == "." {
		return p
	}
	return w.folderPath(all[at(path.Dir(p))].ID) + "/" + path.Base(p)
}

func (w *portalWorld) folder(number string) (remote.LedgerFolder, bool) {
	w.ledger.mu.Lock()
	defer w.ledger.mu.Unlock()
	f, ok := w.ledger.rows[remote.ID(w.info.Folder)][remote.ID(w.info.Folder+"/d"+number)]
	return f, ok && !f.Left
}

// folderPath is where a folder of a Back Office is taken to lie.
func (w *portalWorld) folderPath(number string) string {
	f, ours := w.folder(number)
	if !ours {
		return "Folder " + number
	}
	if _, up, ok := strings.Cut(string(f.Parent), "/d"); ok {
		return w.folderPath(up) + "/" + f.Name
	}
	return f.Name
}

// here is the disk in the same words.
func (w *portalWorld) here() map[string]string {
	tree := map[string]string{}
	for p, c := range w.onDisk() {
		tree[p] = ""
		if !strings.HasSuffix(p, "/") {
			tree[p] = sumOf(c)
		}
	}
	return tree
}

func sumOf(content string) string {
	sum := sha1.Sum([]byte(content))
	return hex.EncodeToString(sum[:])
}

// equal compares disk and portal.
func (w *portalWorld) equal(how string) {
	w.t.Helper()
	if d := cmp.Diff(w.there(), w.here()); d != "" {
		w.t.Fatalf("%s: portal (-) and disk (+) differ:\n%s", how, d)
	}
}

// inVault tells whether a content lies in the vault.
func (w *portalWorld) inVault(content string) bool {
	for p, c := range w.disk.Tree(local.House) {
		if strings.Contains(p, "vault") && c == content {
			return true
		}
	}
	return false
}

// untilStill runs until a run has nothing more to do and is as wanted, some minutes apart: deletions take two looks.
func (w *portalWorld) untilStill(want State) (all Report) {
	w.t.Helper()
	var rep Report
	for range 10 {
		w.settle()
		rep = w.run()
		all.Uploaded, all.Downloaded, all.Moved, all.Deleted = all.Uploaded+rep.Uploaded, all.Downloaded+rep.Downloaded, all.Moved+rep.Moved, all.Deleted+rep.Deleted
		all.Folders, all.Adopted, all.Calls, all.State, all.Problems = all.Folders+rep.Folders, all.Adopted+rep.Adopted, all.Calls+rep.Calls, rep.State, rep.Problems
		did := rep.Uploaded + rep.Downloaded + rep.Moved + rep.Deleted + rep.Folders + rep.Adopted
		if rep.State == want && did == 0 && !pendingIn(rep) {
			return all
		}
		time.Sleep(5 * time.Minute)
	}
	w.t.Fatalf("not %s in the end: %+v %+v", want, rep, rep.Halted)
	return all
}

// pendingIn tells whether something only waits for another look.
func pendingIn(rep Report) bool {
	return slices.ContainsFunc(rep.Problems, func(p Problem) bool { return p.Code == plan.ReasonPending || p.Code == plan.ReasonTwin })
}

// secrets are what must never be told: what one signs in with, each token that was sent, and each signed link that was followed.
type secrets struct {
	mu    sync.Mutex
	known map[string]bool // guarded by mu
}

func newSecrets(i sandbox.PortalInfo) *secrets {
	s := &secrets{known: map[string]bool{}}
	for _, text := range []string{i.Token, i.Password, i.ClientSecret, i.RefreshToken} {
		s.add(text)
	}
	return s
}

func (s *secrets) add(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(text) >= 8 {
		s.known[text] = true
	}
}

func (s *secrets) untold(t *testing.T, log string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for text := range s.known {
		if strings.Contains(log, text) {
			t.Errorf("a secret stands in the log: %q", text)
		}
	}
}

// watch notes what passes on the way to the portal.
func (s *secrets) watch(downloads string) func(http.RoundTripper) http.RoundTripper {
	host := ""
	if u, err := url.Parse(downloads); err == nil {
		host = u.Host
	}
	return func(next http.RoundTripper) http.RoundTripper { return &watched{s, next, host} }
}

type watched struct {
	*secrets
	next http.RoundTripper
	host string // of signed links
}

func (w *watched) RoundTrip(r *http.Request) (*http.Response, error) {
	for _, name := range []string{"Authorization", "Authentication"} {
		_, token, _ := strings.Cut(r.Header.Get(name), " ")
		w.add(token)
	}
	if w.host != "" && r.URL.Host == w.host {
		for part := range strings.SplitSeq(r.URL.Path, "/") {
			if len(part) > 24 && !strings.Contains(part, ".") {
				w.add(part)
			}
		}
		for _, values := range r.URL.Query() {
			if len(values[0]) > 24 {
				w.add(values[0])
			}
		}
	}
	return w.next.RoundTrip(r)
}

func (w *watched) CloseIdleConnections() {
	if c, ok := w.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// open reads a file on the portal.
func (w *portalWorld) read(path string) string {
	w.t.Helper()
	r, err := w.server.Open(w.kind.portal, at(path))
	must(w.t, err)
	defer r.Close()
	b, err := io.ReadAll(r)
	must(w.t, err)
	return string(b)
}

// changes is how many calls could have changed something.
func (w *portalWorld) changes() int { return w.server.Calls(w.kind.portal).Mutating() }

// still demands that another run makes no changing call and moves no byte, and returns how many calls it takes.
func (w *portalWorld) still(want State) int {
	w.t.Helper()
	before := w.onDisk()
	w.server.ResetCalls()
	rep := w.run()
	if n := w.changes(); rep.State != want || n > 0 || rep.BytesUp+rep.BytesDown != 0 || rep.Moved+rep.Folders+rep.Deleted+rep.Adopted != 0 {
		w.t.Errorf("second run was not idle: %d changing calls, %+v: %v", n, rep, w.server.Calls(w.kind.portal))
	}
	if d := cmp.Diff(before, w.onDisk()); d != "" {
		w.t.Errorf("second run changed the disk:\n%s", d)
	}
	return w.server.Calls(w.kind.portal).Total()
}
