package backoffice

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"dossier/remote"
	"dossier/remote/rest"
	"dossier/remote/sandbox"
)

func inWorldWithDownload(t *testing.T, quirk string, do func(w *world)) {
	t.Helper()
	inWorld(t, func(w *world) {
		if quirk != "" {
			w.quirk(quirk)
		}
		d := w.sign(rest.Options{Download: w.storage()})
		defer d.Close()
		w.Driver = d
		do(w)
	})
}

// A download that is no content, or not all of it, is an error.
func TestSpoiltDownloads(t *testing.T) {
	for quirk, want := range map[string]remote.Code{"bo-download-absent": remote.Unavailable, "bo-download-html": remote.Corrupt, "bo-download-cut": remote.Corrupt} {
		inWorldWithDownload(t, quirk, func(w *world) {
			e := w.create("a.pdf", "content")
			got, err := w.read(e)
			if remote.CodeOf(err) != want {
				w.Errorf("%s: %q, %v", quirk, got, err)
			}
		})
	}
	inWorldWithDownload(t, "", func(w *world) {
		if got, err := w.read(w.create("page.html", "<html></html>")); err != nil || got != "<html></html>" {
			w.Errorf("a file that is a web page: %q, %v", got, err)
		}
	})
}

// A download may lead to another host, which gets no token of ours.
func TestDownloadsFromElsewhere(t *testing.T) {
	inWorldWithDownload(t, "bo-download-elsewhere", func(w *world) {
		e := w.create("a.pdf", "content")
		base := w.wire.base
		w.wire.base = roundTrip(func(r *http.Request) (*http.Response, error) {
			if r.URL.Host != "storage.invalid" {
				return base.RoundTrip(r)
			}
			return &http.Response{StatusCode: 200, Header: http.Header{}, ContentLength: 7, Body: io.NopCloser(strings.NewReader("content")), Request: r}, nil
		})
		if got, err := w.read(e); err != nil || got != "content" {
			w.Errorf("%q, %v", got, err)
		}
		if ours, asked := w.wire.auth["storage.invalid"]; ours || !asked {
			w.Errorf("asked: %v, with our token: %v", asked, ours)
		}
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// The token goes to the portal's own host only, whatever the template says; and a template without the path asks what the content is now.
func TestDownloadTemplates(t *testing.T) {
	for text, want := range map[string]struct {
		address string
		token   bool
	}{
		"https://office.test/storage/{file}":                      {"https://office.test/storage/y/1662913861_a%20b.pdf", true},
		"https://office.test/get?path={file}&client={client}":     {"https://office.test/get?path=y/1662913861_a%20b.pdf&client=17", true},
		"https://office.test/files/{id}":                          {"https://office.test/files/9", true},
		"https://storage.test/{client}/{id}":                      {"https://storage.test/17/9", false},
		"https://office.test:8443/{id}":                           {"https://office.test:8443/9", false},
		"https://office.test.evil.test/{file}":                    {"https://office.test.evil.test/y/1662913861_a%20b.pdf", false},
		"https://storage.test/{file}?at=https://office.test/{id}": {"https://storage.test/y/1662913861_a%20b.pdf?at=https://office.test/9", false},
	} {
		synctest.Test(t, func(t *testing.T) {
			var asked string
			var token bool
			d := say(t, nil, map[string]http.HandlerFunc{"GET /clients/17/files": firstPage(`[{"id":9,"name":"a b.pdf","file":"y/1662913861_a b.pdf","directoryId":null}]`)})
			base := d.options.Transport
			o := d.options
			o.Download, o.Transport = text, roundTrip(func(r *http.Request) (*http.Response, error) {
				if strings.HasPrefix(r.URL.String(), "https://office.test/api/") {
					return base.RoundTrip(r)
				}
				asked, token = r.URL.String(), r.Header.Get("Authorization") != ""
				return &http.Response{StatusCode: 200, Header: http.Header{}, ContentLength: 7, Body: io.NopCloser(strings.NewReader("content")), Request: r}, nil
			})
			d, err := open(o)
			if err != nil {
				t.Fatal(err)
			}
			rc, err := d.Download(t.Context(), remote.Entry{ID: "17/f9", Name: "a b.pdf", Kind: remote.File, Size: -1, Content: "9:y/1662913861_a b.pdf"}, 3)
			if err != nil {
				t.Fatal(err)
			}
			defer rc.Close()
			if got, err := io.ReadAll(rc); string(got) != "tent" || err != nil || asked != want.address || token != want.token {
				t.Errorf("%s: %q, %v, from %s with token %v", text, got, err, asked, token)
			}
		})
	}
}

// A stored path that leads elsewhere is never sent: its file is frozen, and said to be.
func TestStoredPathsThatLeadElsewhere(t *testing.T) {
	for stored, fine := range map[string]bool{
		"y/1662913861_a.pdf": true, "/y/1_a.pdf": true, "1_a.pdf": true, "y/1_a?b#c.pdf": true, "y/1_a:b.pdf": true, "y/1_a...pdf": true, "y/1_a\nb.pdf": true,
		"": false, "../1_a.pdf": false, "y/../../a": false, "y/./a": false, "y//a": false, `y\..\a`: false, "https://evil.test/a": false, "//evil.test/a": false,
		"file:/etc/passwd": false, "y/..": false, "javascript:x": false, "y/": false,
	} {
		if err := usable(stored); (err == nil) != fine {
			t.Errorf("%q: %v", stored, err)
		}
		if fine {
			continue
		}
		synctest.Test(t, func(t *testing.T) {
			d := say(t, nil, map[string]http.HandlerFunc{"GET /clients/17/files": firstPage(`[]`)})
			o := d.options
			o.Download = "https://office.test/storage/{file}"
			d, err := open(o)
			if err != nil {
				t.Fatal(err)
			}
			e := d.entry(17, fileRow{ID: 9, title: title{Name: "a.pdf"}, File: stored})
			if e.Frozen == "" {
				t.Errorf("%q is not frozen", stored)
			}
			if _, err := d.Download(t.Context(), e, 0); err == nil {
				t.Errorf("%q was asked for", stored)
			}
		})
	}
}

// Content that was replaced in place has another path, and is not taken for the old.
func TestReplacedInPlace(t *testing.T) {
	for _, template := range []string{"/storage/{file}", "/by-id/{id}"} {
		inWorld(t, func(w *world) {
			w.quirk("bo-replaced-in-place")
			d := w.sign(rest.Options{Download: w.info().URL + template})
			defer d.Close()
			w.Driver = d
			w.put("a.pdf", "old")
			before, err := crawledEntries(w)
			if err != nil {
				w.Fatal(err)
			}
			rest.Sleep(w.ctx, 2e9)
			w.put("a.pdf", "new")
			after, err := crawledEntries(w)
			if err != nil || after[0].ID != before[0].ID || after[0].Content == before[0].Content {
				w.Fatalf("%+v, %+v, %v", before, after, err)
			}
			_, err = w.read(before[0])
			code(w, err, remote.Stale)
		})
	}
}

// Without a template nothing is fetched, and nothing sent.
func TestSendOnly(t *testing.T) {
	inWorld(t, func(w *world) {
		e := w.create("a.pdf", "a")
		w.office.ResetCalls()
		_, err := w.read(e)
		code(w, err, remote.Unsupported)
		if !w.Features().SendOnly || w.office.Calls(sandbox.BackOffice).Total() != 0 {
			w.Errorf("%+v, %v", w.Features(), w.office.Calls(sandbox.BackOffice))
		}
	})
}
