package mijnklantportaal

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"dossier/remote"
	"dossier/remote/rest"
	"dossier/remote/sandbox"
	"dossier/remote/sandbox/mischief"
)

// A folder costs one call for each fifteen items; the first list of all one more, and an empty one a look.
func TestListCostsOneCallAPage(t *testing.T) {
	inWorld(t, everything, func(w *world) {
		for i := range 31 {
			w.put(fmt.Sprintf("a/%d.txt", i), "x")
		}
		for i := range 15 {
			w.put(fmt.Sprintf("b/%d.txt", i), "x")
		}
		n := 0
		for _, err := range w.Crawl(w.ctx, w.root) {
			if err != nil {
				w.Fatal(err)
			}
			n++
		}
		if n != 31+15+2 {
			w.Errorf("%d items were told", n)
		}
		w.calls(mischief.Calls{"GET /v1/files": 1 + 3 + 1 + 1})
		w.mkdir("empty")
		w.box.ResetCalls()
		for _, err := range w.Crawl(w.ctx, w.root) {
			if err != nil {
				w.Fatal(err)
			}
		}
		w.calls(mischief.Calls{"GET /v1/files": 1 + 3 + 1 + 1, "GET /v1/files/{id}": 1})
	})
}

// What is no page of this list is an error, never a list that ends.
func TestWhatIsNoListIsAnError(t *testing.T) {
	ok := file("fsf_1", "a", 1)
	for what, body := range map[string]any{
		"nothing":                       ``,
		"cut":                           `{"current_page":1,"data":[{"id":"fsf_1","type":"file","na`,
		"a list of items":               `[]`,
		"an empty object":               `{}`,
		"data that is null":             `{"current_page":1,"data":null,"next_page_url":null}`,
		"data of another kind":          `{"current_page":1,"data":{"id":"fsf_1"},"next_page_url":null}`,
		"no number":                     `{"data":[],"next_page_url":null}`,
		"another page":                  pageOf(2, false, ok),
		"a next that is true":           `{"current_page":1,"data":[{"id":"fsf_1","type":"file","name":"a","size":1}],"next_page_url":true}`,
		"a next that is empty":          `{"current_page":1,"data":[{"id":"fsf_1","type":"file","name":"a","size":1}],"next_page_url":""}`,
		"an empty page, and more":       pageOf(1, true),
		"something after it":            `{"current_page":1,"data":[],"next_page_url":null}{}`,
		"an item without an id":         pageOf(1, false, map[string]any{"type": "file", "name": "a", "size": 1}),
		"an item that is null":          `{"current_page":1,"data":[null],"next_page_url":null}`,
		"an item without a name":        pageOf(1, false, file("fsf_1", "", 1)),
		"an id with a slash":            pageOf(1, false, file("../admin", "a", 1)),
		"the root among its own":        pageOf(1, false, folder("root", "a")),
		"an item of less than no bytes": pageOf(1, false, file("fsf_1", "a", -1)),
		"a size that is a text":         `{"current_page":1,"data":[{"id":"fsf_1","type":"file","name":"a","size":"big"}],"next_page_url":null}`,
		"one item twice":                pageOf(1, false, ok, ok),
		"a message":                     `{"message":"fine"}`,
	} {
		t.Run(what, func(t *testing.T) {
			d := say(t, everything, map[string]http.HandlerFunc{"GET /v1/files": reply(200, body)})
			for _, list := range []func(func(remote.Entry, error) bool){d.Children(t.Context(), Root), d.Crawl(t.Context(), Root)} {
				n := 0
				var last error
				for _, err := range list {
					n++
					last = err
				}
				if coded(t, last, remote.Corrupt); n != 1 {
					t.Errorf("%d things were told before", n-1)
				}
			}
		})
	}
}

func TestWebPageIsNoList(t *testing.T) {
	d := say(t, everything, map[string]http.HandlerFunc{"GET /v1/files": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, "<html>Sign in</html>")
	}})
	_, err := d.list(t.Context(), Root)
	coded(t, err, remote.Corrupt)
}

// pages serves a list whose pages are made as they are asked for; each is told how often pages were asked for before.
func pages(make func(asked, n int) any) http.HandlerFunc {
	asked := 0
	return func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.URL.Query().Get("page"))
		reply(200, make(asked, n))(w, r)
		asked++
	}
}

// A list that has an item twice has another one not at all: it is read again, and if it does not keep still it is no list.
func TestShiftingPages(t *testing.T) {
	a, b, c := file("fsf_1", "a", 1), file("fsf_2", "b", 1), file("fsf_3", "c", 1)
	for what, tt := range map[string]struct {
		page func(asked, n int) any
		want int // items; -1: it fails
	}{
		"keeps still": {func(_, n int) any { return []any{0, pageOf(1, true, a, b), pageOf(2, false, c)}[n] }, 3},
		"shifts once": {func(asked, n int) any {
			if asked == 1 {
				return pageOf(2, false, b)
			}
			return []any{0, pageOf(1, true, a, b), pageOf(2, false, c)}[n]
		}, 3},
		"loses its last page once": {func(asked, n int) any {
			if asked == 1 {
				return pageOf(2, false)
			}
			return []any{0, pageOf(1, true, a, b), pageOf(2, false, c)}[n]
		}, 3},
		"shifts always":        {func(_, n int) any { return []any{0, pageOf(1, true, a, b), pageOf(2, false, b)}[n] }, -1},
		"always the same page": {func(_, n int) any { return pageOf(n, true, a, b) }, -1},
		"does not end":         {func(_, n int) any { return pageOf(n, true, file(fmt.Sprintf("fsf_%d", n), "a", 1)) }, -1},
		"does not say that it goes on": {func(_, n int) any {
			p := []map[string]any{nil, pageOf(1, false, a, b), pageOf(2, false, c), pageOf(3, false)}[n]
			delete(p, "next_page_url")
			return p
		}, 3},
	} {
		t.Run(what, func(t *testing.T) {
			d := say(t, everything, map[string]http.HandlerFunc{"GET /v1/files": pages(tt.page)})
			entries, err := d.list(t.Context(), Root)
			if tt.want < 0 {
				if coded(t, err, remote.Corrupt); entries != nil {
					t.Errorf("%d items were told", len(entries))
				}
				return
			}
			if err != nil || len(entries) != tt.want {
				t.Errorf("%d items, %v", len(entries), err)
			}
		})
	}
}

