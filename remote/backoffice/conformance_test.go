package backoffice

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"dossier/remote"
	"dossier/remote/remotetest"
	"dossier/remote/rest"
	"dossier/remote/sandbox"
)

// variant is a way in which a Back Office may be, and the settings that it needs.
type variant struct {
	quirks   []string
	assume   rest.Assume
	sendOnly bool // there is no download
	calls    map[remotetest.Verb]int
}

// plain is what each verb costs where nothing is odd.
var plain = map[remotetest.Verb]int{
	remotetest.Account: 1, remotetest.Get: 1, remotetest.Children: 2, remotetest.Crawl: 2, remotetest.Create: 1, remotetest.MakeFolder: 1,
	remotetest.Move: 2, remotetest.Delete: 1, remotetest.Confirm: 1, remotetest.Download: 1,
}

// A Back Office keeps what every driver promises, against the sandbox in memory.
func TestConformance(t *testing.T) {
	remotetest.Run(t, func(tb testing.TB) remotetest.Fixture { return fixture(tb, pipes, variant{calls: plain}, 0) })
}

// The same where contents cannot be fetched.
func TestConformanceWithoutDownload(t *testing.T) {
	v := variant{sendOnly: true, calls: plain}
	remotetest.Run(t, func(tb testing.TB) remotetest.Fixture { return fixture(tb, pipes, v, 0) })
}

// The same once over sockets.
func TestConformanceOverSockets(t *testing.T) {
	remotetest.Run(t, func(tb testing.TB) remotetest.Fixture { return fixture(tb, sockets, variant{calls: plain}, 1_000) })
}

func fixture(tb testing.TB, serve func(testing.TB, *sandbox.Server) (sandbox.PortalInfo, http.RoundTripper), v variant, many int) remotetest.Fixture {
	tb.Helper()
	clock := &clock{now: time.Now()}
	so := sandbox.Options{Seed: 1}
	for _, q := range v.quirks {
		if slow[q] {
			so.Clock = clock.tick
		}
	}
	server, err := sandbox.New(so)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { server.Close() })
	if err := server.SetQuirk(v.quirks...); err != nil {
		tb.Fatal(err)
	}
	info, transport := serve(tb, server)
	guard := &guard{TB: tb, base: transport}
	at := somebody{s: server, client: info.Folder, ledger: newShortLedger(), clock: clock}
	o := rest.Options{URL: info.URL, Email: info.Email, Password: rest.Secret(info.Password), Transport: guard, Assume: v.assume,
		Limits: rest.Limits{Calls: 1_000_000_000}, Ledger: at.ledger}
	if !v.sendOnly {
		o.Download = info.URL + "/storage/{file}"
	}
	d, err := open(o)
	if err != nil {
		tb.Fatal(err)
	}
	d.patience, d.seen.emptyFor = make([]time.Duration, 20), 0 // these waits have tests of their own
	tb.Cleanup(func() { d.Close() })
	at.driver, o.Download = d, info.URL+"/storage/{file}"
	if at.web, err = open(o); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { at.web.Close() })
	if d.set.listFolders {
		at.ledger = newShortLedger() // not the driver's: it sees for itself
	}
	if _, err := d.Account(tb.Context()); err != nil { // signed in
		tb.Fatal(err)
	}
	return remotetest.Fixture{Driver: d, Root: remote.ID(info.Folder), Somebody: at, Peek: at.peek,
		Expect: remotetest.Expect{Unsized: true, Many: many, Calls: v.calls}}
}

// slow are the quirks by which something comes later: the sandbox's time runs on with each call.
var slow = map[string]bool{"bo-list-lags": true, "bo-upload-202": true, "bo-replaced-in-place": true}

// clock goes on by a second each time that it is looked at.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) tick() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(time.Second)
	return c.now
}

func pipes(tb testing.TB, s *sandbox.Server) (sandbox.PortalInfo, http.RoundTripper) {
	m, err := s.InMemory(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { m.Close() })
	return m.Info.Portals[sandbox.BackOffice], &http.Transport{DialContext: m.DialContext, MaxIdleConnsPerHost: 16}
}

