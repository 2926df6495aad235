package mijnklantportaal

import (
	"errors"

	"dossier/remote/rest"
)

func (d *Driver) signIn(c *rest.Client) (rest.TokenSource, error) {
	if d.options.Token != "" {
		return rest.Static(d.options.Token), nil
	}
	return nil, errors.New("sign in to MijnKlantportaal: needs a token (an API key); or client_id, client_secret and a refresh token")
}
