package box

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"dossier/remote"
	"dossier/remote/rest"
	"dossier/remote/sandbox"
	"dossier/remote/sandbox/mischief"
)

// drained follows the feed to its end.
func (w *world) drained(cursor string) (items []remote.Change, next string) {
	w.Helper()
	for range 50 {
		page, err := w.Changes(w.ctx, cursor)
		if err != nil {
			w.Fatal(err)
		}
		items, cursor = append(items, page.Items...), page.Next
		if !page.More {
			return items, cursor
		}
	}
	w.Fatal("the feed never ends")
	return nil, ""
}

func (w *world) now() string {
	w.Helper()
	cursor, err := w.Now(w.ctx)
	if err != nil {
		w.Fatal(err)
	}
	return cursor
}

// Whatever happens on the portal comes once, in whichever way the feed is served, and the cursor never goes astray.
func TestFeedTellsWhatHappened(t *testing.T) {
	for _, quirk := range []string{"", "events-duplicate", "events-replay", "events-shuffled", "events-position-zero", "events-number-position", "events-modify", "number-ids"} {
		t.Run(quirk, func(t *testing.T) {
			inWorld(t, func(w *world) {
				before := w.create("before.pdf", "x")
				if quirk != "" {
					w.quirk(quirk)
				}
				cursor := w.now()
				a := w.create("a.pdf", "one")
				a, err := w.Replace(w.ctx, a, w.upload("a.pdf", "two"))
				if err != nil {
					w.Fatal(err)
				}
				a, err = w.Move(w.ctx, a, remote.Place{Parent: w.root, Name: "b.pdf"})
				if err != nil {
					w.Fatal(err)
				}
				folder, err := w.MakeFolder(w.ctx, remote.Place{Parent: w.root, Name: "sub"})
				if err != nil {
					w.Fatal(err)
				}
				if err := w.Delete(w.ctx, before); err != nil {
					w.Fatal(err)
				}
				a.Uploader = "" // events do not tell
				items, next := w.drained(cursor)
				want := map[remote.ID]int{a.ID: 3, folder.ID: 1, before.ID: 1}
				for _, c := range items {
					want[c.ID]--
					if c.Gone != (c.ID == before.ID) && quirk != "events-replay" || c.Access || (c.Entry != nil && c.Entry.ID != c.ID) {
						w.Errorf("%+v", c)
					}
					if c.ID == a.ID && c.Entry != nil && c.Entry.Seq == a.Seq && *c.Entry != a {
						w.Errorf("told %+v\nwant %+v", *c.Entry, a)
					}
				}
				for id, n := range want {
					if n > 0 && quirk == "" || n == 5 || n < 0 && quirk != "events-replay" {
						w.Errorf("%s: %d times too few", id, n)
					}
				}
				if again, end := w.drained(next); len(again) > 0 && quirk != "events-replay" || !goodPosition(end) {
					w.Errorf("then came %+v, until %q", again, end)
				}
			})
		})
	}
}

// With events served again and again at a position that moves on, a look still ends, and still is one call when there is nothing.
func TestReplayedEventsCountAsNothing(t *testing.T) {
	inWorld(t, func(w *world) {
		w.quirk("events-replay")
		cursor := w.now()
		w.create("a.pdf", "one")
		_, cursor = w.drained(cursor)
		w.box.ResetCalls()
		page, err := w.Changes(w.ctx, cursor)
		if err != nil || len(page.Items) > 0 || page.More {
			w.Errorf("%+v, %v", page, err)
		}
		w.calls(mischief.Calls{"GET /2.0/events": 1})
	})
}

// A page that was read but whose effects were not stored is asked for again from the same cursor, and must be told again.
func TestSameCursorTellsTheSameAgain(t *testing.T) {
	for _, quirk := range []string{"", "events-replay"} {
		inWorld(t, func(w *world) {
			if quirk != "" {
				w.quirk(quirk)
			}
			cursor := w.now()
			w.create("a.pdf", "one")
			for range 3 {
				page, err := w.Changes(w.ctx, cursor)
				if err != nil || len(page.Items) == 0 {
					w.Errorf("%s: %+v, %v", quirk, page, err)
				}
				if _, err := w.Changes(w.ctx, page.Next); err != nil {
					w.Error(err)
				}
			}
		})
	}
}

