package rest

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"dossier/remote"
)

const (
	portalURL   = "https://portal.test"
	secretToken = "tok-3f9a1c77e2"
)

// memory is a transport that asks a handler, without sockets and goroutines.
type memory struct{ handler http.Handler }

func (m memory) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body == nil {
		req.Body = http.NoBody
	}
	defer req.Body.Close()
	rec := httptest.NewRecorder()
	m.handler.ServeHTTP(rec, req)
	resp := rec.Result()
	resp.Request = req
	if v := rec.Header().Get("Content-Length"); v == "" {
		resp.ContentLength = int64(rec.Body.Len())
	}
	return resp, nil
}

type transportFunc func(*http.Request) (*http.Response, error)

func (f transportFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func answer(status int, body string, header ...string) *http.Response {
	h := http.Header{"Content-Type": {"application/json"}}
	for i := 0; i+1 < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body))}
}

// rig is a client, its portal, and what both saw.
type rig struct {
	*Client
	log *lockedBuffer

	mu   sync.Mutex
	seen []*http.Request
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func newRig(t *testing.T, o Options, portal func(n int, r *http.Request) (*http.Response, error)) *rig {
	t.Helper()
	r := &rig{log: new(lockedBuffer)}
	o.Transport = transportFunc(func(req *http.Request) (*http.Response, error) {
		r.mu.Lock()
		r.seen = append(r.seen, req)
		n := len(r.seen)
		r.mu.Unlock()
		resp, err := portal(n, req)
		if resp != nil && resp.Request == nil {
			resp.Request = req
		}
		return resp, err
	})
	if o.URL == "" {
		o.URL = portalURL
	}
	o.Log = slog.New(slog.NewTextHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	c, err := New(o, Portal{
		Trusted: func(u *url.URL) bool { return strings.HasPrefix(u.String(), portalURL+"/") },
		SignIn: func(c *Client) (TokenSource, error) {
			switch {
			case o.Store != nil:
				return Refreshed(c, portalURL+"/oauth2/token")
			case o.ClientID != "":
				return ClientCredentials(c, portalURL+"/oauth2/token", url.Values{"box_subject_id": {"7"}}), nil
			}
			return Static(secretToken), nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	r.Client = c
	t.Cleanup(func() { _ = c.Close() })
	return r
}

func (r *rig) sent() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.seen)
}

func get(path string) Call {
	return Call{Op: "list", Object: "folder", Method: http.MethodGet, URL: portalURL + path}
}

func post(path string) Call {
	return Call{Op: "make", Object: "a.pdf", Method: http.MethodPost, URL: portalURL + path, Write: true, Body: JSONBody(map[string]string{"name": "a.pdf"})}
}

func asError(t *testing.T, err error) *remote.Error {
	t.Helper()
	e, ok := errors.AsType[*remote.Error](err)
	if !ok {
		t.Fatalf("error %v (%T) is no *remote.Error", err, err)
	}
	return e
}
