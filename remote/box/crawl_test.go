package box

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"dossier/remote"
	"dossier/remote/rest"
	"dossier/remote/sandbox"
	"dossier/remote/sandbox/mischief"
)

// crawled collects a crawl by path, and checks that folders come before what lies in them.
func crawled(w *world, root remote.ID) (map[string]remote.Entry, []*remote.Gap, error) {
	w.Helper()
	paths := map[remote.ID]string{root: ""}
	found := map[string]remote.Entry{}
	var gaps []*remote.Gap
	for e, err := range w.Crawl(w.ctx, root) {
		if gap, ok := errors.AsType[*remote.Gap](err); ok {
			gaps = append(gaps, gap)
			continue
		}
		if err != nil {
			return found, gaps, err
		}
		parent, known := paths[e.Parent]
		if !known {
			w.Errorf("%q came before its folder", e.Name)
		}
		path := parent + "/" + e.Name
		if _, twice := found[path]; twice {
			w.Errorf("%q came twice", path)
		}
		found[path] = e
		if e.Kind == remote.Folder {
			paths[e.ID] = path
		}
	}
	return found, gaps, nil
}

// plant makes folders of files, and says which paths a crawl must find.
func (w *world) plant(folders, files int) map[string]bool {
	w.Helper()
	want := map[string]bool{}
	for i := range folders {
		dir := fmt.Sprintf("d%d/e%d", i%7, i)
		want["/"+dir[:2]], want["/"+dir] = true, true
		if _, err := w.box.MkdirAll(sandbox.Box, sandbox.ClientsFolder+"/"+dir); err != nil {
			w.Fatal(err)
		}
		for j := range files {
			name := fmt.Sprintf("%s/f%d.txt", dir, j)
			if _, err := w.box.Put(sandbox.Box, sandbox.ClientsFolder+"/"+name, strings.NewReader(name), time.Time{}); err != nil {
				w.Fatal(err)
			}
			want["/"+name] = true
		}
	}
	return want
}

func sameKeys[V any](found map[string]V, want map[string]bool) bool {
	for k := range want {
		if _, ok := found[k]; !ok {
			return false
		}
	}
	return len(found) == len(want)
}

// A crawl costs one call a page, whichever way the portal writes its pages.
func TestCrawlFindsAllWithOneCallAPage(t *testing.T) {
	for quirk, pages := range map[string]int{"": 48, "marker-null": 48, "marker-empty": 48, "short-pages": 48, "order-object": 48, "number-ids": 48} {
		inWorld(t, func(w *world) {
			want := w.plant(40, 3)
			if quirk != "" {
				w.quirk(quirk)
			}
			w.box.ResetCalls()
			found, gaps, err := crawled(w, w.root)
			if err != nil || len(gaps) > 0 || !sameKeys(found, want) {
				w.Errorf("%s: %d of %d, %d gaps, %v", quirk, len(found), len(want), len(gaps), err)
			}
			w.calls(mischief.Calls{"GET /2.0/folders/{id}/items": pages})
		})
	}
}

func TestLargeFolderComesInPages(t *testing.T) {
	inWorld(t, func(w *world) {
		want := w.plant(1, 2300)
		for _, c := range []struct {
			quirk string
			calls int
		}{{"", 3}, {"short-pages", 5}} { // in this order: a quirk stays on
			quirk, calls := c.quirk, c.calls
			if quirk != "" {
				w.quirk(quirk)
			}
			w.box.ResetCalls()
			found, _, err := crawled(w, w.root)
			if err != nil || !sameKeys(found, want) {
				w.Errorf("%s: %d of %d: %v", quirk, len(found), len(want), err)
			}
			w.calls(mischief.Calls{"GET /2.0/folders/{id}/items": calls + 2})
		}
	})
}

