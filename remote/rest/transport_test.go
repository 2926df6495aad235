package rest

import (
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"dossier/remote"
)

func open(t *testing.T, o Options) *Client {
	t.Helper()
	c, err := New(o, Portal{Trusted: func(*url.URL) bool { return true }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestOwnCertificates(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{}`) }))
	defer server.Close()
	server.Config.ErrorLog = nil
	file := filepath.Join(t.TempDir(), "office.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	call := Call{Op: "x", Method: http.MethodPost, URL: server.URL, Write: true}
	if _, err := open(t, Options{URL: server.URL, CA: file}).JSON(t.Context(), call, nil); err != nil {
		t.Error(err)
	}
	c := open(t, Options{URL: server.URL})
	_, err := c.JSON(t.Context(), call, nil)
	if e := asError(t, err); e.Code != remote.Unavailable || e.Outcome != remote.NotDone || c.Calls()["x"] != 1 {
		t.Errorf("a certificate nobody vouches for: %v, outcome %d, %v", e, e.Outcome, c.Calls())
	}
	if err := os.WriteFile(file, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := New(Options{URL: server.URL, CA: file}, Portal{}); err == nil {
		t.Error("a file without a certificate was taken")
	}
}

func TestProxy(t *testing.T) {
	var asked atomic.Value
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Store(r.Method + " " + r.Host)
		w.WriteHeader(http.StatusBadGateway)
	}))
	defer proxy.Close()
	c := open(t, Options{URL: "https://portal.test", Proxy: proxy.URL})
	_, err := c.JSON(t.Context(), Call{Op: "x", Method: http.MethodPost, URL: "https://portal.test/x", Write: true}, nil)
	if e := asError(t, err); e.Code != remote.Unavailable || asked.Load() != "CONNECT portal.test:443" {
		t.Errorf("%v; the proxy was asked %v", e, asked.Load())
	}
	if _, err := New(Options{Proxy: "proxy"}, Portal{}); err == nil {
		t.Error("a proxy without an address was taken")
	}
}

// Over a real socket: a refused connection is no doubt, a cut one is (E4).
func TestOutcomeOverSockets(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		conn, _, _ := http.NewResponseController(w).Hijack()
		_ = conn.Close()
	}))
	call := Call{Op: "x", Method: http.MethodPost, URL: server.URL, Write: true, Body: JSONBody(1)}
	c := open(t, Options{URL: server.URL})
	_, err := c.JSON(t.Context(), call, nil)
	if e := asError(t, err); e.Outcome != remote.MaybeDone || c.Calls()["x"] != 1 {
		t.Errorf("cut: %v, outcome %d", e, e.Outcome)
	}
	server.Close()
	_, err = c.JSON(t.Context(), call, nil)
	if e := asError(t, err); e.Outcome != remote.NotDone || e.Code != remote.Unavailable {
		t.Errorf("refused: %v, outcome %d", e, e.Outcome)
	}
}

func TestWrapSeesEachRequest(t *testing.T) {
	fault := errors.New("fault")
	c := open(t, Options{URL: "http://portal.test", Transport: memory{http.NotFoundHandler()},
		Wrap: func(http.RoundTripper) http.RoundTripper {
			return transportFunc(func(*http.Request) (*http.Response, error) { return nil, errors.Join(fault, ErrNotSent) })
		}})
	_, err := c.JSON(t.Context(), Call{Op: "x", Method: http.MethodPost, URL: "http://portal.test/x", Write: true}, nil)
	if e := asError(t, err); e.Outcome != remote.NotDone {
		t.Errorf("got %v", e)
	}
}

// The body of a call that is refused early, or of an answer that is given up, is closed all the same.
func TestBodiesAreClosed(t *testing.T) {
	var opened, closed atomic.Int32
	c := open(t, Options{URL: "http://portal.test", Attempts: 1, Transport: transportFunc(func(r *http.Request) (*http.Response, error) {
		resp := answer(http.StatusTeapot, `{}`)
		resp.Body = closing{resp.Body, &closed}
		opened.Add(1)
		if r.Body != nil {
			_ = r.Body.Close()
		}
		return resp, nil
	})})
	body := &Body{Length: 3, Open: func() (io.ReadCloser, error) {
		opened.Add(1)
		rc, err := text("abc").Open(0)
		return closing{rc, &closed}, err
	}}
	call := Call{Op: "x", Method: http.MethodPost, URL: "http://portal.test/x", Write: true, Body: body}
	_, _ = c.JSON(t.Context(), call, nil)
	_, _ = c.JSON(t.Context(), Call{Op: "x", Method: http.MethodGet, URL: "http://portal.test/x"}, nil)
	c.options.Limiter.Pause(longestPause) // held back before it is sent
	_, err := c.JSON(t.Context(), call, nil)
	if remote.CodeOf(err) != remote.Throttled || opened.Load() != closed.Load() || opened.Load() != 4 {
		t.Errorf("%v: %d opened, %d closed", err, opened.Load(), closed.Load())
	}
}

type closing struct {
	io.ReadCloser
	n *atomic.Int32
}

func (c closing) Close() error {
	c.n.Add(1)
	return c.ReadCloser.Close()
}
