package filesro

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"dossier/remote"
)

// discard is an item in the body of a deletion. It always goes to the trash: there is no way to say anything else, for to force
// it on a folder leaves the files in it where nobody finds them again. (§6)
type discard struct {
	Force never     `json:"force_delete"`
	Type  string    `json:"type"`
	ID    remote.ID `json:"id"`
}

// never is always written as false.
type never struct{}

func (never) MarshalJSON() ([]byte, error) { return []byte("false"), nil }

// Delete puts an item into the trash, a folder with all below it. The portal reports success even for what it has not found, so
// it is looked for: in the trash, and where it was.
func (d *Driver) Delete(ctx context.Context, old remote.Entry) error {
	if old.ID == home {
		return &remote.Error{Op: "delete", Code: remote.Unsupported, Err: errors.New("the account's own folder cannot be deleted")}
	}
	if !d.assumed.delete {
		return &remote.Error{Op: fmt.Sprintf("delete %q", old.Name), Code: remote.Unsupported, Err: errors.New("deletions do not get through to this portal")}
	}
	if err := checkID(old.ID); err != nil {
		return err
	}
	kind := d.typeOf(old)
	for range 2 { // the second time under the kind that the portal shows (F-17)
		shown, err := d.discard(ctx, old, kind)
		if err != nil || shown == "" {
			return err
		}
		if shown == kind {
			break
		}
		kind = shown
	}
	return &remote.Error{Op: fmt.Sprintf("delete %q", old.Name), Code: remote.Unknown,
		Err: errors.New("the portal said that it was deleted, but it is there: does something on the way drop the body of the call?")}
}

// discard deletes an item, and tells the kind that it is shown as if it is there still.
func (d *Driver) discard(ctx context.Context, old remote.Entry, kind string) (shown string, err error) {
	body := map[string][]discard{"items": {{Type: kind, ID: old.ID}}}
	err = d.act(ctx, d.write("delete", old.Name, http.MethodDelete, pathItems, body))
	d.seen.forget(old.ID)
	if isGone(err) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	if trashed, err := d.inTrash(ctx, home, old.ID); err != nil || trashed {
		return "", outcome(err, remote.MaybeDone)
	}
	shown, err = d.shownAs(ctx, old)
	return shown, outcome(err, remote.MaybeDone)
}

// shownAs is the kind that an item has on the portal; empty: it is not where it was.
func (d *Driver) shownAs(ctx context.Context, old remote.Entry) (string, error) {
	if old.Kind == remote.Folder {
		t, err := d.tree(ctx)
		if err == nil && t.has(old.ID) {
			return typeFolder, nil
		}
		return "", err
	}
	items, err := d.children(ctx, old.Parent)
	if isGone(err) {
		return "", nil
	}
	i, _ := pick(items, old.ID)
	return i.Type, err
}

// AsTrash is the trash, where it can be looked into.
func (d *Driver) AsTrash() (remote.Trash, bool) { return d, d.assumed.trash }

// Restore takes an item out of the trash: to where it was, if that folder is there; to home if at says so, or if it is not.
func (d *Driver) Restore(ctx context.Context, id remote.ID, kind remote.Kind, at *remote.Place) (remote.Entry, error) {
	if err := checkID(id); err != nil {
		return remote.Entry{}, err
	}
	e, err := d.binned(ctx, id, kind)
	if err != nil {
		return remote.Entry{}, err
	}
	toHome, err := d.homeless(ctx, e)
	if err != nil {
		return remote.Entry{}, err
	}
	if toHome {
		e.Parent = home
	}
	body := struct {
		Home  bool  `json:"to_home"` // required, some pages say (F-18)
		Items []ref `json:"items"`
	}{toHome, []ref{d.refTo(e)}}
	if err := d.act(ctx, d.write("restore", e.Name, http.MethodPost, pathRestore, body)); err != nil {
		return remote.Entry{}, err
	}
	back, ok, err := d.lookAt(ctx, e, e.Parent)
	if err == nil && !ok {
		err = &remote.Error{Op: fmt.Sprintf("restore %q", e.Name), Code: remote.Unknown, Err: errors.New("the portal said that it was restored, but it is not there")}
	}
	if err != nil || at == nil || *at == (remote.Place{Parent: back.Parent, Name: back.Name}) {
		return back, outcome(err, remote.MaybeDone)
	}
	moved, err := d.Move(ctx, back, *at)
	return moved, outcome(err, remote.MaybeDone) // it is out of the trash, if not where it shall be
}

// binned is an item as the trash shows it.
func (d *Driver) binned(ctx context.Context, id remote.ID, kind remote.Kind) (remote.Entry, error) {
	bin, err := d.trash(ctx, home)
	if err != nil {
		return remote.Entry{}, err
	}
	i, ok := pick(bin, id)
	if !ok || i.kind() != kind {
		return remote.Entry{}, notFound("restore", id, "it is not in the trash")
	}
	parent, told := i.parent()
	if !told {
		parent = home
	}
	d.seen.note(i, parent)
	return i.entry(parent), nil
}

// homeless says whether the folder that an item was in is no longer shown.
func (d *Driver) homeless(ctx context.Context, e remote.Entry) (bool, error) {
	if e.Parent == home {
		return false, nil
	}
	t, err := d.tree(ctx)
	return err == nil && !t.has(e.Parent), err
}
