package syncer

import (
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/hex"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"dossier/remote"
	"dossier/remote/box"
	"dossier/remote/rest"
	"dossier/remote/sandbox"
	"dossier/state"
	"dossier/syncer/local/simdisk"

	"github.com/google/go-cmp/cmp"
)

// boxWorld is one machine with one client, the real Box driver, and the real sandbox, without sockets.
type boxWorld struct {
	*testWorld
	server *sandbox.Server
	info   sandbox.PortalInfo
	log    *bytes.Buffer
	driver func() remote.Driver
}

func inBoxWorld(t *testing.T, test func(w *boxWorld)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		server, err := sandbox.New(sandbox.Options{Seed: 1})
		must(t, err)
		defer server.Close()
		memory, err := server.InMemory(t.Context())
		must(t, err)
		defer memory.Close()
		w := &boxWorld{server: server, info: memory.Info.Portals[sandbox.Box], log: new(bytes.Buffer)}
		log := slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		w.testWorld = &testWorld{t: t, disk: simdisk.New(simdisk.Options{}), host: "pc", file: filepath.Join(t.TempDir(), "client.db"),
			opt: Options{Name: "Jansen", Folder: remote.ID(w.info.Folder), Guards: DefaultGuards, Host: "pc", Installation: "inst", Reserve: -1, Log: log}}
		transport := &http.Transport{DialContext: memory.DialContext, MaxIdleConnsPerHost: 16}
		d, err := box.Open(rest.Options{URL: w.info.URL, Token: rest.Secret(w.info.Token), Transport: transport, Log: log})
		must(t, err)
		defer transport.CloseIdleConnections()
		w.driver = func() remote.Driver { return d }
		test(w)
		if strings.Contains(w.log.String(), w.info.Token) {
			t.Error("the token stands in the log")
		}
	})
}

func (w *boxWorld) run() Report {
	w.t.Helper()
	st, err := state.OpenClient(w.file, state.Options{})
	must(w.t, err)
	defer st.Close()
	opt := w.opt
	opt.Disk, opt.State, opt.Portal = w.disk, st, remote.NewPortal(w.driver(), remote.PortalOptions{})
	m, err := Open(context.Background(), opt)
	must(w.t, err)
	return m.Reconcile(context.Background(), RunOptions{})
}

func (w *boxWorld) put(path, content string) {
	w.t.Helper()
	_, err := w.server.Put(sandbox.Box, sandbox.ClientsFolder+"/"+path, strings.NewReader(content), time.Time{})
	must(w.t, err)
}

// equal compares disk and portal by SHA-1.
func (w *boxWorld) equal(how string) {
	w.t.Helper()
	there, here := map[string]string{}, map[string]string{}
	for p, e := range w.server.Tree(sandbox.Box) {
		if p, ok := strings.CutPrefix(p, sandbox.ClientsFolder+"/"); ok {
			if e.Kind == "folder" {
				p += "/"
			}
			there[p] = e.SHA1
		}
	}
	for p, c := range w.onDisk() {
		here[p] = ""
		if !strings.HasSuffix(p, "/") {
			sum := sha1.Sum([]byte(c))
			here[p] = hex.EncodeToString(sum[:])
		}
	}
	if d := cmp.Diff(there, here); d != "" {
		w.t.Fatalf("%s: portal (-) and disk (+) differ:\n%s", how, d)
	}
}

// day is something of everything, on both sides.
func (w *boxWorld) day() {
	base := sandbox.ClientsFolder + "/"
	w.write("up/new.txt", "new on the disk")
	w.write("a.txt", "a, changed on the disk")
	w.put("down/new.txt", "new on the portal")
	w.put("b.txt", "b, changed on the portal")
	w.disk.User().Remove("gone-here.txt")
	must(w.t, w.server.Trash(sandbox.Box, base+"gone-there.txt"))
	w.disk.User().Rename("folder", "renamed here")
	must(w.t, w.server.Rename(sandbox.Box, base+"other", "renamed there"))
}

func (w *boxWorld) before() {
	for _, p := range []string{"a.txt", "b.txt", "c.txt", "gone-here.txt", "gone-there.txt", "folder/1.txt", "folder/2.txt", "other/1.txt"} {
		w.put(p, "first "+p)
	}
	if rep := w.run(); rep.State != InStep {
		w.t.Fatalf("before: %+v", rep)
	}
	w.equal("before")
	w.settle()
}

