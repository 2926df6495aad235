package filesroapi

import (
	"net/http"
	"path"
	"strings"

	"dossier/remote/sandbox/store"
)

// uploadRemotely answers an upload from URLs. The sandbox fetches nothing from anywhere: each file is a line with its URL.
func (a *API) uploadRemotely(c *call, s scope) error {
	in, err := c.input()
	if err != nil {
		return err
	}
	urls, _ := in.fields["urls"].([]any)
	if len(urls) == 0 {
		in.fault("file", "The file field is required.")
	}
	in.uuid("parent_id")
	if err := in.check(); err != nil {
		return err
	}
	if s.request != nil {
		if err := a.beginFilling(s.request); err != nil {
			return err
		}
	}
	for _, one := range urls {
		if url, ok := one.(string); ok && !a.has("filesro-remote-queued") {
			if err := a.fetchRemotely(s, in, url); err != nil {
				return err
			}
		}
	}
	return writeJSON(c.w, http.StatusCreated, map[string]string{"type": "success", "message": "Files was successfully added to the upload queue."})
}

func (a *API) fetchRemotely(s scope, in *input, url string) error {
	got, err := a.store.Receive(strings.NewReader(url + "\n"))
	defer got.Discard()
	if err != nil {
		return err
	}
	name := path.Base(url)
	fields := map[string]any{"name": name, "extension": name[strings.LastIndexByte(name, '.')+1:]}
	if parent := in.text("parent_id"); parent != "" {
		fields["parent_id"] = parent
	}
	up := &upload{input: &input{fields: fields}, part: "file", content: got}
	_, err = a.publish(s, up, store.Version{SHA1: got.SHA1, Size: got.Size, By: s.by()}, up.keep)
	return err
}
