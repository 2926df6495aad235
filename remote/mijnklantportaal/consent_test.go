package mijnklantportaal_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"dossier/remote"
	"dossier/remote/mijnklantportaal"
	"dossier/remote/rest"
	"dossier/remote/sandbox"
)

// A person agrees on the portal's page; the code that comes back is good for tokens once, and with them for the files.
func TestACodeFromThePageIsExchangedOnce(t *testing.T) {
	const redirect = "http://127.0.0.1:41414/"
	server, err := sandbox.New(sandbox.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	if err := server.RegisterRedirect(sandbox.MijnKlantportaal, redirect); err != nil {
		t.Fatal(err)
	}
	m, err := server.InMemory(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	info := m.Info.Portals[sandbox.MijnKlantportaal]
	way := &http.Transport{DialContext: m.DialContext}
	defer way.CloseIdleConnections()
	o := rest.Options{URL: info.URL, ClientID: info.ClientID, ClientSecret: rest.Secret(info.ClientSecret), RefreshToken: "none yet", Transport: way}
	d, err := mijnklantportaal.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	driver := d.(*mijnklantportaal.Driver)
	defer driver.Close()

	page := driver.Consent(redirect, "abc")
	if strings.Contains(page, info.ClientSecret) {
		t.Error("the application's secret is in the address")
	}
	browser := &http.Client{Transport: way, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := browser.Get(page)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	back, err := url.Parse(resp.Header.Get("Location"))
	if err != nil || back.Query().Get("state") != "abc" || back.Query().Get("code") == "" {
		t.Fatalf("%d, %v, %v", resp.StatusCode, back, err)
	}
	code := rest.Secret(back.Query().Get("code"))
	tokens, err := driver.Redeem(t.Context(), code, redirect)
	if err != nil || tokens.Refresh == "" || tokens.Access == "" {
		t.Fatalf("%v", err)
	}
	if _, err := driver.Redeem(t.Context(), code, redirect); remote.CodeOf(err) != remote.SignIn || strings.Contains(err.Error(), code.Reveal()) {
		t.Errorf("a code that was used: %v", err)
	}
	o.RefreshToken, o.Assume = tokens.Refresh, rest.Assume{"listing": true}
	again, err := mijnklantportaal.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	defer again.(*mijnklantportaal.Driver).Close()
	for _, err := range again.Children(t.Context(), mijnklantportaal.Root) {
		if err != nil {
			t.Error(err)
		}
	}
}