// What a portal may do to us, one at a time and for as long as the run lasts: afterwards nothing is deleted that nobody deleted, and
// when it stops everything comes in step without help (E5, E6, F2, F4).
func TestBoxMisbehaves(t *testing.T) {
	faults := map[string]sandbox.Fault{
		"503":               {Do: "status", Status: 503},
		"500":               {Do: "status", Status: 500},
		"403":               {Do: "status", Status: 403, Code: "access_denied_insufficient_permissions"},
		"404":               {Do: "status", Status: 404, Code: "not_found"},
		"412":               {Do: "status", Status: 412, Code: "precondition_failed"},
		"401":               {Do: "status", Status: 401},
		"429":               {Do: "rate-limit", Delay: time.Second},
		"a sign-in page":    {Do: "html"},
		"cut JSON":          {Do: "truncated"},
		"an empty list":     {Do: "empty-list"},
		"an endless list":   {Do: "endless-list"},
		"shifting pages":    {Do: "shifting-pages"},
		"a body cut":        {Do: "cut-body", Bytes: 5},
		"a wrong length":    {Do: "wrong-length", Bytes: 7},
		"a body too long":   {Do: "changed-length", Bytes: 3, Method: "GET", Route: "content"},
		"a body too short":  {Do: "changed-length", Bytes: -3, Method: "GET", Route: "content"},
		"another host":      {Do: "elsewhere", To: "http://evil.example"},
		"lost before":       {Do: "lose-before"},
		"lost after, twice": {Do: "lose-after", Skip: 3, Times: 2},
		"503, and done":     {Do: "status-applied", Status: 503, Skip: 3, Times: 2},
		"slow":              {Do: "slow", Delay: 5 * time.Second, Times: 5},
	}
	for name, fault := range faults {
		for _, lost := range []bool{false, true} { // with a crawl, and with the feed
			how := name
			if lost {
				how += ", looking at everything"
			}
			t.Run(how, func(t *testing.T) {
				inBoxWorld(t, func(w *boxWorld) {
					w.before()
					w.day()
					w.settle()
					if lost {
						time.Sleep(crawlEvery + time.Hour)
					}
					_, err := w.server.Fault(fault)
					must(t, err)
					rep := w.run()
					if rep.State == InStep && rep.Uploaded == 0 {
						t.Errorf("in step without having done anything: %+v", rep)
					}
					if got := w.onDisk()["c.txt"]; got != "first c.txt" {
						t.Errorf("c.txt, which nobody touched, is %q", got)
					}
					w.server.ClearFaults()
					for range 4 {
						time.Sleep(25 * time.Hour)
						if rep = w.run(); rep.State == InStep {
							break
						}
					}
					if rep.State != InStep {
						t.Fatalf("in the end: %+v %+v", rep, rep.Halted)
					}
					w.equal("in the end")
					if n := countFiles(w.onDisk()); n != 8 {
						t.Errorf("%d files: %v", n, simdisk.Paths(w.onDisk()))
					}
				})
			})
		}
	}
}

// Every quirk of the real thing is lived with.
func TestBoxQuirks(t *testing.T) {
	for _, q := range sandbox.Quirks() {
		t.Run(q.Name, func(t *testing.T) {
			inBoxWorld(t, func(w *boxWorld) {
				must(t, w.server.SetQuirk(q.Name))
				w.before()
				w.day()
				w.settle()
				rep := w.run()
				for range 3 {
					if rep.State == InStep {
						break
					}
					time.Sleep(time.Hour)
					rep = w.run()
				}
				if rep.State != InStep {
					t.Fatalf("%s: %+v", q.Does, rep)
				}
				w.equal(q.Name)
			})
		})
	}
}

// What one piece of work costs on Box, in calls. A look is two: whom the token speaks for, and the feed; a feed that has news is asked
// once more.
func TestCallsOnBox(t *testing.T) {
	const look = 2
	base := sandbox.ClientsFolder + "/"
	for _, c := range []struct {
		name  string
		work  func(w *boxWorld)
		calls int
	}{
		{"nothing changed", func(*boxWorld) {}, look},
		{"one new file on disk", func(w *boxWorld) { w.write("new.txt", "new") }, look + 1},
		{"one file changed on disk", func(w *boxWorld) { w.write("a.txt", "changed") }, look + 1},
		{"a folder of files renamed on disk", func(w *boxWorld) { w.disk.User().Rename("folder", "renamed") }, look + 1},
		{"one file deleted on disk", func(w *boxWorld) { w.disk.User().Remove("a.txt") }, look + 1},
		{"one file changed on the portal", func(w *boxWorld) { w.put("a.txt", "changed") }, look + 1 + 2}, // and the download host
		{"a folder renamed on the portal", func(w *boxWorld) { must(w.t, w.server.Rename(sandbox.Box, base+"folder", "renamed")) }, look + 1},
		{"one file deleted on the portal", func(w *boxWorld) { must(w.t, w.server.Trash(sandbox.Box, base+"a.txt")) }, look + 1 + 1}, // and the witness
	} {
		t.Run(c.name, func(t *testing.T) {
			inBoxWorld(t, func(w *boxWorld) {
				w.before()
				w.run() // hears the echo of what the first run did
				c.work(w)
				w.settle()
				w.server.ResetCalls()
				rep := w.run()
				if n := w.server.Calls(sandbox.Box).Total(); n != c.calls || rep.Calls != n || rep.State != InStep {
					t.Errorf("%d calls, want %d, the report says %d: %v", n, c.calls, rep.Calls, w.server.Calls(sandbox.Box))
				}
			})
		})
	}
}
