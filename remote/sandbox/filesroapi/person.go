package filesroapi

import (
	"fmt"
	"io/fs"
	"strings"

	"dossier/remote/sandbox/shelf"
	"dossier/remote/sandbox/store"
)

// pagePath is where a visitor finds the page of a request.
func pagePath(q *request) string { return "/request/" + showUUID(q.ID, itemKey) + "/upload" }

// CreateFileRequest makes a file request as a person does in the web pages, and returns its id and the path of the visitor's page.
func (a *API) CreateFileRequest(folder store.ID, title string) (id, form string, err error) {
	q := &request{Root: a.root, Owner: mainEmail, Name: title, Status: active}
	err = a.store.Update(func(tx *store.Tx) error { return q.begin(tx, folder) })
	return showUUID(q.ID, itemKey), pagePath(q), err
}

// Form describes the open page at a path. If there is none, the error wraps fs.ErrNotExist.
func (a *API) Form(path string) (title string, needsEmail, needsText bool, err error) {
	s, err := a.visit(path)
	if err != nil {
		return "", false, false, err
	}
	return s.request.Name, false, false, nil
}

// Submit delivers a file as a visitor, and returns the name it got. If there is no such page, or it is closed, the error wraps fs.ErrNotExist.
func (a *API) Submit(sub shelf.Submission) (name string, err error) {
	s, err := a.visit(sub.Form)
	if err != nil {
		return "", err
	}
	in, err := a.store.Receive(sub.Content)
	defer in.Discard()
	if err != nil {
		return "", err
	}
	if err := a.beginFilling(s.request); err != nil {
		return "", err
	}
	fields := map[string]any{"name": sub.Name, "extension": sub.Name[strings.LastIndexByte(sub.Name, '.')+1:]}
	up := &upload{input: &input{fields: fields}, part: "file", content: in}
	it, err := a.publish(s, up, store.Version{SHA1: in.SHA1, Size: in.Size, By: visitor}, up.keep)
	if err != nil {
		return "", fmt.Errorf("submit %q: %w", sub.Name, err)
	}
	return it.Name, nil
}

// Finish presses "done" as a visitor. If there is no such page, or it is closed, the error wraps fs.ErrNotExist.
func (a *API) Finish(form string) error {
	s, err := a.visit(form)
	if err != nil {
		return err
	}
	return a.fill(s.request)
}

// visit finds the open request of a page.
func (a *API) visit(page string) (scope, error) {
	var q *request
	var err error
	id := strings.TrimSuffix(strings.TrimPrefix(page, "/request/"), "/upload")
	a.store.View(func(v store.View) { q, err = readRequest(v, readUUID(id, itemKey)) })
	if err != nil || !q.open(a.opts.Clock(), a.has("filesro-request-lost-cache")) {
		return scope{}, &fs.PathError{Op: "visit", Path: page, Err: fs.ErrNotExist}
	}
	return scope{who: a.account(q.Owner), request: q}, nil
}
