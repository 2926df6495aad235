package filesro

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"dossier/remote"
	"dossier/remote/rest"
)

// shelf is a store of one process.
type shelf struct{ rest.Tokens }

func (s *shelf) Exchange(_ context.Context, fn func(rest.Tokens) (rest.Tokens, error)) error {
	t, err := fn(s.Tokens)
	if err == nil {
		s.Tokens = t
	}
	return err
}

const password = "correct horse battery"

func withPassword(s *shelf, log *bytes.Buffer) rest.Options {
	return rest.Options{Email: "anna@office.test", Password: password, Store: s,
		Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
}

// only answers calls that bring this token.
func only(token string, h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		want := "Bearer " + token
		if token == "" {
			want = ""
		}
		if r.Header.Get("Authorization") != want {
			status(401, object{"message": "Unauthenticated."})(w, r)
			return
		}
		h(w, r)
	}
}

var (
	loggedIn = ok(object{"type": "success", "message": "ok", "data": object{"token": "5|session-secret"}})
	named    = status(201, object{"accessToken": object{"id": 6, "name": "x"}, "plainTextToken": "6|our-own-secret"})
	user     = ok(object{"data": object{"id": "u1"}})
)

func TestSignInMakesATokenOfOurOwnAndKeepsNoPassword(t *testing.T) {
	s, log := &shelf{}, new(bytes.Buffer)
	d, p := say(t, withPassword(s, log), map[string]http.HandlerFunc{"POST login": only("", loggedIn), "POST user/tokens": only("5|session-secret", named),
		"DELETE user/tokens/5": only("6|our-own-secret", ok(object{"type": "success"})), "GET user": only("6|our-own-secret", user)})
	for range 3 {
		if _, err := d.Account(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if s.Access != "6|our-own-secret" || p.count("POST login") != 1 || p.count("DELETE user/tokens/5") != 1 || p.total() != 6 {
		t.Errorf("kept %q, calls %v", s.Access.Reveal(), p.calls)
	}
	if !strings.Contains(p.sent(), `"name":"dossier on `) {
		t.Errorf("sent %s", p.sent())
	}
	for _, secret := range []string{password, "session-secret", "our-own-secret"} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log tells %q", secret)
		}
	}
	d, p = say(t, withPassword(s, log), map[string]http.HandlerFunc{"GET user": only("6|our-own-secret", user)})
	if _, err := d.Account(t.Context()); err != nil || p.total() != 1 {
		t.Errorf("after a start: %v, calls %v", err, p.calls)
	}
}

// What the portal says is told, but for what it should not have said.
func TestASignInTellsNoSecret(t *testing.T) {
	d, _ := say(t, withPassword(&shelf{}, new(bytes.Buffer)), map[string]http.HandlerFunc{"POST login": loggedIn,
		"POST user/tokens": status(403, object{"message": "token 5|session-secret may not, nor may " + password})})
	_, err := d.Account(t.Context())
	if codeIs(t, err, remote.SignIn); strings.Contains(err.Error(), "session-secret") || strings.Contains(err.Error(), password) {
		t.Errorf("%v", err)
	}
}

func TestARefusedSignInSaysWhy(t *testing.T) {
	for name, tt := range map[string]struct {
		login http.HandlerFunc
		code  remote.Code
		why   string
	}{
		"a wrong password":    {status(422, object{"message": "x", "errors": object{"email": []string{"These credentials do not match."}}}), remote.SignIn, "does not accept this e-mail address and password"},
		"an unknown address":  {status(404, object{"type": "error", "message": "no"}), remote.SignIn, "knows no account"},
		"not verified":        {ok(object{"type": "error", "message": "Your email is not verified"}), remote.SignIn, "been confirmed"},
		"not verified, a 401": {status(401, object{"type": "error", "message": "Your email is not verified"}), remote.SignIn, "not verified"},
		"no token":            {ok(object{"type": "success", "data": object{}}), remote.Corrupt, "without a token"},
		"a web page":          {html(200), remote.Corrupt, "web page"},
		"broken":              {status(500, object{}), remote.Unavailable, ""},
		"too often":           {status(429, object{"message": "Too Many Attempts."}), remote.Throttled, ""},
	} {
		synctest.Test(t, func(t *testing.T) {
			d, p := say(t, withPassword(&shelf{}, new(bytes.Buffer)), map[string]http.HandlerFunc{"POST login": tt.login})
			_, err := d.Account(t.Context())
			if codeIs(t, err, tt.code); !strings.Contains(err.Error(), tt.why) || strings.Contains(err.Error(), password) {
				t.Errorf("%s: %v, want %q", name, err, tt.why)
			}
			_, _ = d.Account(t.Context())
			if p.count("POST login") != 1 {
				t.Errorf("%s: tried again at once", name)
			}
		})
	}
}

