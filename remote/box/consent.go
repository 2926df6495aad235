package box

import (
	"context"

	"dossier/remote/rest"
)

var _ rest.Consenter = (*Driver)(nil)

// vendorConsent is the host of the page where a person lets an application in.
const vendorConsent = "https://account.box.com"

// Consent is the address of the page where a person lets the office's application in. The redirect must be one of those that the
// application is registered with.
func (d *Driver) Consent(redirect, state string) string {
	host := d.api
	if host == vendorAPI {
		host = vendorConsent
	}
	return rest.ConsentPage(d.rest, host+"/api/oauth2/authorize", redirect, state)
}

// Redeem exchanges the code that came back from that page.
func (d *Driver) Redeem(ctx context.Context, code rest.Secret, redirect string) (rest.Tokens, error) {
	return rest.Redeem(ctx, d.rest, d.api+"/oauth2/token", code, redirect)
}