// A folder that cannot be read is a gap: the rest is told, and nobody can take what lies below it for deleted (P8).
func TestFolderThatFailsIsAGap(t *testing.T) {
	inWorld(t, func(w *world) {
		want := w.plant(14, 2)
		all, _, err := crawled(w, w.root)
		if err != nil {
			w.Fatal(err)
		}
		bad := all["/d3/e3"]
		w.fault(mischief.Fault{Do: mischief.Status, Status: 403, Path: "/folders/" + string(bad.ID) + "/items"})
		for path := range want {
			if strings.HasPrefix(path, "/d3/e3/") {
				delete(want, path)
			}
		}
		found, gaps, err := crawled(w, w.root)
		if err != nil || !sameKeys(found, want) || len(gaps) != 1 || gaps[0].Folder != bad.ID || remote.CodeOf(gaps[0]) != remote.Denied {
			w.Errorf("%d of %d, gaps %v, %v", len(found), len(want), gaps, err)
		}
	})
}

func TestCrawlThatFailsAsAWhole(t *testing.T) {
	for name, c := range map[string]struct {
		fault mischief.Fault
		code  remote.Code
	}{
		"the root is gone":      {mischief.Fault{Do: mischief.Status, Status: 404, Code: "not_found"}, remote.NotFound},
		"every folder fails":    {mischief.Fault{Do: mischief.Status, Status: 500, Skip: 8}, remote.Unavailable},
		"the token is refused":  {mischief.Fault{Do: mischief.Expired, Skip: 4}, remote.SignIn},
		"web pages come":        {mischief.Fault{Do: mischief.HTML}, remote.Corrupt},
		"it sends us elsewhere": {mischief.Fault{Do: mischief.Elsewhere, To: "https://evil.test"}, remote.Corrupt},
		"the JSON is cut":       {mischief.Fault{Do: mischief.Truncated}, remote.Corrupt},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				w.plant(60, 1)
				c.fault.Route = "/items"
				w.fault(c.fault)
				_, _, err := crawled(w, w.root)
				w.code(err, c.code)
			})
		})
	}
}

// A listing that never ends is an error, after a bounded number of calls; so is one that says nothing new.
func TestEndlessListings(t *testing.T) {
	inWorld(t, func(w *world) {
		w.plant(1, 5)
		w.fault(mischief.Fault{Do: mischief.EndlessList, Route: "/items"})
		var last error
		for _, err := range w.Children(w.ctx, w.root) {
			last = err
		}
		w.code(last, remote.Corrupt)
		if n := w.box.Calls(sandbox.Box).Total(); n > mostPages {
			w.Errorf("%d calls", n)
		}
	})
	for name, page := range map[string]func(n int64) string{
		"the same marker": func(int64) string { return `{"entries":[],"next_marker":"m"}` },
		"always new marker": func(n int64) string {
			return fmt.Sprintf(`{"entries":[{"type":"file","id":"1","name":"a"}],"next_marker":"m%d"}`, n)
		},
		"always new items": func(n int64) string {
			return fmt.Sprintf(`{"entries":[{"type":"file","id":"%d","name":"a"}],"next_marker":"m%d"}`, n, n)
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			var calls atomic.Int64
			d := say(t, map[string]http.HandlerFunc{"GET /2.0/folders/7/items": func(w http.ResponseWriter, _ *http.Request) {
				_, _ = w.Write([]byte(page(calls.Add(1))))
			}})
			var last error
			for _, err := range d.Children(t.Context(), "7") {
				last = err
			}
			if remote.CodeOf(last) != remote.Corrupt || calls.Load() > mostPages {
				t.Errorf("%s: %v after %d calls", name, last, calls.Load())
			}
		})
	}
}

