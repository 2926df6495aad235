package box

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"dossier/remote"
	"dossier/remote/remotetest"
	"dossier/remote/rest"
	"dossier/remote/sandbox"
	"dossier/remote/sandbox/mischief"
)

const (
	testPart = 1 << 16
	parts    = 9
)

// inSessions is a world where what is larger than a few KB goes up in sessions, in nine parts.
func inSessions(t *testing.T, do func(w *world, u remote.Upload)) {
	t.Helper()
	inWorldOf(t, sandbox.Options{PartSize: testPart, MinSession: testPart}, rest.Options{ResumeFrom: testPart}, func(w *world) {
		content := make([]byte, parts*testPart-100)
		rng := rand.New(rand.NewPCG(7, 7))
		for i := range content {
			content[i] = byte(rng.Uint32())
		}
		do(w, remotetest.UploadOf(remote.Place{Parent: w.root, Name: "big.bin"}, content))
	})
}

func (w *world) holds(e remote.Entry, u remote.Upload) {
	w.Helper()
	want := u.Source.(remotetest.Bytes).Content
	got, err := w.read(e, 0)
	if err != nil || got != string(want) || (u.At.Name != "" && e.Name != u.At.Name) || e.SHA1 != u.SHA1 || e.Size != int64(len(want)) || !e.Modified.Equal(u.Modified) {
		w.Errorf("%d of %d bytes, %+v, %v", len(got), len(want), e, err)
	}
}

// A large file: one call to open the session, one a part, one to commit; new or as a version.
func TestSession(t *testing.T) {
	inSessions(t, func(w *world, u remote.Upload) {
		var sum atomic.Int64
		u.Progress = func(n int64) { sum.Add(n) }
		kept := 0
		u.Keep = func(string) error { kept++; return nil }
		e, err := w.Create(w.ctx, u)
		if err != nil {
			w.Fatal(err)
		}
		w.calls(mischief.Calls{"POST /api/2.0/files/upload_sessions": 1, "PUT /api/2.0/files/upload_sessions/{session}": parts,
			"POST /api/2.0/files/upload_sessions/{session}/commit": 1})
		w.holds(e, u)
		if kept != 1 || sum.Load() != u.Source.Size() || e.Name != "big.bin" || e.Parent != w.root {
			w.Errorf("kept %d times, told of %d bytes, %+v", kept, sum.Load(), e)
		}
		v := remotetest.UploadOf(remote.Place{}, bytes.Repeat([]byte("v"), 2*testPart))
		next, err := w.Replace(w.ctx, e, v)
		if err != nil || next.ID != e.ID || next.Name != "big.bin" {
			w.Fatalf("%+v, %v", next, err)
		}
		w.holds(next, v)
		_, err = w.Replace(w.ctx, e, u)
		if e := w.code(err, remote.Stale); e.Outcome != remote.NotDone {
			w.Errorf("%v", e)
		}
	})
}

// Each oddity of Box's sessions ends in the right file, once (box.md §15 1–5).
func TestSessionOddities(t *testing.T) {
	for _, quirk := range []string{"commit-202", "commit-202-done", "parts-mismatch", "part-500-stored", "part-bare"} {
		t.Run(quirk, func(t *testing.T) {
			inSessions(t, func(w *world, u remote.Upload) {
				w.quirk(quirk)
				var sum atomic.Int64
				u.Progress = func(n int64) { sum.Add(n) }
				e, err := w.Create(w.ctx, u)
				if err != nil {
					w.Fatal(err)
				}
				sent := w.box.Calls(sandbox.Box)["PUT /api/2.0/files/upload_sessions/{session}"]
				w.holds(e, u)
				if n := len(w.tree()); n != 1 || sent != parts || sum.Load() != u.Source.Size() {
					w.Errorf("%d items, %d parts sent, told of %d bytes", n, sent, sum.Load())
				}
			})
		})
	}
}

