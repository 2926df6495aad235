package boxapi

import (
	"encoding/hex"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"time"

	"dossier/remote/sandbox/store"
)

// attributes is the JSON part of an upload.
type attributes struct {
	Name            string `json:"name"`
	Parent          parent `json:"parent"`
	ContentCreated  string `json:"content_created_at"`
	ContentModified string `json:"content_modified_at"`

	created, modified time.Time
}

func (at *attributes) parse() (err error) {
	if at.created, err = contentTime("content_created_at", at.ContentCreated); err == nil {
		at.modified, err = contentTime("content_modified_at", at.ContentModified)
	}
	return err
}

// upload answers both direct uploads: of a new file, and of a new version where the path has an id. The body is
// read to its end before anything is looked up, so that no lock is held meanwhile and a client that writes before it
// reads is not stuck.
func (a *API) upload(c *call) error {
	at, in, err := a.readUpload(c.r)
	defer in.Discard()
	if err != nil {
		return err
	}
	if want := c.r.Header.Get("Content-Md5"); want != "" && !strings.EqualFold(want, hex.EncodeToString(in.SHA1[:])) {
		return bad("bad_digest", "The specified content-md5 did not match what we received")
	}
	if in.Size > a.opts.MaxFile {
		return fileTooLarge
	}
	if err := in.Keep(); err != nil {
		return err
	}
	content := store.Version{SHA1: in.SHA1, Size: in.Size, By: c.who.ID, Modified: at.modified}
	id := c.r.PathValue("id")
	var it *store.Item
	err = a.store.Update(func(tx *store.Tx) (err error) {
		if id != "" {
			it, err = a.putVersion(tx, c, id, at, content)
		} else if err = a.notReserved(at.Name); err == nil {
			it, err = a.putFile(tx, c, at, content)
		}
		return err
	})
	if err != nil {
		return a.missing(c.r, err)
	}
	status := http.StatusCreated
	if id != "" && !a.has("version-201") {
		status = http.StatusOK
	}
	return a.answerEntries(c, status, it)
}

// readUpload takes the two parts of a direct upload. The attributes must come first; what the second part is called
// does not matter.
func (a *API) readUpload(r *http.Request) (attributes, *store.Incoming, error) {
	var at attributes
	parts, err := r.MultipartReader()
	if err != nil {
		return at, nil, bad("bad_request", "The body is no multipart/form-data")
	}
	first, err := parts.NextPart()
	if err != nil {
		return at, nil, bad("bad_request", "The body has no parts")
	}
	if first.FormName() != "attributes" {
		io.Copy(io.Discard, r.Body)
		return at, nil, bad("metadata_after_file_contents", "The attributes part must come before the file part")
	}
	raw, err := io.ReadAll(io.LimitReader(first, maxJSON))
	if err != nil {
		return at, nil, bad("bad_request", "The attributes cannot be read")
	}
	if err := errors.Join(decode(raw, &at), at.parse()); err != nil {
		io.Copy(io.Discard, r.Body)
		return at, nil, err
	}
	in, err := a.receiveFile(parts)
	return at, in, err
}

func (a *API) receiveFile(parts *multipart.Reader) (*store.Incoming, error) {
	file, err := parts.NextPart()
	if err != nil {
		return nil, bad("bad_request", "The file part is missing")
	}
	in, err := a.store.Receive(file)
	if in == nil {
		return nil, err
	}
	if err == nil {
		_, err = parts.NextPart() // reads the closing boundary: without it the body is torn
		if err == io.EOF {
			return in, nil
		}
	}
	if err != nil && a.has("torn-upload-stored") {
		return in, nil
	}
	return in, bad("bad_request", "The body ended too early")
}

// answerEntries writes a file as uploads give it.
func (a *API) answerEntries(c *call, status int, it *store.Item) error {
	b := []byte(`{"total_count":1,"entries":[`)
	a.store.View(func(v store.View) {
		b = a.renderer(v, c.who).item(b, it, choose(c.fields(), standardFields[store.File]))
	})
	return writeRaw(c.w, status, append(b, "]}"...))
}