// What is in the trash is not told, a repeated id once only, and a bookmark as something that has a name and is left alone.
func TestOddEntries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := say(t, map[string]http.HandlerFunc{
			"GET /2.0/folders/7/items": status200(`{"limit":1000,"order":{"by":"type"},"entries":[
				{"type":"folder","id":8,"sequence_id":3,"etag":1,"name":"sub"},
				{"type":"file","id":"1","etag":"0","sequence_id":"0","sha1":"ABCDEF","name":"../../x","size":1.5e+03,"file_version":{"id":"2"},"item_status":"active"},
				{"type":"file","id":"1","etag":"0","name":"again"},
				{"type":"file","id":"3","name":"binned","item_status":"trashed"},
				{"type":"web_link","id":"4","name":"bookmark"},
				{"type":"file","id":"5","name":"huge","size":1.23e+31,"sha1":"aa","lock":{"created_by":{"name":"Piet"}}},
				{"type":"file","id":"6","name":"secret","parent":null,"permissions":{"can_download":false}},
				{"type":"file","name":"without an id"}]}`),
			"GET /2.0/folders/8/items": status200(`{"entries":[{"type":"folder","id":"7","name":"loop"}]}`),
		})
		found := map[remote.ID]remote.Entry{}
		for e, err := range d.Crawl(t.Context(), "7") {
			if err != nil {
				t.Fatal(err)
			}
			found[e.ID] = e
		}
		for id, want := range map[remote.ID]remote.Entry{
			"8": {ID: "8", Parent: "7", Name: "sub", Kind: remote.Folder, Size: -1, Guard: "1", Seq: 4},
			"1": {ID: "1", Parent: "7", Name: "../../x", Kind: remote.File, Size: 1500, Guard: "0", Seq: 1, SHA1: "abcdef", Content: "2"},
			"4": {ID: "4", Parent: "7", Name: "bookmark", Kind: remote.Other, Size: -1},
			"5": {ID: "5", Parent: "7", Name: "huge", Kind: remote.File, Size: 1<<63 - 1, SHA1: "aa", Content: "sha1:aa", Frozen: "locked on the portal by Piet"},
			"6": {ID: "6", Parent: "7", Name: "secret", Kind: remote.File, Size: -1, Frozen: "no right to download it"},
			"7": {ID: "7", Parent: "8", Name: "loop", Kind: remote.Folder, Size: -1},
		} {
			if found[id] != want {
				t.Errorf("%s:\n got %+v\nwant %+v", id, found[id], want)
			}
			delete(found, id)
		}
		if len(found) > 0 {
			t.Errorf("besides: %+v", found)
		}
	})
}

func TestListingWithoutAList(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, body := range []string{`{}`, `{"entries":null}`, `null`, `[]`, `{"entries":{}}`} {
			d := say(t, map[string]http.HandlerFunc{"GET /2.0/folders/7/items": status200(json.RawMessage(body))})
			for _, err := range d.Children(t.Context(), "7") {
				if remote.CodeOf(err) != remote.Corrupt {
					t.Errorf("%s: %v", body, err)
				}
			}
		}
	})
}

func TestCrawlStopsWhenNobodyListens(t *testing.T) {
	inWorld(t, func(w *world) {
		w.plant(50, 1)
		w.box.ResetCalls()
		for range w.Crawl(w.ctx, w.root) {
			break
		}
		synctest.Wait()
		if n := w.box.Calls(sandbox.Box).Total(); n > 1 {
			w.Errorf("%d calls", n)
		}
		ctx, cancel := context.WithCancel(w.ctx)
		cancel()
		var last error
		for _, err := range w.Crawl(ctx, w.root) {
			last = err
		}
		if !errors.Is(last, context.Canceled) {
			w.Errorf("after cancel: %v", last)
		}
	})
}

func TestIDsAreNotPutIntoAddressesUnseen(t *testing.T) {
	d, err := open(rest.Options{URL: "https://box.test", Token: "tok-123456", Transport: handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("sent %s", r.URL)
	}))})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []remote.ID{"", "..", "1/../2", "1?x", "%2e", "a b"} {
		if _, err := d.Get(t.Context(), id, remote.File); remote.CodeOf(err) != remote.Corrupt {
			t.Errorf("%q: %v", id, err)
		}
		if _, err := d.Get(t.Context(), "1", 0); remote.CodeOf(err) != remote.Corrupt {
			t.Errorf("no kind: %v", err)
		}
		for _, err := range d.Crawl(t.Context(), id) {
			if remote.CodeOf(err) != remote.Corrupt {
				t.Errorf("%q: %v", id, err)
			}
		}
	}
}
