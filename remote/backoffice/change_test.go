package backoffice

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"dossier/remote"
	"dossier/remote/rest"
	"dossier/remote/sandbox"
	"dossier/remote/sandbox/mischief"
)

// Every write, with its answer lost, is sent once and told as perhaps done; with the call lost, too, for we cannot know (E4).
func TestLostReplies(t *testing.T) {
	for _, do := range []string{mischief.LoseAfter, mischief.LoseBefore, mischief.StatusApplied, mischief.HTML, mischief.Truncated} {
		for name, call := range map[string]func(w *world, file, folder remote.Entry) error{
			"create": func(w *world, _, _ remote.Entry) error { _, err := w.Create(w.ctx, w.upload("n", "x")); return err },
			"make folder": func(w *world, _, _ remote.Entry) error {
				_, err := w.MakeFolder(w.ctx, remote.Place{Parent: w.root, Name: "n"})
				return err
			},
			"rename": func(w *world, f, _ remote.Entry) error {
				_, err := w.Move(w.ctx, f, remote.Place{Parent: w.root, Name: "n"})
				return err
			},
			"rename a folder": func(w *world, _, f remote.Entry) error {
				_, err := w.Move(w.ctx, f, remote.Place{Parent: w.root, Name: "n"})
				return err
			},
			"delete": func(w *world, f, _ remote.Entry) error { return w.Delete(w.ctx, f) },
		} {
			if (do == mischief.HTML || do == mischief.Truncated) && name != "create" && name != "make folder" {
				continue // of the other answers nothing is read
			}
			t.Run(do+" "+name, func(t *testing.T) {
				inWorld(t, func(w *world) {
					file, folder := w.create("f", "content"), w.mkdir("d")
					w.office.ResetCalls()
					for _, method := range []string{"POST", "PATCH", "DELETE"} {
						w.fault(mischief.Fault{Do: do, Method: method, Status: 503})
					}
					var e *remote.Error
					if err := call(w, file, folder); !errors.As(err, &e) || e.Outcome != remote.MaybeDone {
						w.Errorf("%v", err)
					}
					if n := w.office.Calls(sandbox.BackOffice).Mutating(); n != 1 {
						w.Errorf("sent %d times", n)
					}
				})
			})
		}
	}
}

// An upload whose answer was lost is known by its token: in what is shown, and to who tries again, after a restart as well.
func TestLostUploadIsRecognised(t *testing.T) {
	const token = "3f9a1c77e2b04d58"
	for _, restart := range []bool{false, true} {
		inWorld(t, func(w *world) {
			theirs := w.create("a.pdf", "theirs")
			u := w.upload("a.pdf", "ours")
			u.Token = token
			w.fault(mischief.Fault{Do: mischief.LoseAfter, Method: "POST", Times: 1})
			if _, err := w.Create(w.ctx, u); !remote.IsMaybeDone(err) {
				w.Fatal(err)
			}
			if restart {
				w.Driver = w.sign(rest.Options{})
				defer w.Driver.Close()
				w.shows("a.pdf", "a.pdf")
			}
			w.office.ResetCalls()
			e, err := w.Create(w.ctx, u)
			if err != nil || e.ID == theirs.ID || e.Token != token {
				w.Errorf("%+v, %v", e, err)
			}
			if n := w.office.Calls(sandbox.BackOffice).Mutating(); n != 0 {
				w.Errorf("it was sent again, %d times", n)
			}
			found, err := crawledEntries(w)
			if err != nil || len(found) != 2 {
				w.Fatalf("%+v, %v", found, err)
			}
			for _, f := range found {
				if (f.Token == token) != (f.ID == e.ID) {
					w.Errorf("%+v", f)
				}
			}
		})
	}
}

// An upload that never arrived is sent when it is tried again.
func TestLostCallIsSentAgain(t *testing.T) {
	inWorld(t, func(w *world) {
		w.shows()
		u := w.upload("a.pdf", "ours")
		u.Token = "3f9a1c77e2b04d58"
		w.fault(mischief.Fault{Do: mischief.LoseBefore, Method: "POST", Times: 1})
		if _, err := w.Create(w.ctx, u); !remote.IsMaybeDone(err) {
			w.Fatal(err)
		}
		if _, err := w.Create(w.ctx, u); err != nil {
			w.Fatal(err)
		}
		w.shows("a.pdf")
	})
}

