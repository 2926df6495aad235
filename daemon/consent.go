package daemon

import (
	"context"
	"fmt"

	"dossier/config"
	"dossier/remote/rest"
)

// Consent is a sign-in that a person agrees to in his browser.
type Consent struct {
	driver rest.Consenter
	close  func() error
}

// OpenConsent prepares such a sign-in; false: this portal has none, or signs in without one.
func OpenConsent(ctx context.Context, opt AskOptions) (*Consent, bool, error) {
	p := opt.Config.Portals[opt.Portal]
	kind, ok := opt.Drivers[p.Kind]
	if !ok || p.SignIn() != config.SignInRefresh {
		return nil, false, nil
	}
	saved, err := askState(opt.Config, p, opt.Log)
	if err != nil {
		return nil, false, err
	}
	given := map[string]string{"client_secret": opt.Given["client_secret"], "token": "none yet"}
	ro, err := restOptions(ctx, p, saved, opt.Log, given)
	if err != nil {
		return nil, false, fmt.Errorf("portal %q: %w", p.Name, err)
	}
	d, err := kind.Open(ro)
	if err != nil {
		return nil, false, err
	}
	c := &Consent{close: closer(d)}
	if c.driver, ok = d.(rest.Consenter); !ok {
		return nil, false, c.close()
	}
	return c, true, nil
}

// Page is the address to open in a browser, which is sent on to redirect.
func (c *Consent) Page(redirect, state string) string { return c.driver.Consent(redirect, state) }

// Redeem exchanges the code that came to redirect for the refresh token.
func (c *Consent) Redeem(ctx context.Context, code, redirect string) (refresh string, err error) {
	t, err := c.driver.Redeem(ctx, rest.Secret(code), redirect)
	if err == nil && t.Refresh == "" {
		err = fmt.Errorf("the portal gave no refresh token: the application must be one that signs in for people")
	}
	return t.Refresh.Reveal(), err
}

// Close gives up connections.
func (c *Consent) Close() error { return c.close() }
