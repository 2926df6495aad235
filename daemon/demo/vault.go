package demo

import (
	"context"
	"fmt"

	"dossier/daemon"
)

// desk answers as it does for the commands.
func (s *show) desk() *daemon.Desk {
	return &daemon.Desk{Config: s.config, States: daemon.Alone{Log: s.Log}, Log: s.Log}
}

// vaulted finds the newest item of this path in a client's vault.
func (s *show) vaulted(ctx context.Context, client, path string) (daemon.VaultItem, error) {
	list, err := daemon.VerbVaultList.Of(ctx, s.desk(), daemon.Which{Clients: []string{client}})
	if err != nil {
		return daemon.VaultItem{}, err
	}
	for _, it := range list.Items {
		if it.Path == path {
			return it, nil
		}
	}
	return daemon.VaultItem{}, fmt.Errorf("%q is not in the vault of %s", path, client)
}

// restore brings a file back from the vault, as `dossier vault restore` does.
func (s *show) restore(ctx context.Context, client, path string) error {
	it, err := s.vaulted(ctx, client, path)
	if err != nil {
		return err
	}
	_, err = daemon.VerbVaultRestore.Of(ctx, s.desk(), daemon.RestoreArgs{Item: it.ID, By: "demo"})
	return err
}
