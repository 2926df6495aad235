package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path"
	"strings"
	"time"

	"dossier/state"
	"dossier/syncer/local"
)

// Vault is one client's vault. While it is open no mirror runs for the client.
type Vault struct {
	client Client
	st     *state.Client
	disk   local.Disk
	vault  *local.Vault
}

// ErrNeverRan is the error of opening the vault of a client that has not run here.
var ErrNeverRan = errors.New("this client has not run here yet")

// OpenVault opens a client's vault. It must be closed.
func OpenVault(c Client, log *slog.Logger) (*Vault, error) {
	if missing(c.StatePath) {
		return nil, ErrNeverRan
	}
	v := &Vault{client: c}
	var err error
	if v.st, err = state.OpenClient(c.StatePath, state.Options{Log: log}); err != nil {
		return nil, err
	}
	if err := v.open(); err != nil {
		return nil, errors.Join(err, v.Close())
	}
	return v, nil
}

func (v *Vault) open() (err error) {
	var mirror string
	if err := v.st.View(func(tx *state.Tx) error { mirror = tx.Meta().Mirror; return nil }); err != nil {
		return err
	}
	if mirror == "" {
		return ErrNeverRan
	}
	if v.disk, err = local.OSDisk(v.client.Path); err != nil {
		return err
	}
	v.vault, err = local.OpenVault(v.disk, local.VaultOptions{Client: mirror})
	return err
}

// Close lets the client run again.
func (v *Vault) Close() error {
	err := v.st.Close()
	if v.disk != nil {
		err = errors.Join(err, v.disk.Close())
	}
	return err
}

// List returns the items, oldest first.
func (v *Vault) List() ([]local.Item, error) { return v.vault.List() }

// Restore puts an item back where it was or, if to is not empty, there: a slash-separated path in the client's folder. Nothing is
// replaced: where something else is by now, it comes back under a name beside it. It returns the path.
func (v *Vault) Restore(ctx context.Context, it local.Item, to, by string) (string, error) {
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
func (v *Vault) folders(dir local.Path) error {
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

// Empty removes items for good.
func (v *Vault) Empty(ctx context.Context, items []local.Item, by string) error {
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

func (v *Vault) record(e state.Entry) error {
	e.Client, e.Side, e.Outcome = v.client.Name, "local", "done"
	return v.st.Update(func(tx *state.Tx) error {
		_, err := tx.Append(e)
		return err
	})
}
