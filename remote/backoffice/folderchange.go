package backoffice

import (
	"context"
	"fmt"
	"net/http"

	"dossier/remote"
	"dossier/remote/rest"
)

// renameFolder gives a folder another caption. What is called otherwise here than there, because its name there is not known, is renamed in
// the ledger only: that is how a person names it.
func (d *Driver) renameFolder(ctx context.Context, old remote.Entry, r ref, name string) (remote.Entry, error) {
	t, err := d.folders(ctx, r.client)
	if err != nil {
		return remote.Entry{}, err
	}
	now, err := d.getFolder(ctx, r)
	switch {
	case err != nil:
		return remote.Entry{}, err
	case now.Pinned != "":
		return remote.Entry{}, denied(fmt.Sprintf("rename %q", old.Name), now.Pinned)
	case now.Name == name:
		return now, nil
	}
	known := t.ledger[r.folder]
	if _, listed := t.real[r.folder]; known.Ours || listed {
		d.seen.changed(r.client)
		if err := d.updateFolder(ctx, r, name); err != nil {
			return remote.Entry{}, err
		}
	}
	known.ID, known.Parent, known.Name = old.ID, now.Parent, name
	if err := d.ledger.Put(context.WithoutCancel(ctx), clientID(r.client), known); err != nil {
		return remote.Entry{}, unsure(ledgerError(err))
	}
	now.Name = name
	return now, nil
}

// updateFolder sends a caption, by the spelling and the method that the portal takes: a refusal that means "not this way" is followed by the next
// way, and the one that answers is remembered (B-32, B-39).
func (d *Driver) updateFolder(ctx context.Context, r ref, caption string) (err error) {
	methods := []string{http.MethodPatch, http.MethodPut}
	if d.put.Load() {
		methods = methods[1:]
	}
	for _, method := range methods {
		refused := false // by 405
		for _, spelling := range d.spellings() {
			call := d.call("rename", caption, method, folderPath(r, spelling), rest.JSONBody(d.about(caption, 0)))
			var resp *http.Response
			if resp, err = d.rest.JSON(ctx, call, nil); !notThisWay(status(err)) {
				if err == nil {
					d.folderPath.Store(&spelling)
					err = unfinished(call, resp)
				}
				return err
			}
			refused = refused || status(err) == http.StatusMethodNotAllowed
		}
		if !refused {
			return err
		}
	}
	return err
}

// unfinished is the error of a change that the portal will carry out later.
func unfinished(call rest.Call, resp *http.Response) error {
	if resp.StatusCode == http.StatusAccepted {
		return later(call)
	}
	return nil
}

func (d *Driver) spellings() []string {
	if s := d.folderPath.Load(); s != nil {
		return []string{*s}
	}
	return folderPaths
}

// folderPath is a folder's address. spelling is one of folderPaths: there is no way from here to that of files.
func folderPath(r ref, spelling string) string {
	return fmt.Sprintf("/clients/%d/%s/%d", r.client, spelling, r.folder)
}

// deleteFolder takes an empty folder out of the mirror: the ledger keeps it, and it shows again if something lies in it. It is deleted only if
// that is set, it is one that we made, and nothing can lie in it that we would not see (B-31).
func (d *Driver) deleteFolder(ctx context.Context, old remote.Entry, r ref) error {
	t, err := d.look(ctx, r.client)
	if err != nil {
		return err
	}
	e, shown := t.shown[r.folder]
	switch {
	case !shown:
		return nil
	case e.Pinned != "":
		return denied(fmt.Sprintf("delete %q", old.Name), e.Pinned)
	}
	if why := t.holds(r.folder); why != "" {
		return failure(fmt.Sprintf("delete %q", old.Name), remote.Busy, why)
	}
	known := t.ledger[r.folder]
	if d.set.deleteFolders && known.Ours && t.certainlyEmpty(r.folder) {
		return d.destroyFolder(ctx, r, e)
	}
	known.ID, known.Parent, known.Name, known.Left = e.ID, e.Parent, e.Name, true
	if err := d.ledger.Put(ctx, clientID(r.client), known); err != nil {
		return ledgerError(err)
	}
	return nil
}

// certainlyEmpty says whether nothing can lie in a folder that holds nothing as far as is seen: no folder that was taken out of the mirror, none that was
// being made, and none of others, whose true places are not known unless the portal lists folders.
func (t *tree) certainlyEmpty(n int64) bool {
	for _, f := range t.ledger {
		if f.Parent == folderID(t.client, n) || !f.Ours && t.real == nil {
			return false
		}
	}
	return !t.pending[folderID(t.client, n)]
}

// destroyFolder deletes a folder at the address that an update has proven: it is updated to what it is, if none has been proven yet (B-33).
func (d *Driver) destroyFolder(ctx context.Context, r ref, e remote.Entry) error {
	d.seen.changed(r.client)
	if d.folderPath.Load() == nil {
		switch err := d.updateFolder(ctx, r, e.Name); {
		case remote.CodeOf(err) == remote.NotFound && status(err) == http.StatusNotFound:
			return d.forget(ctx, r)
		case err != nil:
			return err
		}
	}
	call := d.call("delete folder", e.Name, http.MethodDelete, folderPath(r, *d.folderPath.Load()), nil)
	resp, err := d.rest.JSON(ctx, call, nil)
	if err == nil {
		err = unfinished(call, resp)
	}
	if err != nil && remote.CodeOf(err) != remote.NotFound {
		return err
	}
	return d.forget(ctx, r)
}

func (d *Driver) forget(ctx context.Context, r ref) error {
	if err := d.ledger.Remove(context.WithoutCancel(ctx), clientID(r.client), folderID(r.client, r.folder)); err != nil {
		return unsure(ledgerError(err))
	}
	return nil
}
