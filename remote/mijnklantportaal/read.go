package mijnklantportaal

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"dossier/remote"
	"dossier/remote/rest"
)

// Account: no call tells whom a key speaks for. That another portal's key is in use shows all the same: none of the ids that we know
// is there, and without a folder that can be read nothing counts as gone (Confirm).
func (d *Driver) Account(context.Context) (remote.Account, error) {
	return remote.Account{}, unsupported("account", "MijnKlantportaal does not tell whom a key speaks for")
}

// Get reads one item: one call, none for the root. Its Parent is where the driver saw or put it last, and empty if it did not: the
// portal does not tell.
func (d *Driver) Get(ctx context.Context, id remote.ID, kind remote.Kind) (remote.Entry, error) {
	return d.get(ctx, "get", id, kind)
}

func (d *Driver) get(ctx context.Context, op string, id remote.ID, kind remote.Kind) (remote.Entry, error) {
	e, err := d.look(ctx, op, id)
	if err == nil && e.Kind != kind {
		return remote.Entry{}, failed(fmt.Sprintf("%s %q", op, id), remote.NotFound, "it is a %s", e.Kind)
	}
	return e, err
}

// look reads an item of whatever kind.
func (d *Driver) look(ctx context.Context, op string, id remote.ID) (remote.Entry, error) {
	if id == Root {
		return root(), ended(ctx, op)
	}
	i, _, err := d.ask(ctx, op, id)
	if err != nil {
		return remote.Entry{}, err
	}
	d.seen.note(id, "")
	return d.facts.entry(i, d.seen.parent(id)), nil
}

// ask sends the call.
func (d *Driver) ask(ctx context.Context, op string, id remote.ID) (i item, header http.Header, err error) {
	at, err := d.itemURL(id, "")
	if err != nil {
		return item{}, nil, err
	}
	resp, err := d.rest.JSON(ctx, rest.Call{Op: op, Object: string(id), Method: http.MethodGet, URL: at, Limit: itemLimit}, &i)
	if err == nil {
		err = i.check()
	}
	switch {
	case err != nil:
		return item{}, nil, err
	case remote.ID(i.ID) != id:
		return item{}, nil, corrupt(op, "the answer is about another item")
	}
	return i, resp.Header, nil
}

// itemLimit bounds an answer about one item, in bytes.
const itemLimit = 1 << 20

// itemURL is an item's address; tail begins with a slash, or is empty.
func (d *Driver) itemURL(id remote.ID, tail string) (string, error) {
	return d.api + "/files/" + string(id) + tail, checkID(id)
}

// proofLasts is for how long a folder that was shown proves that our key can see it.
const proofLasts = 30 * time.Second

// Confirm takes a 404 for a witness, if the folder that the item was in can still be read: a key that sees nothing, or sees another
// portal, is answered 404 as well. Of the root there is no such proof; there the 404 stands alone, and the mirror's brakes remain.
func (d *Driver) Confirm(ctx context.Context, last remote.Entry) (remote.Absence, error) {
	now, err := d.look(ctx, "confirm", last.ID)
	switch {
	case err == nil && now.Kind != last.Kind:
		return remote.Absence{}, corrupt("confirm", "%q is a %s now", last.ID, now.Kind)
	case err == nil:
		if now.Parent == "" {
			now.Parent = last.Parent // nothing moves under its id
		}
		return remote.Absence{Now: &now, Why: "the portal shows it"}, nil
	case remote.CodeOf(err) != remote.NotFound:
		return remote.Absence{}, err
	}
	return d.missing(ctx, last)
}

// missing is what a 404 amounts to.
func (d *Driver) missing(ctx context.Context, last remote.Entry) (remote.Absence, error) {
	switch {
	case last.Parent == "":
		return remote.Absence{Why: "404, but nobody knows which folder it was in"}, nil
	case last.Parent == Root:
		return remote.Absence{Gone: true, Trash: d.facts.trash, Why: "404"}, nil
	case !d.seen.shown(last.Parent, proofLasts):
		_, err := d.get(ctx, "confirm", last.Parent, remote.Folder)
		if remote.CodeOf(err) == remote.NotFound {
			return remote.Absence{Why: "404, but so is the folder it was in: perhaps the key sees nothing of it"}, nil
		}
		if err != nil {
			return remote.Absence{}, fmt.Errorf("confirm %q: its folder: %w", last.Name, err)
		}
	}
	return remote.Absence{Gone: true, Trash: d.facts.trash, Why: "404, and its folder can be read"}, nil
}

// noted remembers where an item is, and gives it as an entry.
func (d *Driver) noted(i item, parent remote.ID) remote.Entry {
	d.seen.note(remote.ID(i.ID), parent)
	return d.facts.entry(i, parent)
}

// ended is the error of a call that is answered without asking anybody.
func ended(ctx context.Context, op string) error {
	if ctx.Err() == nil {
		return nil
	}
	return &remote.Error{Op: op, Err: context.Cause(ctx)}
}
