package mijnklantportaal

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"dossier/remote"
	"dossier/remote/rest"
)

// Move is refused: an item keeps its name and place.
func (d *Driver) Move(context.Context, remote.Entry, remote.Place) (remote.Entry, error) {
	return remote.Entry{}, unsupported("move", "MijnKlantportaal neither moves nor renames")
}

// Delete removes a file, or a folder that is empty. There is no condition that goes with the call, and perhaps no way back: so the
// item is looked at right before, and stays if it is not as it was, or is shared. Two calls; for a folder those of its listing besides.
func (d *Driver) Delete(ctx context.Context, old remote.Entry) error {
	switch {
	case !d.facts.deletes():
		return unsupported("delete", "MijnKlantportaal documents no deletion; where there is one, set assume.listing = true and assume.delete = true")
	case old.ID == Root:
		return unsupported("delete", "the root folder cannot be deleted")
	}
	err := d.deletable(ctx, old)
	if err == nil {
		err = refusedDelete(d.delete(ctx, old.ID, old.Name), old.Kind)
	}
	if remote.CodeOf(err) == remote.NotFound {
		err = nil
	}
	if err == nil {
		d.seen.forget(old.ID)
	}
	return err
}

// refusedDelete: a 422 is about a folder that is not empty after all, or a file that must stay.
func refusedDelete(err error, kind remote.Kind) error {
	if e, ok := errors.AsType[*remote.Error](err); ok && e.Status == http.StatusUnprocessableEntity {
		if e.Code = remote.Denied; kind == remote.Folder {
			e.Code = remote.Busy
		}
	}
	return err
}

// deletable says why an item must stay.
func (d *Driver) deletable(ctx context.Context, old remote.Entry) error {
	op := fmt.Sprintf("delete %q", old.Name)
	now, err := d.look(ctx, "delete (look)", old.ID)
	switch {
	case err != nil:
		return err
	case now.Kind != old.Kind, now.Content != old.Content && old.Content != "":
		return failed(op, remote.Stale, "it has changed on the portal")
	case now.Pinned != "":
		return failed(op, remote.Denied, "%s", now.Pinned)
	case now.Kind != remote.Folder:
		return nil
	}
	inside, err := d.settled(ctx, old.ID)
	switch {
	case remote.CodeOf(err) == remote.NotFound:
		return d.notListed(ctx, old.ID)
	case err == nil && len(inside) > 0:
		return failed(op, remote.Busy, "it is not empty: %q is in it", clip(inside[0].Name))
	}
	return err
}

// delete sends the call. A 404 means that the item is gone, or that there is no such call: the item itself tells.
func (d *Driver) delete(ctx context.Context, id remote.ID, name string) error {
	at, err := d.itemURL(id, "")
	if err != nil {
		return err
	}
	_, err = d.rest.JSON(ctx, rest.Call{Op: "delete", Object: name, Method: http.MethodDelete, URL: at, Write: true}, nil)
	if code := status(err); code != http.StatusNotFound && code != http.StatusGone {
		return err
	}
	if _, err := d.look(ctx, "delete (look)", id); err != nil {
		return err
	}
	return unsupported("delete", "it is there, but cannot be deleted: set assume.delete = false")
}
