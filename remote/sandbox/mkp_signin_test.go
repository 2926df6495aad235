package sandbox_test

import (
	"fmt"
	"net/url"
	"testing"
	"time"

	"dossier/remote/sandbox"
)

const redirect = "http://127.0.0.1:4711/callback"

// authorize opens the authorize page with a query.
func (m *mkpWorld) authorize(query url.Values) answer {
	m.Helper()
	return m.do("GET", m.portal.URL+"/oauth/authorize?"+query.Encode(), nil)
}

// consent goes to the authorize page, with a redirect that is registered, and returns what comes back to the app.
func (m *mkpWorld) consent(scope string) url.Values {
	m.Helper()
	if err := m.RegisterRedirect(sandbox.MijnKlantportaal, redirect); err != nil {
		m.Fatal(err)
	}
	a := m.want(m.authorize(url.Values{"client_id": {m.portal.ClientID}, "redirect_uri": {redirect}, "state": {"s1"},
		"scope": {scope}, "response_type": {"code"}, "prompt": {"consent"}}), 302)
	back, err := url.Parse(a.header.Get("Location"))
	if err != nil || back.Host != "127.0.0.1:4711" || back.Query().Get("state") != "s1" {
		m.Fatalf("sent to %s", a.header.Get("Location"))
	}
	return back.Query()
}

func (m *mkpWorld) redeem(code, to string) answer {
	m.Helper()
	return m.oauth(map[string]string{"grant_type": "authorization_code", "redirect_uri": to, "code": code})
}

func TestACodeIsExchangedOnceForTokensWithTheScopesThatWereAskedFor(t *testing.T) {
	atMKP(t, sandbox.Options{}, func(m *mkpWorld) {
		code := m.consent("files.read filerequest.read").Get("code")
		m.refused(m.redeem(code, "http://elsewhere.example"), 400)
		a := m.want(m.redeem(code, redirect), 200)
		if body := a.dig().(map[string]any); len(body) != 3 || a.str("expires_in") != "3600" || a.dig("refresh_token") == nil {
			t.Errorf("answered %s", a.body)
		}
		m.refused(m.redeem(code, redirect), 400)
		as := []string{"Authorization", "Bearer " + a.str("access_token")}
		m.want(m.call("GET", "/files", nil, as...), 200)
		m.refused(m.call("POST", "/files", `{"directory":"x"}`, as...), 403)

		next := m.want(m.refreshed(a.str("refresh_token")), 200)
		if body := next.dig().(map[string]any); len(body) != 2 || next.str("access_token") == a.str("access_token") {
			t.Errorf("refreshing answered %s", next.body)
		}
		m.refused(m.call("GET", "/customers", nil, "Authorization", "Bearer "+next.str("access_token")), 403)
		m.want(m.call("GET", "/files", nil, as...), 200)

		late := m.consent("files.read").Get("code")
		time.Sleep(time.Minute)
		m.refused(m.redeem(late, redirect), 400)
	})
}

func TestTheAuthorizePageSendsErrorsToRegisteredAddressesOnly(t *testing.T) {
	atMKP(t, sandbox.Options{}, func(m *mkpWorld) {
		if got := m.consent("files.read files.destroy").Get("error"); got != "invalid_scope" {
			t.Errorf("unknown scope: %q", got)
		}
		good := url.Values{"client_id": {m.portal.ClientID}, "redirect_uri": {redirect}, "scope": {"files.read"}, "response_type": {"code"}}
		for _, c := range []struct {
			name, value string
			status      int
		}{{"client_id", "nobody", 400}, {"redirect_uri", redirect + "/", 400}, {"response_type", "token", 302}, {"prompt", "none", 302}} {
			query := url.Values{}
			for name, values := range good {
				query[name] = values
			}
			query.Set(c.name, c.value)
			a := m.want(m.authorize(query), c.status)
			back, err := url.Parse(a.header.Get("Location"))
			if err != nil || c.status == 302 && (back.Query().Get("error") == "" || back.Query().Has("code")) {
				t.Errorf("%s %s: sent to %s", c.name, c.value, a.header.Get("Location"))
			}
		}
	})
}

