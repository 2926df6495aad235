package backoffice

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"

	"dossier/remote"
	"dossier/remote/rest"
)

// MakeFolder creates a folder: one call. That it is about to is written into the ledger before, and the folder's id after it. A folder that
// we have taken out of the mirror before is taken in again.
func (d *Driver) MakeFolder(ctx context.Context, at remote.Place) (remote.Entry, error) {
	const op = "make folder"
	up, err := parent(at.Parent)
	if err == nil {
		err = d.mayWrite(op)
	}
	if err != nil {
		return remote.Entry{}, err
	}
	if err := d.making.take(ctx); err != nil {
		return remote.Entry{}, &remote.Error{Op: op, Err: err}
	}
	defer d.making.give()
	t, err := d.folders(ctx, up.client)
	if err == nil {
		err = d.into(ctx, t, up)
	}
	if err != nil {
		return remote.Entry{}, err
	}
	if e, err := d.madeBefore(ctx, t, up, at); err != nil || e.ID != "" {
		return e, err
	}
	e, err := d.makeFolder(ctx, up, at)
	if err != nil {
		err = d.whyRefused(ctx, op, at, up, err)
	}
	return e, err
}

// turn is a lock that respects a context.
type turn chan struct{}

func (t turn) take(ctx context.Context) error {
	select {
	case t <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (t turn) give() { <-t }

// into says why nothing may be put into a folder: only those that are shown are known to be there.
func (d *Driver) into(ctx context.Context, t *tree, up ref) error {
	if up.folder == 0 {
		return nil
	}
	if _, shown := t.shown[up.folder]; shown {
		return nil
	}
	used, listed := d.seen.inUse(up.client, up.folder)
	if !listed {
		look, err := d.look(ctx, up.client)
		if err != nil {
			return err
		}
		_, used = look.shown[up.folder]
	}
	if !used {
		_, err := t.folder(up.folder)
		return err
	}
	return nil
}

// madeBefore is the folder of that name which we were about to make before, if the portal lists folders, or which is only out of the mirror. Where
// each name is used once (B-20) it is refused.
func (d *Driver) madeBefore(ctx context.Context, t *tree, up ref, at remote.Place) (remote.Entry, error) {
	for _, e := range t.order {
		if e.Parent == at.Parent && e.Name == at.Name {
			if e, err := d.adopt(ctx, t, up, e); err != nil || e.ID != "" {
				return e, err
			}
		}
	}
	if !d.set.twins {
		if look, err := d.look(ctx, up.client); err != nil {
			return remote.Entry{}, err
		} else if e, there := look.named(at); there {
			return remote.Entry{}, taken("make folder", e)
		}
	}
	for n, f := range t.ledger {
		if _, there := t.real[n]; !f.Left || !f.Ours || f.Name != at.Name || f.Parent != at.Parent || t.real != nil && !there {
			continue
		}
		f.Left = false
		if err := d.ledger.Put(ctx, clientID(up.client), f); err != nil {
			return remote.Entry{}, ledgerError(err)
		}
		t.ledger[n] = f
		t.show(n)
		return t.shown[n], nil
	}
	return remote.Entry{}, nil
}

// adopt is a folder that is there, if we were about to make it, and never heard that we had.
func (d *Driver) adopt(ctx context.Context, t *tree, up ref, e remote.Entry) (remote.Entry, error) {
	r, err := parse(e.ID)
	if err != nil || t.ledger[r.folder].Ours || !t.intended[intention(remote.Place{Parent: e.Parent, Name: e.Name}).ID] {
		return remote.Entry{}, nil
	}
	return e, d.enter(ctx, up.client, e)
}

// intention is the ledger's note that a folder is about to be made: its id is none that the portal gives.
func intention(at remote.Place) remote.LedgerFolder {
	sum := sha256.Sum256([]byte(string(at.Parent) + "\x00" + at.Name))
	return remote.LedgerFolder{ID: remote.ID("making " + hex.EncodeToString(sum[:8])), Parent: at.Parent, Name: at.Name, Ours: true, Left: true}
}

func (d *Driver) makeFolder(ctx context.Context, up ref, at remote.Place) (remote.Entry, error) {
	client, meant := clientID(up.client), intention(at)
	if err := d.intend(ctx, client, meant); err != nil {
		return remote.Entry{}, err
	}
	d.seen.changed(up.client)
	row, err := one[folderRow](ctx, d, d.call("make folder", at.Name, http.MethodPost, fmt.Sprintf("/clients/%d/folders", up.client),
		rest.JSONBody(d.about(at.Name, up.folder))))
	if err != nil {
		if !remote.IsMaybeDone(err) {
			_ = d.ledger.Remove(context.WithoutCancel(ctx), client, meant.ID) // if it stays, it only warns
		}
		return remote.Entry{}, err
	}
	e := remote.Entry{ID: folderID(up.client, row.key()), Parent: at.Parent, Name: at.Name, Kind: remote.Folder, Size: -1}
	if name := row.text(); name != "" {
		e.Name = name
	}
	return e, d.enter(ctx, up.client, e)
}

// intend writes the intention down. One that stands there already may have come to a folder of which we never heard the id.
func (d *Driver) intend(ctx context.Context, client remote.ID, meant remote.LedgerFolder) error {
	known, err := d.ledger.Folders(ctx, client)
	if err != nil {
		return ledgerError(err)
	}
	if slices.ContainsFunc(known, func(f remote.LedgerFolder) bool { return f.ID == meant.ID }) {
		d.log.Warn("folder may be there twice: the answer to an earlier attempt to make it never came", "client", client, "name", meant.Name)
	}
	if err := d.ledger.Put(ctx, client, meant); err != nil {
		return ledgerError(err)
	}
	return nil
}

// enter writes a folder that we made into the ledger, in the place of the intention. It is done even if ctx has just ended: the id would be lost.
func (d *Driver) enter(ctx context.Context, client int64, e remote.Entry) error {
	ctx = context.WithoutCancel(ctx)
	meant := intention(remote.Place{Parent: e.Parent, Name: e.Name})
	err := d.ledger.Put(ctx, clientID(client), remote.LedgerFolder{ID: e.ID, Parent: e.Parent, Name: e.Name, Ours: true})
	if err == nil {
		err = d.ledger.Remove(ctx, clientID(client), meant.ID)
	}
	if err != nil {
		return unsure(ledgerError(err))
	}
	return nil
}

func ledgerError(err error) *remote.Error {
	return &remote.Error{Op: "write the ledger of folders", Err: err}
}
