package filesroapi

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"dossier/remote/sandbox/store"
)

// record is one thing as all answers wrap it.
type record struct {
	Data recordData `json:"data"`
}

type recordData struct {
	ID            string `json:"id"`
	Type          string `json:"type"`
	Attributes    any    `json:"attributes"`
	Relationships any    `json:"relationships,omitempty"`
}

type fileAttributes struct {
	Filesize  string  `json:"filesize"`
	Name      string  `json:"name"`
	Basename  string  `json:"basename"`
	Mimetype  string  `json:"mimetype"`
	FileURL   string  `json:"file_url"`
	Thumbnail any     `json:"thumbnail"`
	ParentID  *string `json:"parent_id"`
	CreatedAt string  `json:"created_at"`
	UpdatedAt string  `json:"updated_at"`
	DeletedAt *string `json:"deleted_at"`
}

type folderAttributes struct {
	Name         string  `json:"name"`
	Color        *string `json:"color"`
	Emoji        *string `json:"emoji"`
	Filesize     *int64  `json:"filesize"`
	IsTeamFolder bool    `json:"isTeamFolder"`
	Items        int     `json:"items"`
	TrashedItems int     `json:"trashed_items"`
	CreatedAt    string  `json:"created_at"`
	UpdatedAt    string  `json:"updated_at"`
	DeletedAt    *string `json:"deleted_at"`
}

// relationships are what an item hangs together with. Without any it is not an object but an empty list, as PHP has it.
type relationships struct {
	Parent  *record `json:"parent,omitempty"`
	Creator *record `json:"creator,omitempty"`
	Shared  *record `json:"shared,omitempty"`

	object bool
}

func (r relationships) MarshalJSON() ([]byte, error) {
	if r.Parent == nil && r.Creator == nil && r.Shared == nil && !r.object {
		return []byte("[]"), nil
	}
	type plain relationships
	return json.Marshal(plain(r))
}

// renderer shows items of one moment to one client.
type renderer struct {
	api    *API
	v      store.View
	origin string              // under which the client reaches us
	files  string              // origin of the files
	root   store.ID            // what counts as home
	binned map[store.ID]int    // how many trashed items a folder has; nil: not counted yet
	shares map[store.ID]*share // by item

	dates, mime, sizes, textThumbs, object, creator bool // quirks
}

func (a *API) renderer(v store.View, c *call, root store.ID) *renderer {
	x := &renderer{
		api: a, v: v, origin: origin(c.r), files: origin(c.r), root: root, shares: a.sharesByItem(v),
		dates: a.has("filesro-dates-short"), mime: a.has("filesro-mime"), sizes: a.has("filesro-folder-size"),
		textThumbs: a.has("filesro-thumbnail-text"), object: a.has("filesro-relationships-object"), creator: a.has("filesro-creator"),
	}
	if a.has("filesro-file-url-elsewhere") {
		x.files = elsewhereOrigin
	}
	return x
}

// elsewhereOrigin is where files are said to be with the quirk filesro-file-url-elsewhere. Nothing is there.
const elsewhereOrigin = "https://cdn.example"

// trashedIn is how many trashed items a folder has.
func (x *renderer) trashedIn(folder store.ID) int {
	if x.binned == nil {
		x.binned = map[store.ID]int{}
		for _, it := range x.v.Trash(x.root) {
			x.binned[it.Parent]++
		}
	}
	return x.binned[folder]
}

func (x *renderer) item(it *store.Item) record {
	data := recordData{ID: showUUID(it.ID, itemKey), Type: "folder", Relationships: x.relationships(it)}
	if it.Kind == store.Folder {
		data.Attributes = x.folder(it)
	} else {
		data.Type, data.Attributes = fileType(it), x.file(it)
	}
	return record{data}
}

func (x *renderer) file(it *store.Item) fileAttributes {
	base := basename(it)
	f := fileAttributes{
		Filesize: sizeForPeople(it.Content.Size), Name: it.Name, Basename: base, Mimetype: extension(it), FileURL: x.files + "/file/" + base,
		CreatedAt: x.date(it.Created), UpdatedAt: x.date(it.Modified), DeletedAt: x.deleted(it), Thumbnail: x.thumbnail(it, base),
	}
	if x.mime {
		f.Mimetype = mimeType(it)
	}
	if it.Parent != x.root {
		id := showUUID(it.Parent, itemKey)
		f.ParentID = &id
	}
	return f
}

func (x *renderer) thumbnail(it *store.Item, base string) any {
	at := x.origin + "/thumbnail/"
	switch {
	case fileType(it) != "image":
		return nil
	case x.textThumbs:
		return at + "sm-" + base
	}
	return map[string]string{"xs": at + "xs-" + base, "sm": at + "sm-" + base}
}

func (x *renderer) folder(it *store.Item) folderAttributes {
	live := x.v.Count(it.ID)
	f := folderAttributes{
		Name: it.Name, Items: live, TrashedItems: live + x.trashedIn(it.ID),
		CreatedAt: x.date(it.Created), UpdatedAt: x.date(it.Modified), DeletedAt: x.deleted(it),
	}
	if f.DeletedAt != nil {
		f.Items = 0
	}
	if x.sizes {
		size := x.v.Bytes(it)
		f.Filesize = &size
	}
	return f
}

func (x *renderer) relationships(it *store.Item) relationships {
	r := relationships{object: x.object}
	if up := x.v.Item(it.Parent); up != nil && up.ID != x.root {
		r.Parent = &record{recordData{ID: showUUID(up.ID, itemKey), Type: "folder", Attributes: map[string]string{"name": up.Name}}}
	}
	if who := x.api.account(it.CreatedBy); who != nil && x.creator {
		r.Creator = &record{recordData{ID: who.ID, Type: "creator", Attributes: map[string]any{"name": who.Name, "avatar": nil, "color": "#00BC7E"}}}
	}
	if s := x.shares[it.ID]; s != nil {
		r.Shared = &record{s.data(x.origin)}
	}
	return r
}

func (x *renderer) deleted(it *store.Item) *string {
	at := deletedAt(x.v, it)
	if at.IsZero() {
		return nil
	}
	text := x.date(at)
	return &text
}

// userZone is the time zone in the user's settings, which the stock program keeps as a number of hours.
const (
	zoneHours = 2
	zoneName  = "Europe/Bucharest"
)

var userZone = time.FixedZone("", zoneHours*3600)

// date is a time for people: twelve hours without saying which half of the day.
func (x *renderer) date(t time.Time) string {
	if x.dates {
		return t.In(userZone).Format("02. Jan. 2006")
	}
	return t.In(userZone).Format("02. Jan. 2006, 03:04")
}

// sizeForPeople is a length in decimal units, rounded.
func sizeForPeople(n int64) string {
	if n < 1000 {
		return strconv.FormatInt(n, 10) + " B"
	}
	size, unit := float64(n), 0
	for size >= 1000 && unit < len("kMGTPE") {
		size /= 1000
		unit++
	}
	return fmt.Sprintf("%.1f %cB", size, "kMGTPE"[unit-1])
}
