package boxapi

import (
	"strings"
	"unicode/utf16"

	"golang.org/x/text/unicode/norm"

	"dossier/remote/sandbox/store"
)

const maxName = 255

// checkName returns the name under which an item will be kept, or why it will not be.
func (a *API) checkName(name string, kind store.Kind) (string, error) {
	if kind == store.File && a.has("sanitise-names") {
		name = sanitise(name)
	}
	length := len(utf16.Encode([]rune(name)))
	if a.has("names-code-points") {
		length = len([]rune(name))
	}
	switch {
	case name == "":
		return "", badParameter("name", "Missing or empty name")
	case length > maxName:
		return "", bad("item_name_too_long", "Item name too long")
	case name == "." || name == ".." || strings.HasSuffix(name, " ") || strings.ContainsFunc(name, forbiddenRune),
		a.has("leading-space-refused") && strings.HasPrefix(name, " "),
		a.has("special-names-refused") && strings.ContainsAny(name, `<>:|?*`):
		return "", bad("item_name_invalid", "Item name invalid")
	}
	return name, nil
}

func forbiddenRune(r rune) bool { return r < ' ' || r == 0x7f || r == '/' || r == '\\' }

// sanitise is the quirk in which forbidden characters disappear.
func sanitise(name string) string {
	name = strings.Map(func(r rune) rune {
		if forbiddenRune(r) {
			return -1
		}
		return r
	}, name)
	return strings.TrimRight(name, " ")
}

// holder returns the item that has a name in a folder, or nil; self does not count.
func (a *API) holder(v store.View, folder store.ID, name string, self store.ID) *store.Item {
	if a.has("names-nfc") {
		return a.normalisedHolder(v, folder, name, self)
	}
	exact := a.has("exact-names")
	for _, it := range v.Named(folder, name) {
		if it.ID != self && (!exact || it.Name == name) {
			return it
		}
	}
	return nil
}

func (a *API) normalisedHolder(v store.View, folder store.ID, name string, self store.ID) *store.Item {
	name = store.Fold(norm.NFC.String(name))
	for it := range v.Children(folder, store.Place{}) {
		if it.ID != self && store.Fold(norm.NFC.String(it.Name)) == name {
			return it
		}
	}
	return nil
}

// conflictForm is how a 409 gives the item that has the name.
type conflictForm int

const (
	inObject conflictForm = iota // uploads, preflight, sessions, copies
	inArray                      // creation of folders
	inMove                       // renames and moves
)

// nameFree refuses a name that another item has.
func (a *API) nameFree(x *renderer, folder store.ID, name string, self store.ID, form conflictForm) error {
	if a.has("duplicate-names") {
		return nil
	}
	other := a.holder(x.v, folder, name, self)
	if other == nil {
		return nil
	}
	p := &problem{status: 409, code: "item_name_in_use", message: "Item with the same name already exists"}
	if form == inMove && a.has("move-conflict-bare") {
		return p
	}
	fields := miniFields[other.Kind]
	if a.has("conflict-without-sha1") {
		fields = []string{"type", "id", "sequence_id", "etag", "name"}
	}
	item := string(x.item(nil, other, fields))
	array := form == inArray
	if a.has("conflicts-array") {
		array = true
	} else if a.has("conflicts-object") {
		array = false
	}
	if array {
		item = "[" + item + "]"
	}
	p.info = []byte(`{"conflicts":` + item + `}`)
	return p
}

// notReserved plays the case in which the same name is being made by another call at this moment.
func (a *API) notReserved(name string) error {
	if a.desk.First("name-reserved", name, 1) {
		return &problem{status: 409, code: "name_temporarily_reserved", message: "The name is being used by another call"}
	}
	return nil
}
