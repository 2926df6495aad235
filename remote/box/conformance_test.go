package box_test

import (
	"bytes"
	"errors"
	"net/http"
	"path"
	"testing"
	"time"
	"unicode/utf8"

	"dossier/remote"
	"dossier/remote/box"
	"dossier/remote/remotetest"
	"dossier/remote/rest"
	"dossier/remote/sandbox"
	"dossier/remote/sandbox/mischief"
)

// Box keeps what every driver promises, against the sandbox in memory.
func TestConformance(t *testing.T) {
	remotetest.Run(t, func(tb testing.TB) remotetest.Fixture { return fixture(tb, memory) })
}

// The same once over sockets.
func TestConformanceOverSockets(t *testing.T) {
	remotetest.Run(t, func(tb testing.TB) remotetest.Fixture { return fixture(tb, sockets) })
}

func fixture(tb testing.TB, serve func(testing.TB, *sandbox.Server) (sandbox.PortalInfo, http.RoundTripper)) remotetest.Fixture {
	tb.Helper()
	server, err := sandbox.New(sandbox.Options{Seed: 1, PartSize: 1 << 20, MinSession: 2 << 20})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { server.Close() })
	info, transport := serve(tb, server)
	d, err := box.Open(rest.Options{URL: info.URL, Token: rest.Secret(info.Token), Transport: transport, ResumeFrom: 4 << 20})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { d.(*box.Driver).Close() })
	at := somebody{server}
	return remotetest.Fixture{Driver: d, Root: remote.ID(info.Folder), Somebody: at, Break: at.lock, Expect: remotetest.Expect{
		Feed: true, Restore: true, Resumes: 4 << 20, Many: 2_000,
		Calls: map[remotetest.Verb]int{
			remotetest.Account: 1, remotetest.Get: 1, remotetest.Children: 1, remotetest.Create: 1, remotetest.Replace: 1,
			remotetest.MakeFolder: 1, remotetest.Delete: 1,
		},
	}}
}

func memory(tb testing.TB, s *sandbox.Server) (sandbox.PortalInfo, http.RoundTripper) {
	m, err := s.InMemory(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { m.Close() })
	return m.Info.Portals[sandbox.Box], &http.Transport{DialContext: m.DialContext, MaxIdleConnsPerHost: 16}
}

func sockets(tb testing.TB, s *sandbox.Server) (sandbox.PortalInfo, http.RoundTripper) {
	r, err := s.Serve(tb.Context(), "")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { r.Close() })
	return r.Info.Portals[sandbox.Box], nil
}

// somebody works in the web pages of the sandbox.
type somebody struct{ s *sandbox.Server }

func below(path string) string { return sandbox.ClientsFolder + "/" + path }

func (p somebody) Put(path string, content []byte) (remote.ID, error) {
	if !utf8.ValidString(path) {
		return "", errors.New("JSON cannot carry such a name")
	}
	e, err := p.s.Put(sandbox.Box, below(path), bytes.NewReader(content), time.Time{})
	return remote.ID(e.ID), err
}

func (p somebody) MkdirAll(path string) (remote.ID, error) {
	id, err := p.s.MkdirAll(sandbox.Box, below(path))
	return remote.ID(id), err
}

func (p somebody) Rename(path, name string) error { return p.s.Rename(sandbox.Box, below(path), name) }
func (p somebody) Move(at, to string) error {
	return p.s.Move(sandbox.Box, below(at), below(path.Join(to, path.Base(at))))
}
func (p somebody) Trash(path string) error { return p.s.Trash(sandbox.Box, below(path)) }
func (p somebody) Calls() int              { return p.s.Calls(sandbox.Box).Total() }

func (p somebody) lock(path string) error {
	id := p.s.Tree(sandbox.Box)[below(path)].ID
	_, err := p.s.Fault(mischief.Fault{Do: mischief.Status, Status: 403, Path: "/folders/" + id + "/items"})
	return err
}