// A portal that takes an upload and files it later is waited for, and if that takes too long, it may have been done.
func TestUploadsThatAreFiledLater(t *testing.T) {
	inWorldWith(t, nil, []string{"bo-upload-202"}, func(w *world) {
		began := time.Now()
		e := w.create("a.pdf", "a")
		if e.Token == "" || time.Since(began) < 5*time.Second {
			w.Errorf("%+v after %v", e, time.Since(began))
		}
		w.fault(mischief.Fault{Do: mischief.Status, Status: 503, Method: "GET"})
		_, err := w.Create(w.ctx, w.upload("b.pdf", "b"))
		if e := code(w, err, remote.Busy); e.Outcome != remote.MaybeDone {
			w.Errorf("%v", e)
		}
	})
}

// What a Back Office does not take is refused in its words, and nothing is left behind.
func TestRefusedUploads(t *testing.T) {
	for quirk, want := range map[string]remote.Code{"bo-upload-1mib": remote.TooBig, "bo-upload-types": remote.Unknown} {
		inWorldWith(t, nil, []string{quirk}, func(w *world) {
			_, err := w.Create(w.ctx, w.upload("a.bin", strings.Repeat("x", 1<<20+1)))
			if e := code(w, err, want); e.Outcome != remote.NotDone {
				w.Errorf("%s: %v", quirk, e)
			}
			w.create("a.pdf", "a")
			w.shows("a.pdf")
		})
	}
}

// An upload goes up in base64, streamed, if that is set: byte for byte.
func TestUploadInBase64(t *testing.T) {
	inWorldWith(t, rest.Assume{assumeUpload: byBase64}, []string{"bo-upload-json"}, func(w *world) {
		d := w.sign(rest.Options{Download: w.storage(), Assume: rest.Assume{assumeUpload: byBase64}})
		defer d.Close()
		w.Driver = d
		if w.Features().Recognise {
			w.Error("no name goes with it: it cannot be recognised")
		}
		for _, n := range []int{1, 2, 3, 3071, 3072, 3073, 1<<20 + 1} {
			content := strings.Repeat("0123456789", n/10+1)[:n]
			e := w.create(itoa(n)+".bin", content)
			if got, err := w.read(e); got != content || err != nil {
				w.Errorf("%d bytes: %d came back, %v", n, len(got), err)
			}
		}
	})
}

// An answer to an upload without id or path is no proof of anything.
func TestAnswersToUploads(t *testing.T) {
	for body, fine := range map[string]bool{
		`{"id":9,"name":"a.pdf","clientId":17,"directoryId":null,"file":"y/1_a.pdf"}`:          true,
		`{"data":{"id":9,"name":"a.pdf","clientId":17,"directoryId":null,"file":"y/1_a.pdf"}}`: true,
		`{"id":9,"name":"a.pdf","file":"y/1_a.pdf"}`:                                           true,
		`{"id":9,"name":"a.pdf","clientId":17,"directoryId":null}`:                             false,
		`{"name":"a.pdf","file":"y/1_a.pdf"}`:                                                  false,
		`{"id":0,"name":"a.pdf","file":"y/1_a.pdf"}`:                                           false,
		`{}`: false, `[]`: false, `null`: false, `"ok"`: false, ``: false, `{"message":"saved"}`: false,
	} {
		synctest.Test(t, func(t *testing.T) {
			d := say(t, nil, map[string]http.HandlerFunc{"POST /clients/17/files": reply(201, body)})
			w := &world{TB: t, root: "17"}
			e, err := d.Create(t.Context(), w.upload("a.pdf", "a"))
			switch {
			case fine && (err != nil || e.ID != "17/f9"):
				t.Errorf("%s: %+v, %v", body, e, err)
			case !fine && (err == nil || !remote.IsMaybeDone(err)):
				t.Errorf("%s: %+v, %v", body, e, err)
			}
		})
	}
}

