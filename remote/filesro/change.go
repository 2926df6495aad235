package filesro

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"dossier/remote"
)

// ref is an item in the body of a call.
type ref struct {
	Type string    `json:"type"`
	ID   remote.ID `json:"id"`
}

func (d *Driver) refTo(e remote.Entry) ref { return ref{Type: d.typeOf(e), ID: e.ID} }

// typeOf is what kind of item a call is told that it is about.
func (d *Driver) typeOf(e remote.Entry) string {
	s, _ := d.seen.of(e.ID)
	return d.assumed.typeOf(e.Kind, s.kind)
}

// idOf is a folder as a body has it; nil: home.
func idOf(folder remote.ID) *remote.ID {
	if folder == home {
		return nil
	}
	return &folder
}

// MakeFolder creates a folder: one call. A refusal that does not say why may mean that the parent is gone.
func (d *Driver) MakeFolder(ctx context.Context, at remote.Place) (remote.Entry, error) {
	e, err := d.makeFolder(ctx, at)
	if status := httpStatus(err); status != http.StatusInternalServerError && status != http.StatusUnprocessableEntity {
		return e, err
	}
	if _, lookErr := d.children(ctx, at.Parent); isGone(lookErr) {
		return remote.Entry{}, lookErr
	}
	return e, err
}

func (d *Driver) makeFolder(ctx context.Context, at remote.Place) (remote.Entry, error) {
	if at.Parent != home {
		if err := checkID(at.Parent); err != nil {
			return remote.Entry{}, err
		}
	}
	body := struct {
		Name   string     `json:"name"`
		Parent *remote.ID `json:"parent_id,omitempty"`
	}{at.Name, idOf(at.Parent)}
	call := d.write("make folder", at.Name, http.MethodPost, d.assumed.makePath, body)
	var answer record
	if err := d.json(ctx, call, &answer); err != nil {
		return remote.Entry{}, d.taken(ctx, at, err)
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

// taken finds out whether a name was refused because another item has it, where names are unique (F-15).
func (d *Driver) taken(ctx context.Context, at remote.Place, err error) error {
	if d.assumed.twins || remote.CodeOf(err) != remote.BadName {
		return err
	}
	items, lookErr := d.children(ctx, at.Parent)
	if lookErr != nil {
		return err
	}
	for _, i := range items {
		if e := i.entry(at.Parent); strings.EqualFold(e.Name, at.Name) {
			return &remote.Error{Op: fmt.Sprintf("name %q", at.Name), Code: remote.NameTaken, Existing: &e}
		}
	}
	return err
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
	steps := []func(context.Context, remote.Entry, remote.Place) (remote.Entry, error){d.moveTo, d.renameTo}
	if !d.assumed.twins {
		steps[0], steps[1] = steps[1], steps[0] // its old name may be taken where it goes
	}
	for _, step := range steps {
		was := now
		if now, err = step(ctx, was, to); err != nil && (was.Parent != old.Parent || was.Name != old.Name) {
			err = outcome(err, remote.MaybeDone) // the other half is done
		}
		if err != nil {
			return remote.Entry{}, err
		}
	}
	return now, nil
}

func (d *Driver) moveTo(ctx context.Context, e remote.Entry, to remote.Place) (remote.Entry, error) {
	if e.Parent == to.Parent {
		return e, nil
	}
	return d.move(ctx, e, to.Parent)
}

func (d *Driver) renameTo(ctx context.Context, e remote.Entry, to remote.Place) (remote.Entry, error) {
	if e.Name == to.Name {
		return e, nil
	}
	return d.rename(ctx, e, to.Name)
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
	}{idOf(to), []ref{d.refTo(e)}}
	if err := d.act(ctx, d.write("move", e.Name, http.MethodPost, pathMoves, body)); err != nil {
		return remote.Entry{}, d.taken(ctx, remote.Place{Parent: to, Name: e.Name}, err)
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
