package box

import (
	"context"
	"crypto/rand"
	"net/http"

	"dossier/remote"
	"dossier/remote/rest"
)

// Restore takes an item out of the trash: one call.
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
	return d.change(ctx, rest.Call{Op: "restore", Object: string(id), Method: http.MethodPost, URL: address,
		Body: rest.JSONBody(body), Silence: patience(kind)}, parent)
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
