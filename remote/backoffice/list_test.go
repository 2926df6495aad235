package backoffice

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"dossier/remote"
	"dossier/remote/rest"
	"dossier/remote/sandbox"
	"dossier/remote/sandbox/mischief"
)

// A list is read in three shapes. What comes in any other is an error, and never an empty list.
func TestListsOfAnotherShape(t *testing.T) {
	const row = `{"id":9,"name":"Service agreement","file":"y/1662913861_file.pdf","directoryId":null,"priority":1}`
	for body, names := range map[string][]string{
		`[]`:                          nil,
		`{"data":[]}`:                 nil,
		`[` + row + `]`:               {"Service agreement.pdf"},
		`{"data":[` + row + `]}`:      {"Service agreement.pdf"},
		row:                           {"Service agreement.pdf"},
		` [` + row + `] `:             {"Service agreement.pdf"},
		`[{"id":"9","name":"a.txt"}]`: {"a.txt"},
		`[{"id":9,"caption":"a.txt","file":null,"directoryId":0}]`: {"a.txt"},
		`[{"id":9}]`: {"File 9"},
	} {
		synctest.Test(t, func(t *testing.T) {
			d := say(t, nil, map[string]http.HandlerFunc{"GET /clients/17/files": firstPage(body)})
			found, err := crawled(d)
			var got []string
			for _, e := range found {
				got = append(got, e.Name)
			}
			if err != nil || !slices.Equal(got, names) {
				t.Errorf("%s: %q, %v", body, got, err)
			}
		})
	}
	for _, body := range []string{
		``, `null`, `""`, `17`, `true`, `{}`, `{"result":[]}`, `{"data":null}`, `{"data":{}}`, `{"data":` + row + `}`, `{"message":"Server error"}`, `{"error":{"id":9}}`,
		`[null]`, `[17]`, `[[]]`, `["a"]`, `[{"name":"a"}]`, `[{"id":0,"name":"a"}]`, `[{"id":-1}]`, `[{"id":1.5}]`, `[{"id":"x"}]`, `[{"id":9,"name":17}]`,
		`[{"id":9,"directoryId":"root"}]`, `[` + row, `[` + row + `][]`, `<!DOCTYPE html><html></html>`, `[{"id":9,"name":"` + strings.Repeat("n", 5000) + `"}]`,
	} {
		synctest.Test(t, func(t *testing.T) {
			d := say(t, nil, map[string]http.HandlerFunc{"GET /clients/17/files": reply(200, body)})
			if found, err := crawled(d); err == nil || remote.CodeOf(err) != remote.Corrupt || len(found) > 0 {
				t.Errorf("%s is taken for %v, %v", body, found, err)
			}
		})
	}
	inWorldWith(t, nil, []string{"bo-envelope-unknown"}, func(w *world) {
		_, err := w.crawl()
		code(w, err, remote.Corrupt)
	})
}

// firstPage gives a list from an offset on, if it comes bare; in another shape it is one row.
func firstPage(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var rows []json.RawMessage
		offset, _ := strconv.Atoi(r.URL.Query().Get("offset"))
		switch err := json.Unmarshal([]byte(body), &rows); {
		case offset == 0:
			reply(200, body)(w, r)
		case err != nil || offset >= len(rows):
			reply(200, `[]`)(w, r)
		default:
			reply(200, rows[offset:])(w, r)
		}
	}
}

// Whatever befalls a list on its way, it is an error, and never taken for less than it is.
func TestSpoiltLists(t *testing.T) {
	for _, do := range []string{mischief.HTML, mischief.Truncated, mischief.CutBody, mischief.EndlessList, mischief.ShiftingPages} {
		inWorld(t, func(w *world) {
			for i := range 120 {
				w.put(fmt.Sprintf("%03d.pdf", i), "x")
			}
			if n := len(w.shown()); n != 120 {
				w.Fatalf("%d are shown", n)
			}
			w.fault(mischief.Fault{Do: do, Path: "/files"})
			if paths, err := w.crawl(); err == nil {
				w.Errorf("%s: %d files are shown", do, len(paths))
			}
			w.office.ClearFaults()
			if n := len(w.shown()); n != 120 {
				w.Errorf("%s: %d are shown afterwards", do, n)
			}
		})
	}
}

