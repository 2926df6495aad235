package box

import (
	"errors"
	"fmt"
	"io"
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

const content = "0123456789abcdefghijklmnopqrstuvwxyz"

// A download is the version it names, even after a newer one came; the link's host never sees our token (the sandbox refuses it).
func TestDownloadIsPinned(t *testing.T) {
	inWorld(t, func(w *world) {
		old := w.create("a.txt", content)
		now, err := w.Replace(w.ctx, old, w.upload("a.txt", "new"))
		if err != nil {
			w.Fatal(err)
		}
		for want, e := range map[string]remote.Entry{content: old, "new": now} {
			if got, err := w.read(e, 0); got != want || err != nil {
				w.Errorf("got %q, %v; want %q", got, err, want)
			}
		}
		empty := w.create("empty.txt", "")
		if got, err := w.read(empty, 0); got != "" || err != nil {
			w.Errorf("an empty file: %q, %v", got, err)
		}
	})
}

func TestDownloadGoesOn(t *testing.T) {
	for _, quirk := range []string{"", "download-no-ranges", "download-202"} {
		inWorld(t, func(w *world) {
			e := w.create("a.txt", content)
			if quirk != "" {
				w.quirk(quirk)
			}
			for _, offset := range []int64{0, 1, 20, int64(len(content)) - 1, int64(len(content))} {
				if got, err := w.read(e, offset); got != content[offset:] || err != nil {
					w.Errorf("%s: from %d: %q, %v", quirk, offset, got, err)
				}
			}
		})
	}
}

// A cut download ends with an error after what came, and goes on from there.
func TestCutDownloadIsResumed(t *testing.T) {
	inWorld(t, func(w *world) {
		big := strings.Repeat(content, 10_000)
		e := w.create("a.txt", big)
		d := w.cutting(100_000)
		defer d.Close()
		rc, err := d.Download(w.ctx, e, 0)
		if err != nil {
			w.Fatal(err)
		}
		first, err := io.ReadAll(rc)
		rc.Close()
		if len(first) != 100_000 || remote.CodeOf(err) != remote.Corrupt && remote.CodeOf(err) != remote.Unavailable {
			w.Fatalf("%d bytes, %v", len(first), err)
		}
		rest, err := w.read(e, int64(len(first)))
		if err != nil || string(first)+rest != big {
			w.Errorf("%d bytes more: %v", len(rest), err)
		}
	})
}

// cutting is a driver whose downloads break off after n bytes.
func (w *world) cutting(n int64) *Driver {
	return w.sign(rest.Options{Wrap: func(next http.RoundTripper) http.RoundTripper {
		return wrapped(func(r *http.Request) (*http.Response, error) {
			resp, err := next.RoundTrip(r)
			if err == nil && strings.HasPrefix(r.URL.Host, "dl.") {
				resp.Body = struct {
					io.Reader
					io.Closer
				}{io.MultiReader(io.LimitReader(resp.Body, n), broken{}), resp.Body}
			}
			return resp, err
		})
	}})
}

type wrapped func(*http.Request) (*http.Response, error)

func (f wrapped) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("connection reset by peer") }

func TestDownloadOfWhatIsNotThere(t *testing.T) {
	inWorld(t, func(w *world) {
		e := w.create("a.txt", content)
		gone := e
		gone.ID = "999999"
		_, err := w.read(gone, 0)
		w.code(err, remote.NotFound)
		other := e
		other.Content = "424242"
		_, err = w.read(other, 0)
		w.code(err, remote.Stale)
		if err := w.Delete(w.ctx, e); err != nil {
			w.Fatal(err)
		}
		_, err = w.read(e, 0)
		w.code(err, remote.Trashed)
	})
}

// What comes is exactly what was announced in the listing, or an error.
func TestDownloadOfAnotherLength(t *testing.T) {
	for name, f := range map[string]mischief.Fault{
		"shorter":          {Do: mischief.ChangedLength, Bytes: -3},
		"longer":           {Do: mischief.ChangedLength, Bytes: 3},
		"announced longer": {Do: mischief.WrongLength, Bytes: 3},
		"a web page":       {Do: mischief.HTML},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				e := w.create("a.txt", content)
				d := w.sign(rest.Options{Wrap: distort(f)})
				defer d.Close()
				rc, err := d.Download(w.ctx, e, 0)
				if err == nil {
					_, err = io.ReadAll(rc)
					rc.Close()
				}
				w.code(err, remote.Corrupt)
			})
		})
	}
}

// distort does to the download host what the sandbox does to the API.
func distort(f mischief.Fault) func(http.RoundTripper) http.RoundTripper {
	return func(next http.RoundTripper) http.RoundTripper {
		return wrapped(func(r *http.Request) (*http.Response, error) {
			resp, err := next.RoundTrip(r)
			if err != nil || !strings.HasPrefix(r.URL.Host, "dl.") {
				return resp, err
			}
			data, _ := io.ReadAll(resp.Body)
			resp.Body.Close()
			body := string(data)
			switch f.Do {
			case mischief.ChangedLength:
				body += strings.Repeat("\x00", int(max(0, f.Bytes)))
				body = body[:int64(len(data))+f.Bytes]
				resp.ContentLength = int64(len(body))
			case mischief.WrongLength:
				resp.ContentLength += f.Bytes
			case mischief.HTML:
				body = "<html>sign in</html>"
				resp.ContentLength = -1
			}
			resp.Body = io.NopCloser(strings.NewReader(body))
			return resp, nil
		})
	}
}