func TestTokenCallsThatAreWrongAreRefused(t *testing.T) {
	atMKP(t, sandbox.Options{}, func(m *mkpWorld) {
		refresh := map[string]string{"grant_type": "refresh_token", "refresh_token": m.portal.RefreshToken}
		m.want(m.oauth(refresh), 200)
		m.refused(m.refreshed("nonsense"), 400)
		m.refused(m.refreshed(m.portal.Token), 400)
		m.refused(m.oauth(map[string]string{"grant_type": "client_credentials"}), 400)
		refresh["client_secret"] = "wrong"
		m.refused(m.oauth(refresh), 400)
		form := "grant_type=refresh_token&client_id=" + m.portal.ClientID + "&client_secret=" + m.portal.ClientSecret + "&refresh_token=" + m.portal.RefreshToken
		m.refused(m.do("POST", m.portal.URL+"/oauth/tokens", form, "Content-Type", "application/x-www-form-urlencoded"), 422)
		if n := m.Calls(sandbox.MijnKlantportaal).Mutating(); n != 0 {
			t.Errorf("%d token calls count as changes", n)
		}
	})
}

func TestAccessTokensExpireAndAPIKeysDoNot(t *testing.T) {
	atMKP(t, sandbox.Options{}, func(m *mkpWorld) {
		access := []string{"Authorization", "Bearer " + m.want(m.refreshed(m.portal.RefreshToken), 200).str("access_token")}
		time.Sleep(time.Hour - time.Second)
		m.want(m.call("GET", "/files", nil, access...), 200)
		time.Sleep(time.Second)
		m.refused(m.call("GET", "/files", nil, access...), 401)
		time.Sleep(1000 * 24 * time.Hour)
		m.want(m.call("GET", "/files", nil), 200)
		m.want(m.refreshed(m.portal.RefreshToken), 200)
		for _, bad := range []string{"", "Bearer", "Bearer nonsense", "Bearer " + m.portal.RefreshToken, "Basic " + m.portal.Token} {
			m.refused(m.call("GET", "/files", nil, "Authorization", bad), 401)
		}
	})
}

func TestEachRouteAsksForItsScope(t *testing.T) {
	atMKP(t, sandbox.Options{}, func(m *mkpWorld) {
		for _, c := range []struct{ scope, method, path string }{
			{"files.read", "GET", "/files"},
			{"files.read", "GET", "/files/" + m.portal.Folder},
			{"files.read", "GET", "/files/none/download"},
			{"files.write", "POST", "/files"},
			{"files.write", "DELETE", "/files/none"},
			{"filerequest.read", "GET", "/file-requests"},
			{"filerequest.read", "GET", "/file-requests/none"},
			{"filerequest.write", "POST", "/file-requests"},
			{"filerequest.write", "DELETE", "/file-requests/none"},
			{"fileshare.read", "GET", "/file-shares"},
			{"fileshare.read", "GET", "/file-shares/none"},
			{"fileshare.write", "POST", "/file-shares"},
			{"fileshare.write", "DELETE", "/file-shares/none"},
			{"customers.read", "GET", "/customers"},
			{"customers.read", "GET", "/customers/none"},
			{"customers.write", "POST", "/customers"},
			{"customers.write", "PATCH", "/customers/none"},
			{"customers.write", "DELETE", "/customers/none"},
			{"webhooks.read", "GET", "/webhooks"},
			{"webhooks.read", "GET", "/webhooks/none"},
			{"webhooks.write", "POST", "/webhooks"},
			{"webhooks.write", "DELETE", "/webhooks/none"},
		} {
			for _, scope := range []string{"files.read", "files.write", "filerequest.read", "filerequest.write", "fileshare.read", "fileshare.write",
				"customers.read", "customers.write", "webhooks.read", "webhooks.write"} {
				key, err := m.Key(sandbox.MijnKlantportaal, scope)
				if err != nil {
					t.Fatal(err)
				}
				a := m.call(c.method, c.path, nil, "Authorization", "Bearer "+key)
				if allowed := a.status != 403; allowed != (scope == c.scope) {
					t.Errorf("%s %s with %s: %d", c.method, c.path, scope, a.status)
				}
			}
		}
		if _, err := m.Key(sandbox.MijnKlantportaal, "files.destroy"); err == nil {
			t.Error("an unknown scope was given")
		}
	})
}

