package filesro

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"

	"dossier/remote"
)

// refusal is the body of an error, of which any part may be missing.
type refusal struct {
	Type    string
	Message string
	Fields  map[string][]string // of a validation
}

func readRefusal(body []byte) (r refusal) {
	var loose struct {
		Type    json.RawMessage `json:"type"`
		Message json.RawMessage `json:"message"`
		Errors  json.RawMessage `json:"errors"`
	}
	if json.Unmarshal(body, &loose) == nil {
		_ = json.Unmarshal(loose.Type, &r.Type)
		_ = json.Unmarshal(loose.Message, &r.Message)
		_ = json.Unmarshal(loose.Errors, &r.Fields)
	}
	return r
}

// text is what the portal says: of a validation the first complaint, for the message only says that there are some.
func (r refusal) text() string {
	for _, field := range slices.Sorted(maps.Keys(r.Fields)) {
		if len(r.Fields[field]) > 0 {
			return r.Fields[field][0]
		}
	}
	return r.Message
}

// about says whether a validation complains of one of these fields.
func (r refusal) about(fields ...string) bool {
	return slices.ContainsFunc(fields, func(f string) bool { return len(r.Fields[f]) > 0 })
}

// explain reads an error answer.
func (a assumed) explain(status int, header http.Header, body []byte) remote.Error {
	r := readRefusal(body)
	e := remote.Error{Reason: r.Type}
	if text := r.text(); text != "" {
		e.Err = errors.New(text)
	}
	switch {
	case status == http.StatusUnprocessableEntity && r.about("name", "extension", "chunk", "file"):
		e.Code = remote.BadName // kinds of files that are refused are told by their names as well
	case status == http.StatusUnprocessableEntity:
		e.Code = remote.Denied // for good, for this item
	case status == http.StatusNotFound && isHTML(header) && a.json404:
		e.Code = remote.Corrupt // the API says so in JSON: this is about the path, not about what it names
		e.Err = errors.New("a web page came, as for a path that does not exist")
	}
	return e
}
