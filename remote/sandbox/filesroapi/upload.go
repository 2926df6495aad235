package filesroapi

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"

	"dossier/remote/sandbox/store"
)

// maxRequest is the longest request that is let through with the quirk filesro-small-requests.
const maxRequest = 1 << 20

// bannedType is not taken with the quirk filesro-exe-banned.
const bannedType = "application/x-msdownload"

// upload is one POST /uploads. Which of its three meanings it has is told by its fields.
type upload struct {
	*input
	part     string          // name of the file part: file, chunk
	fileName string          // that its sender gave it; of chunks it says what they belong to
	content  *store.Incoming // nil: there is no file part
}

// uploads answers POST /uploads.
func (a *API) uploads(c *call) error { return a.uploadIn(c, scope{who: c.who}) }

func (a *API) uploadIn(c *call, s scope) error {
	if a.has("filesro-small-requests") && c.r.ContentLength > maxRequest {
		io.Copy(io.Discard, c.r.Body)
		writeHTML(c.w, http.StatusRequestEntityTooLarge, "<html><head><title>413 Request Entity Too Large</title></head><body><center><h1>413 Request Entity Too Large</h1></center><hr><center>nginx</center></body></html>")
		return nil
	}
	if !strings.HasPrefix(c.r.Header.Get("Content-Type"), "multipart/form-data") {
		return a.uploadRemotely(c, s)
	}
	up, err := a.readUpload(c.r)
	defer up.content.Discard()
	if err != nil {
		return err
	}
	if err := a.checkUpload(up); err != nil {
		return err
	}
	if s.request != nil {
		if err := a.beginFilling(s.request); err != nil {
			return err
		}
	}
	if up.part == "chunk" {
		return a.takeChunk(c, s, up)
	}
	return a.takeFile(c, s, up)
}

// readUpload takes the fields and the file of a form, in whatever order they come. The body is read to its end before anything is looked up.
func (a *API) readUpload(r *http.Request) (*upload, error) {
	up := &upload{input: &input{fields: map[string]any{}}}
	torn := &problem{status: http.StatusBadRequest, message: "Bad Request"}
	parts, err := r.MultipartReader()
	if err != nil {
		return up, torn
	}
	for {
		part, err := parts.NextPart()
		if err == io.EOF {
			return up, nil
		}
		if err == nil {
			err = a.readPart(up, part)
		}
		if err != nil {
			return up, torn
		}
	}
}

func (a *API) readPart(up *upload, part *multipart.Part) error {
	name := part.FormName()
	if part.FileName() == "" {
		raw, err := io.ReadAll(io.LimitReader(part, maxField))
		up.fields[name] = a.tidy(name, string(raw))
		return err
	}
	if name != "file" && name != "chunk" {
		_, err := io.Copy(io.Discard, part)
		return err
	}
	up.content.Discard()
	var err error
	up.part, up.fileName = name, part.FileName()
	up.content, err = a.store.Receive(part)
	return err
}

func (a *API) checkUpload(up *upload) error {
	up.name()
	up.required("extension")
	up.uuid("parent_id")
	up.text("path")
	if a.has("filesro-path-required") {
		up.required("path")
	}
	switch {
	case up.part == "chunk" && a.has("filesro-no-chunks"):
		up.fault("file", "The file field is required.")
	case up.part == "chunk":
		up.boolean("is_last_chunk", a.has("filesro-boolean-words"))
	case up.part == "file" && a.has("filesro-no-one-piece"):
		up.fault("chunk", "The chunk field is required.")
	case up.part == "" && up.has("is_last_chunk"):
		up.fault("chunk", "The chunk field is required.")
	case up.part == "":
		up.fault("file", "The file field is required.")
	}
	return up.check()
}

// takeFile makes a file of one piece.
func (a *API) takeFile(c *call, s scope, up *upload) error {
	content := store.Version{SHA1: up.content.SHA1, Size: up.content.Size, By: s.by()}
	it, err := a.publish(s, up, content, up.keep)
	if err != nil {
		return err
	}
	return a.answerItem(c, s, http.StatusCreated, it)
}

func (up *upload) keep(*store.Tx) error { return up.content.Keep() }

// publish makes the record of a file whose bytes are all there, and keeps them. What is checked is checked only now.
func (a *API) publish(s scope, up *upload, content store.Version, keep func(*store.Tx) error) (it *store.Item, err error) {
	err = a.store.Update(func(tx *store.Tx) error {
		if err := a.mayStore(tx.View, s, up, content.Size); err != nil {
			return err
		}
		folder, err := a.parentOf(tx, s, up)
		if err != nil {
			return err
		}
		it = newItem(tx, folder, store.File, up.text("name"), s.by())
		it.Description, it.Content = up.text("extension"), content
		it.Content.ID, it.Content.Name, it.Content.At = tx.NewID(), it.Name, tx.Now
		if err := a.free(tx.View, folder.ID, it.Name, 0); err != nil {
			return err
		}
		verb := store.Uploaded
		if s.request != nil {
			verb = store.Delivered
		}
		tx.Put(it)
		tx.Log(verb, it, s.by())
		return keep(tx)
	})
	return it, err
}

func (a *API) mayStore(v store.View, s scope, up *upload, size int64) error {
	switch {
	case a.opts.MaxFile > 0 && size > a.opts.MaxFile:
		return tooLarge
	case spaceUsed(v, s.who)+size > a.opts.Quota:
		return quotaExceeded
	case a.has("filesro-exe-banned") && mimeTypes[strings.ToLower(up.text("extension"))] == bannedType:
		return invalidField(up.part, "The "+up.part+" must not be of this type.")
	}
	return nil
}

// spaceUsed counts the trash.
func spaceUsed(v store.View, who *Account) int64 {
	return v.Bytes(v.Item(who.Root)) + v.TrashBytes(who.Root)
}

// parentOf finds the folder that a file goes into. That it is not there is something the program does not expect.
func (a *API) parentOf(tx *store.Tx, s scope, up *upload) (*store.Item, error) {
	folder, err := a.target(tx.View, s, up.text("parent_id"))
	if errors.Is(err, notFound) {
		return nil, serverError
	}
	if err != nil || up.text("path") == "" {
		return folder, err
	}
	return makePath(tx, folder, up.text("path"), s.by()), nil
}

// makePath walks down "/Dir/Sub/name.ext" below a folder, and makes what is missing. The first and the last part are dropped, whatever they are.
func makePath(tx *store.Tx, folder *store.Item, at, by string) *store.Item {
	parts := strings.Split(at, "/")
	for _, name := range parts[min(1, len(parts)):max(1, len(parts)-1)] {
		named := slices.DeleteFunc(tx.Named(folder.ID, name), func(it *store.Item) bool { return it.Kind != store.Folder })
		if len(named) > 0 {
			folder = named[0]
			continue
		}
		folder = newItem(tx, folder, store.Folder, name, by)
		tx.Put(folder)
		tx.Log(store.Created, folder, by)
	}
	return folder
}