func TestSessionThatClashes(t *testing.T) {
	for _, quirk := range []string{"", "late-clash"} {
		inSessions(t, func(w *world, u remote.Upload) {
			if quirk != "" {
				w.quirk(quirk)
			}
			there := w.create("big.bin", "another")
			_, err := w.Create(w.ctx, u)
			if e := w.code(err, remote.NameTaken); e.Existing == nil || e.Existing.ID != there.ID || e.Existing.SHA1 != there.SHA1 || e.Outcome != remote.NotDone {
				w.Errorf("%s: %+v", quirk, e)
			}
			if quirk != "" && w.box.Calls(sandbox.Box)["DELETE /api/2.0/files/upload_sessions/{session}"] != 1 {
				w.Errorf("the session was not aborted: %v", w.box.Calls(sandbox.Box))
			}
		})
	}
}

// An upload that was cut goes on in another process: what is there is hashed, not sent again.
func TestSessionIsResumed(t *testing.T) {
	inSessions(t, func(w *world, u remote.Upload) {
		var resume string
		u.Keep = func(r string) error { resume = r; return nil }
		w.fault(mischief.Fault{Do: mischief.LoseBefore, Method: "PUT", Skip: 5})
		_, err := w.Create(w.ctx, u)
		if e := w.code(err, remote.Unavailable); e.Outcome != remote.NotDone {
			w.Errorf("%v", e)
		}
		synctest.Wait() // for the server to be through with what was given up
		w.box.ClearFaults()
		if resume == "" || strings.Contains(resume, w.memory.Info.Portals[sandbox.Box].Token) {
			w.Fatalf("kept %q", resume)
		}
		d := w.sign(rest.Options{ResumeFrom: testPart})
		defer d.Close()
		var s session
		if err := json.Unmarshal([]byte(resume), &s); err != nil {
			w.Fatal(err)
		}
		held, err := d.listParts(w.ctx, &s)
		if err != nil || len(held) > 5 || len(held) <= 5-partsAbreast { // those under way when the sixth was lost may be given up
			w.Fatalf("%d parts are there, %v", len(held), err)
		}
		w.box.ResetCalls()
		u.Resume = resume
		e, err := d.Create(w.ctx, u)
		if err != nil {
			w.Fatal(err)
		}
		w.calls(mischief.Calls{"GET /api/2.0/files/upload_sessions/{session}/parts": 1, "PUT /api/2.0/files/upload_sessions/{session}": parts - len(held),
			"POST /api/2.0/files/upload_sessions/{session}/commit": 1})
		w.holds(e, u)
	})
}

// A session that cannot serve is left, and the upload starts anew: one that has ended, one that was for another content or
// another place, or that has other bytes than ours.
func TestSessionThatCannotBeResumed(t *testing.T) {
	for name, spoil := range map[string]func(w *world, u *remote.Upload, resume string){
		"ended": func(w *world, u *remote.Upload, resume string) { _ = rest.Sleep(w.ctx, 8*24*time.Hour) },
		"of another content": func(w *world, u *remote.Upload, resume string) {
			other := bytes.Clone(u.Source.(remotetest.Bytes).Content)
			other[0]++
			*u = remotetest.UploadOf(u.At, other)
		},
		"for another name": func(w *world, u *remote.Upload, resume string) { u.At.Name = "other.bin" },
		"not readable":     func(w *world, u *remote.Upload, _ string) { u.Resume = "{" },
		"of another host": func(w *world, u *remote.Upload, r string) {
			u.Resume = strings.ReplaceAll(r, "http://box.sandbox", "https://evil.test")
		},
		"holding other bytes": func(w *world, u *remote.Upload, r string) {
			content := bytes.Clone(u.Source.(remotetest.Bytes).Content)
			old := u.SHA1
			content[3]++
			*u = remotetest.UploadOf(u.At, content)
			u.Resume = strings.ReplaceAll(r, old, u.SHA1)
		},
	} {
		t.Run(name, func(t *testing.T) {
			inSessions(t, func(w *world, u remote.Upload) {
				var resume string
				u.Keep = func(r string) error { resume = r; return nil }
				w.fault(mischief.Fault{Do: mischief.LoseBefore, Method: "PUT", Skip: 2})
				if _, err := w.Create(w.ctx, u); err == nil {
					w.Fatal("no error")
				}
				w.box.ClearFaults()
				u.Resume, u.Keep = resume, nil
				spoil(w, &u, resume)
				if u.Resume == "" {
					u.Resume = resume
				}
				e, err := w.Create(w.ctx, u)
				if err != nil {
					w.Fatal(err)
				}
				w.holds(e, u)
			})
		})
	}
}