// A token that was revoked is exchanged for another; a full account is no reason to sign in.
func TestARevokedTokenIsExchanged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{rest.Tokens{Access: "3|old-token-secret"}}
		d, p := say(t, withPassword(s, new(bytes.Buffer)), map[string]http.HandlerFunc{"POST login": loggedIn, "POST user/tokens": named, "DELETE user/tokens/5": ok(object{}),
			"GET user": only("6|our-own-secret", user), "POST uploads": status(401, object{"type": "error"}), listFolder: only("6|our-own-secret", emptied)})
		time.Sleep(time.Hour)
		if _, _, err := collect(d.Children(t.Context(), folderID)); err != nil || s.Access != "6|our-own-secret" {
			t.Errorf("%v, kept %q", err, s.Access.Reveal())
		}
		time.Sleep(time.Hour)
		_, err := d.Create(t.Context(), uploadTo(folderID, "a", "abc"))
		if codeIs(t, err, remote.Quota); p.count("POST login") != 1 {
			t.Errorf("signed in %d times", p.count("POST login"))
		}
	})
}

func TestOpenRefusesWhatItCannotUse(t *testing.T) {
	for name, o := range map[string]rest.Options{
		"nothing":                   {},
		"half a sign-in":            {Email: "a@x.test"},
		"an address of no kind":     {URL: "ftp://x", Token: "t"},
		"plain http":                {URL: "http://portal.test", Token: "t"},
		"an unknown setting":        {Token: "t", Assume: rest.Assume{"latests": true}},
		"a setting of another kind": {Token: "t", Assume: rest.Assume{setLatest: "yes"}},
		"a path that leads away":    {Token: "t", Assume: rest.Assume{setFolder: "../{id}"}},
		"a path without an id":      {Token: "t", Assume: rest.Assume{setFolder: "browse/folders"}},
		"a path with a query":       {Token: "t", Assume: rest.Assume{setLatestPath: "browse/latest?x"}},
		"no chunks":                 {Token: "t", Assume: rest.Assume{setChunk: int64(0)}},
		"chunks beyond reason":      {Token: "t", Assume: rest.Assume{setChunk: int64(1) << 40}},
		"no way to list":            {Token: "t", Assume: rest.Assume{setFolders: false}},
	} {
		if _, err := Open(o); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func TestTheTokenIsForOneHost(t *testing.T) {
	for origin, addresses := range map[string]map[string]bool{
		"":                 {"https://files.ro/api/v1/user": true, "http://files.ro/": false, "https://files.ro:8443/": false, "https://docs.files.ro/": false, "https://files.ro.evil.test/": false, "https://a@files.ro.evil.test": false},
		"https://own.test": {"https://own.test/x": true, "https://files.ro/": false, "https://own.test:444/": false},
	} {
		d, err := open(rest.Options{URL: origin, Token: "t-12345678"})
		if err != nil {
			t.Fatal(err)
		}
		for address, want := range addresses {
			u, err := url.Parse(address)
			if err != nil || d.trusted(u) != want {
				t.Errorf("of %q, %s: %v", origin, address, !want)
			}
		}
	}
}

func TestTheVendorsBudgetIsAssumedWithoutURLOnly(t *testing.T) {
	for url, want := range map[string]rest.Limits{"": {Calls: vendorCalls}, "https://own.test": {}} {
		if got := Budget(rest.Options{URL: url}); got != want {
			t.Errorf("%q: %+v", url, got)
		}
	}
	if got := Budget(rest.Options{Limits: rest.Limits{Calls: 7}}); got.Calls != 7 {
		t.Errorf("told: %+v", got)
	}
}
