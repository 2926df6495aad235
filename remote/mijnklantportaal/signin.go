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
		if next, err = d.tokens(ctx, c, token); remote.CodeOf(err) != remote.SignIn {
			break
		}
	}
	return next, err
}

// tokens sends the call. A refresh token that comes takes the place of the one that was used; documented is that none does.
func (d *Driver) tokens(ctx context.Context, c *rest.Client, refresh rest.Secret) (rest.Tokens, error) {
	var answer struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
		Life    int64  `json:"expires_in"` // seconds
	}
	body := map[string]string{"grant_type": "refresh_token", "client_id": d.options.ClientID,
		"client_secret": d.options.ClientSecret.Reveal(), "refresh_token": refresh.Reveal()}
	_, err := c.JSON(ctx, rest.Call{Op: "sign in", Method: http.MethodPost, URL: d.oauth + "/oauth/tokens", Write: true, Body: rest.JSONBody(body),
		Limit: itemLimit}, &answer)
	if err != nil {
		return rest.Tokens{}, err
	}
	t := rest.Tokens{Access: rest.Secret(answer.Access), Refresh: refresh}
	if answer.Refresh != "" {
		t.Refresh = rest.Secret(answer.Refresh)
	}
	if answer.Life > 0 {
		t.Expiry = time.Now().Add(time.Duration(min(answer.Life, longestLife)) * time.Second)
	}
	return t, nil
}

// longestLife is the longest that an access token is believed to live, in seconds.
const longestLife = 366 * 24 * 3600
