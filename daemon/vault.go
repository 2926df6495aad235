package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"time"

	"dossier/state"
	"dossier/syncer/local"
)

// vault is one client's vault, for the moment that its state is lent.
type vault struct {
	client Client
	st     *state.Client
	disk   local.Disk
	vault  *local.Vault
}

// inVault opens a client's vault for a moment. A client that never ran has none, and fn is not called.
func (d *Desk) inVault(ctx context.Context, c Client, need Need, fn func(*vault) error) error {
	err := d.States.Lend(ctx, c, need, func(st *state.Client) error {
		v := &vault{client: c, st: st}
		if err := v.open(); err != nil {
			return err
		}
		return errors.Join(fn(v), v.disk.Close())
	})
	if errors.Is(err, ErrNeverRan) {
		return nil
	}
	return about(c, err)
}

func (v *vault) open() error {
	var mirror string
	if err := v.st.View(func(tx *state.Tx) error { mirror = tx.Meta().Mirror; return nil }); err != nil {
		return err
	}
	if mirror == "" {
		return ErrNeverRan
	}
	disk, err := local.OSDisk(v.client.Path)
	if err != nil {
		return err
	}
	if v.vault, err = local.OpenVault(disk, local.VaultOptions{Client: mirror}); err != nil {
		return errors.Join(err, disk.Close())
	}
	v.disk = disk
	return nil
}

// restore puts an item back where it was or, if to is not empty, there: a slash-separated path in the client's folder. Nothing is
// replaced: where something else is by now, it comes back under a name beside it. It returns the path.
func (v *vault) restore(ctx context.Context, it local.Item, to, by string) (string, error) {
	at := local.In(it.Path)
	if to != "" {
		at = local.In(path.Clean(to))
	}
	if err := at.Check(); err != nil || at.Rel == "" || at.Rel == "." {
		return "", fmt.Errorf("restore to %q: not a path inside the client's folder", to)
	}
	if err := v.folders(at.Dir()); err != nil {
		return "", err
	}
	want := at
	for n := 1; n <= 100; n++ {
		_, err := v.vault.Restore(ctx, it.ID, at)
		if err == nil {
			return at.Rel, v.record(state.Entry{Op: "vault-restore", Path: it.Path, To: at.Rel, Vault: it.ID, Size: it.Size, User: by})
		}
		if !errors.Is(err, local.ErrTaken) && !errors.Is(err, fs.ErrExist) {
			return "", err
		}
		at = beside(want, it.When, n)
	}
	return "", fmt.Errorf("restore %q: %w", it.Path, local.ErrTaken)
}

// beside is another name for what comes back where something else is by now.
func beside(p local.Path, from time.Time, n int) local.Path {
	dir, name := p.Split()
	ext := path.Ext(name)
	if ext == name {
		ext = ""
	}
	mark := " (from the vault " + from.Local().Format("2006-01-02 15.04.05") + ")"
	if n > 1 {
		mark = strings.TrimSuffix(mark, ")") + fmt.Sprintf(" %d)", n)
	}
	return dir.Join(strings.TrimSuffix(name, ext) + mark + ext)
}

// folders makes the folders that an item goes into, as far as they are gone.
func (v *vault) folders(dir local.Path) error {
	if dir.Rel == "" {
		return nil
	}
	if info, err := v.disk.Lstat(dir); err == nil && info.Kind == local.Dir {
		return nil
	}
	if err := v.folders(dir.Dir()); err != nil {
		return err
	}
	return v.disk.Mkdir(dir)
}

// empty removes items for good.
func (v *vault) empty(ctx context.Context, items []local.Item, by string) error {
	for _, it := range items {
		if err := v.vault.Empty(ctx, it.ID); err != nil {
			return err
		}
		if err := v.record(state.Entry{Op: "vault-empty", Path: it.Path, Vault: it.ID, Size: it.Size, User: by}); err != nil {
			return err
		}
	}
	return nil
}

func (v *vault) record(e state.Entry) error {
	e.Client, e.Side, e.Outcome = v.client.Name, "local", "done"
	return v.st.Update(func(tx *state.Tx) error {
		_, err := tx.Append(e)
		return err
	})
}