func sockets(tb testing.TB, s *sandbox.Server) (sandbox.PortalInfo, http.RoundTripper) {
	r, err := s.Serve(tb.Context(), "")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { r.Close() })
	return r.Info.Portals[sandbox.BackOffice], http.DefaultTransport
}

// guard watches the wire: what must never be sent fails the test, whoever sends it.
type guard struct {
	testing.TB
	base http.RoundTripper
}

func (g *guard) RoundTrip(r *http.Request) (*http.Response, error) {
	if why := forbidden(r); why != "" {
		g.Errorf("%s %s was sent: %s", r.Method, r.URL.Path, why)
	}
	return g.base.RoundTrip(r)
}

// forbidden says why a call must never be made.
func forbidden(r *http.Request) string {
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	switch {
	case r.Method == http.MethodGet:
		return ""
	case len(parts) < 3:
		return "it is no method of the API"
	case parts[2] == "folders":
		return "it changes the folders of all clients"
	case parts[2] == "clients" && len(parts) < 5:
		return "it changes a client"
	case r.Header.Get("Accept-Language") != "en" || r.ContentLength != 0 && r.Header.Get("Content-Type") == "":
		return "it lacks a header"
	}
	return ""
}

// somebody works in the web pages of the sandbox, and writes the folders that he makes and deletes there into the ledger, as an operator does.
type somebody struct {
	s      *sandbox.Server
	client string
	ledger remote.Ledger
	clock  *clock
	driver *Driver // the one that is tested
	web    *Driver // has a download
}

// later lets a while pass, so that what is listed late is listed.
func (p somebody) later() {
	for range 6 {
		p.clock.tick()
	}
	p.driver.seen.with(p.number(), func(s *sight) { clear(s.fresh) })
}

func (p somebody) number() int64 {
	r, _ := parse(remote.ID(p.client))
	return r.client
}

func below(at string) string { return path.Join(sandbox.ClientsFolder, at) }

func (p somebody) folder(number string) remote.ID { return remote.ID(p.client + "/d" + number) }

func (p somebody) Put(at string, content []byte) (remote.ID, error) {
	if !utf8.ValidString(at) {
		return "", errors.New("what is not Unicode cannot be typed")
	}
	if _, err := p.MkdirAll(path.Dir("/" + at)); err != nil {
		return "", err
	}
	e, err := p.s.Put(sandbox.BackOffice, below(at), bytes.NewReader(content), time.Time{})
	p.later()
	return remote.ID(p.client + "/f" + e.ID), err
}

func (p somebody) MkdirAll(at string) (remote.ID, error) {
	if at = strings.Trim(at, "/"); at == "" || at == "." {
		return remote.ID(p.client), nil
	}
	up, err := p.MkdirAll(path.Dir(at))
	if err != nil {
		return "", err
	}
	number, err := p.s.MkdirAll(sandbox.BackOffice, below(at))
	if err != nil {
		return "", err
	}
	f := remote.LedgerFolder{ID: p.folder(number), Parent: up, Name: path.Base(at)}
	known, _ := p.ledger.Folders(context.Background(), remote.ID(p.client))
	for _, k := range known {
		if k.ID == f.ID {
			return f.ID, nil
		}
	}
	return f.ID, p.ledger.Put(context.Background(), remote.ID(p.client), f)
}

func (p somebody) Rename(at, name string) error {
	return p.s.Rename(sandbox.BackOffice, below(at), name)
}

func (p somebody) Move(at, to string) error {
	if _, err := p.MkdirAll(to); err != nil {
		return err
	}
	return p.s.Move(sandbox.BackOffice, below(at), below(path.Join(to, path.Base(at))))
}

