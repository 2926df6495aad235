package backoffice

import (
	"context"
	"errors"
	"fmt"

	"dossier/remote"
)

// Confirm takes a complete list of the client's files for the witness that a file is gone; the mirror asks for two looks, a minute apart,
// besides. A client is never known to be gone: rights hide him as well.
func (d *Driver) Confirm(ctx context.Context, last remote.Entry) (remote.Absence, error) {
	r, err := parse(last.ID)
	switch {
	case err != nil:
		return remote.Absence{}, err
	case r.file != 0:
		return d.confirmFile(ctx, r)
	case r.folder != 0:
		return d.confirmFolder(ctx, r)
	}
	now, err := d.Get(ctx, last.ID, remote.Folder)
	if err != nil {
		return remote.Absence{}, &remote.Error{Op: fmt.Sprintf("confirm %q", last.Name), Code: remote.CodeOf(err),
			Err: errors.Join(errors.New("whether he is gone, or may no longer be seen by us, cannot be told"), err)}
	}
	return remote.Absence{Now: &now}, nil
}

func (d *Driver) confirmFile(ctx context.Context, r ref) (remote.Absence, error) {
	if ctx.Err() != nil {
		return remote.Absence{}, &remote.Error{Op: "confirm", Err: context.Cause(ctx)}
	}
	row, there, asked := d.seen.witness(r.client, r.file)
	if !asked {
		t, err := d.look(ctx, r.client)
		if err != nil {
			return remote.Absence{}, err
		}
		d.seen.keepWitness(r.client, t.files)
		row, there, _ = pick(t.files, func(f fileRow) bool { return f.key() == r.file })
	}
	if !there {
		return remote.Absence{Gone: true, Why: "it is not in a complete list of the client's files"}, nil
	}
	now := d.entry(r.client, row)
	return remote.Absence{Now: &now}, nil
}

func (d *Driver) confirmFolder(ctx context.Context, r ref) (remote.Absence, error) {
	now, err := d.getFolder(ctx, r)
	if err == nil {
		return remote.Absence{Now: &now}, nil
	}
	if remote.CodeOf(err) != remote.NotFound {
		return remote.Absence{}, err
	}
	t, err := d.folders(ctx, r.client)
	if err != nil {
		return remote.Absence{}, err
	}
	switch _, known := t.ledger[r.folder]; {
	case known && t.ledger[r.folder].Left:
		return remote.Absence{Gone: true, Why: "we have taken it out of the mirror, and nothing lies in it"}, nil
	case t.real != nil:
		return remote.Absence{Gone: true, Why: "it is not in a complete list of the client's folders"}, nil
	}
	return remote.Absence{Why: "the ledger of folders has lost it, and the portal does not list folders"}, nil
}
