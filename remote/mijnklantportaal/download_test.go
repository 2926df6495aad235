package mijnklantportaal

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"dossier/remote"
	"dossier/remote/rest"
	"dossier/remote/sandbox"
	"dossier/remote/sandbox/mischief"
)

const content = "0123456789abcdef"

// downloads is a portal with one file, whose content is served by hand under the links that are given out in turn. Each call of the
// download host is told to seen, with its token.
func downloads(t *testing.T, assume rest.Assume, links []string, serve map[string]http.HandlerFunc) (d *Driver, e remote.Entry, seen *[]string) {
	t.Helper()
	seen = new([]string)
	asked := 0
	answers := map[string]http.HandlerFunc{
		"GET /v1/files/fsf_1": reply(200, file("fsf_1", "a", len(content))),
		"GET /v1/files/fsf_1/download": func(w http.ResponseWriter, r *http.Request) {
			link := links[min(asked, len(links)-1)]
			asked++
			reply(200, map[string]string{"link": link, "expiresAt": "2026-04-29T21:00:00+02:00"})(w, r)
		},
		"": func(w http.ResponseWriter, r *http.Request) {
			*seen = append(*seen, r.URL.Host+r.URL.Path+" "+r.Header.Get("Authorization")+r.Header.Get("Cookie"))
			if h := serve[r.URL.Host+r.URL.Path]; h != nil {
				h(w, r)
				return
			}
			w.WriteHeader(http.StatusNotFound)
		},
	}
	return say(t, assume, answers), remote.Entry{ID: "fsf_1", Name: "a", Kind: remote.File, Size: int64(len(content)), Content: fmt.Sprintf("fsf_1/%d", len(content))}, seen
}

func bytesOf(s string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(s)))
		_, _ = io.WriteString(w, s)
	}
}

func fetched(t *testing.T, d *Driver, e remote.Entry, offset int64) (string, error) {
	t.Helper()
	r, err := d.Download(t.Context(), e, offset)
	if err != nil {
		return "", err
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	return string(b), err
}

// The key stays at the portal: a link is a permission by itself, wherever it leads.
func TestLinksAreFollowedWithoutTheToken(t *testing.T) {
	d, e, seen := downloads(t, nil, []string{"https://one.test/f"}, map[string]http.HandlerFunc{
		"one.test/f": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://two.test/g", http.StatusFound)
		},
		"two.test/g": bytesOf(content),
	})
	if got, err := fetched(t, d, e, 0); got != content || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if want := "one.test/f |two.test/g "; strings.Join(*seen, "|") != want {
		t.Errorf("seen are %q, want %q", *seen, want)
	}
}

// A call that is answered with a way to elsewhere does not go there.
func TestTokenIsNotSentElsewhere(t *testing.T) {
	hits := 0
	sink := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hits++ }))
	defer sink.Close()
	inWorldOf(t, sandbox.Options{}, rest.Options{Assume: everything, Attempts: 1}, func(w *world) {
		e, dir := w.create("a", "a"), w.mkdir("d")
		w.fault(mischief.Fault{Do: mischief.Elsewhere, To: sink.URL})
		_, err := w.Get(w.ctx, e.ID, remote.File)
		w.code(err, remote.Corrupt)
		_, err = w.names(w.root)
		w.code(err, remote.Corrupt)
		_, err = w.read(e, 0)
		w.code(err, remote.Corrupt)
		_, err = w.Create(w.ctx, w.upload("b", "b"))
		if e := w.code(err, remote.Corrupt); e.Outcome != remote.MaybeDone {
			w.Errorf("%v", e)
		}
		w.code(w.Delete(w.ctx, dir), remote.Corrupt)
	})
	if hits != 0 {
		t.Errorf("%d calls went elsewhere", hits)
	}
}

func TestLinksThatAreNone(t *testing.T) {
	for _, link := range []string{"http://plain.test/f", "ftp://x.test/f", "https://user:pw@x.test/f", "/v1/files", "javascript:alert(1)", "https://", "::"} {
		d, e, seen := downloads(t, nil, []string{link}, nil)
		_, err := d.Download(t.Context(), e, 0)
		if coded(t, err, remote.Corrupt); len(*seen) != 0 {
			t.Errorf("%s was followed: %v", link, *seen)
		}
	}
	for _, body := range []any{`{}`, `{"link":null}`, `{"link":1}`, `[]`, `"https://x.test"`, ``} {
		d := say(t, nil, map[string]http.HandlerFunc{"GET /v1/files/fsf_1/download": reply(200, body), "GET /v1/files/fsf_1": reply(200, file("fsf_1", "a", 1))})
		_, err := d.Download(t.Context(), remote.Entry{ID: "fsf_1", Kind: remote.File, Size: 1, Content: "fsf_1/1"}, 0)
		coded(t, err, remote.Corrupt)
	}
}

