package daemon

import (
	"context"
	"strings"
	"time"

	"dossier/syncer/local"
)

// VerbVaultList lists what was deleted or replaced on disk, VerbVaultRestore brings one item back, VerbVaultEmpty removes items for good.
var (
	VerbVaultList    = Verb[Which, VaultItems]{"vault-list", (*Desk).vaultList}
	VerbVaultRestore = Verb[RestoreArgs, Restored]{"vault-restore", (*Desk).vaultRestore}
	VerbVaultEmpty   = Verb[EmptyArgs, Emptied]{"vault-empty", (*Desk).vaultEmpty}
)

// VaultItems are items of several clients: the newest of each first.
type VaultItems struct {
	Items []VaultItem `json:"items"`
}

// VaultItem is an item with whose it is.
type VaultItem struct {
	ID     string    `json:"id"`
	Client string    `json:"client"`
	Path   string    `json:"path"`
	When   time.Time `json:"when"`
	Why    local.Why `json:"why"`
	Kind   string    `json:"kind"`
	Size   int64     `json:"size"`

	item local.Item
	of   Client
}

func (d *Desk) vaultList(ctx context.Context, which Which) (VaultItems, error) {
	items, err := d.vaulted(ctx, which.Clients)
	return VaultItems{items}, err
}

// vaulted lists the items of these clients, the newest first.
func (d *Desk) vaulted(ctx context.Context, names []string) ([]VaultItem, error) {
	clients, err := d.chosen(names)
	if err != nil {
		return nil, err
	}
	all := []VaultItem{}
	for _, c := range clients {
		err := d.inVault(ctx, c, ToRead, func(v *vault) error {
			items, err := v.vault.List()
			for i := len(items) - 1; i >= 0; i-- {
				it := items[i]
				all = append(all, VaultItem{it.ID, c.Name, it.Path, it.When, it.Why, it.Kind.String(), it.Size, it, c})
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// RestoreArgs name an item by its id, or by its path, and perhaps where it goes.
type RestoreArgs struct {
	Item string `json:"item"`
	To   string `json:"to,omitempty"` // another path in the client's folder
	By   string `json:"by"`
}

// Restored is an item that is back, and where.
type Restored struct {
	Client string `json:"client"`
	Path   string `json:"path"`
	Size   int64  `json:"size"`
}

func (d *Desk) vaultRestore(ctx context.Context, args RestoreArgs) (r Restored, err error) {
	items, err := d.vaulted(ctx, nil)
	if err != nil {
		return r, err
	}
	it, err := pick(items, args.Item)
	if err != nil {
		return r, err
	}
	err = d.inVault(ctx, it.of, ToWork, func(v *vault) error {
		at, err := v.restore(ctx, it.item, args.To, args.By)
		r = Restored{it.Client, at, it.Size}
		return err
	})
	return r, err
}

// pick finds an item by its name, or by its path.
func pick(items []VaultItem, name string) (VaultItem, error) {
	var fits []VaultItem
	clients := map[string]bool{}
	for _, v := range items {
		if v.ID == name || v.Path == strings.Trim(name, "/") {
			fits = append(fits, v)
			clients[v.Client] = true
		}
	}
	switch {
	case len(fits) == 0:
		return VaultItem{}, refusef("there is no item %q in the vault; `dossier vault list` shows all", name)
	case len(clients) > 1:
		return VaultItem{}, refusef("%q is in the vaults of %d clients; name the item as `dossier vault list` does", name, len(clients))
	}
	return fits[0], nil // the newest
}

// EmptyArgs choose what is removed for good.
type EmptyArgs struct {
	Clients []string      `json:"clients,omitempty"` // none: all
	Older   time.Duration `json:"older,omitempty"`   // only what has been there for so long
	Do      bool          `json:"do"`                // false: only say what that would be
	By      string        `json:"by"`
}

// Emptied is what was, or would be, removed.
type Emptied struct {
	Items []VaultItem `json:"removed"`
}

func (d *Desk) vaultEmpty(ctx context.Context, args EmptyArgs) (e Emptied, err error) {
	items, err := d.vaulted(ctx, args.Clients)
	if err != nil {
		return e, err
	}
	e.Items = []VaultItem{}
	of, byClient := map[string]Client{}, map[string][]local.Item{}
	for _, it := range items {
		if time.Since(it.When) >= args.Older {
			e.Items = append(e.Items, it)
			of[it.Client], byClient[it.Client] = it.of, append(byClient[it.Client], it.item)
		}
	}
	if !args.Do {
		return e, nil
	}
	for name, items := range byClient {
		if err := d.inVault(ctx, of[name], ToWork, func(v *vault) error { return v.empty(ctx, items, args.By) }); err != nil {
			return e, err
		}
	}
	return e, nil
}
