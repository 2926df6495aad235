package control

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func doorTo(d Daemon) http.Handler {
	return (&Server{Daemon: d, Feed: NewFeed(), Log: slog.New(slog.DiscardHandler)}).handler()
}

// knock makes a request without a socket.
func knock(h http.Handler, method, path, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://"+host+path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			r.Host = header[i+1]
		}
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestTheDoorRefuses(t *testing.T) {
	for _, c := range []struct {
		name, method, path, body string
		header                   []string
		code                     Code
		says                     string
	}{
		{"another host", "GET", "/v1/status", "", []string{"Host", "evil.example"}, NotAllowed, "evil.example"},
		{"the computer's own name", "GET", "/v1/status", "", []string{"Host", "localhost"}, NotAllowed, "localhost"},
		{"a page of another site", "POST", "/v1/stop", "", []string{"Sec-Fetch-Site", "cross-site"}, NotAllowed, "browser"},
		{"a page of another origin", "POST", "/v1/stop", "", []string{"Origin", "https://evil.example"}, NotAllowed, "browser"},
		{"a form", "POST", "/v1/pause", `{}`, []string{"Content-Type", "text/plain"}, BadRequest, "application/json"},
		{"an unknown field", "POST", "/v1/pause", `{"untill":null}`, nil, BadRequest, `"untill"`},
		{"a wrong type", "POST", "/v1/reconcile", `{"clients":"A"}`, nil, BadRequest, `field "clients" cannot be a string`},
		{"two values", "POST", "/v1/pause", `{} {}`, nil, BadRequest, "more than one"},
		{"half a value", "POST", "/v1/pause", `{"reason":`, nil, BadRequest, "faulty"},
		{"a body where none belongs", "POST", "/v1/stop", `{"now":true}`, nil, BadRequest, `"now"`},
		{"too much", "POST", "/v1/ask/why", `"` + strings.Repeat("x", maxBody) + `"`, nil, TooLarge, "1048576"},
		{"an unknown parameter", "GET", "/v1/status?clients=A", "", nil, BadRequest, `"clients"`},
		{"an address that is none", "GET", "/v1/status?client=%zz", "", nil, BadRequest, "address"},
		{"a parameter where none belongs", "POST", "/v1/stop?now=1", "", nil, BadRequest, `"now"`},
		{"an unknown route", "GET", "/v1/everything", "", nil, NotFound, "GET /v1/everything"},
		{"another method", "POST", "/v1/status", "", nil, NotFound, "POST /v1/status"},
		{"no verb", "POST", "/v1/ask/Why", "", nil, UnknownVerb, `"Why"`},
		{"no level", "POST", "/v1/log-level", `{"level":"loud"}`, nil, BadRequest, `"loud"`},
		{"no plan", "POST", "/v1/approve", `{}`, nil, BadRequest, "no plan"},
		{"a newer API", "GET", "/v2/status", "", nil, DaemonOlder, "daemon is older"},
		{"an older API", "GET", "/v0/status", "", nil, NotFound, "/v0/status"},
		{"a newer command's route", "POST", "/v1/new", "", []string{versionHeader, "1.99"}, DaemonOlder, "POST /v1/new"},
		{"a newer command's field", "POST", "/v1/pause", `{"softly":true}`, []string{versionHeader, "1.99"}, DaemonOlder, `"softly"`},
		{"a command of this age", "POST", "/v1/new", "", []string{versionHeader, fmt.Sprintf("%d.%d", API, Revision)}, NotFound, "POST /v1/new"},
		{"an odd age", "POST", "/v1/new", "", []string{versionHeader, "new"}, NotFound, "POST /v1/new"},
	} {
		d := &clerk{asked: make(chan any, 1)}
		w := knock(doorTo(d), c.method, c.path, c.body, c.header...)
		var f failure
		if err := json.Unmarshal(w.Body.Bytes(), &f); err != nil || f.Error == nil {
			t.Errorf("%s: answered %d %q", c.name, w.Code, w.Body)
			continue
		}
		if f.Error.Code != c.code || !strings.Contains(f.Error.Message, c.says) || w.Code != statusOf[c.code] {
			t.Errorf("%s: answered %d %+v, want %s %q", c.name, w.Code, f.Error, c.code, c.says)
		}
		if len(d.asked) > 0 {
			t.Errorf("%s: the daemon was asked", c.name)
		}
	}
}

func TestTheOlderSideIsNamed(t *testing.T) {
	for _, c := range []struct {
		path string
		api  int
		code Code
		do   string
	}{
		{"/v2/status", 1, DaemonOlder, "service restart"},
		{"/v1/status", 2, CommandOlder, "update this command"},
		{"/v1/nothing", 1, NotFound, ""},
		{"/v0/status", 1, NotFound, ""},
		{"/v2", 1, NotFound, ""},
		{"/", 1, NotFound, ""},
	} {
		if e := unheard("GET", c.path, c.api); e.Code != c.code || !strings.Contains(e.Do, c.do) {
			t.Errorf("%s at API %d: %+v", c.path, c.api, e)
		}
	}
}

