package box

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"dossier/remote"
	"dossier/remote/rest"
)

const (
	eventsPage = 500 // Box's most

	// rememberedPages is how many pages back a repeated event is recognised, and rememberedCursors for how many cursors.
	rememberedPages   = 8
	rememberedCursors = 32
)

// events is a page of the feed.
type events struct {
	Next    text    `json:"next_stream_position"`
	Entries []event `json:"entries"`
}

type event struct {
	ID     text            `json:"event_id"`
	Type   string          `json:"event_type"`
	Source json.RawMessage `json:"source"`
}

// positions are numbers of up to 19 digits, or whatever string Box makes of them. They are never computed with.
var positionForm = regexp.MustCompile(`^[0-9A-Za-z_.:=+-]{1,128}$`)

func goodPosition(p string) bool { return positionForm.MatchString(p) && strings.Trim(p, "0") != "" }

// Now is the newest position.
func (d *Driver) Now(ctx context.Context) (string, error) {
	page, err := d.events(ctx, "now")
	if err == nil && !goodPosition(string(page.Next)) {
		err = corrupt("events", "a feed without a position")
	}
	return string(page.Next), err
}

func (d *Driver) events(ctx context.Context, position string) (events, error) {
	q := url.Values{"stream_type": {"changes"}, "stream_position": {position}, "limit": {strconv.Itoa(eventsPage)}}
	var page events
	_, err := d.rest.JSON(ctx, rest.Call{Op: "events", Method: http.MethodGet, URL: d.api + "/2.0/events?" + q.Encode()}, &page)
	return page, err
}

// Changes reads one page. A short page is not the end, so More is true until a page brings nothing new. Box serves the same
// events again and again for a while: what was in the pages that led to this cursor is left out. Asked twice from one cursor, it
// tells everything twice, for the first answer may not have been stored.
func (d *Driver) Changes(ctx context.Context, cursor string) (remote.Changes, error) {
	if !goodPosition(cursor) {
		return remote.Changes{}, reset("no position to go on from")
	}
	page, err := d.events(ctx, cursor)
	if s := status(err); s == http.StatusBadRequest || s == http.StatusGone || s == http.StatusNotFound {
		return remote.Changes{}, reset("the portal does not know the position any more")
	}
	if err != nil {
		return remote.Changes{}, err
	}
	next := string(page.Next)
	switch {
	case !goodPosition(next):
		next = cursor // an empty page may say 0
	case ranBackwards(cursor, next):
		return remote.Changes{}, reset("the portal's position is older than ours: was the portal restored?")
	}
	before := d.seen.before(cursor)
	out, ids := remote.Changes{Next: next}, map[text]bool{}
	for _, e := range page.Entries {
		if ids[e.ID] || before.has(e.ID) {
			continue
		}
		if e.ID != "" {
			ids[e.ID] = true
		}
		out.More = true
		if c, ok := e.change(); ok {
			out.Items = append(out.Items, c)
		}
	}
	if next == cursor {
		out.More = false // asking again would bring the same
		return out, nil
	}
	d.seen.lead(next, &heard{ids: ids, before: before})
	return out, nil
}

func reset(why string) error {
	return &remote.Error{Op: "events", Code: remote.Reset, Err: errors.New(why)}
}

// change is the event in our words; false: it is nothing to us. Types that are not known are none of ours.
func (e event) change() (remote.Change, bool) {
	switch e.Type {
	case "COLLAB_ADD_COLLABORATOR", "COLLAB_REMOVE_COLLABORATOR", "COLLAB_INVITE_COLLABORATOR", "COLLAB_ROLE_CHANGE",
		"GROUP_ADD_USER", "GROUP_REMOVE_USER":
		return remote.Change{Access: true}, true
	case "ITEM_CREATE", "ITEM_UPLOAD", "ITEM_MOVE", "ITEM_COPY", "ITEM_RENAME", "ITEM_TRASH", "ITEM_UNDELETE_VIA_TRASH",
		"ITEM_MAKE_CURRENT_VERSION", "ITEM_MODIFY", "ITEM_SYNC", "ITEM_UNSYNC", "LOCK_CREATE", "LOCK_DESTROY":
	default:
		return remote.Change{}, false
	}
	if tellsNothing(e.Source) && strings.HasPrefix(e.Type, "ITEM_") {
		return remote.Change{Access: true}, true // something happened to something: only a look at everything tells
	}
	var i item
	if tellsNothing(e.Source) || json.Unmarshal(bytes.TrimSpace(e.Source), &i) != nil || i.ID == "" {
		return remote.Change{}, false
	}
	c := remote.Change{ID: remote.ID(i.ID), Kind: i.kind(), Gone: e.Type == "ITEM_TRASH" || !i.active()}
	lock := strings.HasPrefix(e.Type, "LOCK_") // the source does not tell of it
	if entry := i.entry(); !c.Gone && !lock && complete(entry) {
		c.Entry = &entry
	}
	return c, true
}

// complete says whether an event told all that the mirror decides by; if not, it asks. Who uploaded a file, and whether it is
// locked, events never tell: that is found out from a listing, or from the refusal.
func complete(e remote.Entry) bool {
	if e.Name == "" || e.Parent == "" || e.Guard == "" || e.Seq == 0 {
		return false
	}
	return e.Kind != remote.File || (e.Content != "" && e.SHA1 != "" && e.Size >= 0)
}

// memory knows, for the last cursors handed out, which events came in the pages before. It goes by cursor and not by time,
// since several readers may be at different places of the feed.
type memory struct {
	mu      sync.Mutex
	cursors map[string]*heard // guarded by mu
	order   []string          // guarded by mu; oldest first
}

type heard struct {
	ids    map[text]bool
	before *heard
}

func (h *heard) has(id text) bool {
	for ; h != nil && id != ""; h = h.before {
		if h.ids[id] {
			return true
		}
	}
	return false
}

func (m *memory) before(cursor string) *heard {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.cursors[cursor].recent(rememberedPages)
}

// recent is a copy that ends after n pages.
func (h *heard) recent(n int) *heard {
	if h == nil || n == 0 {
		return nil
	}
	return &heard{ids: h.ids, before: h.before.recent(n - 1)}
}

func (m *memory) lead(cursor string, h *heard) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.cursors == nil {
		m.cursors = map[string]*heard{}
	}
	if _, known := m.cursors[cursor]; !known {
		m.order = append(m.order, cursor)
	}
	m.cursors[cursor] = h
	if len(m.order) > rememberedCursors {
		delete(m.cursors, m.order[0])
		m.order = m.order[1:]
	}
}