// A link that is refused is asked for anew, once. What the download host says of missing files or rights is about the link.
func TestRefusedLinkIsAskedForAnewOnce(t *testing.T) {
	for _, status := range []int{401, 403, 404, 410} {
		d, e, seen := downloads(t, nil, []string{"https://dl.test/old", "https://dl.test/new"}, map[string]http.HandlerFunc{
			"dl.test/old": reply(status, "expired"), "dl.test/new": bytesOf(content)})
		if got, err := fetched(t, d, e, 0); got != content || err != nil || len(*seen) != 2 {
			t.Errorf("%d: %q, %v, after %v", status, got, err, *seen)
		}
		d, e, seen = downloads(t, nil, []string{"https://dl.test/old"}, map[string]http.HandlerFunc{"dl.test/old": reply(status, "expired")})
		_, err := d.Download(t.Context(), e, 0)
		if coded(t, err, remote.Unavailable); len(*seen) != 2 {
			t.Errorf("%d: the link was followed %d times", status, len(*seen))
		}
	}
	d, e, seen := downloads(t, nil, []string{"https://dl.test/f"}, map[string]http.HandlerFunc{"dl.test/f": reply(500, "no")})
	_, err := d.Download(t.Context(), e, 0)
	if coded(t, err, remote.Unavailable); len(*seen) != 1 {
		t.Errorf("500: the link was followed %d times", len(*seen))
	}
}

// Links die after five minutes; a new one is asked for with each download.
func TestLinkIsAskedForJustInTime(t *testing.T) {
	for _, quirk := range []string{"", "mkp-link-expired-404", "mkp-link-expired-410"} {
		inWorld(t, nil, func(w *world) {
			if quirk != "" {
				w.quirk(quirk)
			}
			e := w.create("a", content)
			for range 2 {
				w.box.ResetCalls()
				if got, err := w.read(e, 0); got != content || err != nil {
					w.Errorf("%q, %v", got, err)
				}
				w.calls(mischief.Calls{"GET /v1/files/{id}/download": 1, "GET /d/{ticket}": 1})
				time.Sleep(10 * time.Minute)
			}
		})
	}
}

func TestLinkThatIsGoodForOneFetch(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		w.quirk("mkp-link-once")
		e := w.create("a", content)
		for offset := range int64(3) {
			if got, err := w.read(e, offset); got != content[offset:] || err != nil {
				w.Errorf("%q, %v", got, err)
			}
			time.Sleep(2 * time.Second)
		}
	})
}

// Exactly the bytes that are due, or an error.
func TestContentIsExact(t *testing.T) {
	chunked := func(s string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, s) }
	}
	for what, h := range map[string]http.HandlerFunc{
		"short": bytesOf(content[:5]), "long": bytesOf(content + "x"), "short, unannounced": chunked(content[:5]), "long, unannounced": chunked(content + "x"),
		"empty": bytesOf(""), "a part that was not asked for": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Range", fmt.Sprintf("bytes 0-4/%d", len(content)))
			w.WriteHeader(http.StatusPartialContent)
			_, _ = io.WriteString(w, content[:5])
		},
	} {
		for _, offset := range []int64{0, 4} {
			d, e, _ := downloads(t, nil, []string{"https://dl.test/f"}, map[string]http.HandlerFunc{"dl.test/f": h})
			got, err := fetched(t, d, e, offset)
			if coded(t, err, remote.Corrupt); len(got) > len(content)-int(offset) {
				t.Errorf("%s: %q came", what, got)
			}
		}
	}
}

func TestContentOfNoKnownSize(t *testing.T) {
	d, e, _ := downloads(t, nil, []string{"https://dl.test/f"}, map[string]http.HandlerFunc{
		"dl.test/f": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, content) }})
	e.Size = -1
	e.Content = "fsf_1/16"
	_, err := d.Download(t.Context(), e, 0)
	coded(t, err, remote.Corrupt)
}

// A part that comes is the one that was asked for.
func TestPartOfAnother(t *testing.T) {
	for header, good := range map[string]bool{"bytes 4-15/16": true, "": false, "bytes 3-15/16": false, "bytes 4-14/16": false, "bytes 4-15/17": false, "bytes 4-15/*": false} {
		d, e, _ := downloads(t, rest.Assume{assumeRanges: true}, []string{"https://dl.test/f"}, map[string]http.HandlerFunc{
			"dl.test/f": func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Range") != "bytes=4-" {
					t.Errorf("range %q", r.Header.Get("Range"))
				}
				w.Header().Set("Content-Range", header)
				w.WriteHeader(http.StatusPartialContent)
				_, _ = io.WriteString(w, content[4:])
			}})
		got, err := fetched(t, d, e, 4)
		if good && (err != nil || got != content[4:]) {
			t.Errorf("%q, %v", got, err)
		}
		if !good {
			coded(t, err, remote.Corrupt)
		}
	}
}

