package backofficeapi

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const (
	maxJSON   = 1 << 20 // bytes of a JSON body, uploads apart
	pageLimit = 100     // rows at most, and by default
	shortPage = 10      // rows at most, with the quirks that make pages short
)

// query is what part of a list is asked for.
type query struct {
	limit, offset int
	sortBy        string
	descending    bool
	filters       map[string][]string // by field, values apart
}

// query reads the parameters of a list that can be sorted and filtered by these fields.
func (c *call) query(sortable, filterable []string) (q query, err error) {
	values := c.r.URL.Query()
	if q.limit, err = c.limit(values); err != nil {
		return q, err
	}
	if q.offset, err = atLeast(0, values, "offset", 0); err != nil {
		return q, err
	}
	if q.sortBy = values.Get("sort_by"); q.sortBy != "" && !slices.Contains(sortable, q.sortBy) {
		return q, invalid("sort_by", "The list cannot be sorted by this field")
	}
	switch order := values.Get("sort_order"); {
	case order == "desc":
		q.descending = true
	case order != "" && order != "asc", order == "asc" && c.api.has("bo-asc-refused"):
		return q, invalid("sort_order", "The order is unknown")
	}
	q.filters, err = c.filters(values, filterable)
	return q, err
}

func (c *call) limit(values url.Values) (int, error) {
	def := pageLimit
	if c.api.has("bo-default-limit-10") {
		def = shortPage
	}
	limit, err := atLeast(1, values, "limit", def)
	if err == nil && limit > pageLimit && c.api.has("bo-limit-strict") {
		return 0, invalid("limit", "The limit is too large")
	}
	if c.api.has("bo-short-pages") {
		limit = min(limit, shortPage)
	}
	return min(limit, pageLimit), err
}

// atLeast reads a parameter that is a number.
func atLeast(least int, values url.Values, name string, def int) (int, error) {
	if !values.Has(name) {
		return def, nil
	}
	n, err := strconv.Atoi(values.Get(name))
	if err != nil || n < least {
		return 0, invalid(name, "Not a number that can be taken")
	}
	return n, nil
}

// filters reads filter[field]=a,b. The brackets may be escaped.
func (c *call) filters(values url.Values, filterable []string) (map[string][]string, error) {
	raw := strings.ToLower(c.r.URL.RawQuery)
	if strings.Contains(raw, "[") && c.api.has("bo-brackets-escaped") {
		return nil, malformed("The address has characters that it must not have")
	}
	if strings.Contains(raw, "%5b") && c.api.has("bo-brackets-raw") {
		return nil, nil
	}
	filters := map[string][]string{}
	for key := range values {
		field, ok := strings.CutPrefix(key, "filter[")
		if !ok {
			continue
		}
		field = strings.TrimSuffix(field, "]")
		if !slices.Contains(filterable, field) {
			return nil, invalid(key, "The list cannot be filtered by this field")
		}
		filters[field] = strings.Split(values.Get(key), ",")
	}
	return filters, nil
}

// body decodes a JSON body. Members that are not known are passed over.
func (c *call) body(into any) error {
	raw, err := io.ReadAll(io.LimitReader(c.r.Body, maxJSON))
	if err != nil {
		return malformed("The body cannot be read")
	}
	switch kind, _, _ := mime.ParseMediaType(c.r.Header.Get("Content-Type")); {
	case kind == "application/x-www-form-urlencoded" && c.api.has("bo-form-bodies"):
		raw = formAsJSON(raw)
	case kind != "application/json":
		return malformed("The Content-Type is not application/json")
	}
	var p *problem
	if err := json.Unmarshal(raw, into); errors.As(err, &p) {
		return p
	} else if err != nil {
		return malformed("The body is not the JSON that is expected")
	}
	return nil
}

// formAsJSON makes JSON of a form: what looks like a number is one.
func formAsJSON(raw []byte) []byte {
	form, _ := url.ParseQuery(string(raw))
	members := map[string]any{}
	for name := range form {
		members[name] = form.Get(name)
		if n, err := strconv.ParseInt(form.Get(name), 10, 64); err == nil {
			members[name] = n
		}
	}
	out, _ := json.Marshal(members)
	return out
}

// optionalID is a member that may be missing, null, or a number.
type optionalID struct {
	set, null bool
	n         int64
}

// UnmarshalJSON takes nothing but null and a number.
func (o *optionalID) UnmarshalJSON(raw []byte) error {
	o.set, o.null = true, string(raw) == "null"
	if o.null {
		return nil
	}
	if json.Unmarshal(raw, &o.n) != nil {
		return invalid("directoryId", "Not a number")
	}
	return nil
}

// pathNumber reads an id of the path.
func (c *call) pathNumber(name string) (int64, error) {
	n, err := strconv.ParseInt(c.r.PathValue(name), 10, 64)
	if err != nil || n <= 0 {
		return 0, malformed("The id in the address is no number")
	}
	return n, nil
}

// directoryNumber reads a folder's id that came as text.
func directoryNumber(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n <= 0 {
		return 0, invalid("directoryId", "Not a number")
	}
	return n, nil
}

// orNull is an id as answers have it: null where there is none.
func orNull(number int64) *int64 {
	if number == 0 {
		return nil
	}
	return &number
}

// created is the status of a POST that made something.
func (a *API) created() int {
	if a.has("bo-post-200") {
		return http.StatusOK
	}
	return http.StatusCreated
}

// deleted answers a DELETE.
func (a *API) deleted(c *call) error {
	status := http.StatusNoContent
	if a.has("bo-delete-200") {
		status = http.StatusOK
	}
	c.w.WriteHeader(status)
	return nil
}
