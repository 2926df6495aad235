package filesroapi

import (
	"archive/zip"
	"io"
	"net/http"
	"strings"

	"dossier/remote/sandbox/store"
)

// zipped is one file of an archive.
type zipped struct {
	name string
	sum  store.SHA1
}

// zip answers GET /zip?items=<id>|file,<id>|folder. Entries have paths and no ids, and those of one name collide.
func (a *API) zip(c *call) error {
	var files []zipped
	for one := range strings.SplitSeq(c.r.URL.Query().Get("items"), ",") {
		id, kind, ok := strings.Cut(one, "|")
		if !ok {
			return &problem{status: http.StatusUnprocessableEntity, kind: "error", message: "Incorrect argument format."}
		}
		var err error
		a.store.View(func(v store.View) {
			var it *store.Item
			if it, err = a.live(v, scope{who: c.who}, entry{kind: kind, id: id}); err == nil {
				files = collect(v, files, it, "")
			}
		})
		if err != nil {
			return err
		}
	}
	c.w.Header().Set("Content-Type", "application/zip")
	out := zip.NewWriter(c.w)
	for _, f := range files {
		if err := a.pack(out, f); err != nil {
			panic(http.ErrAbortHandler) // the answer has begun
		}
	}
	out.Close() // an error means that nobody listens any more
	return nil
}

func collect(v store.View, files []zipped, it *store.Item, prefix string) []zipped {
	if it.Kind == store.File {
		return append(files, zipped{prefix + it.Name, it.Content.SHA1})
	}
	for kid := range v.Children(it.ID, store.Place{}) {
		if kid.Kind != store.Link {
			files = collect(v, files, kid, prefix+it.Name+"/")
		}
	}
	return files
}

func (a *API) pack(out *zip.Writer, f zipped) error {
	content, err := a.store.Open(f.sum)
	if err != nil {
		return err
	}
	defer content.Close()
	w, err := out.Create(f.name)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, content)
	return err
}
