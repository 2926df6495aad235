package boxapi

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"
	"unicode/utf8"

	"dossier/remote/sandbox/store"
)

// parseID reads an id as clients send it; "0" is the account's root.
func parseID(text string, who *Account) (store.ID, error) {
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		return 0, malformedID
	}
	if n == 0 {
		return who.Root, nil
	}
	return store.ID(n), nil
}

// active finds an item of the account that is not in the trash.
func (a *API) active(v store.View, who *Account, id string, kind store.Kind) (*store.Item, error) {
	n, err := parseID(id, who)
	if err != nil {
		return nil, err
	}
	it := v.Item(n)
	switch {
	case it == nil || it.Kind != kind || it.Root != who.Root:
		return nil, notFound
	case v.TrashedAt(it) == nil:
		return it, nil
	case a.has("trashed-not-found"):
		return nil, notFound
	}
	return nil, trashed
}

// inTrash finds an item that was itself put into the trash.
func (a *API) inTrash(v store.View, who *Account, id string, kind store.Kind) (*store.Item, error) {
	n, err := parseID(id, who)
	if err != nil {
		return nil, err
	}
	it := v.Item(n)
	if it == nil || it.Kind != kind || it.Root != who.Root || it.Trashed.IsZero() {
		return nil, notFound
	}
	return it, nil
}

// matches compares If-Match, if there is one, with the item.
func (a *API) matches(r *http.Request, it *store.Item) error {
	if want := r.Header.Get("If-Match"); want != "" && want != a.etagOf(it) {
		return preconditionFailed
	}
	return nil
}

// missing is the answer for an item that is not there. Box's guide has it both ways when If-Match was sent.
func (a *API) missing(r *http.Request, err error) error {
	var p *problem
	if errors.As(err, &p) && p.status == http.StatusNotFound && r.Header.Get("If-Match") != "" && a.has("if-match-missing-412") {
		return preconditionFailed
	}
	return err
}

// unlocked refuses a change by others while a file is locked.
func unlocked(it *store.Item, who *Account, now time.Time) error {
	if l := it.Lock; l != nil && l.By != who.ID && (l.Expires.IsZero() || now.Before(l.Expires)) {
		return itemLocked
	}
	return nil
}

const maxJSON = 1 << 20

// body reads a JSON body. An empty one is as good as {}.
func (c *call) body(into any) error {
	raw, err := io.ReadAll(io.LimitReader(c.r.Body, maxJSON+1))
	if err != nil {
		return bad("bad_request", "The body cannot be read")
	}
	if len(raw) > maxJSON {
		return &problem{status: 413, code: "request_entity_too_large", message: "Request Entity Too Large"}
	}
	if len(raw) == 0 {
		return nil
	}
	return decode(raw, into)
}

func decode(raw []byte, into any) error {
	if !utf8.Valid(raw) {
		return bad("bad_request", "The body is no UTF-8")
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return bad("bad_request", "Entity body should be a correctly nested resource attribute name/value pair")
	}
	return nil
}

// parent is the folder in a body.
type parent struct {
	ID string `json:"id"`
}

// contentTime reads a time that a client gives. What is finer than a second is dropped.
func contentTime(name, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil || t.Unix() < 0 {
		return time.Time{}, badParameter(name, "Invalid value '"+text+"'")
	}
	return t.UTC().Truncate(time.Second), nil
}

// query reads a number from the query, clamped to 0…top; top alone may be clamped, as Box documents.
func (c *call) query(name string, def, top int, code string) (int, error) {
	text := c.r.URL.Query().Get(name)
	if text == "" {
		return def, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, bad(code, "Invalid "+name)
	}
	return min(n, top), nil
}
