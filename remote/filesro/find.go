package filesro

import (
	"context"
	"errors"
	"fmt"

	"dossier/remote"
)

// Account asks whom the token speaks for. The space is told in texts for people only.
func (d *Driver) Account(ctx context.Context) (remote.Account, error) {
	var answer struct {
		Data struct {
			ID         text `json:"id"`
			Attributes struct {
				Email text `json:"email"`
				Name  text `json:"name"`
			} `json:"attributes"`
		} `json:"data"`
	}
	err := d.json(ctx, get("account", "", d.api(pathUser)), &answer)
	if err == nil && answer.Data.ID == "" {
		err = corrupt("account", "an account without an id")
	}
	u := answer.Data
	return remote.Account{ID: string(u.ID), Name: string(u.Attributes.Name), Login: string(u.Attributes.Email)}, err
}

// Get finds one item. The portal has no call for that: a folder shows among the folders, a file in the folder where it was last
// seen, and else, at a call a folder, in one of all folders.
func (d *Driver) Get(ctx context.Context, id remote.ID, kind remote.Kind) (remote.Entry, error) {
	if id == home && kind == remote.Folder {
		return remote.Entry{ID: home, Name: "Files", Kind: remote.Folder, Size: -1}, nil
	}
	if err := checkID(id); err != nil {
		return remote.Entry{}, err
	}
	if kind == remote.Folder {
		return d.findFolder(ctx, id)
	}
	e, ok, err := d.whereSeen(ctx, id, "")
	if ok || err != nil {
		return e, err
	}
	if trashed, err := d.inTrash(ctx, home, id); err != nil || trashed {
		return remote.Entry{}, trashedOr(err, "get", id)
	}
	return d.search(ctx, id)
}

func trashedOr(err error, op string, id remote.ID) error {
	if err != nil {
		return err
	}
	return &remote.Error{Op: fmt.Sprintf("%s %q", op, id), Code: remote.Trashed}
}

func (d *Driver) findFolder(ctx context.Context, id remote.ID) (remote.Entry, error) {
	t, err := d.tree(ctx)
	if err != nil {
		return remote.Entry{}, err
	}
	if e, ok := t.folders[id]; ok {
		return e, nil
	}
	return remote.Entry{}, notFound("get", id, "it is not among the folders")
}

// whereSeen looks for an item where it was last seen, or else in a folder that is a guess; empty: none.
func (d *Driver) whereSeen(ctx context.Context, id, guess remote.ID) (remote.Entry, bool, error) {
	s, known := d.seen.of(id)
	if known {
		guess = s.parent
	}
	if guess == "" {
		return remote.Entry{}, false, nil
	}
	e, ok, err := d.lookIn(ctx, guess, id)
	if isGone(err) {
		err = nil // the folder is gone; the item may be elsewhere
	}
	if err == nil && !ok {
		d.seen.forget(id)
	}
	return e, ok, err
}

// lookIn looks for an item in one folder.
func (d *Driver) lookIn(ctx context.Context, folder, id remote.ID) (remote.Entry, bool, error) {
	items, err := d.children(ctx, folder)
	if err != nil {
		return remote.Entry{}, false, err
	}
	i, ok := pick(items, id)
	return i.entry(folder), ok, nil
}

// search looks for a file everywhere.
func (d *Driver) search(ctx context.Context, id remote.ID) (remote.Entry, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var unread error
	for e, err := range d.Crawl(ctx, home) {
		if gap, ok := errors.AsType[*remote.Gap](err); ok {
			unread = gap.Err
			continue
		}
		if err != nil {
			return remote.Entry{}, err
		}
		if e.ID == id {
			return e, nil
		}
	}
	if unread != nil {
		return remote.Entry{}, &remote.Error{Op: fmt.Sprintf("get %q", id), Code: remote.Unknown, Err: unread}
	}
	return remote.Entry{}, notFound("get", id, "it is in none of the folders")
}

// inTrash says whether an item lies in the trash: by itself, for home, or in a folder that was trashed.
func (d *Driver) inTrash(ctx context.Context, folder, id remote.ID) (bool, error) {
	if !d.assumed.trash {
		return false, nil
	}
	bin, err := d.trash(ctx, folder)
	_, ok := pick(bin, id)
	return ok, err
}
