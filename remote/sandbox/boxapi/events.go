package boxapi

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"dossier/remote/sandbox/store"
)

// eventTypes are Box's names for what happens. Purging has none.
var eventTypes = map[store.Verb]string{
	store.Created: "ITEM_CREATE", store.Uploaded: "ITEM_UPLOAD", store.Delivered: "ITEM_UPLOAD", store.Versioned: "ITEM_UPLOAD",
	store.Renamed: "ITEM_RENAME", store.Moved: "ITEM_MOVE", store.Copied: "ITEM_COPY", store.Edited: "ITEM_MODIFY",
	store.Locked: "LOCK_CREATE", store.Unlocked: "LOCK_DESTROY", store.Binned: "ITEM_TRASH",
	store.Restored: "ITEM_UNDELETE_VIA_TRASH", store.Promoted: "ITEM_MAKE_CURRENT_VERSION",
	store.Withdrawn: "COLLAB_REMOVE_COLLABORATOR", store.Granted: "COLLAB_ADD_COLLABORATOR",
}

const (
	maxEvents   = 500
	usualEvents = 100

	// A position is a number of 19 digits, as Box's are: too long for a float, and not the number of an event.
	positionBase  = 1_152_900_000_000_000_000
	positionSteps = 1024 // positions between two changes, for those that move on without one
)

func position(change uint64) int64 { return positionBase + int64(change)*positionSteps }

// events answers GET /events for user streams.
func (a *API) events(c *call) error {
	q := c.r.URL.Query()
	switch stream := q.Get("stream_type"); stream {
	case "", "all", "changes", "sync":
	case "admin_logs", "admin_logs_streaming":
		return forbidden
	default:
		return badParameter("stream_type", "Invalid value '"+stream+"'")
	}
	limit, err := c.query("limit", usualEvents, maxEvents, "invalid_limit")
	if err != nil {
		return err
	}
	var b []byte
	a.store.View(func(v store.View) { b, err = a.eventPage(v, c, q.Get("stream_position"), limit) })
	if err != nil {
		return err
	}
	return writeRaw(c.w, http.StatusOK, b)
}

func (a *API) eventPage(v store.View, c *call, from string, limit int) ([]byte, error) {
	if from == "now" {
		return a.eventAnswer(nil, 0, position(v.LastChange())), nil
	}
	after, given, err := readPosition(from)
	if err != nil {
		return nil, err
	}
	if a.has("events-expired") {
		return nil, badParameter("stream_position", "The stream position is too old")
	}
	changes, last := a.changesAfter(v, c, after, limit)
	next := position(last)
	if a.has("events-replay") {
		changes = slices.Concat(replay(v, c.who, after), changes)
		next = max(next, given) + 1
	}
	if a.has("events-shuffled") {
		slices.Reverse(changes)
	}
	entries, n := a.eventEntries(a.renderer(v, c.who), changes)
	if n == 0 && a.has("events-position-zero") {
		next = 0
	}
	return a.eventAnswer(entries, n, next), nil
}

// readPosition returns the change that a position is after. "0" and none mean the oldest there is.
func readPosition(text string) (after uint64, given int64, err error) {
	if text == "" || text == "0" {
		return 0, 0, nil
	}
	given, err = strconv.ParseInt(text, 10, 64)
	if err != nil || given < positionBase {
		return 0, 0, badParameter("stream_position", "Invalid value '"+text+"'")
	}
	return uint64(given-positionBase) / positionSteps, given, nil
}

// changesAfter returns what the account sees of the changes, and the last change that was looked at. A position from
// before the portal was restored to an older state lies beyond the end: there the stream simply goes on from its end.
func (a *API) changesAfter(v store.View, c *call, after uint64, limit int) (changes []*store.Change, last uint64) {
	last = min(after, v.LastChange())
	if c.r.URL.Query().Get("stream_type") == "sync" {
		return nil, v.LastChange() // nothing is marked for Box Sync
	}
	for ch := range v.Changes(after) {
		if len(changes) == limit {
			break
		}
		last = ch.Seq
		if visible(ch, c.who) {
			changes = append(changes, ch)
		}
	}
	return changes, last
}

