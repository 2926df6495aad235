package mijnklantportaal

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"dossier/remote"
	"dossier/remote/rest"
	"dossier/remote/sandbox"
	"dossier/remote/sandbox/mischief"
)

func TestSettings(t *testing.T) {
	for what, tt := range map[string]struct {
		assume rest.Assume
		want   string // part of the error; empty: none
	}{
		"none":            {nil, ""},
		"all":             {rest.Assume{"listing": true, "delete": true, "trash": true, "shared": true, "ranges": true, "links_counted": true, "bare_errors": true, "twins": "refused", "max_size": int64(7), "header": "Authentication"}, ""},
		"unknown":         {rest.Assume{"lisitng": true}, "assume.lisitng"},
		"another kind":    {rest.Assume{"listing": "yes"}, "assume.listing: write true or false"},
		"no such twins":   {rest.Assume{"twins": "perhaps"}, "assume.twins"},
		"no such header":  {rest.Assume{"header": "Cookie"}, "assume.header"},
		"a negative size": {rest.Assume{"max_size": int64(-1)}, "assume.max_size"},
	} {
		t.Run(what, func(t *testing.T) {
			_, err := Open(rest.Options{Token: "key-123456", Assume: tt.assume})
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error is %v, want %q", err, tt.want)
			}
		})
	}
	if d, err := Open(rest.Options{Token: "key-123456"}); err != nil || d.Features().Listing || d.Features().Delete {
		t.Error("without settings something undocumented is done")
	}
}

func TestBudget(t *testing.T) {
	for _, tt := range []struct{ o, want rest.Options }{
		{rest.Options{}, rest.Options{Limits: rest.Limits{Calls: 60}}},
		{rest.Options{URL: "https://mkp.test"}, rest.Options{}},
		{rest.Options{Limits: rest.Limits{Calls: 600}}, rest.Options{Limits: rest.Limits{Calls: 600}}},
		{rest.Options{URL: "https://mkp.test", Limits: rest.Limits{Uploads: 5}}, rest.Options{Limits: rest.Limits{Uploads: 5}}},
	} {
		if got := Budget(tt.o); got != tt.want.Limits {
			t.Errorf("%+v: %+v, want %+v", tt.o, got, tt.want.Limits)
		}
	}
}

// The vendor's hosts are two, each for its own calls.
func TestVendorsHosts(t *testing.T) {
	var asked []string
	o := rest.Options{ClientID: "app", ClientSecret: "secret-123", RefreshToken: "refresh-123", Transport: transport{func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.URL.String()+" "+r.Header.Get("Authorization"))
		if r.URL.Path == "/oauth/tokens" {
			var body map[string]string
			if err := json.NewDecoder(r.Body).Decode(&body); err != nil || body["grant_type"] != "refresh_token" || body["client_id"] != "app" ||
				body["client_secret"] != "secret-123" || body["refresh_token"] != "refresh-123" || len(body) != 4 || r.Header.Get("Content-Type") != "application/json" {
				t.Errorf("signed in with %v, %v", body, err)
			}
			reply(200, `{"access_token":"access-1","expires_in":3600}`)(w, r)
			return
		}
		reply(200, file("fsf_1", "a", 1))(w, r)
	}}}
	d, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := d.Get(t.Context(), "fsf_1", remote.File); err != nil {
			t.Fatal(err)
		}
	}
	want := "POST https://manage.mijnklantportaal.nl/oauth/tokens |GET https://api.mijnklantportaal.nl/v1/files/fsf_1 Bearer access-1|GET https://api.mijnklantportaal.nl/v1/files/fsf_1 Bearer access-1"
	if got := strings.Join(asked, "|"); got != want {
		t.Errorf("asked\n%s, want\n%s", got, want)
	}
}

// store keeps tokens in memory.
type store struct{ t rest.Tokens }

func (s *store) Exchange(_ context.Context, fn func(rest.Tokens) (rest.Tokens, error)) error {
	t, err := fn(s.t)
	if err == nil {
		s.t = t
	}
	return err
}

