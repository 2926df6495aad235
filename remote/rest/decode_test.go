package rest

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"dossier/remote"
)

func TestAnswersThatCannotBeTrue(t *testing.T) {
	for name, resp := range map[string]func() *http.Response{
		"a web page":             func() *http.Response { return answer(200, `<html>sign in</html>`, "Content-Type", "text/html") },
		"a web page called JSON": func() *http.Response { return answer(200, `<html>sign in</html>`) },
		"nothing":                func() *http.Response { return answer(200, ``) },
		"cut":                    func() *http.Response { return answer(200, `{"entries":[{"id":"1"},{"i`) },
		"something follows":      func() *http.Response { return answer(200, `{"entries":[]} {"entries":[]}`) },
		"garbage follows":        func() *http.Response { return answer(200, `{"entries":[]}]`) },
		"of another type":        func() *http.Response { return answer(200, `{"entries":"none"}`) },
		"too large":              func() *http.Response { return answer(200, `{"entries":["`+strings.Repeat("x", 2000)+`"]}`) },
		"longer than announced":  func() *http.Response { return lengthened(answer(200, `{"entries":[]}`), -2) },
		"shorter than announced": func() *http.Response { return lengthened(answer(200, `{"entries":[]}`), 2) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, Options{}, func(int, *http.Request) (*http.Response, error) { return resp(), nil })
				call := get("/x")
				call.Limit = 1000
				var out struct{ Entries []any }
				_, err := r.JSON(t.Context(), call, &out)
				if e := asError(t, err); e.Code != remote.Corrupt {
					t.Errorf("got %v, want corrupt", e)
				}
			})
		})
	}
}

func lengthened(resp *http.Response, by int64) *http.Response {
	resp.ContentLength += by
	resp.Header.Set("Content-Length", strconv.FormatInt(resp.ContentLength, 10))
	return resp
}

func TestGoodAnswersAreRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, body := range []string{`{"n":1}`, " {\"n\":1}\n\n", `{"n":1,"more":{}}`} {
			r := newRig(t, Options{}, func(int, *http.Request) (*http.Response, error) { return answer(200, body), nil })
			var out struct{ N int }
			if _, err := r.JSON(t.Context(), get("/x"), &out); err != nil || out.N != 1 {
				t.Errorf("%q: %+v, %v", body, out, err)
			}
		}
	})
}
