package rest

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"dossier/remote"
)

func TestSecretsPrintAsRedacted(t *testing.T) {
	s := Secret(secretToken)
	v := struct{ Token Secret }{s}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "token", s, "in", v)
	for _, text := range []string{fmt.Sprint(s), fmt.Sprintf("%v %+v %#v %q %s %x %d", v, v, v, v, v, v, v), fmt.Sprintf("%q", s), log.String()} {
		if strings.Contains(text, secretToken) || !strings.Contains(text, redacted) {
			t.Errorf("printed: %s", text)
		}
	}
	if data, err := json.Marshal(v); err == nil {
		t.Errorf("written as %s", data)
	}
	if s.Reveal() != secretToken {
		t.Error("not revealed")
	}
}

func TestScrub(t *testing.T) {
	for in, want := range map[string]string{
		`get "https://dl.test/a/b?sig=x&exp=1": reset`:    `get "https://dl.test/[redacted]": reset`,
		`https://me:pw@portal.test/a`:                     `https://portal.test/[redacted]`,
		`dial https://dl.test: refused`:                   `dial https://dl.test: refused`,
		`Authorization: Bearer abc.def`:                   `Authorization: Bearer [redacted]`,
		`{"access_token":"abc","expires_in":3}`:           `{"access_token":"[redacted]","expires_in":3}`,
		`refresh_token=abc&client_id=7`:                   `refresh_token=[redacted]&client_id=7`,
		`item_name_in_use: a file named token.pdf exists`: `item_name_in_use: a file named token.pdf exists`,
	} {
		if got := scrub(in); got != want {
			t.Errorf("%s\n got %s\nwant %s", in, got, want)
		}
	}
}

// No error and no log line, at debug level, holds a token or a signed link, even if the portal or the transport repeats it.
func TestTokensAreInNoErrorAndNoLog(t *testing.T) {
	const link = "https://dl.test/file/sEcReTpath?sig=s1gned"
	for name, portal := range map[string]func(int, *http.Request) (*http.Response, error){
		"portal repeats the token": func(int, *http.Request) (*http.Response, error) {
			return answer(403, `{"message":"bad `+secretToken+`"}`), nil
		},
		"transport repeats the token": func(int, *http.Request) (*http.Response, error) {
			return nil, errors.New("proxy: header " + secretToken)
		},
		"transport repeats the link": func(_ int, r *http.Request) (*http.Response, error) {
			return nil, fmt.Errorf("dial %q: no route", r.URL)
		},
		"the answer is not JSON": func(int, *http.Request) (*http.Response, error) { return answer(200, `tok`+secretToken), nil },
		"the location is broken": func(int, *http.Request) (*http.Response, error) {
			return answer(302, ``, "Location", link+"%zz\x7f"), nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, Options{Attempts: 2}, portal)
				r.portal.Explain = func(_ int, _ http.Header, body []byte) (e remote.Error) {
					e.Err = errors.New(string(body))
					return e
				}
				var out any
				_, err1 := r.JSON(t.Context(), get("/x?token="+secretToken), &out)
				_, err2 := r.JSON(t.Context(), post("/x/"+secretToken), &out)
				_, err3 := r.Follow(t.Context(), Call{Op: "content", Method: http.MethodGet}, link)
				said := fmt.Sprintf("%v\n%+v\n%v\n%#v\n%v\n%s", err1, err1, err2, err2, err3, r.log)
				for e := err3; e != nil; e = errors.Unwrap(e) {
					said += "\n" + e.Error()
				}
				for _, secret := range []string{secretToken, "s1gned", "sEcReT"} {
					if strings.Contains(said, secret) {
						t.Errorf("%s is in: %s", secret, said)
					}
				}
				if err1 == nil || err2 == nil || r.log.String() == "" {
					t.Error("nothing was said at all")
				}
			})
		})
	}
}
