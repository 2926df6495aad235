package mkpapi

import (
	"fmt"
	"io/fs"
	"path"
	"slices"

	"dossier/remote/sandbox/shelf"
	"dossier/remote/sandbox/store"
)

// sizeUnit is what maxFileSize counts in, in bytes: MijnKlantportaal does not say.
const sizeUnit = 1024

// formPath is where the form of a request is.
func formPath(id string) string { return fmt.Sprintf("/f/%x", id) }

// CreateFileRequest makes a request with one required file, as a person can in the web pages, and returns its id and the path of
// its form.
func (a *API) CreateFileRequest(into store.ID, title string) (id, form string, err error) {
	id, form, _, err = a.RequestFiles(into, title, title)
	return id, form, err
}

// RequestFiles makes a request for several required files, each by its name, and returns their ids as well.
func (a *API) RequestFiles(into store.ID, title string, names ...string) (id, form string, fields []string, err error) {
	r := &fileRequest{Name: title, Directory: into}
	for _, name := range names {
		r.Files = append(r.Files, requestedFile{Name: name, Required: true, MaxSize: usualMaxSize})
	}
	err = a.store.Update(func(tx *store.Tx) error {
		a.addRequest(tx, a.main(), r)
		return nil
	})
	for _, f := range r.Files {
		fields = append(fields, f.ID)
	}
	return r.ID, r.Form, fields, err
}

// Form describes the form at a path. If there is none, the error wraps fs.ErrNotExist. Nothing but a file is asked for.
func (a *API) Form(path string) (title string, needsEmail, needsText bool, err error) {
	a.store.View(func(v store.View) {
		var r *fileRequest
		if r, err = a.form(v, path); err == nil {
			title = r.Name
		}
	})
	return title, false, false, err
}

// form finds the request of a form, whoever made it.
func (a *API) form(v store.View, at string) (*fileRequest, error) {
	a.accounts.RLock()
	defer a.accounts.RUnlock()
	for _, acc := range a.accounts.byKey {
		for _, r := range requests.all(v, acc) {
			if r.Form == at {
				return r, nil
			}
		}
	}
	return nil, &fs.PathError{Op: "submit", Path: at, Err: fs.ErrNotExist}
}

// Submit delivers a file through the form of a request, and returns the name it got. If there is no such form, or its directory is
// gone, the error wraps fs.ErrNotExist.
func (a *API) Submit(sub shelf.Submission) (name string, err error) {
	in, err := a.store.Receive(sub.Content)
	defer in.Discard()
	if err != nil {
		return "", err
	}
	if err := in.Keep(); err != nil {
		return "", err
	}
	err = a.store.Update(func(tx *store.Tx) error {
		r, err := a.form(tx.View, sub.Form)
		if err != nil {
			return err
		}
		name, err = a.deliver(tx, r, sub, store.Version{SHA1: in.SHA1, Size: in.Size, By: visitor})
		return err
	})
	return name, err
}

// deliver puts a file where the request wants it, under the visitor's own name for it. A second one for the same entry takes the
// place of the first in the request; in the directory both stay.
func (a *API) deliver(tx *store.Tx, r *fileRequest, sub shelf.Submission, content store.Version) (string, error) {
	up := tx.Item(r.Directory)
	i := r.entry(sub.Field)
	if up == nil || i < 0 {
		return "", &fs.PathError{Op: "submit", Path: sub.Form, Err: fs.ErrNotExist}
	}
	f := &r.Files[i]
	unit := int64(sizeUnit)
	if a.has("mkp-max-size-bytes") {
		unit = 1
	}
	switch {
	case content.Size > f.MaxSize*unit:
		return "", unprocessable("The file is larger than was asked for.")
	case f.Uploaded != 0 && a.has("mkp-delivery-final"):
		return "", unprocessable("The file was delivered already.")
	}
	name := path.Base(sub.Name)
	if a.has("mkp-delivery-renamed") {
		name = f.Name + path.Ext(name)
	}
	name, err := a.checkName(name)
	if err != nil {
		return "", err
	}
	it, err := a.putFile(tx, up, name, content)
	if err != nil {
		return "", err
	}
	if old := tx.Item(f.Uploaded); old != nil && old.ID != it.ID && a.has("mkp-delivery-swap-deletes") {
		a.purge(tx, old, visitor)
	}
	f.Uploaded = it.ID
	if r.Completed.IsZero() && r.complete(a.has("mkp-complete-all")) {
		r.Completed = tx.Now
	}
	requests.save(tx, r)
	return it.Name, nil
}

// entry finds the entry that a delivery is for: the one that it names, else the first without a file, else the last; -1: none.
func (r *fileRequest) entry(field string) int {
	if field != "" {
		return slices.IndexFunc(r.Files, func(f requestedFile) bool { return f.ID == field })
	}
	if i := slices.IndexFunc(r.Files, func(f requestedFile) bool { return f.Uploaded == 0 }); i >= 0 {
		return i
	}
	return len(r.Files) - 1
}

// complete says whether all required files are there, or all that are asked for where none is required, or where all is wanted.
func (r *fileRequest) complete(all bool) bool {
	all = all || !slices.ContainsFunc(r.Files, func(f requestedFile) bool { return f.Required })
	return !slices.ContainsFunc(r.Files, func(f requestedFile) bool { return f.Uploaded == 0 && (all || f.Required) })
}
