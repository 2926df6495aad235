package filesro

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"dossier/remote"
)

// ref is an item in the body of a call.
type ref struct {
	Type string    `json:"type"`
	ID   remote.ID `json:"id"`
}

func refTo(e remote.Entry) ref { return ref{Type: typeOf(e.Kind), ID: e.ID} }

// idOf is a folder as a body has it; nil: home.
func idOf(folder remote.ID) *remote.ID {
	if folder == home {
		return nil
	}
	return &folder
}

// MakeFolder creates a folder. The portal is not known to refuse a parent that is gone, so that is looked at first.
func (d *Driver) MakeFolder(ctx context.Context, at remote.Place) (remote.Entry, error) {
	if _, err := d.children(ctx, at.Parent); err != nil {
		return remote.Entry{}, err
	}
	body := struct {
		Name   string     `json:"name"`
		Parent *remote.ID `json:"parent_id,omitempty"`
	}{at.Name, idOf(at.Parent)}
	call := d.write("make folder", at.Name, http.MethodPost, d.assumed.make, body)
	var answer record
	if err := d.json(ctx, call, &answer); err != nil {
		return remote.Entry{}, err
	}
	i := answer.Data
	if checkID(remote.ID(i.ID)) != nil || i.kind() != remote.Folder {
		return remote.Entry{}, &remote.Error{Op: called(call), Code: remote.Corrupt, Outcome: remote.MaybeDone, Err: errors.New("an answer without the folder")}
	}
	e := i.entry(at.Parent)
	if parent, told := i.parent(); told {
		e.Parent = parent
	}
	return e, nil
}

// Move renames, moves, or both. Nothing guards these calls, they work on what is in the trash, and a folder may go into itself: so
// the item is looked at before, and where it went after.
func (d *Driver) Move(ctx context.Context, old remote.Entry, to remote.Place) (remote.Entry, error) {
	if err := checkID(old.ID); err != nil {
		return remote.Entry{}, err
	}
	now, err := d.checkPlace(ctx, old, to)
	if err != nil {
		return remote.Entry{}, err
	}
	begun := remote.NotDone
	if now.Parent != to.Parent {
		if now, err = d.move(ctx, now, to.Parent); err != nil {
			return remote.Entry{}, err
		}
		begun = remote.MaybeDone
	}
	if now.Name == to.Name {
		return now, nil
	}
	named, err := d.rename(ctx, now, to.Name)
	if err != nil && begun == remote.MaybeDone {
		err = outcome(err, begun) // it has moved, if no more
	}
	return named, err
}

// checkPlace compares the item with what we believe, and says whether it may go where it shall.
func (d *Driver) checkPlace(ctx context.Context, old remote.Entry, to remote.Place) (remote.Entry, error) {
	now, err := d.present(ctx, old, to.Parent)
	switch {
	case err != nil:
		return now, err
	case now.Name != old.Name || now.Parent != old.Parent:
		return now, moveError(old, remote.Stale, remote.NotDone, "it has changed on the portal")
	}
	return now, nil
}

// present reads the item where it was.
func (d *Driver) present(ctx context.Context, old remote.Entry, to remote.ID) (remote.Entry, error) {
	if old.Kind == remote.Folder {
		return d.presentFolder(ctx, old, to)
	}
	e, ok, err := d.lookIn(ctx, old.Parent, old.ID)
	if err == nil && !ok {
		err = notFound("move", old.ID, "it is no longer in its folder")
	}
	return e, err
}

func (d *Driver) presentFolder(ctx context.Context, old remote.Entry, to remote.ID) (remote.Entry, error) {
	t, err := d.tree(ctx)
	if err != nil {
		return remote.Entry{}, err
	}
	e, ok := t.folders[old.ID]
	switch {
	case !ok:
		return e, notFound("move", old.ID, "it is not among the folders")
	case !t.has(to):
		return e, notFound("move into", to, "it is not among the folders")
	case t.within(to, old.ID):
		return e, moveError(old, remote.Stale, remote.NotDone, "a folder cannot go into itself")
	}
	return e, nil
}

func moveError(e remote.Entry, c remote.Code, o remote.Outcome, why string) error {
	return &remote.Error{Op: fmt.Sprintf("move %q", e.Name), Code: c, Outcome: o, Err: errors.New(why)}
}

// move puts an item into another folder. The answer is but a message.
func (d *Driver) move(ctx context.Context, e remote.Entry, to remote.ID) (remote.Entry, error) {
	if to != home {
		if err := checkID(to); err != nil {
			return remote.Entry{}, err
		}
	}
	body := struct {
		To    *remote.ID `json:"to_id"`
		Items []ref      `json:"items"`
	}{idOf(to), []ref{refTo(e)}}
	if err := d.json(ctx, d.write("move", e.Name, http.MethodPost, pathMoves, body), new(any)); err != nil {
		return remote.Entry{}, err
	}
	moved, ok, err := d.lookAt(ctx, e, to)
	switch {
	case err != nil:
		return remote.Entry{}, outcome(err, remote.MaybeDone)
	case !ok:
		return remote.Entry{}, moveError(e, remote.Stale, remote.MaybeDone, "the portal said that it was moved, but it is not there")
	}
	return moved, nil
}

// lookAt looks for an item in the folder where it should be now.
func (d *Driver) lookAt(ctx context.Context, e remote.Entry, folder remote.ID) (remote.Entry, bool, error) {
	if e.Kind != remote.Folder {
		return d.lookIn(ctx, folder, e.ID)
	}
	t, err := d.tree(ctx)
	if err != nil {
		return remote.Entry{}, false, err
	}
	now, ok := t.folders[e.ID]
	return now, ok && now.Parent == folder, nil
}
