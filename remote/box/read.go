package box

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"

	"dossier/remote"
	"dossier/remote/rest"
)

// Account asks whom the token speaks for.
func (d *Driver) Account(ctx context.Context) (remote.Account, error) {
	var u struct {
		ID    text   `json:"id"`
		Name  string `json:"name"`
		Login string `json:"login"`
		Space number `json:"space_amount"`
		Used  number `json:"space_used"`
		Max   number `json:"max_upload_size"`
	}
	_, err := d.rest.JSON(ctx, rest.Call{Op: "account", Method: http.MethodGet,
		URL: d.api + "/2.0/users/me?fields=id,name,login,space_amount,space_used,max_upload_size"}, &u)
	if err == nil && u.ID == "" {
		err = corrupt("account", "an account without an id")
	}
	return remote.Account{ID: string(u.ID), Name: u.Name, Login: u.Login, Space: int64(u.Space), Used: int64(u.Used), Max: int64(u.Max)}, err
}

// Get reads one item.
func (d *Driver) Get(ctx context.Context, id remote.ID, kind remote.Kind) (remote.Entry, error) {
	return d.get(ctx, "get", id, kind)
}

func (d *Driver) get(ctx context.Context, op string, id remote.ID, kind remote.Kind) (remote.Entry, error) {
	at, err := d.itemURL(kind, id, "")
	if err != nil {
		return remote.Entry{}, err
	}
	var i item
	_, err = d.rest.JSON(ctx, rest.Call{Op: op, Object: string(id), Method: http.MethodGet, URL: at + "?fields=" + fields}, &i)
	switch {
	case err != nil:
		return remote.Entry{}, err
	case remote.ID(i.ID) != id:
		return remote.Entry{}, corrupt(op, "the answer is about another item")
	case !i.active():
		return remote.Entry{}, &remote.Error{Op: fmt.Sprintf("%s %q", op, id), Code: remote.Trashed, Reason: i.ItemStatus}
	}
	return i.entry(), nil
}

// Confirm takes a 404 of code trashed as a witness; one of code not_found only if the folder that the item was in can still be
// read, for Box says the same of what we may no longer see. Else it is not known, which is an error.
func (d *Driver) Confirm(ctx context.Context, last remote.Entry) (remote.Absence, error) {
	now, err := d.get(ctx, "confirm", last.ID, last.Kind)
	switch remote.CodeOf(err) {
	case remote.Trashed:
		return remote.Absence{Gone: true, Trash: true, Why: "404 trashed"}, nil
	case remote.NotFound:
	default:
		if err != nil {
			return remote.Absence{}, err
		}
		return remote.Absence{Now: &now}, nil
	}
	if last.Parent == "" {
		return remote.Absence{}, unseen(last, errors.New("the portal does not show it, nor do we know where it was"))
	}
	if _, err := d.get(ctx, "confirm", last.Parent, remote.Folder); err != nil {
		return remote.Absence{}, unseen(last, fmt.Errorf("the portal shows neither it nor the folder it was in: %w", err))
	}
	return remote.Absence{Gone: true, Why: "404 not_found, and its folder can be read"}, nil
}

func unseen(e remote.Entry, err error) error {
	return &remote.Error{Op: fmt.Sprintf("confirm %q", e.Name), Code: remote.Unknown, Err: err}
}

// ids as Box makes them. Anything else is not put into an address.
var idForm = regexp.MustCompile(`^[0-9A-Za-z_-]{1,64}$`)

func checkID(id remote.ID) error {
	if idForm.MatchString(string(id)) {
		return nil
	}
	return corrupt("address", fmt.Sprintf("%q is no id of Box", id))
}

var segments = map[remote.Kind]string{remote.File: "files", remote.Folder: "folders", remote.Other: "web_links"}

// itemURL is an item's address on the API host.
func (d *Driver) itemURL(kind remote.Kind, id remote.ID, rest string) (string, error) {
	if segments[kind] == "" {
		return "", corrupt("address", fmt.Sprintf("an item of kind %d, which Box does not know", kind))
	}
	return d.api + "/2.0/" + segments[kind] + "/" + url.PathEscape(string(id)) + rest, checkID(id)
}

func corrupt(op, why string) error {
	return &remote.Error{Op: op, Code: remote.Corrupt, Err: errors.New(why)}
}