// A content whose length is another is perhaps another content: then it is stale, not damaged.
func TestOtherLengthIsLookedInto(t *testing.T) {
	d, e, _ := downloads(t, nil, []string{"https://dl.test/f"}, map[string]http.HandlerFunc{"dl.test/f": bytesOf(content)})
	e.Size, e.Content = 3, "fsf_1/3"
	_, err := d.Download(t.Context(), e, 0)
	coded(t, err, remote.Stale)
	before := d.Calls()["download"]
	_, err = d.Download(t.Context(), e, 4)
	if coded(t, err, remote.Stale); d.Calls()["download"] != before {
		t.Error("bytes after the end were asked for")
	}
	if r, err := d.Download(t.Context(), e, 3); err != nil {
		t.Error(err)
	} else if b, _ := io.ReadAll(r); len(b) != 0 {
		t.Errorf("%q came after the end", b)
	}
}

// Without ranges what is there already is dropped; with them it is not even sent.
func TestOffsets(t *testing.T) {
	for _, assume := range []rest.Assume{nil, {assumeRanges: true}} {
		for _, quirk := range []string{"", "mkp-link-ranges"} {
			inWorld(t, assume, func(w *world) {
				if quirk != "" {
					w.quirk(quirk)
				}
				e := w.create("a", strings.Repeat(content, 10_000))
				_, before := w.box.Traffic()
				got, err := w.read(e, 150_000)
				if err != nil || got != strings.Repeat(content, 10_000)[150_000:] {
					w.Errorf("%v, %s: %d bytes, %v", assume, quirk, len(got), err)
				}
				synctest.Wait() // what was sent is counted at the end
				_, after := w.box.Traffic()
				if part := after-before < 20_000; part != (assume != nil && quirk != "") {
					w.Errorf("%v, %s: %d bytes came", assume, quirk, after-before)
				}
			})
		}
	}
}

func TestDownloadOfWhatIsGone(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		e := w.create("a", content)
		if err := w.box.Trash(portal, sandbox.ClientsFolder+"/a"); err != nil {
			w.Fatal(err)
		}
		_, err := w.read(e, 0)
		w.code(err, remote.NotFound)
	})
}

func TestCutContent(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		e := w.create("a", strings.Repeat(content, 10_000))
		for _, offset := range []int64{0, 100_000} {
			w.fault(mischief.Fault{Do: mischief.CutBody, Route: "/d/", Bytes: 50_000, Times: 1})
			got, err := w.read(e, offset)
			if c := remote.CodeOf(err); c != remote.Corrupt && c != remote.Unavailable || len(got) > 50_000 {
				w.Errorf("from %d on: %d bytes, %v", offset, len(got), err)
			}
		}
		w.fault(mischief.Fault{Do: mischief.ChangedLength, Route: "/d/", Bytes: 1, Times: 1})
		_, err := w.read(e, 0)
		w.code(err, remote.Corrupt)
	})
}

func TestSizesThatAreWrong(t *testing.T) {
	inWorld(t, everything, func(w *world) {
		id := w.put("a", content)
		w.quirk("mkp-size-off")
		_, err := w.Create(w.ctx, w.upload("b", content))
		if e := w.code(err, remote.Corrupt); e.Outcome != remote.MaybeDone {
			w.Errorf("%v: it was done", e)
		}
		e, err := w.Get(w.ctx, id, remote.File)
		if err != nil {
			w.Fatal(err)
		}
		_, err = w.read(e, 0)
		w.code(err, remote.Corrupt)
	})
}

func TestSizesThatAreNotTold(t *testing.T) {
	inWorld(t, everything, func(w *world) {
		w.quirk("mkp-size-null")
		e := w.create("a", content)
		if e.Size != -1 || e.Content != string(e.ID) {
			w.Errorf("%+v", e)
		}
		for _, offset := range []int64{0, 7} {
			if got, err := w.read(e, offset); got != content[offset:] || err != nil {
				w.Errorf("%q, %v", got, err)
			}
		}
	})
}

// Where following a link counts as a call, it waits for its turn.
func TestLinksAreCountedWhereTheyAreSaidToBe(t *testing.T) {
	for _, counted := range []bool{false, true} {
		inWorldOf(t, sandbox.Options{}, rest.Options{Assume: rest.Assume{assumeLinksCounted: counted}, Limits: rest.Limits{Calls: 60}}, func(w *world) {
			e := w.create("a", content)
			began := time.Now()
			for range 30 {
				if _, err := w.read(e, 0); err != nil {
					w.Fatal(err)
				}
			}
			if took := time.Since(began); (took > 45*time.Second) != counted {
				w.Errorf("counted: %v; it took %s", counted, took)
			}
		})
	}
}

func TestDownloadHostThatHangs(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		e := w.create("a", strings.Repeat(content, 10_000))
		w.fault(mischief.Fault{Do: mischief.SlowBody, Route: "/d/", Delay: 5 * time.Minute})
		_, err := w.read(e, 0)
		w.code(err, remote.Unavailable)
	})
}
