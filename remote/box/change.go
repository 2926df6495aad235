package box

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"dossier/remote"
	"dossier/remote/rest"
)

// longestSubtree is how long Box may be silent over a change of a whole subtree: it answers 503 after ten minutes.
const longestSubtree = 11 * time.Minute

type parentRef struct {
	ID string `json:"id"`
}

// placing is the part of a body that names a place.
type placing struct {
	Name   string     `json:"name,omitempty"`
	Parent *parentRef `json:"parent,omitempty"`
}

func placed(p remote.Place) placing {
	return placing{Name: p.Name, Parent: &parentRef{ID: string(p.Parent)}}
}

// MakeFolder creates a folder: one call.
func (d *Driver) MakeFolder(ctx context.Context, at remote.Place) (remote.Entry, error) {
	return d.change(ctx, rest.Call{Op: "make folder", Object: at.Name, Method: http.MethodPost,
		URL: d.api + "/2.0/folders?fields=" + fields, Body: rest.JSONBody(placed(at))}, at.Parent)
}

// change sends a call whose answer is the item as it now is.
func (d *Driver) change(ctx context.Context, call rest.Call, parent remote.ID) (remote.Entry, error) {
	call.Write = true
	var i item
	_, err := d.rest.JSON(ctx, call, &i)
	if err == nil && i.ID == "" {
		err = &remote.Error{Op: call.Op, Code: remote.Corrupt, Outcome: remote.MaybeDone, Err: errors.New("an answer without the item")}
	}
	if err != nil {
		return remote.Entry{}, existingIn(err, parent)
	}
	e := i.entry()
	if e.Parent == "" {
		e.Parent = parent // hidden from us, or left out: it is where we put it
	}
	return e, nil
}

// existingIn completes who has a name that is taken: Box's short form leaves out the folder, which is the one we named.
func existingIn(err error, parent remote.ID) error {
	if e, ok := errors.AsType[*remote.Error](err); ok && e.Existing != nil && e.Existing.Parent == "" {
		e.Existing.Parent = parent
	}
	return err
}

func guarded(e remote.Entry) http.Header {
	if e.Guard == "" {
		return nil
	}
	return http.Header{"If-Match": {e.Guard}}
}

func patience(kind remote.Kind) time.Duration {
	if kind == remote.Folder {
		return longestSubtree
	}
	return 0
}

// Move renames, moves, or both. A rename is one call, guarded by If-Match. A move is three: that header does not guard it, so
// the item is read right before and right after.
func (d *Driver) Move(ctx context.Context, old remote.Entry, to remote.Place) (remote.Entry, error) {
	body := placing{}
	if to.Name != old.Name {
		body.Name = to.Name
	}
	if to.Parent == old.Parent {
		return d.put(ctx, old, to, body)
	}
	if err := d.checkPlace(ctx, old); err != nil {
		return remote.Entry{}, err
	}
	body.Parent = &parentRef{ID: string(to.Parent)}
	moved, err := d.put(ctx, old, to, body)
	if err != nil {
		return remote.Entry{}, err
	}
	now, err := d.get(ctx, "move (look)", old.ID, old.Kind)
	switch {
	case err != nil:
		return moved, nil // it is done; what came after will be seen by the next look
	case now.Parent != "" && now.Parent != to.Parent:
		return remote.Entry{}, moveError(old, remote.MaybeDone, "it was moved elsewhere at the same time")
	}
	now.Parent = to.Parent
	return now, nil
}

func (d *Driver) put(ctx context.Context, old remote.Entry, to remote.Place, body placing) (remote.Entry, error) {
	at, err := d.itemURL(old.Kind, old.ID, "?fields="+fields)
	if err != nil {
		return remote.Entry{}, err
	}
	return d.change(ctx, rest.Call{Op: "move", Object: old.Name, Method: http.MethodPut, URL: at, Header: guarded(old),
		Body: rest.JSONBody(body), Silence: patience(old.Kind)}, to.Parent)
}

// checkPlace reads the item and compares it with what we believe.
func (d *Driver) checkPlace(ctx context.Context, old remote.Entry) error {
	now, err := d.get(ctx, "move (look)", old.ID, old.Kind)
	switch {
	case err != nil:
		return err
	case now.Parent != "" && now.Parent != old.Parent, now.Name != old.Name, old.Guard != "" && now.Guard != old.Guard:
		return moveError(old, remote.NotDone, "it has changed on the portal")
	}
	return nil
}

func moveError(e remote.Entry, o remote.Outcome, why string) error {
	return &remote.Error{Op: fmt.Sprintf("move %q", e.Name), Code: remote.Stale, Outcome: o, Err: errors.New(why)}
}

// Delete removes an item, a folder with all below it. Box decides whether it goes to the trash.
func (d *Driver) Delete(ctx context.Context, old remote.Entry) error {
	if old.ID == rootID {
		return &remote.Error{Op: "delete", Code: remote.Unsupported, Err: errors.New("the root folder cannot be deleted")}
	}
	query := ""
	if old.Kind == remote.Folder {
		query = "?recursive=true"
	}
	at, err := d.itemURL(old.Kind, old.ID, query)
	if err != nil {
		return err
	}
	_, err = d.rest.JSON(ctx, rest.Call{Op: "delete", Object: old.Name, Method: http.MethodDelete, URL: at, Write: true,
		Header: guarded(old), Silence: patience(old.Kind)}, nil)
	switch remote.CodeOf(err) {
	case remote.NotFound, remote.Trashed:
		return nil
	}
	return err
}

// rootID is the folder of everything.
const rootID = "0"

// Root is the id of the folder that holds all that an account sees.
const Root remote.ID = rootID
