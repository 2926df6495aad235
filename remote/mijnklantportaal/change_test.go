package mijnklantportaal

import (
	"net/http"
	"testing"

	"dossier/remote"
	"dossier/remote/remotetest"
	"dossier/remote/rest"
	"dossier/remote/sandbox/mischief"
)

// A deletion looks first: what is not as it was stays, and what is gone is done.
func TestDeletionLooksFirst(t *testing.T) {
	inWorld(t, everything, func(w *world) {
		e, d := w.create("a", content), w.mkdir("d")
		w.box.ResetCalls()
		if err := w.Delete(w.ctx, e); err != nil {
			w.Error(err)
		}
		w.calls(mischief.Calls{"GET /v1/files/{id}": 1, "DELETE /v1/files/{id}": 1})
		if err := w.Delete(w.ctx, e); err != nil {
			w.Error(err)
		}
		w.calls(mischief.Calls{"GET /v1/files/{id}": 1})
		if err := w.Delete(w.ctx, d); err != nil {
			w.Error(err)
		}
		w.calls(mischief.Calls{"GET /v1/files/{id}": 1, "GET /v1/files": 1, "DELETE /v1/files/{id}": 1})
	})
}

func TestWhatHasChangedStays(t *testing.T) {
	old := remote.Entry{ID: "fsf_1", Kind: remote.File, Name: "a", Content: "fsf_1/16"}
	shared := file("fsf_1", "a", 16)
	shared["fileShareId"] = "fss_1"
	for what, tt := range map[string]struct {
		now  http.HandlerFunc
		code remote.Code
	}{
		"another size":     {reply(200, file("fsf_1", "a", 17)), remote.Stale},
		"another kind":     {reply(200, folder("fsf_1", "a")), remote.Stale},
		"shared":           {reply(200, shared), remote.Denied},
		"a web page":       {reply(404, `<html>`), remote.Corrupt},
		"not allowed":      {reply(403, `{"message":"No."}`), remote.Denied},
		"out of service":   {reply(503, ``), remote.Unavailable},
		"nothing sensible": {reply(200, `{}`), remote.Corrupt},
	} {
		t.Run(what, func(t *testing.T) {
			d := say(t, everything, map[string]http.HandlerFunc{"GET /v1/files/fsf_1": tt.now}) // a DELETE would be unexpected
			if e := coded(t, d.Delete(t.Context(), old), tt.code); e.Outcome != remote.NotDone {
				t.Errorf("%v", e)
			}
		})
	}
}

// A folder goes only if it is known to be empty.
func TestFolderThatMayNotBeEmptyStays(t *testing.T) {
	for what, tt := range map[string]struct {
		list http.HandlerFunc
		code remote.Code
	}{
		"not empty":    {reply(200, pageOf(1, false, file("fsf_1", "a", 1))), remote.Busy},
		"not listed":   {reply(404, `{"message":"Not found."}`), remote.Unsupported},
		"not allowed":  {reply(403, `{"message":"No."}`), remote.Denied},
		"a web page":   {reply(200, `<html>`), remote.Corrupt},
		"cut off":      {reply(200, `{"current_page":1,"data":[`), remote.Corrupt},
		"goes on":      {reply(200, pageOf(1, true)), remote.Corrupt},
		"out of order": {reply(500, ``), remote.Unavailable},
	} {
		t.Run(what, func(t *testing.T) {
			d := say(t, everything, map[string]http.HandlerFunc{"GET /v1/files/fsd_1": reply(200, folder("fsd_1", "d")), "GET /v1/files": tt.list})
			d.scoped.Store(true)
			coded(t, d.Delete(t.Context(), remote.Entry{ID: "fsd_1", Kind: remote.Folder, Name: "d"}), tt.code)
		})
	}
}

// Where nothing can be deleted after all, that is said: a 404 must not be taken for a deletion.
func TestNoDeletion(t *testing.T) {
	for _, quirk := range []string{"mkp-delete-404", "mkp-delete-405"} {
		inWorld(t, everything, func(w *world) {
			e := w.create("a", content)
			w.quirk(quirk)
			w.code(w.Delete(w.ctx, e), remote.Unsupported)
			if got, err := w.read(e, 0); got != content || err != nil {
				w.Errorf("%q, %v", got, err)
			}
		})
	}
	for _, assume := range []rest.Assume{nil, {assumeListing: true}, {assumeDelete: true}} {
		inWorld(t, assume, func(w *world) {
			e := w.create("a", content)
			w.box.ResetCalls()
			w.code(w.Delete(w.ctx, e), remote.Unsupported)
			w.calls(mischief.Calls{})
			if w.Features().Delete {
				w.Errorf("%v: %+v", assume, w.Features())
			}
		})
	}
}

func TestRefusalsOfDeletions(t *testing.T) {
	dir := remote.Entry{ID: "fsd_1", Kind: remote.Folder, Name: "d"}
	doc := remote.Entry{ID: "fsf_1", Kind: remote.File, Name: "a"}
	for _, tt := range []struct {
		what   remote.Entry
		status int
		code   remote.Code
		maybe  bool
	}{
		{dir, 422, remote.Busy, false}, {doc, 422, remote.Denied, false}, {doc, 403, remote.Denied, false}, {doc, 423, remote.Busy, false},
		{doc, 401, remote.SignIn, false}, {doc, 429, remote.Throttled, false}, {doc, 500, remote.Unavailable, true}, {doc, 302, remote.Corrupt, true},
	} {
		sent := 0
		refuse := func(w http.ResponseWriter, r *http.Request) { sent++; reply(tt.status, `{"message":"No."}`)(w, r) }
		d := say(t, everything, map[string]http.HandlerFunc{
			"GET /v1/files/fsd_1": reply(200, folder("fsd_1", "d")), "GET /v1/files/fsf_1": reply(200, file("fsf_1", "a", 1)),
			"GET /v1/files": reply(200, pageOf(1, false)), "DELETE /v1/files/fsd_1": refuse, "DELETE /v1/files/fsf_1": refuse,
		})
		err := d.Delete(t.Context(), tt.what)
		if coded(t, err, tt.code); remote.IsMaybeDone(err) != tt.maybe || sent != 1 {
			t.Errorf("%d: %v; it was sent %d times", tt.status, err, sent)
		}
	}
}

// Whatever a portal would delete with a folder, a folder that is not empty is not asked to be deleted.
func TestTreesStay(t *testing.T) {
	for _, quirk := range []string{"", "mkp-delete-recursive"} {
		inWorld(t, everything, func(w *world) {
			if quirk != "" {
				w.quirk(quirk)
			}
			d := w.mkdir("d")
			e, err := w.Create(w.ctx, remotetest.UploadOf(remote.Place{Parent: d.ID, Name: "a"}, []byte(content)))
			if err != nil {
				w.Fatal(err)
			}
			w.code(w.Delete(w.ctx, d), remote.Busy)
			if got, err := w.read(e, 0); got != content || err != nil {
				w.Errorf("%q, %v", got, err)
			}
		})
	}
}