// A position that is refused, or lies behind ours, calls for a new crawl; trouble on the way does not.
func TestLostPositions(t *testing.T) {
	inWorld(t, func(w *world) {
		cursor := w.now()
		w.create("a.pdf", "one")
		w.quirk("events-expired")
		_, err := w.Changes(w.ctx, cursor)
		w.code(err, remote.Reset)
		w.box.ClearQuirk()
		for _, bad := range []string{"", "0", "000", "now?", "12", strings.Repeat("9", 200)} {
			_, err := w.Changes(w.ctx, bad)
			w.code(err, remote.Reset)
		}
		for code, f := range map[remote.Code]mischief.Fault{
			remote.Unavailable: {Do: mischief.Status, Status: 503}, remote.Corrupt: {Do: mischief.HTML}, remote.SignIn: {Do: mischief.Expired},
		} {
			id, err := w.box.Fault(f)
			if err != nil {
				w.Fatal(err)
			}
			_, err = w.Changes(w.ctx, cursor)
			w.code(err, code)
			w.box.ClearFaults(id)
		}
	})
	inWorld(t, func(w *world) { // a portal that was restored (P20)
		snap := w.box.Snapshot()
		w.create("a.pdf", "one")
		cursor := w.now()
		if err := w.box.RestoreSnapshot(snap); err != nil {
			w.Fatal(err)
		}
		_, err := w.Changes(w.ctx, cursor)
		w.code(err, remote.Reset)
	})
}

func TestEventForms(t *testing.T) {
	file := `{"type":"file","id":"1","sequence_id":"2","etag":"2","sha1":"AA","name":"a","size":3,"parent":{"id":"7"},"item_status":"active","file_version":{"id":"9"}}`
	for name, c := range map[string]struct {
		event string
		want  []remote.Change
	}{
		"complete":          {`{"event_type":"ITEM_UPLOAD","source":` + file + `}`, []remote.Change{{ID: "1", Kind: remote.File, Entry: &remote.Entry{ID: "1", Parent: "7", Name: "a", Kind: remote.File, Size: 3, Content: "9", SHA1: "aa", Guard: "2", Seq: 3}}}},
		"half told":         {`{"event_type":"ITEM_RENAME","source":{"type":"file","id":1,"name":"a"}}`, []remote.Change{{ID: "1", Kind: remote.File}}},
		"a trashed folder":  {`{"event_type":"ITEM_TRASH","source":{"type":"folder","id":"5"}}`, []remote.Change{{ID: "5", Kind: remote.Folder, Gone: true}}},
		"trashed meanwhile": {`{"event_type":"ITEM_RENAME","source":{"type":"file","id":"5","item_status":"trashed"}}`, []remote.Change{{ID: "5", Kind: remote.File, Gone: true}}},
		"a lock":            {`{"event_type":"LOCK_CREATE","source":` + file + `}`, []remote.Change{{ID: "1", Kind: remote.File}}},
		"a bookmark":        {`{"event_type":"ITEM_CREATE","source":{"type":"web_link","id":"5"}}`, []remote.Change{{ID: "5", Kind: remote.Other}}},
		"rights":            {`{"event_type":"COLLAB_REMOVE_COLLABORATOR","source":{"type":"folder","id":"5"}}`, []remote.Change{{Access: true}}},
		"rights, no source": {`{"event_type":"GROUP_ADD_USER","source":null}`, []remote.Change{{Access: true}}},
		"no source":         {`{"event_type":"ITEM_TRASH","source":null}`, []remote.Change{{Access: true}}},
		"source left out":   {`{"event_type":"LOCK_DESTROY"}`, nil},
		"source without id": {`{"event_type":"LOCK_DESTROY","source":{"type":"file"}}`, nil},
		"source of no kind": {`{"event_type":"ITEM_CREATE","source":"x"}`, nil},
		"unknown type":      {`{"event_type":"ITEM_DANCE","source":` + file + `}`, nil},
		"not of the tree":   {`{"event_type":"COMMENT_CREATE","source":{"type":"comment","id":"5"}}`, nil},
	} {
		var e event
		if err := json.Unmarshal([]byte(c.event), &e); err != nil {
			t.Fatal(err)
		}
		var got []remote.Change
		if change, ok := e.change(); ok {
			got = append(got, change)
		}
		if fmt.Sprintf("%+v", deref(got)) != fmt.Sprintf("%+v", deref(c.want)) {
			t.Errorf("%s:\n got %+v\nwant %+v", name, deref(got), deref(c.want))
		}
	}
}

func deref(list []remote.Change) (out []any) {
	for _, c := range list {
		var e remote.Entry
		if c.Entry != nil {
			e = *c.Entry
		}
		c.Entry = nil
		out = append(out, c, e)
	}
	return out
}

