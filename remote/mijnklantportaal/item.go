package mijnklantportaal

import (
	"fmt"
	"regexp"

	"dossier/remote"
)

// item is a file or folder as MijnKlantportaal writes it. It does not say where the item lies.
type item struct {
	ID    string  `json:"id"`
	Type  string  `json:"type"`
	Name  string  `json:"name"`
	Size  *int64  `json:"size"`
	Share *string `json:"fileShareId"`
}

// ids are opaque; anything else than this is not put into an address.
var idForm = regexp.MustCompile(`^[0-9A-Za-z_-]{1,128}$`)

func checkID(id remote.ID) error {
	if idForm.MatchString(string(id)) {
		return nil
	}
	return corrupt("address", "%q is no id of MijnKlantportaal", clip(string(id)))
}

func clip(s string) string {
	if len(s) > 100 {
		return s[:100] + "…"
	}
	return s
}

// check says why an item cannot be one.
func (i item) check() error {
	id := remote.ID(i.ID)
	switch {
	case checkID(id) != nil || id == Root:
		return corrupt("read item", "an item with the id %q", clip(i.ID))
	case i.Name == "":
		return corrupt("read item", "item %s has no name", i.ID)
	case i.kind() == remote.File && i.Size != nil && *i.Size < 0:
		return corrupt("read item", "item %s has %d bytes", i.ID, *i.Size)
	}
	return nil
}

func (i item) kind() remote.Kind {
	switch i.Type {
	case "file":
		return remote.File
	case "directory":
		return remote.Folder
	}
	return remote.Other
}

// entry is the item in our words, in the folder that it was listed in or made in.
func (f facts) entry(i item, parent remote.ID) remote.Entry {
	e := remote.Entry{ID: remote.ID(i.ID), Parent: parent, Name: i.Name, Kind: i.kind(), Size: -1, Pinned: f.pinned(i.Share)}
	if e.Kind != remote.File {
		return e
	}
	e.Content = i.ID
	if i.Size != nil {
		e.Size = *i.Size
		e.Content = fmt.Sprintf("%s/%d", i.ID, e.Size)
	}
	return e
}

// root is the folder of everything, which the portal does not tell of.
func root() remote.Entry {
	return remote.Entry{ID: Root, Name: "MijnKlantportaal", Kind: remote.Folder, Size: -1}
}