// A list that changes between two pages is read anew: nothing is missed, nothing told twice.
func TestListsThatShiftOnceAreReadAnew(t *testing.T) {
	for name, change := range map[string]func(rows []int) []int{
		"the first taken away":  func(rows []int) []int { return rows[1:] },
		"one taken in between":  func(rows []int) []int { return slices.Delete(slices.Clone(rows), 50, 51) },
		"one put before":        func(rows []int) []int { return append([]int{1000}, rows...) },
		"all but one taken off": func(rows []int) []int { return rows[:1] },
		"the last put in front": func(rows []int) []int { return append([]int{rows[len(rows)-1]}, rows[:len(rows)-1]...) },
	} {
		synctest.Test(t, func(t *testing.T) {
			rows := numbers(250)
			calls := 0
			d := say(t, nil, map[string]http.HandlerFunc{"GET /clients/17/files": func(w http.ResponseWriter, r *http.Request) {
				if calls++; calls == 2 {
					rows = change(rows)
				}
				reply(200, pageOf(rows, r, pageSize))(w, r)
			}})
			found, err := crawled(d)
			if err != nil || len(found) != len(rows) {
				t.Errorf("%s: %d files are told of %d, %v", name, len(found), len(rows), err)
			}
			for i, e := range found {
				if e.ID != fileID(17, int64(rows[i])) {
					t.Errorf("%s: row %d is %q", name, i, e.ID)
					break
				}
			}
		})
	}
}

func numbers(n int) []int {
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i + 1
	}
	return rows
}

// pageOf is the page that is asked for, of most rows at the most.
func pageOf(rows []int, r *http.Request, most int) string {
	q := r.URL.Query()
	offset, _ := strconv.Atoi(q.Get("offset"))
	limit, _ := strconv.Atoi(q.Get("limit"))
	rows = rows[min(offset, len(rows)):]
	var b strings.Builder
	for i, n := range rows[:min(limit, most, len(rows))] {
		if i > 0 {
			b.WriteString(",")
		}
		fmt.Fprintf(&b, `{"id":%d,"name":"%d.pdf","file":"y/%d_x.pdf","directoryId":null}`, n, n, n)
	}
	return "[" + b.String() + "]"
}

// A row that comes twice is a list that changes under our hands, in one page as well.
func TestRowsThatComeTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := say(t, nil, map[string]http.HandlerFunc{"GET /clients/17/files": firstPage(`[{"id":1,"name":"a"},{"id":2,"name":"b"},{"id":1,"name":"a"}]`)})
		found, err := crawled(d)
		if code(t, err, remote.Busy); len(found) > 0 {
			t.Errorf("%+v", found)
		}
	})
}

// However many rows a page has, and be it one, all are told.
func TestPagesOfAnySize(t *testing.T) {
	for _, most := range []int{1, 2, 3, 99, 100} {
		for _, n := range []int{0, 1, 2, 3, 99, 100, 101, 199, 200} {
			synctest.Test(t, func(t *testing.T) {
				d := say(t, nil, map[string]http.HandlerFunc{"GET /clients/17/files": func(w http.ResponseWriter, r *http.Request) {
					reply(200, pageOf(numbers(n), r, most))(w, r)
				}})
				if found, err := crawled(d); err != nil || len(found) != n {
					t.Errorf("pages of %d: %d of %d, %v", most, len(found), n, err)
				}
			})
		}
	}
}

// A portal that ignores paging gives the same page again: the list is whole if it was shorter than a page, or if a setting says so.
func TestPagingIgnored(t *testing.T) {
	for _, n := range []int{1, 2, 99, 100, 250} {
		for _, set := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				whole := func(w http.ResponseWriter, r *http.Request) {
					r.URL.RawQuery = "limit=100000"
					reply(200, pageOf(numbers(n), r, 100000))(w, r)
				}
				d := say(t, rest.Assume{assumePaging: !set}, map[string]http.HandlerFunc{"GET /clients/17/files": whole})
				found, err := crawled(d)
				if n < pageSize || set {
					if err != nil || len(found) != n {
						t.Errorf("%d files, set %v: %d are told, %v", n, set, len(found), err)
					}
				} else if e := code(t, err, remote.Corrupt); !strings.Contains(e.Error(), "assume.paging") {
					t.Errorf("%d files: %v", n, e)
				}
			})
		}
	}
}

// A list that never ends is given up, by its rows, its bytes or its pages.
func TestEndlessList(t *testing.T) {
	for what, text := range map[string]string{"rows": "x", "bytes": strings.Repeat("x", 4000)} {
		s := sheet[fileRow]{ids: map[int64]bool{}}
		var err error
		n := int64(0)
		for err == nil && n < 2*mostRows {
			page := make([]fileRow, 10_000)
			for i := range page {
				page[i] = fileRow{ID: number(n + int64(i) + 1), title: title{Name: text}}
			}
			n = page[len(page)-1].key() - 1
			_, err = s.add(page)
		}
		if err == nil || len(s.rows) > mostRows+10_000 || s.bytes > mostBytes+40<<20 {
			t.Errorf("%s: after %d rows: %v", what, n, err)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		d := say(t, nil, map[string]http.HandlerFunc{"GET /clients/17/files": func(w http.ResponseWriter, r *http.Request) {
			calls++
			reply(200, fmt.Sprintf(`[{"id":%d,"name":"a","file":"y/a"}]`, calls))(w, r)
		}})
		_, err := crawled(d)
		if code(t, err, remote.Corrupt); calls != mostPages {
			t.Errorf("%d pages were read", calls)
		}
	})
}