func (p somebody) Trash(at string) error {
	tree := p.s.Tree(sandbox.BackOffice)
	if _, there := tree[below(at)]; !there { // captions may have no extension
		at = strings.TrimSuffix(at, path.Ext(at))
	}
	defer p.later()
	if err := p.s.Trash(sandbox.BackOffice, below(at)); err != nil {
		return err
	}
	for path, e := range tree {
		if path == below(at) || strings.HasPrefix(path, below(at)+"/") {
			_ = p.ledger.Remove(context.Background(), remote.ID(p.client), p.folder(e.ID))
		}
	}
	return nil
}

func (p somebody) Calls() int { return p.s.Calls(sandbox.BackOffice).Total() }

// peek opens a file in the web pages, as another user of the office does.
func (p somebody) peek(id remote.ID) ([]byte, error) {
	p.later()
	e, err := p.web.Get(context.Background(), id, remote.File)
	if err != nil {
		return nil, err
	}
	if e.Frozen != "" {
		return p.open(id)
	}
	rc, err := p.web.Download(context.Background(), e, 0)
	if err != nil {
		return nil, err
	}
	defer rc.Close()
	return io.ReadAll(rc)
}

// open reads a file that not even a browser can fetch.
func (p somebody) open(id remote.ID) ([]byte, error) {
	for at, e := range p.s.Tree(sandbox.BackOffice) {
		if e.Kind != "file" || p.client+"/f"+e.ID != string(id) {
			continue
		}
		rc, err := p.s.Open(sandbox.BackOffice, at)
		if err != nil {
			return nil, err
		}
		defer rc.Close()
		return io.ReadAll(rc)
	}
	return nil, errors.New("it is not there")
}

// variants are all the ways in which the sandbox can play a Back Office that keeps its promises, with the settings for it.
var variants = map[string]variant{
	"without extensions in captions":       {assume: rest.Assume{assumeExtensions: false}},
	"with folders deleted":                 {assume: rest.Assume{assumeDeleteFolders: true}},
	"with nothing deleted":                 {assume: rest.Assume{assumeDelete: false}},
	"with names of stored paths not shown": {assume: rest.Assume{assumeStoredNames: false}},

	"bo-names-translated":        {},
	"bo-validation-422":          {},
	"bo-missing-403":             {},
	"bo-token-403":               {},
	"bo-no-405":                  {},
	"bo-errors-html":             {},
	"bo-post-200":                {},
	"bo-delete-200":              {},
	"bo-form-bodies":             {},
	"bo-asc-refused":             {},
	"bo-brackets-raw":            {},
	"bo-brackets-escaped":        {},
	"bo-default-limit-10":        {},
	"bo-limit-strict":            {},
	"bo-short-pages":             {},
	"bo-files-unpaged":           {assume: rest.Assume{assumePaging: false}},
	"bo-envelope-data":           {},
	"bo-envelope-single":         {},
	"bo-refresh-bearer-only":     {},
	"bo-refresh-body-only":       {},
	"bo-no-refresh":              {},
	"bo-refresh-rotates":         {},
	"bo-short-tokens":            {},
	"bo-dates-zone":              {},
	"bo-signin-unlimited":        {},
	"bo-filter-emails":           {},
	"bo-client-id-key":           {},
	"bo-list-root-only":          {assume: rest.Assume{assumeWhole: false}},
	"bo-root-filter":             {},
	"bo-rows-hidden":             {},
	"bo-list-lags":               {assume: rest.Assume{assumeListLag: int64(60)}},
	"bo-directory-tree-ids":      {},
	"bo-no-client-id":            {},
	"bo-upload-json":             {assume: rest.Assume{assumeUpload: byDataURI}},
	"bo-upload-202":              {assume: rest.Assume{assumeListLag: int64(60)}},
	"bo-name-in-requests":        {assume: rest.Assume{assumeTitle: byName}},
	"bo-caption-in-answers":      {},
	"bo-path-name-changed":       {},
	"bo-path-opaque":             {assume: rest.Assume{assumeStoredNames: false}},
	"bo-path-follows-caption":    {assume: rest.Assume{assumeStoredNames: false, assumePathTells: false}},
	"bo-replaced-in-place":       {},
	"bo-download-unsized":        {},
	"bo-captions-unique":         {assume: rest.Assume{assumeTwins: false}},
	"bo-null-moves":              {assume: rest.Assume{assumeMoveToRoot: true}},
	"bo-null-ignored":            {},
	"bo-update-whole":            {},
	"bo-patch-405":               {},
	"bo-echo-old":                {},
	"bo-folder-singular":         {assume: rest.Assume{assumeDeleteFolders: true}},
	"bo-folder-mixed":            {assume: rest.Assume{assumeDeleteFolders: true}},
	"bo-folder-list":             {assume: rest.Assume{assumeListFolders: true}},
	"bo-folder-list-nameless":    {},
	"bo-folder-caption-optional": {},
	"bo-folder-delete-refused":   {assume: rest.Assume{assumeDeleteFolders: true}},
	"bo-folder-delete-lifts":     {assume: rest.Assume{assumeDeleteFolders: true}},
	"bo-predefined-editable":     {},
	"bo-tree-folder-null":        {},
	"bo-tree-nested":             {},
}

