package rest

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"dossier/remote"
)

// Our token never leaves for another host: not for a read, not for a write, not for a link.
func TestTokenStaysHome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Options{}, func(_ int, req *http.Request) (*http.Response, error) {
			if req.URL.Host == "portal.test" {
				return answer(302, ``, "Location", "https://dl.test/file?sig=s1gned"), nil
			}
			return answer(200, `content`), nil
		})
		_, _ = r.JSON(t.Context(), get("/x"), nil)
		_, _ = r.JSON(t.Context(), post("/x"), nil)
		if r.sent() != 2 {
			t.Fatalf("a redirect was followed unasked: %d requests", r.sent())
		}
		call := get("/file")
		call.Accept = []int{302}
		resp, err := r.Do(t.Context(), call)
		if err != nil {
			t.Fatal(err)
		}
		link, err := r.Location(resp)
		if err != nil {
			t.Fatal(err)
		}
		resp, err = r.Follow(t.Context(), Call{Op: "content", Method: http.MethodGet}, link)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		away := get("/x")
		away.URL = "https://else.test/2.0/files"
		_, err = r.JSON(t.Context(), away, nil)
		if e := asError(t, err); e.Code != remote.Corrupt {
			t.Errorf("call of another host: %v", e)
		}
		for _, req := range r.seen {
			if has := req.Header.Get("Authorization") != ""; has != (req.URL.Host == "portal.test") {
				t.Errorf("request to %s: token sent: %v", req.URL.Host, has)
			}
			if req.URL.Host == "else.test" {
				t.Errorf("request to %s", req.URL.Host)
			}
		}
		if strings.Contains(r.log.String(), "s1gned") {
			t.Errorf("the log holds a signed link: %s", r.log)
		}
	})
}

func TestLinksThatAreNotFollowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Options{}, func(int, *http.Request) (*http.Response, error) {
			return answer(302, ``, "Location", "https://dl.test/again"), nil
		})
		for name, link := range map[string]string{
			"plain http":      "http://dl.test/file",
			"loopback":        "http://127.0.0.1/file",
			"a file":          "file:///etc/passwd",
			"no host":         "https:///file",
			"with a password": "https://a:b@dl.test/file",
		} {
			if _, err := r.Follow(t.Context(), Call{Op: "content", Method: http.MethodGet}, link); remote.CodeOf(err) != remote.Corrupt {
				t.Errorf("%s: %v", name, err)
			}
		}
		if r.sent() != 0 {
			t.Errorf("%d requests were sent", r.sent())
		}
		if _, err := r.Follow(t.Context(), Call{Op: "content", Method: http.MethodGet}, "https://dl.test/again"); remote.CodeOf(err) != remote.Corrupt {
			t.Errorf("an endless redirect: %v", err)
		}
		if r.sent() != mostHops {
			t.Errorf("an endless redirect was followed %d times", r.sent())
		}
	})
}

func TestOrigin(t *testing.T) {
	for address, want := range map[string]string{
		"":                          "",
		"https://portal.test/":      "https://portal.test",
		"https://portal.test:8443":  "https://portal.test:8443",
		"http://127.0.0.1:4711":     "http://127.0.0.1:4711",
		"http://[::1]:4711/":        "http://[::1]:4711",
		"http://localhost":          "http://localhost",
		"http://portal.test":        "refused",
		"ftp://portal.test":         "refused",
		"portal.test":               "refused",
		"https://me:pw@portal.test": "refused",
		"https://portal.test/2.0":   "refused",
		"https://portal.test/?a=b":  "refused",
	} {
		got, err := Options{URL: address}.Origin()
		if err != nil {
			got = "refused"
		}
		if got != want {
			t.Errorf("%q: got %q (%v), want %q", address, got, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "pw@") {
			t.Errorf("%q: the error tells the password: %v", address, err)
		}
	}
}
