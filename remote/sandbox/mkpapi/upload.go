package mkpapi

import (
	"io"
	"mime"
	"mime/multipart"

	"dossier/remote/sandbox/store"
)

// postFiles answers POST /files, which uploads a file or makes a directory. In the query, directory is the id of where to; in
// the body it is the name of what to make.
func (a *API) postFiles(c *call) error {
	switch mediaType(c.r) {
	case "multipart/form-data":
		return a.upload(c)
	case "application/json":
		return a.makeDirectory(c)
	}
	c.drain()
	return unprocessable("Either a file or a directory is required.")
}

// upload takes a file. The body is read to its end before anything is looked up, so that no lock is held meanwhile.
func (a *API) upload(c *call) error {
	defer c.drain()
	if c.r.ContentLength < 0 && a.has("mkp-length-required") {
		return lengthRequired
	}
	name, in, err := a.receive(c)
	defer in.Discard()
	if err != nil {
		return err
	}
	if err := in.Keep(); err != nil {
		return err
	}
	var it *store.Item
	err = a.store.Update(func(tx *store.Tx) error {
		up, err := a.postedInto(tx.View, c)
		if err != nil {
			return err
		}
		it, err = a.putFile(tx, up, name, store.Version{SHA1: in.SHA1, Size: in.Size, By: c.who.Name})
		return err
	})
	if err != nil {
		return err
	}
	return a.answerItem(c, a.created(), it)
}

// receive reads the parts of an upload: exactly one, named file.
func (a *API) receive(c *call) (name string, in *store.Incoming, err error) {
	parts, err := c.r.MultipartReader()
	if err != nil {
		return "", nil, unprocessable("The body is not valid.")
	}
	for {
		part, err := parts.NextPart()
		switch {
		case err == io.EOF && in != nil: // not errors.Is: a torn body is an io.EOF that is wrapped
			return name, in, nil
		case err != nil && in != nil && a.has("mkp-torn-upload-stored"):
			return name, in, nil
		case err != nil:
			return "", in, unprocessable("The file failed to upload.")
		case part.FormName() == "file" && in == nil:
			if name, in, err = a.receiveFile(part); err != nil {
				return "", in, err
			}
		case part.FormName() == "directory" && a.has("mkp-both-file-wins"):
		default:
			return "", in, unprocessable("Only a file is expected: not two, and no directory.")
		}
	}
}

// receiveFile takes the content of a part, up to the largest file.
func (a *API) receiveFile(part *multipart.Part) (name string, in *store.Incoming, err error) {
	in, err = a.store.Receive(io.LimitReader(part, a.opts.MaxFile+1))
	switch {
	case in == nil:
		return "", nil, err
	case in.Size > a.opts.MaxFile && a.has("mkp-too-large-422"):
		return "", in, unprocessable(tooLarge.message)
	case in.Size > a.opts.MaxFile:
		return "", in, tooLarge
	case err != nil && !a.has("mkp-torn-upload-stored"):
		return "", in, unprocessable("The file failed to upload.")
	}
	name, err = a.checkName(fileName(part))
	return name, in, err
}

// fileName is the name of a part as it was sent: multipart.Part.FileName would drop what is before a slash.
func fileName(part *multipart.Part) string {
	_, params, err := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
	if err != nil {
		return ""
	}
	return params["filename"]
}

// postedInto finds the directory that something is posted into.
func (a *API) postedInto(v store.View, c *call) (*store.Item, error) {
	up, err := a.directory(v, c)
	if err == notFound && !a.has("mkp-upload-directory-404") {
		err = unprocessable("The directory does not exist.")
	}
	return up, err
}

// putFile makes a file of content that is kept. What happens to a name in use differs by quirk; usually nothing does.
func (a *API) putFile(tx *store.Tx, up *store.Item, name string, content store.Version) (*store.Item, error) {
	if tx.Bytes(tx.Item(up.Root))+content.Size > a.opts.Quota {
		return nil, storageFull
	}
	it := newItem(tx, up, store.File, name, content.By)
	verb := store.Uploaded
	if taken := tx.Named(up.ID, name); len(taken) > 0 {
		same := taken[0].Kind == store.File
		switch {
		case a.has("mkp-duplicate-refused"):
			return nil, unprocessable("The name is in use.")
		case a.has("mkp-duplicate-renamed"):
			it.Name = freeName(tx.View, up.ID, name)
		case same && a.has("mkp-duplicate-replaced"):
			it, verb = taken[0].Changed(content.By, tx.Now), store.Versioned
		case same && a.has("mkp-duplicate-replaced-new-id"):
			a.purge(tx, taken[0], content.By)
		}
	}
	it.Content = content
	it.Content.ID, it.Content.Name, it.Content.At = tx.NewID(), it.Name, tx.Now
	tx.Put(it)
	tx.Log(verb, it, content.By)
	return it, nil
}

func newItem(tx *store.Tx, up *store.Item, kind store.Kind, name, by string) *store.Item {
	return &store.Item{ID: tx.NewID(), Root: up.Root, Parent: up.ID, Kind: kind, Name: name, Created: tx.Now, Modified: tx.Now, CreatedBy: by, ModifiedBy: by}
}

// makeDirectory takes {"directory": name}.
func (a *API) makeDirectory(c *call) error {
	var want struct {
		Directory string `json:"directory"`
		File      any    `json:"file"`
	}
	if err := c.body(&want); err != nil {
		return err
	}
	if want.File != nil {
		return unprocessable("A file cannot be sent together with a directory.")
	}
	name, err := a.checkName(want.Directory)
	if err != nil {
		return err
	}
	var it *store.Item
	err = a.store.Update(func(tx *store.Tx) error {
		up, err := a.postedInto(tx.View, c)
		if err != nil {
			return err
		}
		it, err = a.putDirectory(tx, up, name, c.who.Name)
		return err
	})
	if err != nil {
		return err
	}
	return a.answerItem(c, a.created(), it)
}

func (a *API) putDirectory(tx *store.Tx, up *store.Item, name, by string) (*store.Item, error) {
	taken := tx.Named(up.ID, name)
	switch {
	case len(taken) == 0:
	case a.has("mkp-duplicate-refused"):
		return nil, unprocessable("The name is in use.")
	case a.has("mkp-directory-adopted") && taken[0].Kind == store.Folder:
		return taken[0], nil
	case a.has("mkp-duplicate-renamed"):
		name = freeName(tx.View, up.ID, name)
	}
	it := newItem(tx, up, store.Folder, name, by)
	tx.Put(it)
	tx.Log(store.Created, it, by)
	return it, nil
}