// elsewhere are the quirks by which a Back Office does less than it promises: what is made of each is seen by the test named.
var elsewhere = map[string]string{
	"bo-limit-1":            "TestBudget",
	"bo-limit-503":          "TestBudget",
	"bo-limit-bare":         "TestBudget",
	"bo-envelope-unknown":   "TestListsOfAnotherShape",
	"bo-2fa":                "TestSecondFactor",
	"bo-upload-1mib":        "TestRefusedUploads",
	"bo-upload-types":       "TestRefusedUploads",
	"bo-replaced-same-path": "TestHoles",
	"bo-download-absent":    "TestSpoiltDownloads",
	"bo-download-elsewhere": "TestDownloadsFromElsewhere",
	"bo-download-html":      "TestSpoiltDownloads",
	"bo-download-cut":       "TestSpoiltDownloads",
	"bo-download-short":     "TestHoles",
}

// Every quirk that the sandbox has is in one of the two tables.
func TestEveryQuirkIsPlayed(t *testing.T) {
	played := 0
	for _, q := range sandbox.Quirks() {
		if q.Portal != sandbox.BackOffice {
			continue
		}
		_, here := variants[q.Name]
		if there := elsewhere[q.Name] != ""; here == there {
			t.Errorf("%s: in the table of variants: %v, elsewhere: %v", q.Name, here, there)
		}
		played++
	}
	if own := 4; played != len(variants)-own+len(elsewhere) {
		t.Errorf("the sandbox has %d quirks, the tables %d", played, len(variants)-own+len(elsewhere))
	}
}

// The promises hold in every variant, with and without a download.
func TestConformanceOfVariants(t *testing.T) {
	var ran atomic.Int64
	t.Cleanup(func() { t.Logf("%d of %d variants, each with and without a download", ran.Load()/2, len(variants)) })
	names := slices.Sorted(maps.Keys(variants))
	for i := 0; i < len(names); i += stride() {
		for _, sendOnly := range []bool{false, true} {
			v := variants[names[i]]
			v.sendOnly = sendOnly
			if strings.HasPrefix(names[i], "bo-") {
				v.quirks = []string{names[i]}
			}
			t.Run(fmt.Sprintf("%s, send only %v", names[i], sendOnly), func(t *testing.T) {
				t.Parallel()
				ran.Add(1)
				remotetest.Run(t, func(tb testing.TB) remotetest.Fixture { return fixture(tb, pipes, v, 120) })
			})
		}
	}
}

// stride is the step from one variant to the next that is tried: 1, or more where DOSSIER_EFFORT asks for less than all.
func stride() int {
	effort, err := strconv.ParseFloat(os.Getenv("DOSSIER_EFFORT"), 64)
	if err != nil || effort <= 0 || effort >= 1 {
		return 1
	}
	return int(1 / effort)
}
