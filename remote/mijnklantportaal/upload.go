package mijnklantportaal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"

	"dossier/remote"
	"dossier/remote/rest"
)

// Create uploads a new file, in one call and one piece. Where names are unique a name in use is found by looking: first, if the
// portal would not refuse it, else after the refusal.
//
// The id that comes back may be one that was there: a portal that replaces, although nobody said so, did so. It is the file now.
func (d *Driver) Create(ctx context.Context, u remote.Upload) (remote.Entry, error) {
	sending := &sending{tell: u.Progress}
	progress := rest.NewProgress(sending.add)
	send, err := framed(ctx, u.At.Name, u.Source, progress, sending.cut)
	if err != nil {
		return remote.Entry{}, &remote.Error{Op: fmt.Sprintf("upload %q", u.At.Name), Code: remote.BadName, Err: err}
	}
	i, err := d.make(ctx, "upload", u.At, remote.File, send)
	if err != nil {
		progress.Undo()
		return remote.Entry{}, sending.judge(err)
	}
	if size := i.Size; size != nil && *size != u.Source.Size() {
		return remote.Entry{}, told(corrupt(fmt.Sprintf("upload %q", u.At.Name), "the portal stored %d bytes of %d", *size, u.Source.Size()))
	}
	if id := remote.ID(i.ID); d.seen.known(id) && d.options.Log != nil {
		d.options.Log.Warn("the portal gave a new file the id of an old one: does it replace what has its name?", "id", id, "name", i.Name)
	}
	return d.noted(i, u.At.Parent), nil
}

// sending minds whether anything of a content has left, and whether we cut it off.
type sending struct {
	tell         func(int64)
	begun, ended atomic.Bool
}

func (s *sending) cut() { s.ended.Store(true) }

func (s *sending) add(n int64) {
	s.begun.Store(true)
	if s.tell != nil {
		s.tell(n)
	}
}

// judge: what we cut off, because the file is not what it was or it is no longer wanted, leaves nothing on the portal only if A-15 holds.
func (s *sending) judge(err error) error {
	if e, ok := errors.AsType[*remote.Error](err); ok && s.begun.Load() && s.ended.Load() {
		e.Outcome = remote.MaybeDone
	}
	return err
}

// framed is the body of an upload: one part named file, whose file name is the item's.
// It ends with ctx, however quickly the rest of it could still leave.
// cut is told if it is cut off.
func framed(ctx context.Context, name string, source remote.Source, progress *rest.Progress, cut func()) (*rest.Body, error) {
	head, tail, kind, err := frame(name)
	if err != nil {
		return nil, err
	}
	return &rest.Body{Type: kind, Length: int64(len(head)) + source.Size() + int64(len(tail)), Open: func() (io.ReadCloser, error) {
		progress.Undo()
		content, err := rest.Sent(source, 0, source.Size(), source.Check, progress)
		if err != nil {
			return nil, err
		}
		whole := io.MultiReader(bytes.NewReader(head), content, bytes.NewReader(tail))
		return part{until(func(p []byte) (int, error) {
			n, err := 0, ctx.Err()
			if err == nil {
				n, err = whole.Read(p)
			}
			if err != nil && err != io.EOF {
				cut()
			}
			return n, err
		}), content}, nil
	}}, nil
}

type part struct {
	io.Reader
	io.Closer
}

type until func([]byte) (int, error)

func (u until) Read(p []byte) (int, error) { return u(p) }

// frame is what comes before and after the content in a multipart body, and the body's type.
func frame(name string) (head, tail []byte, kind string, err error) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if _, err := w.CreateFormFile("file", name); err != nil {
		return nil, nil, "", err
	}
	cut := b.Len()
	if err := w.Close(); err != nil {
		return nil, nil, "", err
	}
	return b.Bytes()[:cut], b.Bytes()[cut:], w.FormDataContentType(), nil
}

// MakeFolder creates a folder: one call.
func (d *Driver) MakeFolder(ctx context.Context, at remote.Place) (remote.Entry, error) {
	name := struct {
		Directory string `json:"directory"` // the name; in the address the same word is the parent's id
	}{at.Name}
	i, err := d.make(ctx, "make folder", at, remote.Folder, rest.JSONBody(name))
	if err != nil {
		return remote.Entry{}, err
	}
	return d.noted(i, at.Parent), nil
}

// make sends what makes an item, and reads what was made. Its name may be another than the one we sent.
func (d *Driver) make(ctx context.Context, op string, at remote.Place, kind remote.Kind, send *rest.Body) (item, error) {
	address, err := d.folderURL(at.Parent)
	if err != nil {
		return item{}, err
	}
	if d.facts.takesNames() {
		select {
		case d.naming <- struct{}{}:
			defer func() { <-d.naming }()
		case <-ctx.Done():
		}
		if err := d.nameTaken(ctx, at); err != nil {
			return item{}, err
		}
	}
	i, err := d.post(ctx, op, at.Name, address, send)
	if status(err) == http.StatusUnprocessableEntity {
		return item{}, d.whyRefused(ctx, at, err)
	}
	if err == nil && i.kind() != kind {
		err = told(corrupt(op, "a %s was asked for, and a %q was made", kind, clip(i.Type)))
	}
	return i, err
}

// whyRefused finds out what a 422 means, which the portal says to people only: that the folder is gone, that the name is in use, or
// that it does not take this one item.
func (d *Driver) whyRefused(ctx context.Context, at remote.Place, err error) error {
	if _, gone := d.get(ctx, "upload (look)", at.Parent, remote.Folder); remote.CodeOf(gone) == remote.NotFound {
		return gone
	}
	if d.facts.unique() {
		if taken, ok := errors.AsType[*remote.Error](d.nameTaken(ctx, at)); ok && taken.Code == remote.NameTaken {
			taken.Status = status(err)
			return taken
		}
	}
	return err
}

func (d *Driver) post(ctx context.Context, op, name, address string, send *rest.Body) (i item, err error) {
	call := rest.Call{Op: op, Object: name, Method: http.MethodPost, URL: address, Write: true, Body: send, Limit: itemLimit,
		Upload: op == "upload" && d.options.Limits.Uploads > 0} // the portal has one budget; ours may have two
	if _, err = d.rest.JSON(ctx, call, &i); err != nil {
		return item{}, err
	}
	if i.check() != nil {
		return item{}, told(corrupt(op, "an answer without the item"))
	}
	return i, nil
}

// folderURL is where things are put into a folder.
func (d *Driver) folderURL(folder remote.ID) (string, error) {
	if folder == Root {
		return d.api + "/files", nil
	}
	return d.api + "/files?directory=" + url.QueryEscape(string(folder)), checkID(folder)
}

// nameTaken looks whether a name is in use, whatever its case, where that can be seen.
func (d *Driver) nameTaken(ctx context.Context, at remote.Place) error {
	if !d.facts.listing {
		return nil
	}
	entries, err := d.list(ctx, at.Parent)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if strings.EqualFold(e.Name, at.Name) {
			return &remote.Error{Op: fmt.Sprintf("look for %q", at.Name), Code: remote.NameTaken, Existing: &e}
		}
	}
	return nil
}

// Replace is refused: an upload is always another item.
func (d *Driver) Replace(context.Context, remote.Entry, remote.Upload) (remote.Entry, error) {
	return remote.Entry{}, unsupported("replace", "MijnKlantportaal replaces no content")
}