// bodies keeps the bodies of changes.
func bodies(w *world) *[]map[string]any {
	var kept []map[string]any
	w.wire.base = tap{w.wire.base, func(r *http.Request) {
		if r.Method != "PATCH" && r.Method != "PUT" {
			return
		}
		data, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(strings.NewReader(string(data)))
		var body map[string]any
		if err := json.Unmarshal(data, &body); err != nil {
			w.Error(err)
		}
		kept = append(kept, body)
	}}
	return &kept
}

type tap struct {
	base http.RoundTripper
	see  func(*http.Request)
}

func (t tap) RoundTrip(r *http.Request) (*http.Response, error) {
	t.see(r)
	return t.base.RoundTrip(r)
}

// A change sends caption and folder, always both; outside folders there is none to send, and out of one nothing moves.
func TestChangesSendTheWholeSet(t *testing.T) {
	for _, quirk := range []string{"bo-post-200", "bo-update-whole", "bo-patch-405", "bo-echo-old"} {
		inWorldWith(t, nil, []string{quirk}, func(w *world) {
			a, folder := w.create("a.pdf", "a"), w.mkdir("d")
			sent := bodies(w)
			step := func(to remote.Place) {
				w.Helper()
				moved, err := w.Move(w.ctx, a, to)
				if err != nil || moved.Name != to.Name || moved.Parent != to.Parent {
					w.Fatalf("%s: %+v, %v", quirk, moved, err)
				}
				a = moved
			}
			step(remote.Place{Parent: w.root, Name: "b.pdf"})
			step(remote.Place{Parent: folder.ID, Name: "b.pdf"})
			step(remote.Place{Parent: folder.ID, Name: "c.pdf"})
			n := float64(1)
			want := []map[string]any{{"caption": "b.pdf"}, {"caption": "b.pdf", "directoryId": n}, {"caption": "c.pdf", "directoryId": n}}
			if quirk == "bo-patch-405" {
				want = append(want[:1:1], want...)
			}
			if !slices.EqualFunc(*sent, want, maps.Equal) {
				w.Errorf("%s: sent were %v, want %v", quirk, *sent, want)
			}
			_, err := w.Move(w.ctx, a, remote.Place{Parent: w.root, Name: "c.pdf"})
			if e := code(w, err, remote.Unsupported); e.Outcome != remote.NotDone || len(*sent) != len(want) {
				w.Errorf("%s: %v, sent %v", quirk, e, *sent)
			}
			w.shows("d", "d/c.pdf")
		})
	}
}

// With the setting, a file moves out of all folders; if the portal does not do it, that is seen.
func TestMoveToTheRoot(t *testing.T) {
	for quirk, moves := range map[string]bool{"bo-null-moves": true, "bo-null-ignored": false, "bo-post-200": false} {
		inWorldWith(t, rest.Assume{assumeMoveToRoot: true}, []string{quirk}, func(w *world) {
			folder := w.mkdir("d")
			a := w.createIn(folder.ID, "a.pdf", "a")
			e, err := w.Move(w.ctx, a, remote.Place{Parent: w.root, Name: "a.pdf"})
			if moves != (err == nil && e.Parent == w.root) {
				w.Errorf("%s: %+v, %v", quirk, e, err)
			}
			if moves {
				w.shows("a.pdf", "d")
			} else {
				w.shows("d", "d/a.pdf")
			}
		})
	}
}

// Files do not move from one client to another.
func TestClientsAreIsolated(t *testing.T) {
	inWorldWith(t, rest.Assume{assumeMoveToRoot: true}, nil, func(w *world) {
		other, err := w.office.MkdirAll(sandbox.BackOffice, "Bakkerij Jansen")
		if err != nil {
			w.Fatal(err)
		}
		a := w.create("a.pdf", "a")
		w.office.ResetCalls()
		_, err = w.Move(w.ctx, a, remote.Place{Parent: remote.ID(other), Name: "a.pdf"})
		code(w, err, remote.Unsupported)
		w.calls(mischief.Calls{})
	})
}

