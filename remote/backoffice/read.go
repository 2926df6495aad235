package backoffice

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"dossier/remote"
	"dossier/remote/rest"
)

// Account is the user whom we sign in as. The portal has no call that tells who that is: his address, at this Back Office, is what does
// not change. That he may read clients is asked, so that a sign-in that opens nothing shows.
func (d *Driver) Account(ctx context.Context) (remote.Account, error) {
	if err := d.readable(ctx, "account"); err != nil {
		return remote.Account{}, err
	}
	u, err := url.Parse(d.origin)
	if err != nil {
		return remote.Account{}, corrupt("account", err.Error())
	}
	return remote.Account{ID: d.options.Email + " at " + u.Host, Name: d.options.Email, Login: d.options.Email}, nil
}

// readable asks for one client, whoever it is.
func (d *Driver) readable(ctx context.Context, op string) error {
	_, err := page[clientRow](ctx, d, listing{op: op, path: "/clients", limit: 1}, 0)
	return err
}

// one sends a call whose answer is one row.
func one[T row](ctx context.Context, d *Driver, call rest.Call) (T, error) {
	var raw json.RawMessage
	resp, err := d.rest.JSON(ctx, call, &raw)
	var r T
	switch {
	case err != nil:
		return r, err
	case resp.StatusCode == http.StatusAccepted:
		return r, later(call)
	case resp.StatusCode == http.StatusNoContent:
		return r, afterwards(call, corrupt(call.Op, "an empty answer"))
	}
	if r, err = oneOf[T](raw); err != nil {
		return r, afterwards(call, corrupt(call.Op, err.Error()))
	}
	return r, nil
}

// later is the error of a call that the portal has taken and not yet carried out.
func later(call rest.Call) error {
	err := failure(call.Op, remote.Busy, "the portal will do it later")
	err.Status = http.StatusAccepted
	return afterwards(call, err)
}

// afterwards is an error of a call that the portal has taken.
func afterwards(call rest.Call, e *remote.Error) error {
	if call.Object != "" {
		e.Op = fmt.Sprintf("%s %q", call.Op, call.Object)
	}
	if call.Write {
		e.Outcome = remote.MaybeDone
	}
	return e
}

// Get reads one item: a file by the list of its client's files, for there is no other way.
func (d *Driver) Get(ctx context.Context, id remote.ID, kind remote.Kind) (remote.Entry, error) {
	r, err := parse(id)
	switch {
	case err != nil:
		return remote.Entry{}, err
	case (r.file != 0) != (kind == remote.File):
		return remote.Entry{}, notFound("get", fmt.Sprintf("%q is no %s", id, kind))
	case r.file != 0:
		return d.getFile(ctx, r)
	case r.folder != 0:
		return d.getFolder(ctx, r)
	case r.client != 0:
		return d.client(ctx, "get", r.client)
	}
	return remote.Entry{ID: rootID, Name: "Clients", Kind: remote.Folder, Size: -1}, d.readable(ctx, "get")
}

func (d *Driver) getFile(ctx context.Context, r ref) (remote.Entry, error) {
	row, there, err := d.find(ctx, r, 0)
	if err != nil {
		return remote.Entry{}, err
	}
	if !there {
		return remote.Entry{}, notFound(fmt.Sprintf("get %q", fileID(r.client, r.file)), "it is not in the list of the client's files")
	}
	return d.entry(r.client, row), nil
}

// find looks for a file in the list, and no further than it must. in is a folder where it should be: that list is shorter.
func (d *Driver) find(ctx context.Context, r ref, in int64) (row fileRow, there bool, err error) {
	isIt := func(f fileRow) bool { return f.key() == r.file }
	if !d.set.whole {
		t, err := d.look(ctx, r.client)
		if err != nil {
			return row, false, err
		}
		return pick(t.files, isIt)
	}
	rows, err := list(ctx, d, d.fileList(r.client, in), isIt)
	if err != nil && in == 0 {
		return row, false, err
	}
	if row, there, _ = pick(rows, isIt); err == nil && there {
		d.seen.with(r.client, func(s *sight) { s.see(row) })
		return row, true, nil
	}
	if in != 0 {
		return d.find(ctx, r, 0)
	}
	rows = d.seen.unlisted(r.client, rows)
	row, there, _ = pick(rows, isIt)
	return row, there, d.seen.saw(r.client, rows)
}

func pick(rows []fileRow, isIt func(fileRow) bool) (fileRow, bool, error) {
	if i := slices.IndexFunc(rows, isIt); i >= 0 {
		return rows[i], true, nil
	}
	return fileRow{}, false, nil
}

// getFolder reads the ledger, and asks the portal only if that does not tell.
func (d *Driver) getFolder(ctx context.Context, r ref) (remote.Entry, error) {
	t, err := d.folders(ctx, r.client)
	if err != nil {
		return remote.Entry{}, err
	}
	if e, ok := t.shown[r.folder]; ok {
		return e, nil
	}
	if t, err = d.look(ctx, r.client); err != nil {
		return remote.Entry{}, err
	}
	return t.folder(r.folder)
}
