package backoffice

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"dossier/remote"
	"dossier/remote/rest"
)

// Replace is not there: the mirror uploads anew, and deletes the old file when it has seen the new one.
func (d *Driver) Replace(context.Context, remote.Entry, remote.Upload) (remote.Entry, error) {
	return remote.Entry{}, unsupported("replace", "a Back Office replaces no content")
}

// Move renames a file, moves it between the folders of its client, or both; a folder is only renamed.
func (d *Driver) Move(ctx context.Context, old remote.Entry, to remote.Place) (remote.Entry, error) {
	op := fmt.Sprintf("move %q", old.Name)
	r, err := parse(old.ID)
	if err != nil {
		return remote.Entry{}, err
	}
	up, err := parent(to.Parent)
	if err == nil {
		err = d.mayWrite(op)
	}
	switch {
	case err != nil:
		return remote.Entry{}, err
	case r.client == 0 || r.isClient():
		return remote.Entry{}, unsupported(op, "clients are changed in the Back Office itself, and never from here")
	case r.client != up.client:
		return remote.Entry{}, unsupported(op, "files move only between the folders of one client")
	case r.file != 0:
		return d.moveFile(ctx, old, r, up, to.Name)
	case old.Parent != to.Parent:
		return remote.Entry{}, unsupported(op, "a Back Office moves no folders")
	}
	return d.renameFolder(ctx, old, r, to.Name)
}

// moveFile sends the whole set, caption and folder, so that it is the same whether the portal takes it for a part or for all (B-39). Out of all
// folders nothing moves (B-22); where a file lies in none, none is sent, which either way means that none it is.
func (d *Driver) moveFile(ctx context.Context, old remote.Entry, r, up ref, name string) (remote.Entry, error) {
	if up.folder == 0 && old.Parent != folderID(up.client, 0) && !d.set.moveToRoot {
		return remote.Entry{}, unsupported(fmt.Sprintf("move %q", old.Name), "a Back Office is not known to move files out of all folders")
	}
	t, err := d.folders(ctx, r.client)
	if err == nil {
		err = d.into(ctx, t, up)
	}
	if err != nil {
		return remote.Entry{}, err
	}
	caption, err := d.newCaption(ctx, old, r, name)
	if err != nil {
		return remote.Entry{}, err
	}
	set := d.about(caption, up.folder)
	if up.folder == 0 && old.Parent != folderID(up.client, 0) {
		set["directoryId"] = nil
	}
	d.seen.changed(r.client)
	if err := d.update(ctx, "move", old.Name, fmt.Sprintf("/clients/%d/files/%d", r.client, r.file), set); err != nil {
		return remote.Entry{}, d.whyNotMoved(ctx, r, up, remote.Place{Parent: folderID(up.client, up.folder), Name: name}, err)
	}
	d.seen.with(r.client, func(s *sight) {
		if f, ok := s.fresh[r.file]; ok {
			f.row.title, f.row.Directory = title{Name: caption}, number(up.folder)
			s.fresh[r.file] = f
		}
	})
	return d.moved(ctx, old, r, up, name)
}

// newCaption is the caption that shows as name. If the name stays, so does the caption, whatever it is shown as.
func (d *Driver) newCaption(ctx context.Context, old remote.Entry, r ref, name string) (string, error) {
	if name != old.Name {
		return d.captionFor(name, strings.TrimPrefix(old.Content, fmt.Sprintf("%d:", r.file))), nil
	}
	caption, known := d.seen.caption(r.client, old, r.file)
	if known {
		return caption, nil
	}
	row, there, err := d.find(ctx, r, 0)
	if err == nil && !there {
		err = notFound(fmt.Sprintf("move %q", old.Name), "it is not in the list of the client's files")
	}
	return row.text(), err
}

// whyNotMoved finds out whether a change was refused because the file is gone, which some tell as if it were forbidden (B-3), or for its caption.
func (d *Driver) whyNotMoved(ctx context.Context, r, up ref, to remote.Place, err error) error {
	if remote.CodeOf(err) != remote.Denied {
		return d.whyRefused(ctx, "move", to, up, err)
	}
	if _, there, lookErr := d.find(ctx, r, 0); lookErr == nil && !there {
		return notFound(fmt.Sprintf("move to %q", to.Name), "it is not in the list of the client's files")
	}
	return err
}

// update sends a change as PATCH, or as PUT where that is not taken: a 404 may mean that as well.
func (d *Driver) update(ctx context.Context, op, object, path string, set any) error {
	methods := []string{http.MethodPatch, http.MethodPut}
	if d.put.Load() {
		methods = methods[1:]
	}
	var err error
	for _, method := range methods {
		call := d.call(op, object, method, path, rest.JSONBody(set))
		var resp *http.Response
		if resp, err = d.rest.JSON(ctx, call, nil); err == nil {
			d.put.Store(method == http.MethodPut)
			return unfinished(call, resp)
		}
		if !notThisWay(status(err)) {
			return err
		}
	}
	return err
}

// moved looks at what became of a file: the answer to the change may tell what was before (B-36).
func (d *Driver) moved(ctx context.Context, old remote.Entry, r, up ref, name string) (remote.Entry, error) {
	row, there, err := d.find(ctx, r, up.folder)
	switch {
	case err != nil: // it is done; what came of it will be seen by the next look
		old.Parent, old.Name = folderID(up.client, up.folder), name
		return old, nil
	case !there:
		return remote.Entry{}, unsure(failure(fmt.Sprintf("move %q", old.Name), remote.Stale, "it is no longer in the list of the client's files"))
	}
	return d.entry(r.client, row), nil
}

// Delete removes a file for good, or takes an empty folder out of the mirror.
func (d *Driver) Delete(ctx context.Context, old remote.Entry) error {
	op := fmt.Sprintf("delete %q", old.Name)
	r, err := parse(old.ID)
	if err == nil {
		err = d.mayWrite(op)
	}
	switch {
	case err != nil:
		return err
	case r.client == 0 || r.isClient():
		return unsupported(op, "clients are deleted in the Back Office itself, and never from here")
	case !d.set.delete:
		return unsupported(op, "assume."+assumeDelete+" says that nothing is deleted here")
	case r.folder != 0:
		return d.deleteFolder(ctx, old, r)
	}
	return d.deleteFile(ctx, old, r)
}

func (d *Driver) deleteFile(ctx context.Context, old remote.Entry, r ref) error {
	call := d.call("delete", old.Name, http.MethodDelete, fmt.Sprintf("/clients/%d/files/%d", r.client, r.file), nil)
	resp, err := d.rest.JSON(ctx, call, nil)
	if err == nil {
		err = unfinished(call, resp)
	}
	switch remote.CodeOf(err) {
	case remote.NotFound:
		err = nil
	case remote.Denied: // which some say of what is not there (B-3)
		if _, there, lookErr := d.find(ctx, r, 0); lookErr == nil && !there {
			err = nil
		}
	}
	if err == nil || remote.IsMaybeDone(err) {
		d.seen.deleted(r.client, r.file)
	}
	return err
}