func TestNothingOfAnAnswerIsKeptOrShared(t *testing.T) {
	w := knock(doorTo(&clerk{}), "GET", "/v1/status", "", "Origin", "https://evil.example")
	h := w.Header()
	if h.Get("Access-Control-Allow-Origin") != "" || h.Get("Cache-Control") != "no-store" || h.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("headers %v", h)
	}
}

func TestAnAnswerThatIsNoJSONIsAFault(t *testing.T) {
	d := &clerk{ask: func(string, json.RawMessage) (json.RawMessage, error) { return json.RawMessage("{"), nil }}
	if w := knock(doorTo(d), "POST", "/v1/ask/why", ""); w.Code != http.StatusInternalServerError {
		t.Errorf("answered %d %s", w.Code, w.Body)
	}
}

// Whatever is sent, the answer is JSON: the daemon's, or a refusal that says why. What is let through means the same when it is written again.
func FuzzRequests(f *testing.F) {
	paths := []string{"/v1/reconcile", "/v1/pause", "/v1/resume", "/v1/reload", "/v1/stop", "/v1/log-level", "/v1/approve", "/v1/ask/why"}
	for i, body := range []string{`{"clients":["A"],"dry_run":true}`, `{"until":"2026-11-25T12:00:00Z"}`, `{}`, ``, `null`, `{"level":"info"}`, `{"plan":"7f"}`, `[1,{"a":2}]`, `{"x":1}`} {
		f.Add(uint8(i), body)
	}
	h := doorTo(&clerk{})
	f.Fuzz(func(t *testing.T, which uint8, body string) {
		w := knock(h, "POST", paths[int(which)%len(paths)], body)
		if w.Code != http.StatusOK {
			var r failure
			if err := json.Unmarshal(w.Body.Bytes(), &r); err != nil || r.Error == nil || r.Error.Message == "" || w.Code >= 500 {
				t.Errorf("answered %d %q", w.Code, w.Body)
			}
			return
		}
		for d := json.NewDecoder(w.Body); ; {
			var v any
			if err := d.Decode(&v); err == io.EOF {
				break
			} else if err != nil {
				t.Errorf("answered what is no JSON: %v", err)
				break
			}
		}
		again[ReconcileRequest](t, body)
		again[PauseRequest](t, body)
	})
}

func again[T any](t *testing.T, body string) {
	v, err := Decode[T]([]byte(body))
	if err != nil {
		return
	}
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	second, err := Decode[T](text)
	if err != nil {
		t.Fatalf("%s was let through, and not again as %s: %v", body, text, err)
	}
	if more, _ := json.Marshal(second); string(more) != string(text) {
		t.Errorf("%s became %s, and that %s", body, text, more)
	}
}

// clocked is a recorder whose connection has time limits.
type clocked struct {
	*httptest.ResponseRecorder
	read, write time.Time
	reads       int
}

func (c *clocked) SetReadDeadline(t time.Time) error {
	c.read = t
	c.reads++
	return nil
}

func (c *clocked) SetWriteDeadline(t time.Time) error {
	c.write = t
	return nil
}

// A run may take a day; what is limited is how long its request and its answer are under way.
func TestTimeLimitsAreForWhatIsSentAndNotForTheWork(t *testing.T) {
	w := &clocked{ResponseRecorder: httptest.NewRecorder()}
	d := &clerk{ask: func(string, json.RawMessage) (json.RawMessage, error) {
		if w.reads != 2 || !w.read.IsZero() || !w.write.IsZero() {
			t.Errorf("the work has until %v or %v, after %d limits", w.read, w.write, w.reads)
		}
		return nil, nil
	}}
	doorTo(d).ServeHTTP(w, httptest.NewRequest("POST", "http://"+host+"/v1/ask/why", nil))
	if w.write.IsZero() {
		t.Error("the answer has no limit")
	}
	w = &clocked{ResponseRecorder: httptest.NewRecorder()}
	doorTo(&clerk{}).ServeHTTP(w, httptest.NewRequest("POST", "http://"+host+"/v1/reconcile", nil))
	if !w.write.IsZero() || !w.read.IsZero() {
		t.Errorf("a run has until %v or %v", w.read, w.write)
	}
	s := &Server{Log: slog.New(slog.DiscardHandler)}
	srv := s.http(t.Context(), nil)
	if srv.ReadHeaderTimeout == 0 || srv.IdleTimeout == 0 || srv.MaxHeaderBytes == 0 || srv.ReadTimeout != 0 || srv.WriteTimeout != 0 {
		t.Errorf("the server's limits: %v, %v, %d; for whole calls %v, %v", srv.ReadHeaderTimeout, srv.IdleTimeout, srv.MaxHeaderBytes, srv.ReadTimeout, srv.WriteTimeout)
	}
}

func TestNobodyCallsWithoutASocket(t *testing.T) {
	if _, ok := CallerOf(context.Background()); ok {
		t.Error("somebody does")
	}
}
