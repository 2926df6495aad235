package boxapi

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"dossier/remote/sandbox/store"
)

// renderer writes items as Box's JSON. It is made for one call, under the store's read lock; listings of thousands
// of items go through it, so it appends instead of reflecting.
type renderer struct {
	api  *API
	v    store.View
	root store.ID

	upperSHA1, bareNumbers, exponents, etagOfContent, hideParents bool
}

func (a *API) renderer(v store.View, who *Account) *renderer {
	return &renderer{
		api: a, v: v, root: who.Root,
		upperSHA1: a.has("sha1-upper"), bareNumbers: a.has("number-ids"), exponents: a.has("exponent-numbers"),
		etagOfContent: a.has("etag-content-only"), hideParents: a.has("parent-hidden"),
	}
}

func typeOf(k store.Kind) string {
	if k == store.Link {
		return "web_link"
	}
	return k.String()
}

// item appends an item with the given fields, in their order; fields that there are not are left out.
func (x *renderer) item(b []byte, it *store.Item, fields []string) []byte {
	b = append(b, '{')
	known := writers[it.Kind]
	for _, name := range fields {
		write, ok := known[name]
		if !ok {
			continue
		}
		if b[len(b)-1] != '{' {
			b = append(b, ',')
		}
		b = append(b, '"')
		b = append(b, name...)
		b = append(b, `":`...)
		b = write(x, b, it)
	}
	return append(b, '}')
}

func (x *renderer) mini(b []byte, it *store.Item) []byte { return x.item(b, it, miniFields[it.Kind]) }

func (x *renderer) id(b []byte, it *store.Item) []byte {
	if it.ID == x.root {
		return x.digits(b, 0)
	}
	return x.digits(b, uint64(it.ID))
}

func (x *renderer) etag(b []byte, it *store.Item) []byte {
	if it.ID == x.root {
		return append(b, "null"...)
	}
	return quote(b, etagOf(it, x.etagOfContent))
}

func (x *renderer) name(b []byte, it *store.Item) []byte {
	if it.ID == x.root {
		return append(b, `"All Files"`...)
	}
	return quote(b, it.Name)
}

func (x *renderer) parent(b []byte, it *store.Item) []byte {
	up := x.v.Item(it.Parent)
	if up == nil || !it.Trashed.IsZero() || x.hideParents {
		return append(b, "null"...)
	}
	return x.mini(b, up)
}

func (x *renderer) status(b []byte, it *store.Item) []byte {
	if x.v.TrashedAt(it) != nil {
		return append(b, `"trashed"`...)
	}
	return append(b, `"active"`...)
}

func (x *renderer) pathCollection(b []byte, it *store.Item) []byte {
	path := x.v.Path(it)
	if !it.Trashed.IsZero() {
		path = nil
	}
	b = append(b, `{"total_count":`...)
	b = strconv.AppendInt(b, int64(len(path)), 10)
	b = append(b, `,"entries":[`...)
	for i, up := range path {
		if i > 0 {
			b = append(b, ',')
		}
		b = x.mini(b, up)
	}
	return append(b, `]}`...)
}

func (x *renderer) fileVersion(b []byte, it *store.Item) []byte {
	b = append(b, `{"type":"file_version","id":`...)
	b = x.digits(b, uint64(it.Content.ID))
	b = append(b, `,"sha1":`...)
	b = x.sha1(b, it.Content.SHA1)
	return append(b, '}')
}

func (x *renderer) sha1(b []byte, sum store.SHA1) []byte {
	if x.upperSHA1 {
		return quote(b, strings.ToUpper(sum.String()))
	}
	return quote(b, sum.String())
}

func (x *renderer) lock(b []byte, it *store.Item) []byte {
	if it.Lock == nil {
		return append(b, "null"...)
	}
	lock := map[string]any{
		"type": "lock", "id": strconv.FormatUint(uint64(it.Lock.ID), 10), "created_by": x.api.userMini(it.Lock.By),
		"created_at": x.api.stamp(it.Lock.At), "is_download_prevented": it.Lock.NoReading, "app_type": nil,
	}
	if !it.Lock.Expires.IsZero() {
		lock["expired_at"] = x.api.stamp(it.Lock.Expires)
	}
	raw, _ := json.Marshal(lock)
	return append(b, raw...)
}

// uploader is who uploaded the current content, as a person would say it.
func (x *renderer) uploader(b []byte, it *store.Item) []byte {
	if it.Uploader != "" {
		return quote(b, it.Uploader)
	}
	if user := x.api.accountByID(it.Content.By); user != nil {
		return quote(b, user.Name)
	}
	return quote(b, "Someone")
}

func (x *renderer) user(b []byte, id string) []byte {
	raw, _ := json.Marshal(x.api.userMini(id))
	return append(b, raw...)
}

// digits writes an id or a counter: a string, or in old answers a number.
func (x *renderer) digits(b []byte, n uint64) []byte {
	if x.bareNumbers {
		return strconv.AppendUint(b, n, 10)
	}
	b = append(b, '"')
	b = strconv.AppendUint(b, n, 10)
	return append(b, '"')
}

func (x *renderer) size(b []byte, n int64) []byte { return append(b, number(n, x.exponents)...) }

func (a *API) number(n int64) json.RawMessage {
	return json.RawMessage(number(n, a.has("exponent-numbers")))
}

// number writes n so that it is exact in either form.
func number(n int64, exponent bool) string {
	if exponent {
		return strconv.FormatFloat(float64(n), 'e', -1, 64)
	}
	return strconv.FormatInt(n, 10)
}

// pacific is where Box's times are from, with and without daylight saving.
var (
	pacific       = time.FixedZone("", -8*60*60)
	pacificSummer = time.FixedZone("", -7*60*60)
	firstDay      = time.Date(2020, 1, 6, 9, 0, 0, 0, time.UTC)
)

const (
	stampLayout = "2006-01-02T15:04:05-07:00"
	purgeAfter  = 30 * 24 * time.Hour
)

func (a *API) stamp(t time.Time) string { return t.In(pacific).Format(stampLayout) }

// time writes a time in whole seconds. Items differ in their offset.
func (x *renderer) time(b []byte, it *store.Item, t time.Time) []byte {
	if t.IsZero() || it.ID == x.root {
		return append(b, "null"...)
	}
	zone := pacific
	if it.ID%2 == 1 {
		zone = pacificSummer
	}
	b = append(b, '"')
	b = t.In(zone).AppendFormat(b, stampLayout)
	return append(b, '"')
}

func firstSet(times ...time.Time) time.Time {
	for _, t := range times {
		if !t.IsZero() {
			return t
		}
	}
	return time.Time{}
}

// quote appends a JSON string.
func quote(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			raw, _ := json.Marshal(s)
			return append(b, raw...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

// etagOf is what If-Match is compared with.
func (a *API) etagOf(it *store.Item) string { return etagOf(it, a.has("etag-content-only")) }

func etagOf(it *store.Item, ofContent bool) string {
	if ofContent && it.Kind == store.File {
		return strconv.FormatUint(uint64(it.Content.ID), 10)
	}
	return strconv.FormatInt(it.Rev, 10)
}

// owner is the account that a tree belongs to.
func (a *API) owner(root store.ID) string {
	if main := a.Main(); main.Root == root {
		return main.ID
	}
	a.accounts.RLock()
	defer a.accounts.RUnlock()
	for _, acc := range a.accounts.byKey {
		if acc.Root == root {
			return acc.ID
		}
	}
	return ""
}