// Signing in costs one call an hour; a refresh token that comes with it is kept.
func TestSignInAsAnApp(t *testing.T) {
	for _, quirk := range []string{"", "mkp-refresh-rotates"} {
		inWorldOf(t, sandbox.Options{TokenLife: time.Hour}, rest.Options{}, func(w *world) {
			if quirk != "" {
				w.quirk(quirk)
			}
			info, s := w.memory.Info.Portals[portal], &store{}
			d := w.sign(rest.Options{ClientID: info.ClientID, ClientSecret: rest.Secret(info.ClientSecret), RefreshToken: rest.Secret(info.RefreshToken), Store: s})
			defer d.Close()
			e := w.create("a", content)
			w.box.ResetCalls()
			for range 3 {
				for range 2 {
					if _, err := d.Get(w.ctx, e.ID, remote.File); err != nil {
						w.Fatal(err)
					}
				}
				time.Sleep(2 * time.Hour)
			}
			w.calls(mischief.Calls{"GET /v1/files/{id}": 6, "POST /oauth/tokens": 3})
			if rotated := s.t.Refresh != rest.Secret(info.RefreshToken); rotated != (quirk != "") || s.t.Refresh == "" {
				w.Errorf("%s: the refresh token changed: %v", quirk, rotated)
			}
		})
	}
}

// A refusal of the sign-in, of whatever kind, is a matter for a person; a portal that is down is not.
func TestRefusedSignIn(t *testing.T) {
	for status, code := range map[int]remote.Code{400: remote.SignIn, 401: remote.SignIn, 403: remote.SignIn, 404: remote.SignIn, 422: remote.SignIn,
		429: remote.Throttled, 500: remote.Unavailable, 503: remote.Unavailable, 302: remote.Corrupt, 200: remote.Corrupt} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, err := open(rest.Options{URL: "https://mkp.test", ClientID: "app", ClientSecret: "secret-123", RefreshToken: "refresh-123", Attempts: 1,
					Transport: transport{reply(status, `{"message":"Not with refresh-123."}`)}})
				if err != nil {
					t.Fatal(err)
				}
				_, err = d.Get(t.Context(), "fsf_1", remote.File)
				coded(t, err, code)
				if strings.Contains(err.Error(), "refresh-123") {
					t.Errorf("the error tells a secret: %v", err)
				}
			})
		})
	}
	for _, o := range []rest.Options{{}, {ClientID: "app"}, {ClientID: "app", ClientSecret: "s"}, {RefreshToken: "r"}, {Email: "a@b.test", Password: "p"}} {
		if _, err := Open(o); err == nil {
			t.Errorf("%v was opened", o)
		}
	}
}

func TestWrongKey(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		e := w.create("a", content)
		d := w.sign(rest.Options{Token: "no-such-key"})
		defer d.Close()
		_, err := d.Get(w.ctx, e.ID, remote.File)
		w.code(err, remote.SignIn)
		w.quirk("mkp-bad-token-403")
		_, err = d.Get(w.ctx, e.ID, remote.File)
		w.code(err, remote.Denied)
	})
}

// The documentation names two headers for one token.
func TestHeaderOfTheToken(t *testing.T) {
	for _, quirk := range []bool{false, true} {
		for _, header := range []string{"Authorization", "Authentication"} {
			inWorld(t, nil, func(w *world) {
				e := w.create("a", content)
				if quirk {
					w.quirk("mkp-header-authentication")
				}
				d := w.sign(rest.Options{Assume: rest.Assume{assumeHeader: header}})
				defer d.Close()
				_, err := d.Get(w.ctx, e.ID, remote.File)
				if good := quirk == (header == "Authentication"); (err == nil) != good {
					w.Errorf("%s, quirk %v: %v", header, quirk, err)
				}
			})
		}
	}
}

// Within the vendor's budget nothing is refused.
func TestBudgetIsKept(t *testing.T) {
	inWorldOf(t, sandbox.Options{Limits: true}, rest.Options{Limits: rest.Limits{Calls: vendorCalls}}, func(w *world) {
		e := w.create("a", content)
		began := time.Now()
		for range 150 {
			if _, err := w.Get(w.ctx, e.ID, remote.File); err != nil {
				w.Fatal(err)
			}
		}
		if took := time.Since(began); took > 3*time.Minute || w.Driver.Calls()["get"] != 150 {
			w.Errorf("%v calls took %s", w.Driver.Calls(), took)
		}
	})
}

// Nothing of a token or a signed link is written anywhere.
func TestLogTellsNoSecret(t *testing.T) {
	inWorld(t, everything, func(w *world) {
		e := w.create("a", content)
		if _, err := w.read(e, 0); err != nil {
			w.Fatal(err)
		}
		for _, secret := range []string{w.memory.Info.Portals[portal].Token, "signature", "/d/"} {
			if strings.Contains(w.log.String(), secret) {
				w.Errorf("the log tells %q", secret)
			}
		}
	})
}
