package box

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"dossier/remote"
	"dossier/remote/rest"
)

// The page is the vendor's own, or lies on the portal's origin; what it is told is the application, where to go on to, and our state.
func TestThePageWhereAPersonAgrees(t *testing.T) {
	for origin, want := range map[string]string{"": "https://account.box.com", "https://box.test": "https://box.test"} {
		d, err := open(rest.Options{URL: origin, ClientID: "app", ClientSecret: "s3cret", Subject: "user:1"})
		if err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(d.Consent("http://127.0.0.1:41414/", "abc"))
		if err != nil || u.Scheme+"://"+u.Host != want || u.Path != "/api/oauth2/authorize" {
			t.Errorf("%v, %v", u, err)
		}
		q := u.Query()
		for key, want := range map[string]string{"response_type": "code", "client_id": "app", "redirect_uri": "http://127.0.0.1:41414/", "state": "abc"} {
			if q.Get(key) != want {
				t.Errorf("%s = %q, want %q", key, q.Get(key), want)
			}
		}
		if strings.Contains(u.String(), "s3cret") {
			t.Error("the application's secret is in the address")
		}
	}
}

func TestACodeIsExchangedOnce(t *testing.T) {
	asked := 0
	d, err := open(rest.Options{URL: "https://box.test", ClientID: "app", ClientSecret: "s3cret", Subject: "user:1",
		Transport: handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked++
			_ = r.ParseForm()
			if f := r.PostForm; r.URL.Path != "/oauth2/token" || f.Get("grant_type") != "authorization_code" || f.Get("code") != "the-code" || f.Get("redirect_uri") != "http://127.0.0.1:41414/" || f.Get("client_secret") != "s3cret" {
				reply(http.StatusBadRequest, `{"error":"invalid_grant"}`)(w, r)
				return
			}
			status200(map[string]any{"access_token": "access-1", "refresh_token": "refresh-1", "expires_in": 3600, "token_type": "bearer"})(w, r)
		}))})
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := d.Redeem(t.Context(), "the-code", "http://127.0.0.1:41414/")
	if err != nil || tokens.Refresh.Reveal() != "refresh-1" || tokens.Access.Reveal() != "access-1" || asked != 1 {
		t.Errorf("%v, asked %d times", err, asked)
	}
	if _, err := d.Redeem(t.Context(), "another-code", "http://127.0.0.1:41414/"); remote.CodeOf(err) != remote.SignIn || strings.Contains(err.Error(), "another-code") {
		t.Errorf("a code that is not good: %v", err)
	}
}
