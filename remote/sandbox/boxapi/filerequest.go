package boxapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"dossier/remote/sandbox/shelf"
	"dossier/remote/sandbox/store"
)

const requestsBucket = "box/file_requests"

// fileRequest is a form through which anybody can upload into a folder.
type fileRequest struct {
	ID          string    `json:"id"`
	Title       string    `json:"title"`
	Description *string   `json:"description"`
	Status      string    `json:"status"` // active, inactive
	NeedsEmail  bool      `json:"is_email_required"`
	NeedsText   bool      `json:"is_description_required"`
	Expires     time.Time `json:"expires_at,omitzero"`
	Folder      store.ID  `json:"folder"`
	Path        string    `json:"path"` // of the form: /f/<hex>
	Rev         int       `json:"rev"`
	Created     time.Time `json:"created_at"`
	CreatedBy   string    `json:"created_by"`
	Updated     time.Time `json:"updated_at"`
	UpdatedBy   string    `json:"updated_by"`
}

// requestChanges are what PUT and copy can set; what is missing stays.
type requestChanges struct {
	Title       *string    `json:"title"`
	Description *string    `json:"description"`
	Status      *string    `json:"status"`
	NeedsEmail  *bool      `json:"is_email_required"`
	NeedsText   *bool      `json:"is_description_required"`
	Expires     *time.Time `json:"expires_at"`
	Folder      *parent    `json:"folder"` // copy only
}

func (ch *requestChanges) apply(r *fileRequest) error {
	set(&r.Title, ch.Title)
	set(&r.Status, ch.Status)
	set(&r.NeedsEmail, ch.NeedsEmail)
	set(&r.NeedsText, ch.NeedsText)
	set(&r.Expires, ch.Expires)
	if ch.Description != nil {
		r.Description = ch.Description
	}
	if r.Status != "active" && r.Status != "inactive" {
		return badParameter("status", "Invalid value '"+r.Status+"'")
	}
	return nil
}

func set[T any](field *T, value *T) {
	if value != nil {
		*field = *value
	}
}

func (r *fileRequest) save(tx *store.Tx) error {
	raw, err := json.Marshal(r)
	tx.SetDoc(requestsBucket, r.ID, raw)
	return err
}

// open says whether the form takes uploads.
func (r *fileRequest) open(now time.Time) bool {
	return r.Status == "active" && (r.Expires.IsZero() || now.Before(r.Expires))
}

func readRequest(raw json.RawMessage) (*fileRequest, error) {
	r := new(fileRequest)
	return r, json.Unmarshal(raw, r)
}

// request finds the file request of a call. One whose folder the account cannot see is not there.
func (a *API) request(v store.View, c *call) (*fileRequest, error) {
	id := c.r.PathValue("id")
	if _, err := strconv.ParseUint(id, 10, 63); err != nil {
		return nil, malformedID
	}
	raw := v.Doc(requestsBucket, id)
	if raw == nil {
		return nil, notFound
	}
	r, err := readRequest(raw)
	if err != nil {
		return nil, err
	}
	if folder := v.Item(r.Folder); folder == nil || folder.Root != c.who.Root || v.TrashedAt(folder) != nil {
		return nil, notFound
	}
	if r.Status == "active" && !r.open(a.opts.Clock()) { // the date flips the status by itself
		r.Status = "inactive"
	}
	return r, nil
}

func (a *API) requestForm(x *renderer, r *fileRequest) map[string]any {
	form := map[string]any{
		"type": "file_request", "id": r.ID, "title": r.Title, "description": r.Description, "status": r.Status,
		"is_email_required": r.NeedsEmail, "is_description_required": r.NeedsText, "url": r.Path, "etag": strconv.Itoa(r.Rev),
		"folder":     json.RawMessage(x.mini(nil, x.v.Item(r.Folder))),
		"created_at": a.stamp(r.Created), "created_by": a.userMini(r.CreatedBy), "updated_at": a.stamp(r.Updated), "updated_by": a.userMini(r.UpdatedBy),
	}
	if !r.Expires.IsZero() {
		form["expires_at"] = a.stamp(r.Expires)
	}
	return form
}

func (a *API) answerRequest(c *call, r *fileRequest) error {
	var form map[string]any
	a.store.View(func(v store.View) { form = a.requestForm(a.renderer(v, c.who), r) })
	return writeJSON(c.w, http.StatusOK, form)
}

func (a *API) getFileRequest(c *call) error {
	var r *fileRequest
	var err error
	a.store.View(func(v store.View) { r, err = a.request(v, c) })
	if err != nil {
		return err
	}
	return a.answerRequest(c, r)
}

func (a *API) updateFileRequest(c *call) error {
	var want requestChanges
	if err := c.body(&want); err != nil {
		return err
	}
	var r *fileRequest
	err := a.store.Update(func(tx *store.Tx) (err error) {
		if r, err = a.request(tx.View, c); err != nil {
			return err
		}
		if tag := c.r.Header.Get("If-Match"); tag != "" && tag != strconv.Itoa(r.Rev) {
			return preconditionFailed
		}
		if err := want.apply(r); err != nil {
			return err
		}
		r.Rev++
		r.Updated, r.UpdatedBy = tx.Now, c.who.ID
		return r.save(tx)
	})
	if err != nil {
		return err
	}
	return a.answerRequest(c, r)
}