func TestRangesThatAreNotOurs(t *testing.T) {
	for name, header := range map[string]string{
		"another beginning": "bytes 5-35/36",
		"another end":       "bytes 10-20/36",
		"another total":     "bytes 10-40/41",
		"no range":          "",
		"nonsense":          "bytes */36",
	} {
		if err := checkRange(header, 10, 36); remote.CodeOf(err) != remote.Corrupt {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := checkRange("bytes 10-35/36", 10, 36); err != nil {
		t.Error(err)
	}
}

func TestRangeBeyondTheEndIsStale(t *testing.T) {
	for _, quirk := range []string{"", "range-400"} {
		inWorld(t, func(w *world) {
			if quirk != "" {
				w.quirk(quirk)
			}
			e := w.create("a.txt", content)
			e.Size = 1000
			_, err := w.read(e, 900)
			w.code(err, remote.Stale)
		})
	}
}

func TestDownloadThatIsNeverReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		d := say(t, map[string]http.HandlerFunc{"GET /2.0/files/1/content": func(w http.ResponseWriter, _ *http.Request) {
			calls++
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(http.StatusAccepted)
		}})
		began := time.Now()
		_, err := d.Download(t.Context(), remote.Entry{ID: "1", Content: "2", Name: "a", Size: 3}, 0)
		if remote.CodeOf(err) != remote.Busy || calls != mostNotReady || time.Since(began) != mostNotReady*7*time.Second {
			t.Errorf("%v after %d calls and %v", err, calls, time.Since(began))
		}
	})
}

// A link leads to another host over https only, without our token, not round and round; a refused one is fetched anew once.
func TestDownloadLinks(t *testing.T) {
	for name, c := range map[string]struct {
		location string
		code     remote.Code
		calls    int
	}{
		"plain http":   {"http://dl.test/x", remote.Corrupt, 1},
		"no address":   {"", remote.Corrupt, 1},
		"a file":       {"file:///etc/passwd", remote.Corrupt, 1},
		"round":        {"https://dl.test/round", remote.Corrupt, 1 + 5},
		"refused":      {"https://dl.test/refused", remote.Denied, 4},
		"back with it": {"https://box.test/2.0/back", 0, 2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				calls := 0
				d, err := open(rest.Options{URL: "https://box.test", Token: "tok-123456", Transport: handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					calls++
					if first := r.URL.Path == "/2.0/files/1/content"; first != (r.Header.Get("Authorization") != "") {
						t.Errorf("%s: Authorization %q", r.URL, r.Header.Get("Authorization"))
					}
					switch r.URL.Path {
					case "/refused":
						w.WriteHeader(http.StatusForbidden)
					case "/2.0/back":
						fmt.Fprint(w, "abc")
					default:
						w.Header().Set("Location", c.location)
						w.WriteHeader(http.StatusFound)
					}
				}))})
				if err != nil {
					t.Fatal(err)
				}
				rc, err := d.Download(t.Context(), remote.Entry{ID: "1", Content: "2", Name: "a", Size: 3}, 0)
				if remote.CodeOf(err) != c.code || (err == nil) != (c.code == 0) || calls != c.calls {
					t.Errorf("%v after %d calls", err, calls)
				}
				if err == nil {
					if _, err := io.ReadAll(rc); err != nil {
						t.Error(err)
					}
					rc.Close()
				}
			})
		})
	}
}

// No log line and no error holds a token or a signed link, at debug level, after a day of everything.
func TestNothingSecretIsSaid(t *testing.T) {
	inWorld(t, func(w *world) {
		e := w.create("a.txt", content)
		links := map[string]bool{}
		d := w.sign(rest.Options{Wrap: func(next http.RoundTripper) http.RoundTripper {
			return wrapped(func(r *http.Request) (*http.Response, error) {
				resp, err := next.RoundTrip(r)
				if err == nil && resp.Header.Get("Location") != "" {
					links[mustURL(w, resp.Header.Get("Location")).RequestURI()] = true
				}
				return resp, err
			})
		}})
		defer d.Close()
		var said strings.Builder
		for _, f := range []mischief.Fault{{Do: mischief.HTML}, {Do: mischief.LoseBefore}, {Do: mischief.Expired}, {Do: mischief.Status, Status: 403}} {
			id, err := w.box.Fault(f)
			if err != nil {
				w.Fatal(err)
			}
			_, err1 := d.Get(w.ctx, e.ID, remote.File)
			_, err2 := d.Download(w.ctx, e, 0)
			_, err3 := d.Create(w.ctx, w.upload("b.txt", "x"))
			fmt.Fprintf(&said, "%v\n%+v\n%#v\n", err1, err2, err3)
			w.box.ClearFaults(id)
			if rc, err := d.Download(w.ctx, e, 0); err == nil {
				rc.Close()
			}
		}
		text := said.String() + w.log.String()
		secrets := []string{w.memory.Info.Portals[sandbox.Box].Token}
		for link := range links {
			secrets = append(secrets, link)
		}
		if len(secrets) < 2 || len(text) < 1000 {
			w.Fatalf("%d secrets, %d bytes said", len(secrets), len(text))
		}
		for _, s := range secrets {
			if strings.Contains(text, s) {
				w.Errorf("%s is in: %s", s, text)
			}
		}
	})
}
