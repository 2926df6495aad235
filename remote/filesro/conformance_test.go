package filesro_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"path"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"dossier/remote"
	"dossier/remote/filesro"
	"dossier/remote/remotetest"
	"dossier/remote/rest"
	"dossier/remote/sandbox"
	"dossier/remote/sandbox/mischief"
)

// Files.ro keeps what every driver promises, folder by folder and with the list of all files, against the sandbox in memory.
func TestConformance(t *testing.T) {
	for name, assume := range map[string]rest.Assume{"by default": nil, "with the list of all files": {"latest": true}} {
		t.Run(name, func(t *testing.T) {
			remotetest.Run(t, func(tb testing.TB) remotetest.Fixture { return variant{assume: assume}.fixture(tb, memory) })
		})
	}
}

// The same once over sockets.
func TestConformanceOverSockets(t *testing.T) {
	remotetest.Run(t, func(tb testing.TB) remotetest.Fixture { return variant{}.fixture(tb, sockets) })
}

// variant is a portal that differs, and what the driver is told about it.
type variant struct {
	quirk  string
	assume rest.Assume
	log    bool // signed in with e-mail and password
}

func (v variant) fixture(tb testing.TB, serve func(testing.TB, *sandbox.Server) (sandbox.PortalInfo, http.RoundTripper)) remotetest.Fixture {
	tb.Helper()
	server, err := sandbox.New(sandbox.Options{Seed: 1})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { server.Close() })
	info, transport := serve(tb, server)
	if v.quirk != "" {
		if err := server.SetQuirk(v.quirk); err != nil {
			tb.Fatal(err)
		}
	}
	o := rest.Options{URL: info.URL, Transport: transport, Wrap: guard(tb), Assume: v.assume, Token: rest.Secret(info.Token)}
	if v.log {
		o.Token, o.Email, o.Password = "", info.Email, rest.Secret(info.Password)
	}
	d, err := filesro.Open(o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { d.(*filesro.Driver).Close() })
	at := somebody{server}
	f := remotetest.Fixture{Driver: d, Root: remote.ID(info.Folder), Somebody: at, Expect: remotetest.Expect{
		Restore: d.Features().Trash, Unsized: true, Lingers: !d.Features().Delete, Many: 150, Calls: v.calls(),
	}}
	if d.Features().Folderwise {
		f.Break = at.lock
	}
	return f
}

// calls is what the plain case of each verb takes.
func (v variant) calls() map[remotetest.Verb]int {
	if v.quirk != "" || v.assume != nil || v.log {
		return nil // some of them take other looks
	}
	return map[remotetest.Verb]int{
		remotetest.Account: 1, remotetest.Get: 1, remotetest.Children: 1, remotetest.Create: 2, remotetest.MakeFolder: 1,
		remotetest.Download: 1, remotetest.Move: 2, remotetest.Delete: 2, remotetest.Confirm: 2,
	}
}

// guard is a way to the portal that nothing passes which would delete for good.
func guard(tb testing.TB) func(http.RoundTripper) http.RoundTripper {
	return func(next http.RoundTripper) http.RoundTripper { return guarded{tb, next} }
}

type guarded struct {
	testing.TB
	next http.RoundTripper
}

func (g guarded) RoundTrip(r *http.Request) (*http.Response, error) {
	if forbidden(r) {
		g.Errorf("%s %s would delete for good", r.Method, r.URL.Path)
		return nil, errors.New("not sent")
	}
	return g.next.RoundTrip(r)
}

func (g guarded) CloseIdleConnections() {
	if c, ok := g.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// forbidden looks into a call that may delete. A deletion must say that it does not force.
func forbidden(r *http.Request) bool {
	if strings.Contains(r.URL.Path, "dump") || strings.Contains(r.URL.Path, "/requests") {
		return true
	}
	if r.Body == nil || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		return r.Method == http.MethodDelete && !strings.Contains(r.URL.Path, "/user/tokens/")
	}
	body, _ := io.ReadAll(r.Body)
	r.Body.Close()
	r.Body = io.NopCloser(bytes.NewReader(body))
	plain := strings.ReplaceAll(string(body), " ", "")
	forces := strings.Count(plain, `"force_delete":`) != strings.Count(plain, `"force_delete":false`)
	silent := r.Method == http.MethodDelete && !strings.Contains(plain, `"force_delete":false`)
	return forces || silent
}

func TestTheGuardSeesWhatWouldDeleteForGood(t *testing.T) {
	for body, want := range map[string]bool{`{"items":[{"force_delete":true,"id":"1"}]}`: true, `{"items":[{"force_delete": true}]}`: true,
		`{"items":[{"force_delete":false},{"force_delete":1}]}`: true, `{"items":[{"id":"1"}]}`: true, `{"items":[{"force_delete":false}]}`: false} {
		r, _ := http.NewRequest(http.MethodDelete, "https://x/api/v1/items", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		if forbidden(r) != want {
			t.Errorf("%s: want %v", body, want)
		}
	}
}

func memory(tb testing.TB, s *sandbox.Server) (sandbox.PortalInfo, http.RoundTripper) {
	m, err := s.InMemory(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { m.Close() })
	transport := &http.Transport{DialContext: m.DialContext, MaxIdleConnsPerHost: 16}
	tb.Cleanup(transport.CloseIdleConnections)
	return m.Info.Portals[sandbox.FilesRo], transport
}

func sockets(tb testing.TB, s *sandbox.Server) (sandbox.PortalInfo, http.RoundTripper) {
	r, err := s.Serve(tb.Context(), "")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { r.Close() })
	return r.Info.Portals[sandbox.FilesRo], nil
}

// somebody works in the web pages of the sandbox.
type somebody struct{ s *sandbox.Server }

const portal = sandbox.FilesRo

func below(path string) string { return sandbox.ClientsFolder + "/" + path }

func (p somebody) Put(path string, content []byte) (remote.ID, error) {
	if !utf8.ValidString(path) {
		return "", errors.New("JSON cannot carry such a name")
	}
	e, err := p.s.Put(portal, below(path), bytes.NewReader(content), time.Time{})
	return remote.ID(e.ID), err
}

func (p somebody) MkdirAll(path string) (remote.ID, error) {
	id, err := p.s.MkdirAll(portal, below(path))
	return remote.ID(id), err
}

func (p somebody) Rename(path, name string) error { return p.s.Rename(portal, below(path), name) }
func (p somebody) Move(at, to string) error {
	return p.s.Move(portal, below(at), below(path.Join(to, path.Base(at))))
}
func (p somebody) Trash(path string) error { return p.s.Trash(portal, below(path)) }
func (p somebody) Calls() int              { return p.s.Calls(portal).Total() }

func (p somebody) lock(path string) error {
	id := p.s.Tree(portal)[below(path)].ID
	_, err := p.s.Fault(mischief.Fault{Do: mischief.Status, Status: 403, Path: "/folders/" + id})
	return err
}