func (a *API) deleteFileRequest(c *call) error {
	err := a.store.Update(func(tx *store.Tx) error {
		r, err := a.request(tx.View, c)
		if err == nil {
			tx.SetDoc(requestsBucket, r.ID, nil)
		}
		return err
	})
	if err != nil {
		return err
	}
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

// copyFileRequest answers POST /file_requests/{id}/copy, the only way to make one through the API. Box answers 200.
func (a *API) copyFileRequest(c *call) error {
	var want requestChanges
	if err := c.body(&want); err != nil {
		return err
	}
	if want.Folder == nil || want.Folder.ID == "" {
		return badParameter("folder", "Missing folder")
	}
	var dup *fileRequest
	err := a.store.Update(func(tx *store.Tx) error {
		r, err := a.request(tx.View, c)
		if err != nil {
			return err
		}
		folder, err := a.active(tx.View, c.who, want.Folder.ID, store.Folder)
		if err != nil {
			return err
		}
		dup = r
		if err := want.apply(dup); err != nil {
			return err
		}
		a.renew(tx, dup, folder.ID, c.who.ID)
		return dup.save(tx)
	})
	if err != nil {
		return err
	}
	return a.answerRequest(c, dup)
}

// renew makes r a request of its own.
func (a *API) renew(tx *store.Tx, r *fileRequest, folder store.ID, by string) {
	r.ID, r.Path, r.Folder, r.Rev = strconv.FormatUint(uint64(tx.NewID()), 10), "/f/"+fmt.Sprintf("%x", a.opts.Random.Text(16)), folder, 0
	r.Created, r.CreatedBy, r.Updated, r.UpdatedBy = tx.Now, by, tx.Now, by
}

// CreateFileRequest makes a file request as only Box's web page can, and returns its id and the path of its form.
func (a *API) CreateFileRequest(folder store.ID, title string) (id, form string, err error) {
	r := &fileRequest{Title: title, Status: "active"}
	err = a.store.Update(func(tx *store.Tx) error {
		a.renew(tx, r, folder, a.Main().ID)
		return r.save(tx)
	})
	return r.ID, r.Path, err
}

// Submit delivers a file through the form of a file request, and returns the name it got. If there is no such form,
// or it is closed, the error wraps fs.ErrNotExist.
func (a *API) Submit(sub shelf.Submission) (name string, err error) {
	in, err := a.store.Receive(sub.Content)
	defer in.Discard()
	if err != nil {
		return "", err
	}
	if err := in.Keep(); err != nil {
		return "", err
	}
	content := store.Version{SHA1: in.SHA1, Size: in.Size, By: anonymous}
	err = a.store.Update(func(tx *store.Tx) error {
		r, err := a.form(tx.View, sub.Form)
		if err != nil {
			return err
		}
		if r.NeedsEmail && sub.Email == "" || r.NeedsText && sub.Text == "" {
			return errors.New("submit: the form asks for more")
		}
		name, err = a.deliver(tx, r, sub, content)
		return err
	})
	return name, err
}

// form finds the open request of a form.
func (a *API) form(v store.View, path string) (*fileRequest, error) {
	for _, raw := range v.Docs(requestsBucket) {
		r, err := readRequest(raw)
		if err != nil {
			return nil, err
		}
		if r.Path == path && r.open(a.opts.Clock()) {
			return r, nil
		}
	}
	return nil, &fs.PathError{Op: "submit", Path: path, Err: fs.ErrNotExist}
}

func (a *API) deliver(tx *store.Tx, r *fileRequest, sub shelf.Submission, content store.Version) (string, error) {
	folder := tx.Item(r.Folder)
	if folder == nil || tx.TrashedAt(folder) != nil {
		return "", &fs.PathError{Op: "submit", Path: sub.Form, Err: fs.ErrNotExist}
	}
	name, err := a.checkName(sanitise(path.Base(sub.Name)), store.File)
	if err != nil {
		return "", err
	}
	var it *store.Item
	verb := store.Delivered
	taken := tx.Named(folder.ID, name)
	switch {
	case len(taken) > 0 && taken[0].Kind == store.File && a.has("submission-version"):
		it, verb = newVersion(tx, taken[0], taken[0].Name, content), store.Versioned
	case len(taken) > 0 && !a.has("submission-duplicate"):
		name = freeName(tx.View, folder.ID, name)
		fallthrough
	default:
		it = newFile(tx, folder, name, content)
	}
	it.Uploader = firstName(sub.Email, "File Request")
	it.Description = sub.Text
	tx.Put(it)
	tx.Log(verb, it, anonymous)
	return it.Name, nil
}

// freeName alters a name as Box alters that of a second submission.
func freeName(v store.View, folder store.ID, name string) string {
	ext := path.Ext(name)
	for n := 1; ; n++ {
		if try := fmt.Sprintf("%s (%d)%s", strings.TrimSuffix(name, ext), n, ext); len(v.Named(folder, try)) == 0 {
			return try
		}
	}
}

// Form describes the open form at a path. If there is none, the error wraps fs.ErrNotExist.
func (a *API) Form(path string) (title string, needsEmail, needsText bool, err error) {
	var r *fileRequest
	a.store.View(func(v store.View) { r, err = a.form(v, path) })
	if err != nil {
		return "", false, false, err
	}
	return r.Title, r.NeedsEmail, r.NeedsText, nil
}
