package box

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"

	"dossier/remote"
	"dossier/remote/rest"
)

// attributes is what goes with a content.
type attributes struct {
	placing
	Modified string `json:"content_modified_at,omitempty"`
}

// target is where an upload goes: a new file at a place, or a new version of an old one.
type target struct {
	at  remote.Place
	old *remote.Entry
}

func (t target) name() string {
	if t.old != nil {
		return t.old.Name
	}
	return t.at.Name
}

func (t target) header() http.Header {
	h := http.Header{}
	if t.old != nil && t.old.Guard != "" {
		h.Set("If-Match", t.old.Guard)
	}
	return h
}

// path is the address for what is done with the target: content, or upload_sessions.
func (t target) path(what string) (string, error) {
	if t.old == nil {
		return "/api/2.0/files/" + what, checkID(t.at.Parent)
	}
	return "/api/2.0/files/" + string(t.old.ID) + "/" + what, checkID(t.old.ID)
}

func (t target) attributes(u remote.Upload) attributes {
	a := attributes{Modified: stampOf(u.Modified)}
	if t.old != nil {
		a.Name = t.old.Name
		return a
	}
	a.placing = placed(t.at)
	return a
}

// Create uploads a new file: one call, or a session if it is large.
func (d *Driver) Create(ctx context.Context, u remote.Upload) (remote.Entry, error) {
	return d.send(ctx, target{at: u.At}, u)
}

// Replace uploads a new version under If-Match. The name stays as old has it.
func (d *Driver) Replace(ctx context.Context, old remote.Entry, u remote.Upload) (remote.Entry, error) {
	return d.send(ctx, target{at: remote.Place{Parent: old.Parent, Name: old.Name}, old: &old}, u)
}

func (d *Driver) send(ctx context.Context, t target, u remote.Upload) (remote.Entry, error) {
	var e remote.Entry
	var err error
	if u.Source.Size() >= d.resumeFrom {
		e, err = d.sendInSession(ctx, t, u)
	} else {
		e, err = d.sendWhole(ctx, t, u)
	}
	return e, existingIn(err, t.at.Parent)
}

// sendWhole is the direct upload: attributes first, the content streamed, its SHA-1 in a header named content-md5.
func (d *Driver) sendWhole(ctx context.Context, t target, u remote.Upload) (remote.Entry, error) {
	path, err := t.path("content")
	if err != nil {
		return remote.Entry{}, err
	}
	head, tail, kind, err := frame(t.attributes(u), t.name())
	if err != nil {
		return remote.Entry{}, err
	}
	progress := rest.NewProgress(u.Progress)
	header := t.header()
	header.Set("Content-Md5", u.SHA1)
	var answer uploaded
	_, err = d.rest.JSON(ctx, rest.Call{Op: "upload", Object: t.name(), Method: http.MethodPost, URL: d.upload + path + "?fields=" + fields,
		Header: header, Write: true, Upload: true, Body: &rest.Body{
			Type:   kind,
			Length: int64(len(head)) + u.Source.Size() + int64(len(tail)),
			Open: func() (io.ReadCloser, error) {
				progress.Undo()
				content, err := rest.Sent(u.Source, 0, u.Source.Size(), u.Source.Check, progress)
				if err != nil {
					return nil, err
				}
				return framed{io.MultiReader(bytes.NewReader(head), content, bytes.NewReader(tail)), content}, nil
			},
		}}, &answer)
	if err != nil {
		progress.Undo()
		return remote.Entry{}, err
	}
	return answer.entry(t, u)
}

type framed struct {
	io.Reader
	io.Closer
}

// frame is what comes before and after the content in a multipart body, and the body's type.
func frame(a attributes, name string) (head, tail []byte, kind string, err error) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	data, err := json.Marshal(a)
	if err != nil {
		return nil, nil, "", err
	}
	if err := w.WriteField("attributes", string(data)); err != nil {
		return nil, nil, "", err
	}
	if _, err := w.CreateFormFile("file", name); err != nil {
		return nil, nil, "", err
	}
	cut := b.Len()
	if err := w.Close(); err != nil {
		return nil, nil, "", err
	}
	return b.Bytes()[:cut], b.Bytes()[cut:], w.FormDataContentType(), nil
}

// uploaded is the answer to an upload and to a commit.
type uploaded struct {
	Entries []item `json:"entries"`
}

// entry is the new file, after comparing it with what was sent. Its name may be another than the one we sent.
func (a uploaded) entry(t target, u remote.Upload) (remote.Entry, error) {
	wrong := func(why string) (remote.Entry, error) {
		return remote.Entry{}, &remote.Error{Op: fmt.Sprintf("upload %q", t.name()), Code: remote.Corrupt, Outcome: remote.MaybeDone, Err: errors.New(why)}
	}
	if len(a.Entries) != 1 || a.Entries[0].ID == "" {
		return wrong("an answer without the file")
	}
	e := a.Entries[0].entry()
	switch {
	case t.old != nil && e.ID != t.old.ID:
		return wrong("the answer is about another file")
	case e.SHA1 != "" && !strings.EqualFold(e.SHA1, u.SHA1):
		return wrong("the portal stored other bytes than were sent: their SHA-1 differs")
	case e.Size >= 0 && e.Size != u.Source.Size():
		return wrong(fmt.Sprintf("the portal stored %d bytes of %d", e.Size, u.Source.Size()))
	}
	if e.Parent == "" {
		e.Parent = t.at.Parent
	}
	return e, nil
}
