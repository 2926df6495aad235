package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"
)

// held is a thing on its way into the vault: it is in the vault's open directory, with its note beside it.
type held struct {
	v    *Vault
	item Item
	at   Path // its directory
}

func (h held) path() Path { return h.at.Join(itemName) }

// take moves what is at item.Path into the open part of the vault, after the note about it is durable. If it fails, the thing
// is in its place, or the note stands for [Recover].
func (v *Vault) take(item Item) (held, error) {
	h, err := v.open(item)
	if err != nil {
		return held{}, err
	}
	if err := rename(v.disk, In(item.Path), h.path()); err != nil {
		if absent(v.disk, h.path()) {
			removeTree(v.disk, h.at) // an empty note left over does no harm: Recover removes it
		} else {
			h.putBack()
		}
		return held{}, err
	}
	v.add(item.Size)
	return h, nil
}

// open writes the note.
func (v *Vault) open(item Item) (held, error) {
	if err := v.room(item.Size); err != nil {
		return held{}, err
	}
	if err := ensureDirs(v.disk, vaultDir, v.dir(), v.openDir()); err != nil {
		return held{}, err
	}
	item.When, item.Run = time.Now().UTC().Round(0), v.opt.Run
	at, err := v.newPlace(item.When)
	if err != nil {
		return held{}, err
	}
	_, item.ID = at.Split()
	h := held{v, item, at}
	return h, h.note()
}

func (h held) note() error {
	data, err := json.Marshal(h.item)
	if err == nil {
		err = writeNew(h.v.disk, h.at.Join(metaName), data)
	}
	if err == nil {
		err = h.v.disk.SyncDir(h.at)
	}
	if err == nil {
		err = h.v.disk.SyncDir(h.at.Dir())
	}
	if err != nil {
		removeTree(h.v.disk, h.at)
	}
	return err
}

// newPlace makes a directory with a name in the order of time that no item has.
func (v *Vault) newPlace(when time.Time) (Path, error) {
	for range 1000 {
		id := v.nextID(when)
		if !absent(v.disk, v.place(id)) { // of a former process, when the clock went back
			continue
		}
		err := v.disk.Mkdir(v.openPlace(id))
		if !errors.Is(err, fs.ErrExist) {
			return v.openPlace(id), err
		}
	}
	return Path{}, fmt.Errorf("make a place in the vault: %w", ErrTaken)
}

// nextID returns an id that this Vault has not given yet.
func (v *Vault) nextID(when time.Time) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	if stamp := when.Format("20060102T150405.000000000Z"); stamp != v.stamp {
		v.stamp, v.count = stamp, 0
	}
	v.count++
	return fmt.Sprintf("%s-%04d", v.stamp, v.count)
}

// putBack moves the thing to where it came from. If something else is there by now, it stays in the vault and the error is
// [ErrTaken].
func (h held) putBack() error {
	err := rename(h.v.disk, h.path(), In(h.item.Path))
	if errors.Is(err, ErrTaken) {
		return errors.Join(err, h.keep())
	}
	if err != nil {
		return err
	}
	h.v.add(-h.item.Size)
	return removeTree(h.v.disk, h.at)
}

// keep ends the step: the item is in the vault to stay.
func (h held) keep() error { return rename(h.v.disk, h.at, h.v.place(h.item.ID)) }

// takeFile moves the file at p, which must be as expected, into the vault and looks again there. If it is something else by
// then it goes back and the error is [ErrChanged].
func (v *Vault) takeFile(ctx context.Context, p Path, expect Fingerprint, why Why, to string) (held, error) {
	if err := check(ctx, v.disk, p, expect, false); err != nil {
		return held{}, err
	}
	h, err := v.take(Item{Path: p.Rel, To: to, Why: why, Kind: File, Size: expect.Size, Files: []ItemFile{itemFile("", expect)}})
	if err != nil {
		return held{}, err
	}
	if err := check(ctx, v.disk, h.path(), expect, true); err != nil {
		return h, errors.Join(err, h.putBack())
	}
	return h, nil
}
