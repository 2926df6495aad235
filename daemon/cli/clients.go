package cli

import (
	"dossier/config"
	"dossier/daemon"
)

// known lists all clients without asking a portal.
func (a *app) known() (*config.Config, []daemon.Client, error) {
	cfg, err := a.load()
	if err != nil {
		return nil, nil, err
	}
	clients, err := daemon.Known(cfg)
	return cfg, clients, err
}
