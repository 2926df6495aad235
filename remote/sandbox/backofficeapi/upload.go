package backofficeapi

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"path"
	"slices"
	"strings"

	"dossier/remote/sandbox/store"
)

const (
	maxBase64   = 64 << 20 // bytes of an upload as JSON
	maxField    = 64 << 10 // bytes of a text part
	smallUpload = 1 << 20  // largest file with the quirk bo-upload-1mib
)

// uploaded is what an upload brings.
type uploaded struct {
	caption   string
	directory optionalID
	original  string // name of the file where it came from
	content   *store.Incoming
}

// upload answers POST …/files. The body is read to its end before anything is looked up, so that no lock is held meanwhile.
func (a *API) upload(c *call) error {
	up, err := a.readUpload(c)
	defer up.content.Discard()
	if err != nil {
		io.Copy(io.Discard, c.r.Body) // so that the client can read the refusal
		return err
	}
	if err := a.takes(up); err != nil {
		return err
	}
	if err := up.content.Keep(); err != nil {
		return err
	}
	var client, it *store.Item
	err = a.store.Update(func(tx *store.Tx) (err error) {
		if client, err = a.client(tx.View, c); err == nil {
			it, err = a.addFile(tx, c, client, up)
		}
		return err
	})
	if err != nil {
		return err
	}
	if a.has("bo-upload-202") {
		c.w.WriteHeader(http.StatusAccepted)
		return nil
	}
	var body fileBody
	a.store.View(func(v store.View) { body = a.fileBody(v, client, it) })
	return writeJSON(c.w, a.created(), body)
}

func (a *API) readUpload(c *call) (uploaded, error) {
	switch kind, _, _ := mime.ParseMediaType(c.r.Header.Get("Content-Type")); {
	case kind == "multipart/form-data" && !a.has("bo-upload-json"):
		return a.readForm(c.r)
	case kind == "application/json" && a.has("bo-upload-json"):
		return a.readBase64(c)
	}
	return uploaded{}, invalid("file", "The file must be sent in the form that this Back Office takes")
}

// readForm takes the parts in any order, and streams the file.
func (a *API) readForm(r *http.Request) (up uploaded, err error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return up, malformed("The body is no multipart/form-data")
	}
	for {
		part, err := parts.NextPart()
		if err == io.EOF {
			return up, nil
		}
		if err == nil {
			err = a.readPart(&up, part)
		}
		var p *problem
		if err != nil && !errors.As(err, &p) {
			err = malformed("The body ended too early")
		}
		if err != nil {
			return up, err
		}
	}
}

func (a *API) readPart(up *uploaded, part *multipart.Part) (err error) {
	if part.FormName() == "file" {
		if part.FileName() == "" || up.content != nil {
			return invalid("file", "One file is required, with its name")
		}
		up.original = part.FileName()
		up.content, err = a.store.Receive(part)
		return err
	}
	text, err := io.ReadAll(io.LimitReader(part, maxField))
	if err != nil {
		return err
	}
	switch part.FormName() {
	case a.captionField():
		up.caption = string(text)
	case "directoryId":
		up.directory.set = true
		up.directory.n, err = directoryNumber(string(text))
	}
	return err
}

func (a *API) captionField() string {
	if a.has("bo-name-in-requests") {
		return "name"
	}
	return "caption"
}

// readBase64 takes an upload as JSON: base64, or a data URI.
func (a *API) readBase64(c *call) (up uploaded, err error) {
	var body struct {
		File        string     `json:"file"`
		Caption     string     `json:"caption"`
		DirectoryID optionalID `json:"directoryId"`
	}
	if err := json.NewDecoder(io.LimitReader(c.r.Body, maxBase64)).Decode(&body); err != nil {
		return up, malformed("The body is not the JSON that is expected")
	}
	up = uploaded{caption: body.Caption, directory: body.DirectoryID, original: path.Base(body.Caption)}
	text := body.File
	if uri, ok := strings.CutPrefix(text, "data:"); ok {
		_, text, _ = strings.Cut(uri, ";base64,")
	}
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil || text == "" && body.File != "data:;base64," {
		return up, invalid("file", "The file is no base64")
	}
	up.content, err = a.store.Receive(bytes.NewReader(raw))
	return up, err
}

// takes checks what can be checked without looking anything up.
func (a *API) takes(up uploaded) error {
	largest := a.opts.MaxFile
	if a.has("bo-upload-1mib") {
		largest = smallUpload
	}
	switch {
	case up.content == nil:
		return invalid("file", "The file is required")
	case up.caption == "":
		return invalid("caption", "The caption is required")
	case up.content.Size > largest:
		return tooLarge
	case a.has("bo-upload-types") && !slices.Contains([]string{".pdf", ".jpg", ".png", ".docx"}, strings.ToLower(path.Ext(up.original))):
		return invalid("file", "Files of this type are not taken")
	}
	return nil
}

func (a *API) addFile(tx *store.Tx, c *call, client *store.Item, up uploaded) (*store.Item, error) {
	parent := client.ID
	if up.directory.set && !up.directory.null {
		folder, err := a.directory(tx.View, client, up.directory.n)
		if err != nil {
			return nil, err
		}
		parent = folder.ID
	}
	it := a.newItem(tx, c.who.Email, parent, store.File, up.caption)
	it.Content = store.Version{
		ID: tx.NewID(), SHA1: up.content.SHA1, Size: up.content.Size, Name: a.keptName(up.original), By: c.who.Email, At: tx.Now,
	}
	if err := a.captionFree(tx.View, it); err != nil {
		return nil, err
	}
	a.add(tx, it, store.Uploaded)
	return it, nil
}
