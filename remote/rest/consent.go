package rest

import (
	"context"

	"golang.org/x/oauth2"
)

// Consenter is a driver of a portal with a page where a person lets an application of the office's in.
type Consenter interface {
	// Consent is the address of that page. From there the portal sends the person's browser on to redirect, with state, and with a code
	// if he agrees.
	Consent(redirect, state string) string
	// Redeem exchanges the code for tokens. It is good for one use.
	Redeem(ctx context.Context, code Secret, redirect string) (Tokens, error)
}

// ConsentPage is the address of a page as OAuth has it. The scopes are what is asked for; none: what the application is registered with.
func ConsentPage(c *Client, page, redirect, state string, scopes ...string) string {
	config := consent(c, page, "", redirect)
	config.Scopes = scopes
	return config.AuthCodeURL(state)
}

// SigningIn marks the calls of a driver that redeems a code in its portal's own way: they go as those of an exchange do (Exchanged),
// without our token and once.
func SigningIn(ctx context.Context) context.Context {
	return context.WithValue(ctx, signingInKey{}, true)
}

// Redeem exchanges a code for tokens as OAuth has it, with a form.
func Redeem(ctx context.Context, c *Client, tokenURL string, code Secret, redirect string) (Tokens, error) {
	c.secrets.add(code)
	t, err := consent(c, "", tokenURL, redirect).Exchange(c.forSignIn(ctx), code.Reveal())
	return c.signedIn(t, err)
}

func consent(c *Client, page, tokenURL, redirect string) *oauth2.Config {
	return &oauth2.Config{ClientID: c.options.ClientID, ClientSecret: c.options.ClientSecret.Reveal(), RedirectURL: redirect,
		Endpoint: oauth2.Endpoint{AuthURL: page, TokenURL: tokenURL, AuthStyle: oauth2.AuthStyleInParams}}
}
