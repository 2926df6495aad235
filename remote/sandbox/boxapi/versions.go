package boxapi

import (
	"net/http"
	"slices"
	"strconv"

	"dossier/remote/sandbox/store"
)

// listVersions answers GET /files/{id}/versions: past versions only, newest first.
func (a *API) listVersions(c *call) error {
	p, err := c.offsetPage(10_000)
	if err != nil {
		return err
	}
	var it *store.Item
	a.store.View(func(v store.View) { it, err = a.active(v, c.who, c.r.PathValue("id"), store.File) })
	if err != nil {
		return err
	}
	entries := []any{}
	for i, v := range slices.Backward(it.Past) {
		entries = append(entries, a.versionForm(v, i+1))
	}
	total := len(entries)
	entries = entries[min(p.offset, total):]
	return writeJSON(c.w, http.StatusOK, map[string]any{
		"total_count": total, "limit": p.limit, "offset": p.offset, "entries": entries[:min(p.limit, len(entries))],
		"order": []any{map[string]string{"by": "version_number", "direction": "DESC"}},
	})
}

func (a *API) versionForm(v store.Version, number int) map[string]any {
	by := a.userMini(v.By)
	return map[string]any{
		"type": "file_version", "id": strconv.FormatUint(uint64(v.ID), 10), "sha1": v.SHA1.String(), "name": v.Name, "size": a.number(v.Size),
		"created_at": a.stamp(v.At), "modified_at": a.stamp(v.At), "trashed_at": nil, "purged_at": nil, "restored_at": nil,
		"version_number": strconv.Itoa(number), "modified_by": by, "uploader_display_name": by["name"],
	}
}

// promote makes an old version the current one: as a new version with the old content, and the old etag.
func (a *API) promote(c *call) error {
	var body struct {
		ID string `json:"id"`
	}
	if err := c.body(&body); err != nil {
		return err
	}
	var next *store.Item
	err := a.store.Update(func(tx *store.Tx) error {
		it, err := a.active(tx.View, c.who, c.r.PathValue("id"), store.File)
		if err != nil {
			return err
		}
		old, err := pinned(it, body.ID)
		if err != nil {
			return err
		}
		rev := old.Rev
		next = newVersion(tx, it, it.Name, old)
		next.Rev, next.Content.Rev = rev, rev
		tx.Put(next)
		tx.Log(store.Promoted, next, c.who.ID)
		return nil
	})
	if err != nil {
		return err
	}
	return writeJSON(c.w, http.StatusCreated, a.versionForm(next.Content, len(next.Past)+1))
}