// A list that is empty all of a sudden is not believed for a minute: rights that were taken away look the same. One that we have emptied
// ourselves is.
func TestSuddenEmptyList(t *testing.T) {
	inWorld(t, func(w *world) {
		a, b := w.create("a.pdf", "a"), w.create("b.pdf", "b")
		w.shows("a.pdf", "b.pdf")
		w.fault(mischief.Fault{Do: mischief.EmptyList, Path: "/files"})
		for range 3 {
			_, err := w.crawl()
			if e := code(w, err, remote.Unknown); e.RetryAfter == 0 {
				w.Errorf("%v", e)
			}
			if _, err := w.Get(w.ctx, a.ID, remote.File); remote.CodeOf(err) != remote.Unknown {
				w.Errorf("get: %v", err)
			}
			if absence, err := w.Confirm(w.ctx, a); err == nil || absence.Gone {
				w.Errorf("confirm: %+v, %v", absence, err)
			}
			time.Sleep(15 * time.Second)
		}
		w.office.ClearFaults()
		w.shows("a.pdf", "b.pdf")
		for _, e := range []remote.Entry{a, b, a} {
			if err := w.Delete(w.ctx, e); err != nil {
				w.Fatal(err)
			}
		}
		w.shows()
		w.put("c.pdf", "c")
		w.shows("c.pdf")
		w.trash("c.pdf")
		if _, err := w.crawl(); err == nil {
			w.Error("an empty list was believed at once")
		}
		time.Sleep(time.Minute)
		w.shows()
		w.shows()
	})
}

// Deleting one file twice does not make it two.
func TestSuddenEmptyListAfterADoubleDelete(t *testing.T) {
	inWorld(t, func(w *world) {
		a := w.create("a.pdf", "a")
		w.create("b.pdf", "b")
		w.shows("a.pdf", "b.pdf")
		for range 2 {
			if err := w.Delete(w.ctx, a); err != nil {
				w.Fatal(err)
			}
		}
		w.fault(mischief.Fault{Do: mischief.EmptyList, Path: "/files"})
		if paths, err := w.crawl(); err == nil {
			w.Errorf("shown are %q", paths)
		}
	})
}

// What rights hide is not in the list, like what is deleted. The mirror's two looks and its guards stand before that; here it is only
// seen that what is still there stays as it was, and comes back under its id.
func TestHiddenRows(t *testing.T) {
	inWorld(t, func(w *world) {
		api := w.office
		kept := w.create("a.pdf", "a")
		folder := w.mkdir("hidden")
		hidden := w.createIn(folder.ID, "b.pdf", "b")
		w.shows("a.pdf", "hidden", "hidden/b.pdf")
		id, err := api.Fault(mischief.Fault{Do: mischief.Status, Status: 403, Portal: sandbox.BackOffice, Path: "/files"})
		if err != nil {
			w.Fatal(err)
		}
		_, err = w.crawl()
		code(w, err, remote.Denied)
		api.ClearFaults(id)
		w.trash("hidden/b.pdf")
		w.shows("a.pdf", "hidden")
		if a, err := w.Confirm(w.ctx, hidden); err != nil || !a.Gone {
			w.Errorf("%+v, %v", a, err)
		}
		if e, err := w.Get(w.ctx, kept.ID, remote.File); err != nil || e.ID != kept.ID {
			w.Errorf("%+v, %v", e, err)
		}
	})
}

// What this API cannot tell, and so we do not see. Whoever closes one of these holes turns its case round.
func TestHoles(t *testing.T) {
	inWorldOf(t, sandbox.Options{}, rest.Options{}, func(w *world) {
		w.quirk("bo-replaced-same-path")
		w.put("a.pdf", "one")
		before, err := crawledEntries(w)
		if err != nil {
			w.Fatal(err)
		}
		w.put("a.pdf", "two")
		after, err := crawledEntries(w)
		if err != nil || len(before) != 1 || len(after) != 1 || before[0].Content != after[0].Content {
			w.Errorf("bytes that are replaced under the same id and path are seen by now: %+v, %+v, %v", before, after, err)
		}
	})
	inWorld(t, func(w *world) {
		w.quirk("bo-download-short")
		d := w.sign(rest.Options{Download: w.storage()})
		defer d.Close()
		e := w.create("a.pdf", "twice as long")
		w.Driver = d
		if got, err := w.read(e); err != nil || got != "twice " {
			w.Errorf("a download that is half and says so is seen by now: %q, %v", got, err)
		}
	})
}

func crawledEntries(w *world) (found []remote.Entry, err error) {
	for e, err := range w.Crawl(w.ctx, w.root) {
		if err != nil {
			return nil, err
		}
		found = append(found, e)
	}
	return found, nil
}
