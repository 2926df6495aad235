package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"time"
)

// How long an item is kept, and how much of the disk all vaults of a house may take, if the options do not say.
const (
	DefaultTerm    = 30 * 24 * time.Hour
	defaultCapPart = 10 // a tenth of the disk
)

// VaultOptions says whose vault it is and how much it may hold.
type VaultOptions struct {
	Client string        // id of the client, as for [Stage]
	Run    string        // id of the run, noted with each item
	Term   time.Duration // how long an item is kept, of running time; 0 is [DefaultTerm]
	Cap    int64         // bytes that all clients' vaults in this house may hold together; 0 is 10 % of the disk
}

// Vault keeps what left a client's folder. In the house it is
//
//	vault/<client>/<id>/item        the file or folder, under no name of its own
//	vault/<client>/<id>/meta.json   where it belongs: an Item
//	vault/<client>/open/<id>/…      the same, while the step is under way; see Recover
//
// It may be used by several goroutines.
type Vault struct {
	disk Disk
	opt  VaultOptions

	mu    sync.Mutex
	used  int64  // bytes in all vaults, as last seen; -1 if not known
	stamp string // of the last id
	count int    // of ids with that stamp
}

// OpenVault returns the vault of a client. Nothing is written until something goes in.
func OpenVault(disk Disk, opt VaultOptions) (*Vault, error) {
	if err := checkID(opt.Client); err != nil {
		return nil, err
	}
	if opt.Client == openName {
		return nil, fmt.Errorf("check id %q: %w", opt.Client, ErrBadPath)
	}
	if opt.Term == 0 {
		opt.Term = DefaultTerm
	}
	return &Vault{disk: disk, opt: opt, used: -1}, nil
}

const (
	openName = "open"
	itemName = "item"
	metaName = "meta.json"
)

var vaultDir = InHouse("vault")

func (v *Vault) dir() Path                { return vaultDir.Join(v.opt.Client) }
func (v *Vault) openDir() Path            { return v.dir().Join(openName) }
func (v *Vault) place(id string) Path     { return v.dir().Join(id) }
func (v *Vault) openPlace(id string) Path { return v.openDir().Join(id) }

// List returns the items, oldest first, those of unfinished steps included.
func (v *Vault) List() ([]Item, error) {
	open, err := v.listIn(v.openDir()) // first, as steps end while we look
	if err != nil {
		return nil, err
	}
	done, err := v.listIn(v.dir())
	if err != nil {
		return nil, err
	}
	items := append(done, open...)
	slices.SortFunc(items, func(a, b Item) int { return strings.Compare(a.ID, b.ID) })
	return slices.CompactFunc(items, func(a, b Item) bool { return a.ID == b.ID }), nil
}

func (v *Vault) listIn(dir Path) ([]Item, error) {
	list, err := v.disk.ReadDir(dir)
	if err != nil {
		return nil, gone(err)
	}
	var items []Item
	for _, e := range list {
		if e.Name == openName || e.Info.Kind != Dir || absent(v.disk, dir.Join(e.Name).Join(itemName)) {
			continue
		}
		item, err := readItem(v.disk, dir.Join(e.Name))
		if errors.Is(err, fs.ErrNotExist) { // it went while we looked
			continue
		}
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	return items, nil
}

// find returns the item and the directory it is in.
func (v *Vault) find(id string) (Item, Path, error) {
	if err := checkID(id); err != nil {
		return Item{}, Path{}, err
	}
	for _, at := range []Path{v.place(id), v.openPlace(id)} {
		if !absent(v.disk, at.Join(itemName)) {
			item, err := readItem(v.disk, at)
			return item, at, err
		}
	}
	return Item{}, Path{}, fmt.Errorf("find %q in the vault: %w", id, fs.ErrNotExist)
}

// Restore moves an item back: to its own place if to is the zero Path, else to another one in the client's folder. It never
// replaces anything ([ErrTaken]). The folder it goes into must exist. The fingerprint returned is hashed anew; for a
// folder it is zero.
func (v *Vault) Restore(ctx context.Context, id string, to Path) (Placed, error) {
	item, at, err := v.find(id)
	if err != nil {
		return Placed{}, err
	}
	if to.Rel == "" {
		to = In(item.Path)
	}
	if err := checkTarget(to); err != nil {
		return Placed{}, err
	}
	if err := rename(v.disk, at.Join(itemName), to); err != nil {
		return Placed{}, fmt.Errorf("restore %q: %w", to.String(), err)
	}
	v.add(-item.Size)
	if err := removeTree(v.disk, at); err != nil {
		return Placed{}, err
	}
	if item.Kind != File {
		return Placed{}, nil
	}
	got, err := Hash(ctx, v.disk, to)
	return Placed{Fingerprint: got}, err
}

// Empty removes items for good, whatever their age. What is not there is no error.
func (v *Vault) Empty(ctx context.Context, ids ...string) error {
	for _, id := range ids {
		if err := ctx.Err(); err != nil {
			return err
		}
		item, at, err := v.find(id)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if err := v.remove(item, at); err != nil {
			return err
		}
	}
	return nil
}

// remove takes the note away last, so that an item without one is never seen.
func (v *Vault) remove(item Item, at Path) error {
	if err := removeTree(v.disk, at.Join(itemName)); err != nil {
		return err
	}
	v.add(-item.Size)
	return removeTree(v.disk, at)
}

// Expire removes the items that are beyond their term. running tells how long the program ran since a time. Each item is
// looked at once more before: one that changed in the vault is not removed but returned (E13).
func (v *Vault) Expire(ctx context.Context, running func(since time.Time) time.Duration) (removed, changed []Item, err error) {
	items, err := v.List()
	if err != nil {
		return nil, nil, err
	}
	for _, item := range items {
		if running(item.When) < v.opt.Term {
			continue
		}
		same, err := v.unchanged(ctx, item)
		if err != nil {
			return removed, changed, err
		}
		if !same {
			changed = append(changed, item)
			continue
		}
		if err := v.Empty(ctx, item.ID); err != nil {
			return removed, changed, err
		}
		removed = append(removed, item)
	}
	return removed, changed, nil
}

// Recheck looks again at the items that came in since a time, for writes through handles opened before (E13), and returns
// those that differ from what they were when they came in. The caller brings them back as copies ([Vault.Restore]).
func (v *Vault) Recheck(ctx context.Context, since time.Time) (changed []Item, err error) {
	items, err := v.List()
	if err != nil {
		return nil, err
	}
	for _, item := range items {
		if item.When.Before(since) || v.untouched(item) {
			continue
		}
		same, err := v.unchanged(ctx, item)
		if err != nil {
			return changed, err
		}
		if !same {
			changed = append(changed, item)
		}
	}
	return changed, nil
}
