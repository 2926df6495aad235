package box

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"dossier/remote/rest"
)

// handler is a transport that asks a handler, for shapes that the sandbox does not play.
func handler(h http.Handler) http.RoundTripper { return transport{h} }

type transport struct{ h http.Handler }

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	defer r.Body.Close()
	rec := httptest.NewRecorder()
	t.h.ServeHTTP(rec, r)
	resp := rec.Result()
	resp.Request = r
	return resp, nil
}

// say is a driver whose portal gives these answers, by method and path.
func say(t *testing.T, answers map[string]http.HandlerFunc) *Driver {
	t.Helper()
	d, err := open(rest.Options{URL: "https://box.test", Token: "tok-123456", Transport: handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h := answers[r.Method+" "+r.URL.Path]; h != nil {
			h(w, r)
			return
		}
		t.Errorf("unexpected call %s %s", r.Method, r.URL)
		w.WriteHeader(http.StatusTeapot)
	}))})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func status200(v any) http.HandlerFunc { return reply(http.StatusOK, v) }

func reply(status int, v any) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		if s, ok := v.(string); ok {
			_, _ = w.Write([]byte(s))
			return
		}
		_ = json.NewEncoder(w).Encode(v)
	}
}

func mustURL(t testing.TB, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// hexOf reads a Digest header.
func hexOf(digest string) string {
	sum, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(digest, "sha="))
	return hex.EncodeToString(sum)
}

func newSink(h http.HandlerFunc) *httptest.Server { return httptest.NewServer(h) }