// putFile makes a new file of content that is kept, or will be in the same change.
func (a *API) putFile(tx *store.Tx, c *call, at attributes, content store.Version) (*store.Item, error) {
	name, err := a.checkName(at.Name, store.File)
	if err != nil {
		return nil, err
	}
	if at.Parent.ID == "" {
		return nil, badParameter("parent", "Missing parent")
	}
	up, err := a.active(tx.View, c.who, at.Parent.ID, store.Folder)
	if err != nil {
		return nil, err
	}
	if err := a.nameFree(a.renderer(tx.View, c.who), up.ID, name, 0, inObject); err != nil {
		return nil, err
	}
	if a.spaceUsed(tx.View, c.who)+content.Size > a.opts.Quota {
		return nil, quotaExceeded
	}
	it := newFile(tx, up, name, content)
	it.ContentCreated = at.created
	tx.Put(it)
	tx.Log(store.Uploaded, it, c.who.ID)
	a.touch(tx, up, c.who)
	return it, nil
}

// newFile is a file that content.By has just made.
func newFile(tx *store.Tx, up *store.Item, name string, content store.Version) *store.Item {
	it := &store.Item{
		ID: tx.NewID(), Root: up.Root, Parent: up.ID, Kind: store.File, Name: name,
		Created: tx.Now, Modified: tx.Now, CreatedBy: content.By, ModifiedBy: content.By, Content: content,
	}
	it.Content.ID, it.Content.Name, it.Content.At = tx.NewID(), name, tx.Now
	return it
}

// putVersion gives a file new content, and a new name if one is sent.
func (a *API) putVersion(tx *store.Tx, c *call, id string, at attributes, content store.Version) (*store.Item, error) {
	it, err := a.active(tx.View, c.who, id, store.File)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(a.matches(c.r, it), unlocked(it, c.who, tx.Now)); err != nil {
		return nil, err
	}
	name := it.Name
	if at.Name != "" && at.Name != it.Name {
		if name, err = a.checkName(at.Name, store.File); err != nil {
			return nil, err
		}
		if err := a.nameFree(a.renderer(tx.View, c.who), it.Parent, name, it.ID, inObject); err != nil {
			return nil, err
		}
	}
	if a.spaceUsed(tx.View, c.who)+content.Size > a.opts.Quota {
		return nil, quotaExceeded
	}
	next := newVersion(tx, it, name, content)
	tx.Put(next)
	tx.Log(store.Versioned, next, c.who.ID)
	a.touch(tx, tx.Item(it.Parent), c.who)
	return next, nil
}

func newVersion(tx *store.Tx, it *store.Item, name string, content store.Version) *store.Item {
	next := it.Changed(content.By, tx.Now)
	next.Past = append(next.Past[:len(next.Past):len(next.Past)], it.Content)
	next.Name, next.Content, next.Uploader = name, content, ""
	next.Content.ID, next.Content.Name, next.Content.At, next.Content.Rev = tx.NewID(), name, tx.Now, next.Rev
	return next
}

// preflight answers OPTIONS /files/content and /files/{id}/content: would an upload be taken? Without a size it says
// whether a name is free.
func (a *API) preflight(c *call) error {
	var body struct {
		Name   string `json:"name"`
		Parent parent `json:"parent"`
		Size   *int64 `json:"size"`
	}
	if err := c.body(&body); err != nil {
		return err
	}
	if body.Size != nil && *body.Size > a.opts.MaxFile {
		return fileTooLarge
	}
	var err error
	a.store.View(func(v store.View) {
		err = a.wouldTake(v, c, c.r.PathValue("id"), body.Name, body.Parent.ID)
		if err == nil && body.Size != nil && a.spaceUsed(v, c.who)+*body.Size > a.opts.Quota {
			err = quotaExceeded
		}
	})
	if err != nil {
		return err
	}
	path := strings.TrimSuffix(strings.TrimPrefix(c.r.URL.Path, "/2.0"), "/")
	return writeJSON(c.w, http.StatusOK, map[string]string{"upload_url": origin(c.r) + "/api/2.0" + path})
}

// wouldTake checks a name for a new file (no id) or for a new version.
func (a *API) wouldTake(v store.View, c *call, id, name, parentID string) error {
	folder, self := store.ID(0), store.ID(0)
	if id != "" {
		it, err := a.active(v, c.who, id, store.File)
		if err != nil {
			return err
		}
		if err := unlocked(it, c.who, a.opts.Clock()); err != nil {
			return err
		}
		if name == "" {
			return nil
		}
		folder, self = it.Parent, it.ID
	}
	name, err := a.checkName(name, store.File)
	if err != nil {
		return err
	}
	if id == "" {
		up, err := a.active(v, c.who, parentID, store.Folder)
		if err != nil {
			return err
		}
		folder = up.ID
	}
	return a.nameFree(a.renderer(v, c.who), folder, name, self, inObject)
}

// origin is where the client reaches us, as he sees it.
func origin(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}