// Nothing relies on a session that could not be remembered.
func TestSessionThatCannotBeKept(t *testing.T) {
	inSessions(t, func(w *world, u remote.Upload) {
		full := errors.New("disk full")
		u.Keep = func(string) error { return full }
		_, err := w.Create(w.ctx, u)
		if !errors.Is(err, full) || remote.IsMaybeDone(err) {
			w.Errorf("got %v", err)
		}
		w.calls(mischief.Calls{"POST /api/2.0/files/upload_sessions": 1, "DELETE /api/2.0/files/upload_sessions/{session}": 1})
	})
}

// A session that dies under way is replaced once.
func TestSessionThatDies(t *testing.T) {
	for name, f := range map[string]mischief.Fault{
		"at a part":        {Do: mischief.Status, Status: 410, Code: "session_expired", Method: "PUT", Times: 1, Skip: 3},
		"at its commit":    {Do: mischief.Status, Status: 410, Code: "upload_failed", Route: "/commit", Times: 1},
		"it was not found": {Do: mischief.Status, Status: 404, Code: "not_found", Method: "PUT", Times: 1, Skip: 4},
	} {
		t.Run(name, func(t *testing.T) {
			inSessions(t, func(w *world, u remote.Upload) {
				w.fault(f)
				var sum atomic.Int64
				u.Progress = func(n int64) { sum.Add(n) }
				e, err := w.Create(w.ctx, u)
				if err != nil {
					w.Fatal(err)
				}
				if n := w.box.Calls(sandbox.Box)["POST /api/2.0/files/upload_sessions"]; n != 2 || sum.Load() != u.Source.Size() {
					w.Errorf("%d sessions, told of %d bytes", n, sum.Load())
				}
				w.holds(e, u)
			})
		})
	}
}

func TestPartsGetThroughTrouble(t *testing.T) {
	for name, f := range map[string]mischief.Fault{
		"refused for a while": {Do: mischief.RateLimit, Delay: 5 * time.Second},
		"server in trouble":   {Do: mischief.Status, Status: 500},
		"call lost":           {Do: mischief.LoseBefore},
		"reply lost":          {Do: mischief.LoseAfter},
		"reply cut":           {Do: mischief.Truncated},
	} {
		t.Run(name, func(t *testing.T) {
			inSessions(t, func(w *world, u remote.Upload) {
				f.Method, f.Times, f.Skip = "PUT", 3, 2
				w.fault(f)
				e, err := w.Create(w.ctx, u)
				if err != nil {
					w.Fatal(err)
				}
				w.holds(e, u)
			})
		})
	}
}

// A commit whose reply is lost is told as perhaps done, and not repeated; one that was never sent for sure is not (E4).
func TestCommitWithoutAReply(t *testing.T) {
	for _, do := range []string{mischief.LoseAfter, mischief.LoseBefore} {
		inSessions(t, func(w *world, u remote.Upload) {
			w.fault(mischief.Fault{Do: do, Route: "/commit"})
			_, err := w.Create(w.ctx, u)
			if e := w.code(err, remote.Unavailable); e.Outcome != remote.MaybeDone {
				w.Errorf("%s: %v", do, e)
			}
			if n := w.box.Calls(sandbox.Box).Sum("/commit"); n != 1 {
				w.Errorf("%s: sent %d times", do, n)
			}
		})
	}
}

// A file that is saved while it goes up is never committed (E11).
func TestFileThatChangesUnderWay(t *testing.T) {
	for name, src := range map[string]func(b remotetest.Bytes) remote.Source{
		"seen at the end": func(b remotetest.Bytes) remote.Source { b.Broken = errors.New("saved meanwhile"); return b },
		"cut short":       func(b remotetest.Bytes) remote.Source { return shrinking{b} },
		"unreadable":      func(b remotetest.Bytes) remote.Source { return failing{b} },
		"rewritten":       func(b remotetest.Bytes) remote.Source { return &rewritten{Bytes: b} },
	} {
		for _, size := range []int{1000, parts * testPart} {
			t.Run(name, func(t *testing.T) {
				inSessions(t, func(w *world, _ remote.Upload) {
					u := remotetest.UploadOf(remote.Place{Parent: w.root, Name: "x"}, bytes.Repeat([]byte("x"), size))
					u.Source = src(u.Source.(remotetest.Bytes))
					var sum atomic.Int64
					u.Progress = func(n int64) { sum.Add(n) }
					_, err := w.Create(w.ctx, u)
					if err == nil || remote.IsMaybeDone(err) || (remote.CodeOf(err) != remote.Changed) != (name == "unreadable") {
						w.Errorf("got %v", err)
					}
					if tree := w.tree(); len(tree) != 0 {
						w.Errorf("on the portal: %v", tree)
					}
					if size < testPart && sum.Load() != 0 {
						w.Errorf("%d bytes were not taken back", sum.Load())
					}
				})
			})
		}
	}
}

