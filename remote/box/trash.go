package box

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"

	"dossier/remote"
	"dossier/remote/rest"
)

// Restore takes an item out of the trash: one call. Box heeds the folder only if the old one is no longer there; else the item is
// moved from where it was.
func (d *Driver) Restore(ctx context.Context, id remote.ID, kind remote.Kind, at *remote.Place) (remote.Entry, error) {
	address, err := d.itemURL(kind, id, "?fields="+fields)
	if err != nil {
		return remote.Entry{}, err
	}
	var body placing
	var parent remote.ID
	if at != nil {
		body, parent = placed(*at), at.Parent
	}
	back, err := d.change(ctx, rest.Call{Op: "restore", Object: string(id), Method: http.MethodPost, URL: address,
		Body: rest.JSONBody(body), Silence: patience(kind)}, parent)
	if err != nil || at == nil || (back.Parent == at.Parent && back.Name == at.Name) {
		return back, err
	}
	moved, err := d.Move(ctx, back, *at)
	if e, ok := errors.AsType[*remote.Error](err); ok {
		e.Outcome = remote.MaybeDone // it is out of the trash, if not where it shall be
	}
	return moved, err
}

// HasTrash makes an empty folder, deletes it, looks for it in the trash, and purges it there: Box's setting cannot be asked for.
func (d *Driver) HasTrash(ctx context.Context, folder remote.ID) (bool, error) {
	probe, err := d.MakeFolder(ctx, remote.Place{Parent: folder, Name: "dossier trash probe " + rand.Text()})
	if err != nil {
		return false, err
	}
	if err := d.Delete(ctx, probe); err != nil {
		return false, err
	}
	at, err := d.itemURL(remote.Folder, probe.ID, "/trash")
	if err != nil {
		return false, err
	}
	_, err = d.rest.JSON(ctx, rest.Call{Op: "look into trash", Object: string(probe.ID), Method: http.MethodGet, URL: at}, nil)
	if remote.CodeOf(err) == remote.NotFound {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	_, err = d.rest.JSON(ctx, rest.Call{Op: "purge probe", Object: string(probe.ID), Method: http.MethodDelete, URL: at, Write: true}, nil)
	return true, err
}
