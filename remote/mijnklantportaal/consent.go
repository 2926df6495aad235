package mijnklantportaal

import (
	"context"
	"errors"

	"dossier/remote"
	"dossier/remote/rest"
)

var _ rest.Consenter = (*Driver)(nil)

// scopes are what dossier needs, and no more: files both ways, and file requests.
var scopes = []string{"files.read", "files.write", "filerequest.read", "filerequest.write"}

// Consent is the address of the page where a person lets the office's application in. The redirect must be one of those that the
// application is registered with.
func (d *Driver) Consent(redirect, state string) string {
	return rest.ConsentPage(d.rest, d.oauth+"/oauth/authorize", redirect, state, scopes...)
}

// Redeem exchanges the code that came back from that page.
func (d *Driver) Redeem(ctx context.Context, code rest.Secret, redirect string) (rest.Tokens, error) {
	d.rest.Conceal(code)
	t, err := d.tokens(rest.SigningIn(ctx), d.rest, map[string]string{"grant_type": "authorization_code", "redirect_uri": redirect, "code": code.Reveal()})
	if err == nil && t.Refresh == "" {
		err = &remote.Error{Op: "sign in", Code: remote.Corrupt, Err: errors.New("the portal gave no refresh token")}
	}
	return t, err
}
