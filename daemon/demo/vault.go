package demo

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"dossier/daemon"
	"dossier/syncer/local"
)

// inVault opens a client's vault for a moment.
func (s *show) inVault(client string, fn func(*daemon.Vault) error) error {
	known, err := daemon.Known(s.config)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(known, func(c daemon.Client) bool { return c.Name == client })
	if i < 0 {
		return fmt.Errorf("there is no client %q", client)
	}
	v, err := daemon.OpenVault(known[i], s.Log)
	if err != nil {
		return err
	}
	return errors.Join(fn(v), v.Close())
}

// vaulted finds the newest item of this path in a client's vault.
func (s *show) vaulted(client, path string) (found local.Item, err error) {
	err = s.inVault(client, func(v *daemon.Vault) error {
		items, err := v.List()
		for _, it := range items {
			if it.Path == path {
				found = it
			}
		}
		if err == nil && found.ID == "" {
			err = fmt.Errorf("%q is not in the vault of %s", path, client)
		}
		return err
	})
	return found, err
}

// restore brings a file back from the vault, as `dossier vault restore` does.
func (s *show) restore(ctx context.Context, client, path string) error {
	it, err := s.vaulted(client, path)
	if err != nil {
		return err
	}
	return s.inVault(client, func(v *daemon.Vault) error {
		_, err := v.Restore(ctx, it, "", "demo")
		return err
	})
}
