package mijnklantportaal_test

import (
	"bytes"
	"errors"
	"net/http"
	"path"
	"testing"
	"time"
	"unicode/utf8"

	"dossier/remote"
	mkp "dossier/remote/mijnklantportaal"
	"dossier/remote/remotetest"
	"dossier/remote/rest"
	"dossier/remote/sandbox"
	"dossier/remote/sandbox/mischief"
)

// listing is what a portal's driver is told that lists and deletes.
var listing = rest.Assume{"listing": true, "delete": true}

// MijnKlantportaal keeps what every driver promises, by documented calls only and with all that is assumed, against the sandbox in memory.
func TestConformance(t *testing.T) {
	for name, assume := range map[string]rest.Assume{"documented": nil, "listing": listing, "listing only": {"listing": true}} {
		t.Run(name, func(t *testing.T) {
			remotetest.Run(t, func(tb testing.TB) remotetest.Fixture { return variant{assume: assume}.fixture(tb, memory) })
		})
	}
}

// The same once over sockets.
func TestConformanceOverSockets(t *testing.T) {
	remotetest.Run(t, func(tb testing.TB) remotetest.Fixture { return variant{assume: listing}.fixture(tb, sockets) })
}

// variant is a portal that differs, and what the driver is told about it.
type variant struct {
	quirk  string
	assume rest.Assume
	app    bool // signed in as an app, with a refresh token
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
	o := rest.Options{URL: info.URL, Transport: transport, Assume: v.assume, Token: rest.Secret(info.Token)}
	if v.app {
		o.Token, o.ClientID = "", info.ClientID
		o.ClientSecret, o.RefreshToken = rest.Secret(info.ClientSecret), rest.Secret(info.RefreshToken)
	}
	d, err := mkp.Open(o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { d.(*mkp.Driver).Close() })
	at := somebody{server}
	return remotetest.Fixture{Driver: d, Root: remote.ID(info.Folder), Somebody: at, Break: at.lock, Expect: remotetest.Expect{
		Nobody: true, Many: 300, Calls: v.calls(),
	}}
}

// calls is what the plain case of each verb takes: a link and its content are two, a deletion looks first, and the witness of an
// absence knows already that the folder can be read.
func (v variant) calls() map[remotetest.Verb]int {
	if v.quirk != "" || v.app {
		return nil // some of them take a look more
	}
	return map[remotetest.Verb]int{
		remotetest.Get: 1, remotetest.Create: 1, remotetest.MakeFolder: 1, remotetest.Download: 2, remotetest.Delete: 2,
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
	return m.Info.Portals[sandbox.MijnKlantportaal], transport
}

func sockets(tb testing.TB, s *sandbox.Server) (sandbox.PortalInfo, http.RoundTripper) {
	r, err := s.Serve(tb.Context(), "")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { r.Close() })
	return r.Info.Portals[sandbox.MijnKlantportaal], nil
}

// somebody works in the web pages of the sandbox.
type somebody struct{ s *sandbox.Server }

const portal = sandbox.MijnKlantportaal

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
	_, err := p.s.Fault(mischief.Fault{Do: mischief.Status, Status: 403, Method: http.MethodGet, Path: "directory=" + id})
	return err
}