// P8: what could not be read whole is unknown, and not gone.
func TestShiftingFolderIsAGap(t *testing.T) {
	inWorld(t, everything, func(w *world) {
		for i := range 40 {
			w.put(fmt.Sprintf("many/%d", i), "x")
		}
		w.put("few/a", "x")
		w.quirk("mkp-rows-shift")
		told := map[string]bool{}
		gaps := 0
		for e, err := range w.Crawl(w.ctx, w.root) {
			if gap, ok := errors.AsType[*remote.Gap](err); ok {
				gaps++
				w.code(gap, remote.Corrupt)
			} else if err != nil {
				w.Fatal(err)
			}
			told[e.Name] = true
		}
		if gaps != 1 || !told["a"] || told["0"] {
			w.Errorf("%d gaps, told are %v", gaps, told)
		}
	})
}

// A list without items is believed only of a folder that is there.
func TestEmptyListIsLookedAt(t *testing.T) {
	empty := reply(200, pageOf(1, false))
	d := say(t, everything, map[string]http.HandlerFunc{"GET /v1/files": empty, "GET /v1/files/fsd_1": reply(404, `{"message":"Not found."}`)})
	_, err := d.list(t.Context(), "fsd_1")
	coded(t, err, remote.NotFound)
	d = say(t, everything, map[string]http.HandlerFunc{"GET /v1/files": empty, "GET /v1/files/fsd_1": reply(200, folder("fsd_1", "a"))})
	if entries, err := d.list(t.Context(), "fsd_1"); err != nil || len(entries) != 0 {
		t.Errorf("%v, %v", entries, err)
	}
	d = say(t, everything, map[string]http.HandlerFunc{"GET /v1/files": empty, "GET /v1/files/fsf_1": reply(200, file("fsf_1", "a", 1))})
	_, err = d.list(t.Context(), "fsf_1")
	coded(t, err, remote.NotFound)
}

// P22: a portal that lists something else than it was asked for must not show one client what is another's.
func TestListOfSomethingElseIsRefused(t *testing.T) {
	for _, quirk := range []string{"mkp-list-root-only", "mkp-list-deep"} {
		inWorld(t, everything, func(w *world) {
			w.put("client/2026/mine.txt", "x")
			w.put("other/theirs.txt", "x")
			id, err := w.box.MkdirAll(portal, sandbox.ClientsFolder+"/client")
			if err != nil {
				w.Fatal(err)
			}
			w.quirk(quirk)
			var last error
			for e, err := range w.Crawl(w.ctx, remote.ID(id)) {
				if last = err; e.Name == "other" || e.Name == "theirs.txt" {
					w.Errorf("%s: %q was told", quirk, e.Name)
				}
			}
			w.code(last, remote.Unsupported)
		})
	}
}

func TestFolderThatListsItself(t *testing.T) {
	d := say(t, everything, map[string]http.HandlerFunc{"GET /v1/files": reply(200, pageOf(1, false, folder("fsd_1", "a")))})
	_, err := d.list(t.Context(), "fsd_1")
	coded(t, err, remote.Corrupt)
}

// Where there is no listing after all, that is said, and how to set it right.
func TestNoListing(t *testing.T) {
	for quirk, code := range map[string]remote.Code{"mkp-list-404": remote.Unsupported, "mkp-list-405": remote.Unsupported} {
		inWorld(t, everything, func(w *world) {
			w.put("a.txt", "a")
			w.quirk(quirk)
			for _, folder := range []remote.ID{w.root, Root} {
				_, err := w.names(folder)
				w.code(err, code)
			}
		})
	}
	inWorld(t, nil, func(w *world) {
		_, err := w.names(w.root)
		if e := w.code(err, remote.Unsupported); !strings.Contains(e.Error(), "assume.listing") {
			w.Errorf("error is %q", e)
		}
		w.calls(mischief.Calls{})
	})
}

// A refusal that concerns all folders ends a crawl; one of many folders in a row does so too.
func TestCrawlEndsWhereNothingCanBeRead(t *testing.T) {
	for status, code := range map[int]remote.Code{401: remote.SignIn, 429: remote.Throttled, 503: remote.Unavailable, 403: remote.Denied} {
		inWorldOf(t, sandbox.Options{}, rest.Options{Assume: everything, Attempts: 1}, func(w *world) {
			for i := range 30 {
				w.put(fmt.Sprintf("d%d/a", i), "x")
			}
			if _, err := w.names(w.root); err != nil { // the scope is known from here on
				w.Fatal(err)
			}
			w.fault(mischief.Fault{Do: mischief.Status, Status: status, Method: "GET", Path: "directory=", Skip: 2})
			gaps, last := 0, error(nil)
			for _, err := range w.Crawl(w.ctx, w.root) {
				if last = err; err != nil {
					gaps++
				}
			}
			if w.code(last, code); gaps > mostGaps || (code == remote.SignIn || code == remote.Throttled) && gaps != 1 {
				w.Errorf("%d: ended after %d errors", status, gaps)
			}
		})
	}
}
