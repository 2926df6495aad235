package doctor

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// look sends a request through a witness, and tells what it saw.
func look(t *testing.T, under http.RoundTripper, proxy func(*http.Request) (*url.URL, error), addresses ...string) connection {
	t.Helper()
	var mu sync.Mutex
	var seen connection
	w := witness{under: under, proxy: proxy, mu: &mu, seen: &seen}
	for _, address := range addresses {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		if resp, err := w.RoundTrip(req); err == nil {
			resp.Body.Close()
		}
	}
	return seen
}

func TestTheWitnessSeesCertificateAndClock(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer s.Close()
	seen := look(t, s.Client().Transport, proxyOf(""), s.URL)
	if len(seen.chain) == 0 || seen.plain || seen.err != nil || time.Since(seen.date).Abs() > time.Minute || "https://"+seen.host != s.URL {
		t.Errorf("seen %+v", seen)
	}
	has(t, way(seen), verdict{"way", Well, "answers"}, verdict{"certificate", Well, "encrypted"}, verdict{"clock", Well, ""})
	has(t, way(look(t, http.DefaultTransport, proxyOf(""), s.URL)), verdict{"certificate", Wrong, "nobody whom this computer trusts"})
}

// What counts is the first answer, or else the last failure.
func TestTheFirstAnswerCounts(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Date", "Mon, 02 Jan 2006 15:04:05 GMT") }))
	defer s.Close()
	nowhere := "http://127.0.0.1:1/"
	for name, c := range map[string]struct {
		addresses []string
		fails     bool
	}{"a failure, then an answer": {[]string{nowhere, s.URL}, false}, "an answer, then a failure": {[]string{s.URL, nowhere}, false}, "failures": {[]string{nowhere, nowhere}, true}} {
		seen := look(t, http.DefaultTransport, proxyOf(""), c.addresses...)
		if (seen.err != nil) != c.fails || !seen.asked || !c.fails && seen.date.Year() != 2006 {
			t.Errorf("%s: %+v", name, seen)
		}
	}
}

// A proxy's password is nobody's business.
func TestAProxyIsNamedWithoutItsPassword(t *testing.T) {
	refuse := transport(func(*http.Request) (*http.Response, error) { return nil, errors.New("no") })
	withPassword := func(*http.Request) (*url.URL, error) { return url.Parse("http://anna:hunter2@proxy:3128") }
	if seen := look(t, refuse, withPassword, "https://p.example/"); seen.proxy != "http://proxy:3128" {
		t.Errorf("proxy %q", seen.proxy)
	}
	if seen := look(t, refuse, proxyOf("http://other:3128"), "https://p.example/"); seen.proxy != "http://other:3128" || strings.Contains(way(seen)[0].Says, "hunter2") {
		t.Errorf("proxy %q: %+v", seen.proxy, way(seen))
	}
}

type transport func(*http.Request) (*http.Response, error)

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) { return t(r) }
