package mkpapi

import (
	"path"
	"strings"

	"dossier/remote/sandbox/store"
)

// renderer writes what an account sees at one moment.
type renderer struct {
	api    *API
	v      store.View
	who    *account
	shares map[store.ID]string // item → the latest share that it is part of
}

func (a *API) renderer(v store.View, who *account) *renderer {
	x := &renderer{api: a, v: v, who: who, shares: map[store.ID]string{}}
	for _, s := range shares.all(v, who) {
		for _, id := range s.Items {
			x.shares[id] = s.ID
		}
	}
	return x
}

// item is a FileOrDirectory.
func (x *renderer) item(it *store.Item) object {
	a := x.api
	o := object{{"id", a.ShowID(it.ID, it.Kind)}, {"type", "directory"}, {"name", it.Name}, {"size", nil}, {"mime", nil}}
	if it.Kind == store.File {
		o[1].value, o[3].value, o[4].value = "file", x.size(it), mimeOf(it.Name)
		if a.has("mkp-mime-null") {
			o[4].value = nil
		}
	}
	return a.shaped(append(o, member{"fileShareId", orNull(x.shareOf(it))}, member{"createdAt", a.stamp(it.Created)}))
}

func (x *renderer) size(it *store.Item) any {
	switch {
	case x.api.has("mkp-size-null"):
		return nil
	case x.api.has("mkp-size-off"):
		return it.Content.Size + 1
	}
	return it.Content.Size
}

// shareOf is the share that an item is part of by itself or, with a quirk, by a directory above it.
func (x *renderer) shareOf(it *store.Item) string {
	id := x.shares[it.ID]
	if id != "" || !x.api.has("mkp-share-inherits") {
		return id
	}
	for _, up := range x.v.Path(it) {
		if x.shares[up.ID] != "" {
			id = x.shares[up.ID]
		}
	}
	return id
}

var mimes = map[string]string{
	".pdf": "application/pdf", ".txt": "text/plain", ".csv": "text/csv", ".jpg": "image/jpeg", ".png": "image/png", ".xml": "application/xml",
	".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

func mimeOf(name string) any {
	if known := mimes[strings.ToLower(path.Ext(name))]; known != "" {
		return known
	}
	return "application/octet-stream"
}

// answerItem writes one item.
func (a *API) answerItem(c *call, status int, it *store.Item) error {
	var o object
	a.store.View(func(v store.View) { o = a.renderer(v, c.who).item(it) })
	return writeJSON(c.w, status, o)
}
