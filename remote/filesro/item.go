package filesro

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strconv"
	"strings"

	"dossier/remote"
)

const typeFolder = "folder"

// record is how the portal wraps each item.
type record struct {
	Data item `json:"data"`
}

// item is a file or folder as the portal writes it. Sizes and dates are texts for people: they are left alone.
type item struct {
	ID         text   `json:"id"`
	Type       string `json:"type"`
	Attributes struct {
		Name    text            `json:"name"`
		FileURL text            `json:"file_url"`
		Parent  json.RawMessage `json:"parent_id"` // of files only; null: home
		Deleted json.RawMessage `json:"deleted_at"`
		Team    json.RawMessage `json:"isTeamFolder"`
	} `json:"attributes"`
	Relationships relations `json:"relationships"`
}

func (i item) kind() remote.Kind {
	if i.Type == typeFolder {
		return remote.Folder
	}
	return remote.File
}

func (i item) team() bool    { return said(i.Attributes.Team) }
func (i item) trashed() bool { return said(i.Attributes.Deleted) }

// said tells a value from what stands for none.
func said(raw json.RawMessage) bool {
	switch string(raw) {
	case "", "null", "false", "0", `""`, `"0"`:
		return false
	}
	return true
}

// parent is where the item says that it lies. Of a folder only the relation tells, and where there is none it may be at home.
func (i item) parent() (folder remote.ID, told bool) {
	if id := i.Relationships.parent; id != "" {
		return remote.ID(id), true
	}
	var id text
	switch raw := i.Attributes.Parent; {
	case len(raw) == 0:
		return "", false
	case json.Unmarshal(raw, &id) != nil:
		return "", false
	case id == "":
		return home, true
	}
	return remote.ID(id), true
}

// entry is the item in our words. Bytes behind an id never change: it is the content's revision.
func (i item) entry(parent remote.ID) remote.Entry {
	e := remote.Entry{ID: remote.ID(i.ID), Parent: parent, Name: string(i.Attributes.Name), Kind: i.kind(), Size: -1}
	if e.Kind == remote.File {
		e.Content, e.Token = string(i.ID), tokenIn(e.Name)
	}
	return e
}

// relations is what an item is related to: an object, or an empty array where there is nothing.
type relations struct{ parent text }

func (r *relations) UnmarshalJSON(b []byte) error {
	var loose struct {
		Parent struct {
			Data struct {
				ID text `json:"id"`
			} `json:"data"`
		} `json:"parent"`
	}
	if len(b) > 0 && b[0] == '{' && json.Unmarshal(b, &loose) == nil {
		r.parent = loose.Parent.Data.ID
	}
	return nil
}

// text is a string that may be written as a number, or as null.
type text string

func (t *text) UnmarshalJSON(b []byte) error {
	switch {
	case bytes.Equal(b, []byte("null")):
		*t = ""
	case len(b) > 0 && b[0] == '"':
		return json.Unmarshal(b, (*string)(t))
	default:
		var n json.Number
		if err := json.Unmarshal(b, &n); err != nil {
			return err
		}
		*t = text(n)
	}
	return nil
}

// count is a number of things, which PHP may write as a string.
type count int64

func (c *count) UnmarshalJSON(b []byte) error {
	s := strings.Trim(string(b), `"`)
	if s == "null" {
		return nil
	}
	n, err := strconv.ParseInt(s, 10, 63)
	*c = count(n)
	return err
}

// ids as the portal makes them, or close. Anything else is not put into an address, nor believed.
var (
	idForm   = regexp.MustCompile(`^[0-9A-Za-z_-]{1,64}$`)
	uuidForm = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
)

func checkID(id remote.ID) error {
	if id != home && id != homeSegment && idForm.MatchString(string(id)) {
		return nil
	}
	return corrupt("address", "%q is no id of Files.ro", id)
}
