package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"dossier/config"
	"dossier/remote"
	"dossier/state"
	"dossier/syncer/local"
)

// ledger keeps the folders of a portal that cannot list them in the account's state.
type ledger struct{ account *state.Account }

func (l *ledger) Folders(ctx context.Context, client remote.ID) ([]remote.LedgerFolder, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	saved, err := l.account.LedgerFolders(string(client))
	if err != nil {
		return nil, fmt.Errorf("read the ledger: %w", err)
	}
	all := make([]remote.LedgerFolder, len(saved))
	for i, f := range saved {
		all[i] = remote.LedgerFolder{ID: remote.ID(f.ID), Parent: remote.ID(f.Parent), Name: f.Name, Ours: f.Ours, Left: f.Left}
	}
	return all, nil
}

func (l *ledger) Put(ctx context.Context, client remote.ID, f remote.LedgerFolder) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	err := l.account.PutLedgerFolder(string(client), state.LedgerFolder{ID: string(f.ID), Parent: string(f.Parent), Name: f.Name, Ours: f.Ours, Left: f.Left})
	if err != nil {
		return fmt.Errorf("write the ledger: %w", err)
	}
	return nil
}

func (l *ledger) Remove(ctx context.Context, client, folder remote.ID) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err := l.account.RemoveLedgerFolder(string(client), string(folder)); err != nil {
		return fmt.Errorf("write the ledger: %w", err)
	}
	return nil
}

// keptLedger is where the copies of an account's ledger lie: beside the vaults of its clients, which do not share the state's fate.
type keptLedger struct {
	of   string   // the account, so that no copy of another is taken for its own
	dirs []string // those that may hold one
	name string
}

func keptLedgerOf(cfg *config.Config, p config.Portal) keptLedger {
	k := keptLedger{of: fmt.Sprintf("%s %s", p.Kind, p.URL), name: p.Name + ".account.json"}
	if cfg.Root != "" {
		k.dirs = append(k.dirs, filepath.Join(cfg.Root, local.HouseName, "kept"))
	}
	for _, c := range cfg.Clients {
		if c.Portal == p.Name {
			k.dirs = append(k.dirs, keptDir(Client{Client: c}))
		}
	}
	slices.Sort(k.dirs)
	k.dirs = slices.Compact(k.dirs)
	return k
}

// restore reads the newest copy back, if the account's state began anew since.
func (k keptLedger) restore(saved *state.Account, log *slog.Logger) error {
	if done, err := saved.Restored(); done || err != nil {
		return err
	}
	newest, path, err := k.newest(log)
	if err != nil {
		return err
	}
	if err := saved.Restore(newest); err != nil {
		return err
	}
	if n := newest.Folders(); n > 0 {
		log.Warn("the account's state was lost: its folders were read back from the copy that is kept beside the vault; folders made since are missing",
			"copy", path, "of", newest.When.Local().Format(time.DateTime), "folders", n)
	}
	return nil
}

// newest is the latest copy. One that cannot be read stays, and nothing goes on without it: it may be all that is left.
func (k keptLedger) newest(log *slog.Logger) (newest state.KeptAccount, at string, err error) {
	for _, dir := range k.dirs {
		path := filepath.Join(dir, k.name)
		copied, err := state.ReadKeptAccount(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return newest, "", fmt.Errorf("%w; put it in order, or move it away if its folders may be forgotten", err)
		case copied.Of != k.of:
			log.Warn("the copy of an account's folders is another account's, and stays where it is", "copy", path, "account", copied.Of)
		case copied.When.After(newest.When):
			newest, at = copied, path
		}
	}
	return newest, at, nil
}

// keep writes the copies, if there is something new to say, or once a day.
func (k keptLedger) keep(saved *state.Account, log *slog.Logger) {
	for _, dir := range k.dirs {
		if missing(filepath.Dir(dir)) {
			continue // there is no vault yet
		}
		path := filepath.Join(dir, k.name)
		if err := k.make(saved, path); err != nil {
			log.Warn("the copy of the account's folders could not be written", "copy", path, "error", err)
		}
	}
}

// make moves another account's copy away first.
func (k keptLedger) make(saved *state.Account, path string) error {
	there, err := state.ReadKeptAccount(path)
	if err == nil && there.Of != k.of {
		aside := fmt.Sprintf("%s.%s", path, there.When.UTC().Format("20060102-150405"))
		if err := os.Rename(path, aside); err != nil {
			return fmt.Errorf("put the copy of another account aside: %w", err)
		}
	}
	return saved.Keep(path, k.of)
}
