package boxapi

import (
	"encoding/json"
	"path"
	"slices"
	"strconv"
	"strings"

	"dossier/remote/sandbox/store"
)

// fieldWriter appends the value of one field of an item.
type fieldWriter func(x *renderer, b []byte, it *store.Item) []byte

var (
	miniFields = map[store.Kind][]string{
		store.Folder: {"type", "id", "sequence_id", "etag", "name"},
		store.File:   {"type", "id", "file_version", "sequence_id", "etag", "sha1", "name"},
		store.Link:   {"type", "id", "sequence_id", "etag", "name", "url"},
	}
	commonFields   = []string{"description", "size", "path_collection", "created_at", "modified_at", "trashed_at", "purged_at", "content_created_at", "content_modified_at", "created_by", "modified_by", "owned_by", "shared_link", "parent", "item_status"}
	standardFields = map[store.Kind][]string{
		store.Folder: append(slices.Clone(miniFields[store.Folder]), append(commonFields, "folder_upload_email")...),
		store.File:   append(slices.Clone(miniFields[store.File]), commonFields...),
		store.Link:   append(slices.Clone(miniFields[store.Link]), "description", "path_collection", "created_at", "modified_at", "trashed_at", "purged_at", "created_by", "modified_by", "owned_by", "shared_link", "parent", "item_status"),
	}
)

// writers are the fields that an item can be asked for. What is not here is left out of the answer, as Box does.
var writers map[store.Kind]map[string]fieldWriter

// init, because writers of items within items refer to the table.
func init() {
	anyItem := commonWriters()
	writers = map[store.Kind]map[string]fieldWriter{
		store.Folder: with(anyItem, folderWriters()),
		store.File:   with(anyItem, fileWriters()),
		store.Link: with(anyItem, map[string]fieldWriter{
			"url": func(x *renderer, b []byte, it *store.Item) []byte { return quote(b, it.URL) },
		}),
	}
}

func commonWriters() map[string]fieldWriter {
	return map[string]fieldWriter{
		"type": func(x *renderer, b []byte, it *store.Item) []byte { return quote(b, typeOf(it.Kind)) },
		"id":   (*renderer).id,
		"etag": (*renderer).etag,
		"sequence_id": func(x *renderer, b []byte, it *store.Item) []byte {
			if it.ID == x.root {
				return append(b, "null"...)
			}
			return x.digits(b, uint64(it.Seq))
		},
		"name":            (*renderer).name,
		"description":     func(x *renderer, b []byte, it *store.Item) []byte { return quote(b, it.Description) },
		"size":            func(x *renderer, b []byte, it *store.Item) []byte { return x.size(b, x.v.Bytes(it)) },
		"path_collection": (*renderer).pathCollection,
		"created_at":      func(x *renderer, b []byte, it *store.Item) []byte { return x.time(b, it, it.Created) },
		"modified_at":     func(x *renderer, b []byte, it *store.Item) []byte { return x.time(b, it, it.Modified) },
		"trashed_at":      func(x *renderer, b []byte, it *store.Item) []byte { return x.time(b, it, it.Trashed) },
		"purged_at": func(x *renderer, b []byte, it *store.Item) []byte {
			if it.Trashed.IsZero() {
				return append(b, "null"...)
			}
			return x.time(b, it, it.Trashed.Add(purgeAfter))
		},
		"content_created_at": func(x *renderer, b []byte, it *store.Item) []byte {
			return x.time(b, it, firstSet(it.ContentCreated, it.Created))
		},
		"content_modified_at": func(x *renderer, b []byte, it *store.Item) []byte {
			return x.time(b, it, firstSet(it.Content.Modified, it.Modified))
		},
		"created_by":  func(x *renderer, b []byte, it *store.Item) []byte { return x.user(b, it.CreatedBy) },
		"modified_by": func(x *renderer, b []byte, it *store.Item) []byte { return x.user(b, it.ModifiedBy) },
		"owned_by":    func(x *renderer, b []byte, it *store.Item) []byte { return x.user(b, x.api.owner(it.Root)) },
		"shared_link": constant("null"),
		"parent":      (*renderer).parent,
		"item_status": (*renderer).status,
		"tags": func(x *renderer, b []byte, it *store.Item) []byte {
			tags, _ := json.Marshal(append([]string{}, it.Tags...))
			return append(b, tags...)
		},
		"has_collaborations":    constant("false"),
		"is_externally_owned":   constant("false"),
		"allowed_invitee_roles": constant(`["editor","viewer"]`),
	}
}

func folderWriters() map[string]fieldWriter {
	return map[string]fieldWriter{
		"folder_upload_email": constant("null"),
		"sync_state":          constant(`"not_synced"`),
		"permissions":         constant(`{"can_download":true,"can_upload":true,"can_rename":true,"can_delete":true,"can_share":true,"can_invite_collaborator":true,"can_set_share_access":true}`),
	}
}

func fileWriters() map[string]fieldWriter {
	return map[string]fieldWriter{
		"sha1":         func(x *renderer, b []byte, it *store.Item) []byte { return x.sha1(b, it.Content.SHA1) },
		"file_version": (*renderer).fileVersion,
		"version_number": func(x *renderer, b []byte, it *store.Item) []byte {
			return quote(b, strconv.Itoa(len(it.Past)+1))
		},
		"comment_count": constant("0"),
		"is_package":    constant("false"),
		"extension": func(x *renderer, b []byte, it *store.Item) []byte {
			return quote(b, strings.TrimPrefix(path.Ext(it.Name), "."))
		},
		"permissions":           constant(`{"can_download":true,"can_preview":true,"can_upload":true,"can_comment":true,"can_rename":true,"can_delete":true,"can_share":true,"can_set_share_access":true,"can_invite_collaborator":true,"can_annotate":true,"can_view_annotations_all":true,"can_view_annotations_self":true}`),
		"lock":                  (*renderer).lock,
		"uploader_display_name": (*renderer).uploader,
	}
}

func with(common, own map[string]fieldWriter) map[string]fieldWriter {
	all := map[string]fieldWriter{}
	for _, set := range []map[string]fieldWriter{common, own} {
		for name, write := range set {
			all[name] = write
		}
	}
	return all
}

func constant(value string) fieldWriter {
	return func(_ *renderer, b []byte, _ *store.Item) []byte { return append(b, value...) }
}

// choose turns what the client asked for into the fields to write: what he named and the base set, or else the
// standard set.
func choose(asked []string, standard []string) []string {
	if asked == nil {
		return standard
	}
	fields := []string{"type", "id", "etag"}
	for _, name := range asked {
		if !slices.Contains(fields, name) {
			fields = append(fields, name)
		}
	}
	return fields
}

// fields are those that the client asked for, nil if he did not.
func (c *call) fields() []string {
	asked := c.r.URL.Query().Get("fields")
	if asked == "" {
		return nil
	}
	names := strings.Split(asked, ",")
	for i, name := range names {
		names[i] = strings.TrimSpace(name)
	}
	return names
}
