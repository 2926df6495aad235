package local

import (
	"context"
	"errors"
	"fmt"
)

// Recovered is what [Recover] found unfinished.
type Recovered struct {
	Back    []Item // put back in their place (or, if they were being renamed, at either name)
	Kept    []Item // left in the vault: the step had been done
	Changed []Item // left in the vault, but not as expected: bring them back as copies
}

// Recover settles what a crash left unfinished for this client. It must run before any other change of the run, and after the
// marker was checked.
//
// A thing in the open part of the vault goes back if its name is vacant, unless it was to be deleted and is still what was to
// be deleted. A name that is not vacant has the new content, or somebody's newer one: then the thing stays in the vault.
func Recover(ctx context.Context, disk Disk, vault *Vault) (Recovered, error) {
	var out Recovered
	list, err := disk.ReadDir(vault.openDir())
	if err != nil {
		return out, gone(err)
	}
	for _, e := range list {
		at := vault.openPlace(e.Name)
		if absent(disk, at.Join(itemName)) { // the step had not begun, or the thing is back
			if err := removeTree(disk, at); err != nil {
				return out, err
			}
			continue
		}
		item, err := readItem(disk, at)
		if err != nil {
			return out, err
		}
		if err := vault.settle(ctx, held{vault, item, at}, &out); err != nil {
			return out, fmt.Errorf("recover %q: %w", item.Path, err)
		}
	}
	return out, nil
}

func (v *Vault) settle(ctx context.Context, h held, out *Recovered) error {
	switch h.item.Why {
	case Renaming:
		return h.settleRename(out)
	case NoteLost:
		out.Changed = append(out.Changed, h.item)
		return h.keep()
	}
	same, err := v.unchanged(ctx, h.item)
	if err != nil {
		return err
	}
	if h.item.Why == Replaced || !same {
		err := h.putBack()
		if err == nil {
			out.Back = append(out.Back, h.item)
			return nil
		}
		if !errors.Is(err, ErrTaken) && !absent(v.disk, In(h.item.Path).Dir()) {
			return err
		}
	}
	if !same {
		out.Changed = append(out.Changed, h.item)
	} else {
		out.Kept = append(out.Kept, h.item)
	}
	if absent(v.disk, h.at) { // putBack has kept it
		return nil
	}
	return h.keep()
}

// settleRename finishes a change of letter case, or takes it back. If both names are taken it stays in the vault.
func (h held) settleRename(out *Recovered) error {
	err := rename(h.v.disk, h.path(), In(h.item.To))
	if err != nil {
		err = rename(h.v.disk, h.path(), In(h.item.Path))
	}
	if errors.Is(err, ErrTaken) {
		out.Changed = append(out.Changed, h.item)
		return h.keep()
	}
	if err != nil {
		return err
	}
	out.Back = append(out.Back, h.item)
	return removeTree(h.v.disk, h.at)
}