type shrinking struct{ remotetest.Bytes }

func (s shrinking) Open(offset int64) (io.ReadCloser, error) {
	short := s.Content[:len(s.Content)-10]
	return io.NopCloser(bytes.NewReader(short[min(offset, int64(len(short))):])), nil
}

type failing struct{ remotetest.Bytes }

func (f failing) Open(int64) (io.ReadCloser, error) { return nil, errors.New("input/output error") }

// rewritten has other bytes of the same length from the second time on that it is opened at a place.
type rewritten struct {
	remotetest.Bytes
	mu     sync.Mutex
	opened map[int64]int
}

func (r *rewritten) Open(offset int64) (io.ReadCloser, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.opened == nil {
		r.opened = map[int64]int{}
	}
	r.opened[offset]++
	if whole := len(r.Content) < testPart; whole || r.opened[offset] > 1 {
		return io.NopCloser(bytes.NewReader(bytes.Repeat([]byte("y"), len(r.Content)-int(offset)))), nil
	}
	return r.Bytes.Open(offset)
}

// The token goes to no address of the portal's making: a session elsewhere is refused.
func TestSessionElsewhere(t *testing.T) {
	inSessions(t, func(w *world, u remote.Upload) {
		var asked atomic.Int32
		d := w.sign(rest.Options{ResumeFrom: testPart, Wrap: func(next http.RoundTripper) http.RoundTripper {
			return wrapped(func(r *http.Request) (*http.Response, error) {
				if r.URL.Host == "evil.test" {
					asked.Add(1)
				}
				resp, err := next.RoundTrip(r)
				if err == nil && strings.HasSuffix(r.URL.Path, "/upload_sessions") {
					data, _ := io.ReadAll(resp.Body)
					resp.Body.Close()
					text := strings.ReplaceAll(string(data), "http://box.sandbox", "https://evil.test")
					resp.Body, resp.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
				}
				return resp, err
			})
		}})
		defer d.Close()
		_, err := d.Create(w.ctx, u)
		w.code(err, remote.Corrupt)
		if asked.Load() != 0 {
			w.Errorf("evil.test was asked %d times", asked.Load())
		}
	})
}

// Names may come back changed: the one that the portal has is told.
func TestNameThatThePortalChanges(t *testing.T) {
	inWorld(t, func(w *world) {
		w.quirk("sanitise-names")
		e, err := w.Create(w.ctx, w.upload("a\tb.pdf", "x"))
		if err != nil || e.Name != "ab.pdf" {
			w.Errorf("%+v, %v", e, err)
		}
	})
}

// What the portal says it stored is compared with what was sent.
func TestUploadThatWasStoredWrong(t *testing.T) {
	for name, change := range map[string][2]string{
		"another digest": {`"sha1":"`, `"sha1":"00`},
		"another size":   {`"size":5`, `"size":4`},
		"no file":        {`"entries":[`, `"others":[`},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				d := w.sign(rest.Options{Wrap: func(next http.RoundTripper) http.RoundTripper {
					return wrapped(func(r *http.Request) (*http.Response, error) {
						resp, err := next.RoundTrip(r)
						if err == nil {
							data, _ := io.ReadAll(resp.Body)
							resp.Body.Close()
							text := strings.ReplaceAll(string(data), change[0], change[1])
							resp.Body, resp.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
						}
						return resp, err
					})
				}})
				defer d.Close()
				_, err := d.Create(w.ctx, w.upload("a.pdf", "12345"))
				if e := w.code(err, remote.Corrupt); e.Outcome != remote.MaybeDone {
					w.Errorf("%v", e)
				}
			})
		})
	}
}