func visible(ch *store.Change, who *Account) bool {
	return ch.Item.Root == who.Root && eventTypes[ch.Verb] != ""
}

// replay returns the last five changes up to one, which were served before. Other portals' changes lie between them.
func replay(v store.View, who *Account, upTo uint64) (old []*store.Change) {
	for ch := range v.Changes(upTo - min(upTo, 50)) {
		if ch.Seq <= upTo && visible(ch, who) {
			old = append(old, ch)
		}
	}
	return old[max(0, len(old)-5):]
}

// eventEntries renders changes, and returns how many events came of them.
func (a *API) eventEntries(x *renderer, changes []*store.Change) (b []byte, n int) {
	add := func(ch *store.Change, it *store.Item, id string) {
		if n > 0 {
			b = append(b, ',')
		}
		b = a.event(x, b, ch, it, id, n)
		n++
	}
	for _, ch := range changes {
		id := fmt.Sprintf("%08x%032x", uint32(ch.Seq)*2654435761, ch.Seq)
		add(ch, ch.Item, id)
		if a.has("events-duplicate") {
			add(ch, ch.Item, id)
		}
		if a.has("events-descendants") && ch.Item.Kind == store.Folder && (ch.Verb == store.Binned || ch.Verb == store.Moved) {
			for below := range x.v.Below(ch.Item.ID) {
				add(ch, below, fmt.Sprintf("%08x%032x", uint32(ch.Seq), below.ID))
			}
		}
	}
	return b, n
}

func (a *API) event(x *renderer, b []byte, ch *store.Change, it *store.Item, id string, nth int) []byte {
	kind := eventTypes[ch.Verb]
	if ch.Verb == store.Versioned && a.has("events-modify") {
		kind = "ITEM_MODIFY"
	}
	b = fmt.Appendf(b, `{"type":"event","event_id":%q,"event_type":%q,"created_at":%q,"recorded_at":%q,"created_by":`, id, kind, a.stamp(ch.At), a.stamp(ch.At))
	b = x.user(b, ch.By)
	b = fmt.Appendf(b, `,"session_id":%q,"source":`, "s"+id[:8])
	if nth%2 == 1 && a.has("events-source-null") {
		return append(b, "null}"...)
	}
	return append(x.item(b, it, standardFields[it.Kind]), '}')
}

func (a *API) eventAnswer(entries []byte, n int, next int64) []byte {
	at := strconv.FormatInt(next, 10)
	if !a.has("events-number-position") {
		at = strconv.Quote(at)
	}
	b := fmt.Appendf(nil, `{"chunk_size":%d,"next_stream_position":%s,"entries":[`, n, at)
	return append(append(b, entries...), ']', '}')
}

const (
	pollMinutes = 10
	pollTimeout = 610 // seconds after which a client gives up
)

// realtimeServers answers OPTIONS /events: where to wait for changes.
func (a *API) realtimeServers(c *call) error {
	stream := firstName(c.r.URL.Query().Get("stream_type"), "all")
	var ttl, retries any = strconv.Itoa(pollMinutes), "10"
	if a.has("poll-numbers") {
		ttl, retries = pollMinutes, 10
	}
	url := origin(c.r) + "/subscribe?channel=" + a.opts.Random.Text(16) + "." + c.who.ID + "&stream_type=" + stream
	return writeJSON(c.w, http.StatusOK, map[string]any{"chunk_size": 1, "entries": []any{map[string]any{
		"type": "realtime_server", "url": url, "ttl": ttl, "max_retries": retries, "retry_timeout": pollTimeout,
	}}})
}

// subscriber finds the account of a channel.
func (a *API) subscriber(channel string) *Account {
	_, id, _ := strings.Cut(channel, ".")
	return a.accountByID(id)
}