// A caption without an extension is shown with that of the stored path, and is not sent back so: moving the file keeps its caption.
func TestAdaptedNamesAreNotSentBack(t *testing.T) {
	for _, restart := range []bool{false, true} {
		inWorld(t, func(w *world) {
			w.put("Service agreement.pdf", "x")
			if err := w.office.Rename(sandbox.BackOffice, below("Service agreement.pdf"), "Service agreement"); err != nil {
				w.Fatal(err)
			}
			folder := w.mkdir("d")
			w.shows("Service agreement.pdf", "d")
			found, err := crawledEntries(w)
			if err != nil {
				w.Fatal(err)
			}
			if restart {
				w.Driver = w.sign(rest.Options{})
				defer w.Driver.Close()
			}
			file := found[slices.IndexFunc(found, func(e remote.Entry) bool { return e.Kind == remote.File })]
			moved, err := w.Move(w.ctx, file, remote.Place{Parent: folder.ID, Name: file.Name})
			if err != nil || moved.Name != "Service agreement.pdf" {
				w.Errorf("%+v, %v", moved, err)
			}
			if there := w.there(); !slices.Contains(there, "d/Service agreement") {
				w.Errorf("there are %q", there)
			}
			if _, err := w.Move(w.ctx, moved, remote.Place{Parent: folder.ID, Name: "Offer.pdf"}); err != nil {
				w.Error(err)
			}
			if there := w.there(); !slices.Contains(there, "d/Offer.pdf") {
				w.Errorf("there are %q", there)
			}
		})
	}
}

func TestNamesShown(t *testing.T) {
	for _, c := range []struct{ caption, stored, want string }{
		{"Service agreement", "y/1662913861_file.pdf", "Service agreement.pdf"},
		{"Offer 2.1", "y/1_offer.docx", "Offer 2.1.docx"},
		{"a.pdf", "y/1_a.pdf", "a.pdf"},
		{"A.PDF", "y/1_a.pdf", "A.PDF"},
		{"a.docx", "y/1_a.pdf", "a.docx"},
		{"a.pdf", "", "a.pdf"},
		{"a", "", "a"},
		{"a", "y/1_a", "a"},
		{"a", "y/1_a.", "a"},
		{"a", "y.pdf/1_a", "a"},
		{"a", "y/1_a.a b", "a"},
		{"a", "y/1_a.waytoolong", "a"},
		{"a", "..", "a"},
		{"", "y/1_a.pdf", "File 9.pdf"},
		{"", "", "File 9"},
	} {
		if got := shownName(fileRow{ID: 9, title: title{Name: c.caption}, File: c.stored}); got != c.want {
			t.Errorf("%q stored as %q is shown as %q, want %q", c.caption, c.stored, got, c.want)
		}
	}
}

// Whatever a file is called, the name that goes with it is harmless, names the upload, and brings no extension that the caption lacks.
func TestNamesSent(t *testing.T) {
	d := &Driver{set: settings{storedNames: true}}
	for _, name := range []string{"a.pdf", "a", ".a", "a.", "Jaarrekening 2025 (def).xlsx", "a\"; filename=\"b.txt", "../../x", "a.txt:b", "caf\u00e9.txt", strings.Repeat("n", 300) + ".txt", "a.b c"} {
		sent := sentName("3f9a1c77e2b04d58", name)
		stored := "y/1662913861_" + sent
		if strings.ContainsAny(sent, "/\\\"; :") || len(sent) > 120 || d.tokenIn(stored) != "3f9a1c77e2b04d58" {
			t.Errorf("%q goes up as %q", name, sent)
		}
		if got := shownName(fileRow{ID: 9, title: title{Name: name}, File: stored}); got != name {
			t.Errorf("%q is shown as %q", name, got)
		}
	}
	for _, stored := range []string{"y/1_a.pdf", "y/1_dossier-a.pdf", "dossier-3f9a1c77e2b04d58-x/a.pdf", "y/1_dossier-3f9a-a.pdf", ""} {
		if token := d.tokenIn(stored); token != "" {
			t.Errorf("%q is said to be of upload %q", stored, token)
		}
	}
}