func TestAKeyHasSixtyCallsInAnyMinute(t *testing.T) {
	atMKP(t, sandbox.Options{Limits: true}, func(m *mkpWorld) {
		for i := range 60 {
			if i == 30 {
				time.Sleep(20 * time.Second)
			}
			a := m.want(m.call("GET", "/files", nil), 200)
			if got := a.header.Get("X-RateLimit-Limit") + " " + a.header.Get("X-RateLimit-Remaining"); got != fmt.Sprint("60 ", 59-i) {
				t.Fatalf("call %d: %s", i, got)
			}
			if a.header.Get("Retry-After") != "" || a.header.Get("X-RateLimit-Reset") != "" {
				t.Fatalf("call %d says when to retry: %v", i, a.header)
			}
		}
		time.Sleep(15 * time.Second)
		a := m.want(m.call("GET", "/files", nil), 429)
		if a.body != `{"code":429,"message":"Too many requests."}` {
			t.Errorf("refused with %s", a.body)
		}
		reset := fmt.Sprint(time.Now().Add(25 * time.Second).Unix())
		if h := a.header; h.Get("Retry-After") != "25" || h.Get("X-RateLimit-Reset") != reset || h.Get("X-RateLimit-Remaining") != "0" {
			t.Errorf("refused with %v, reset should be %s", h, reset)
		}
		key, err := m.Key(sandbox.MijnKlantportaal, "files.read")
		if err != nil {
			t.Fatal(err)
		}
		m.want(m.call("GET", "/files", nil, "Authorization", "Bearer "+key), 200)
		m.want(m.refreshed(m.portal.RefreshToken), 200)
		m.want(m.call("GET", "/files", nil, "Authorization", ""), 401)
		time.Sleep(25 * time.Second)
		for range 30 {
			m.want(m.call("GET", "/files", nil), 200)
		}
		m.want(m.call("GET", "/files", nil), 429)
	})
}

func TestEveryAnswerOfMijnKlantportaalSaysTheLimit(t *testing.T) {
	atMKP(t, sandbox.Options{}, func(m *mkpWorld) {
		for range 61 {
			m.want(m.call("GET", "/files", nil), 200)
		}
		for _, a := range []answer{m.call("GET", "/files", nil), m.call("GET", "/nowhere", nil), m.call("GET", "/files", nil, "Authorization", "")} {
			if got := a.header.Get("X-RateLimit-Limit") + " " + a.header.Get("X-RateLimit-Remaining"); got != "1000000 1000000" {
				t.Errorf("%d: %s", a.status, got)
			}
		}
	})
}

func TestAnotherAccountOfMijnKlantportaalSeesAnotherTree(t *testing.T) {
	atMKP(t, sandbox.Options{}, func(m *mkpWorld) {
		directory, files, _ := m.bakery()
		customer := m.made(m.call("POST", "/customers", aCustomer))
		other, err := m.AddAccount(sandbox.MijnKlantportaal, "Bert Bakker", true)
		if err != nil {
			t.Fatal(err)
		}
		his := []string{"Authorization", "Bearer " + other.Token}
		for _, path := range []string{"/files/" + directory, "/files/" + files[0], "/files/" + files[0] + "/download", "/files" + in(directory), "/customers/" + customer} {
			m.refused(m.call("GET", path, nil, his...), 404)
		}
		m.refused(m.call("DELETE", "/customers/"+customer, nil, his...), 404)
		for _, path := range []string{"/files", "/customers"} {
			if a := m.want(m.call("GET", path, nil, his...), 200); a.dig("data", 0) != nil {
				t.Errorf("he sees %s", a.body)
			}
		}
		m.want(m.call("POST", "/files", `{"directory":"Mine"}`, his...), 201)
		if _, there := m.Tree(sandbox.MijnKlantportaal)["Mine"]; there {
			t.Error("his directory is in the other tree")
		}
		colleague, err := m.AddAccount(sandbox.MijnKlantportaal, "Cor Colleague", false)
		if err != nil {
			t.Fatal(err)
		}
		m.want(m.call("GET", "/files/"+directory, nil, "Authorization", "Bearer "+colleague.Token), 200)
	})
}