func TestPositions(t *testing.T) {
	for body, want := range map[string]string{
		`{"next_stream_position":1152922976252290886,"entries":[]}`:   "1152922976252290886",
		`{"next_stream_position":"1152922976252290886","entries":[]}`: "1152922976252290886",
		`{"next_stream_position":9223372036854775807,"entries":[]}`:   "9223372036854775807",
		`{"next_stream_position":0,"entries":[]}`:                     "1152922976252290000",
		`{"next_stream_position":"0","entries":[]}`:                   "1152922976252290000",
		`{"next_stream_position":null,"entries":[]}`:                  "1152922976252290000",
		`{"entries":[]}`: "1152922976252290000",
	} {
		synctest.Test(t, func(t *testing.T) {
			d := say(t, map[string]http.HandlerFunc{"GET /2.0/events": status200(body)})
			page, err := d.Changes(t.Context(), "1152922976252290000")
			if err != nil || page.Next != want || page.More {
				t.Errorf("%s: %+v, %v", body, page, err)
			}
			now, err := d.Now(t.Context())
			if (err == nil) != (want != "1152922976252290000") || err == nil && now != want {
				t.Errorf("%s: now %q, %v", body, now, err)
			}
		})
	}
}

// The long poll returns as soon as something happens after the cursor, and at the end of its time.
func TestLongPoll(t *testing.T) {
	for _, quirk := range []string{"", "poll-numbers"} {
		inWorld(t, func(w *world) {
			if quirk != "" {
				w.quirk(quirk)
			}
			cursor := w.now()
			began := time.Now()
			done := make(chan error)
			go func() { done <- w.Wait(w.ctx, cursor) }()
			_ = rest.Sleep(w.ctx, 90*time.Second)
			if _, err := w.box.Put(sandbox.Box, sandbox.ClientsFolder+"/a", strings.NewReader("x"), time.Time{}); err != nil {
				w.Fatal(err)
			}
			if err := <-done; err != nil || time.Since(began) != 90*time.Second {
				w.Errorf("%s: after %v: %v", quirk, time.Since(began), err)
			}
			if err := w.Wait(w.ctx, cursor); err != nil || time.Since(began) != 90*time.Second {
				w.Errorf("%s: something had happened already: %v, %v", quirk, time.Since(began), err)
			}
			_, cursor = w.drained(cursor)
			if err := w.Wait(w.ctx, cursor); err != nil || time.Since(began) < 11*time.Minute {
				w.Errorf("%s: nothing happened: %v, %v", quirk, time.Since(began), err)
			}
		})
	}
}

func TestLongPollIsAHintOnly(t *testing.T) {
	for _, quirk := range []string{"poll-reconnect", "poll-max-retries", "poll-false-alarm", "poll-silent"} {
		inWorld(t, func(w *world) {
			w.quirk(quirk)
			cursor := w.now()
			w.box.ResetCalls()
			if err := w.Wait(w.ctx, cursor); err != nil {
				w.Errorf("%s: %v", quirk, err)
			}
			if n := w.box.Calls(sandbox.Box).Total(); n != 2 {
				w.Errorf("%s: %v", quirk, w.box.Calls(sandbox.Box))
			}
		})
	}
	inWorld(t, func(w *world) {
		cursor := w.now()
		ctx, cancel := context.WithTimeout(w.ctx, time.Minute)
		defer cancel()
		if err := w.Wait(ctx, cursor); !errors.Is(err, context.DeadlineExceeded) {
			w.Errorf("after its context: %v", err)
		}
	})
}

// At the vendor the poll's address is on another host: it goes over https, and without our token. A poll that stays silent for
// longer than Box said is over; that is no error, and is not repeated.
func TestLongPollElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		polls := 0
		d, err := open(rest.Options{Token: "tok-123456", Transport: wrapped(func(r *http.Request) (*http.Response, error) {
			if r.Method == http.MethodOptions {
				return handler(status200(`{"entries":[{"type":"realtime_server","url":"http://2.realtime.test/subscribe?channel=s3cr3t","retry_timeout":30}]}`)).RoundTrip(r)
			}
			polls++
			if r.URL.Scheme != "https" || r.Header.Get("Authorization") != "" || r.URL.Query().Get("stream_position") != "77" || r.URL.Query().Get("channel") != "s3cr3t" {
				t.Errorf("%s with %v", r.URL, r.Header)
			}
			<-r.Context().Done()
			return nil, r.Context().Err()
		})})
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if err := d.Wait(t.Context(), "77"); err != nil || polls != 1 || time.Since(began) != 30*time.Second+pollSlack {
			t.Errorf("%v after %v and %d polls", err, time.Since(began), polls)
		}
	})
}
