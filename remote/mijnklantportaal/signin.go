package mijnklantportaal

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"dossier/remote"
	"dossier/remote/rest"
)

func (d *Driver) signIn(c *rest.Client) (rest.TokenSource, error) {
	o := d.options
	switch {
	case o.Token != "":
		return rest.Static(o.Token), nil
	case o.ClientID != "" && o.ClientSecret != "" && (o.RefreshToken != "" || o.Store != nil):
		return rest.Exchanged(c, func(ctx context.Context, old rest.Tokens) (rest.Tokens, error) { return d.refresh(ctx, c, old) })
	}
	return nil, errors.New("sign in to MijnKlantportaal: needs a token (an API key); or client_id, client_secret and a refresh token")
}

// refresh gets an access token for the refresh token on file, or if that is refused for the one that the configuration names.
func (d *Driver) refresh(ctx context.Context, c *rest.Client, old rest.Tokens) (next rest.Tokens, err error) {
	err = &remote.Error{Op: "sign in", Code: remote.SignIn}
	for _, token := range slices.Compact([]rest.Secret{old.Refresh, d.options.RefreshToken}) {
		if token == "" {
			continue
		}
		next, err = d.tokens(ctx, c, map[string]string{"grant_type": "refresh_token", "refresh_token": token.Reveal()})
		if next.Refresh == "" {
			next.Refresh = token // documented is that no other one comes
		}
		if remote.CodeOf(err) != remote.SignIn {
			break
		}
	}
	return next, err
}

// tokens sends the call, in the application's name.
func (d *Driver) tokens(ctx context.Context, c *rest.Client, body map[string]string) (rest.Tokens, error) {
	var answer struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
		Life    int64  `json:"expires_in"` // seconds
	}
	body["client_id"], body["client_secret"] = d.options.ClientID, d.options.ClientSecret.Reveal()
	_, err := c.JSON(ctx, rest.Call{Op: "sign in", Method: http.MethodPost, URL: d.oauth + "/oauth/tokens", Write: true, Body: rest.JSONBody(body),
		Limit: itemLimit}, &answer)
	if err != nil {
		return rest.Tokens{}, err
	}
	t := rest.Tokens{Access: rest.Secret(answer.Access), Refresh: rest.Secret(answer.Refresh)}
	if answer.Life > 0 {
		t.Expiry = time.Now().Add(time.Duration(min(answer.Life, longestLife)) * time.Second)
	}
	return t, nil
}

// longestLife is the longest that an access token is believed to live, in seconds.
const longestLife = 366 * 24 * 3600
