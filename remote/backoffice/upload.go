package backoffice

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"strings"
	"time"

	"dossier/remote"
	"dossier/remote/rest"
)

// Create uploads a file: one call. Nothing tells two uploads of one caption apart but the token in the file name that goes with it.
func (d *Driver) Create(ctx context.Context, u remote.Upload) (remote.Entry, error) {
	const op = "upload"
	up, err := parent(u.At.Parent)
	if err == nil {
		err = d.mayWrite(op)
	}
	if err != nil {
		return remote.Entry{}, err
	}
	t, err := d.folders(ctx, up.client)
	if err == nil {
		err = d.into(ctx, t, up)
	}
	if err != nil {
		return remote.Entry{}, err
	}
	if e, err := d.before(ctx, t, u, up); err != nil || e.ID != "" {
		return e, err
	}
	return d.upload(ctx, u, up)
}

// newToken names an upload: in lower case, as some portals write all names.
func newToken() string { return strings.ToLower(rand.Text()) }

// before is the file that an earlier attempt of the same token has made, or why a caption cannot be used where each is used once (B-20).
func (d *Driver) before(ctx context.Context, t *tree, u remote.Upload, up ref) (remote.Entry, error) {
	if d.set.storedNames && u.Token != "" && d.seen.tried(up.client, u.Token) {
		if e, err := d.recognise(ctx, up, u.Token); err != nil || e.ID != "" {
			return e, err
		}
	}
	if d.set.twins {
		return remote.Entry{}, nil
	}
	for _, e := range t.order {
		if e.Parent == u.At.Parent && e.Name == u.At.Name {
			return remote.Entry{}, taken("upload", e)
		}
	}
	return remote.Entry{}, nil
}

func taken(op string, e remote.Entry) error {
	err := failure(fmt.Sprintf("%s %q", op, e.Name), remote.NameTaken, "there is one of this name")
	err.Existing = &e
	return err
}

// recognise looks for the file that an upload has made, by the token in its stored path.
func (d *Driver) recognise(ctx context.Context, up ref, token string) (remote.Entry, error) {
	t, err := d.look(ctx, up.client)
	if err != nil {
		return remote.Entry{}, err
	}
	for _, f := range t.files {
		if e := d.entry(up.client, f); e.Token == token {
			return e, nil
		}
	}
	return remote.Entry{}, nil
}

func (d *Driver) upload(ctx context.Context, u remote.Upload, up ref) (remote.Entry, error) {
	const op = "upload"
	if u.Token == "" {
		u.Token = newToken()
	}
	body, err := d.body(u, up)
	if err != nil {
		return remote.Entry{}, corrupt(op, err.Error())
	}
	call := d.call(op, u.At.Name, http.MethodPost, fmt.Sprintf("/clients/%d/files", up.client), body)
	call.Upload = true
	d.seen.changed(up.client)
	row, err := one[fileRow](ctx, d, call)
	if status(err) == http.StatusAccepted && d.set.storedNames {
		return d.awaited(ctx, u, up, err)
	}
	d.seen.doubted(up.client, u.Token, remote.IsMaybeDone(err))
	if err != nil {
		return remote.Entry{}, d.whyRefused(ctx, "upload", u.At, up, err)
	}
	return d.uploaded(ctx, call, up, row)
}

// patience is how long we wait for a file that the portal has taken and will file later, and how often we look.
var patience = []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second}

// awaited waits until the list has an upload.
func (d *Driver) awaited(ctx context.Context, u remote.Upload, up ref, err error) (remote.Entry, error) {
	d.seen.doubted(up.client, u.Token, true)
	for _, wait := range d.patience {
		if rest.Sleep(ctx, wait) != nil {
			return remote.Entry{}, err
		}
		if e, lookErr := d.recognise(ctx, up, u.Token); lookErr == nil && e.ID != "" {
			return e, nil
		}
	}
	return remote.Entry{}, err
}

// uploaded checks the answer to an upload. That the list shows it is for the mirror to see.
func (d *Driver) uploaded(ctx context.Context, call rest.Call, up ref, row fileRow) (remote.Entry, error) {
	if row.File == "" {
		return remote.Entry{}, afterwards(call, corrupt(call.Op, "an answer that does not tell where the file is stored"))
	}
	if int64(row.Directory) != up.folder { // the answer may leave it out
		if now, there, err := d.find(ctx, ref{client: up.client, file: row.key()}, up.folder); err == nil && there {
			row = now
		}
	}
	d.seen.made(up.client, row, d.set.listLag)
	e := d.entry(up.client, row)
	if d.set.storedNames && e.Token == "" {
		d.log.Warn("the stored path does not show the name that was sent: if the answer to an upload is lost, it cannot be told from another's",
			"file", e.Name, "setting", "assume."+assumeStoredNames)
	}
	return e, nil
}

// whyRefused finds out whether something was refused for its caption, where one must not be there twice (B-20): a status tells no more
// than that something is wrong.
func (d *Driver) whyRefused(ctx context.Context, op string, at remote.Place, up ref, err error) error {
	switch status(err) {
	case http.StatusBadRequest, http.StatusConflict, http.StatusUnprocessableEntity:
	default:
		return err
	}
	if d.set.twins {
		return err
	}
	t, lookErr := d.look(ctx, up.client)
	if lookErr != nil {
		return err
	}
	if e, there := t.named(at); there {
		return taken(op, e)
	}
	return err
}

// named is what has a name.
func (t *tree) named(at remote.Place) (remote.Entry, bool) {
	for _, e := range t.order {
		if e.Parent == at.Parent && e.Name == at.Name {
			return e, true
		}
	}
	for _, f := range t.files {
		if e := t.d.entry(t.client, f); e.Parent == at.Parent && e.Name == at.Name {
			return e, true
		}
	}
	return remote.Entry{}, false
}
