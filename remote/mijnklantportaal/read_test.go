package mijnklantportaal

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"dossier/remote"
	"dossier/remote/rest"
	"dossier/remote/sandbox"
	"dossier/remote/sandbox/mischief"
)

// The portal does not tell where an item lies: it is known of what was listed or made, and else not.
func TestParentIsWhereItWasSeenLast(t *testing.T) {
	inWorld(t, everything, func(w *world) {
		id, dir := w.put("dir/a.txt", "a"), remote.ID("")
		e, err := w.Get(w.ctx, id, remote.File)
		if err != nil || e.Parent != "" {
			w.Errorf("before it was listed: %+v, %v", e, err)
		}
		for e := range w.Crawl(w.ctx, w.root) {
			if e.Kind == remote.Folder {
				dir = e.ID
			}
		}
		if e, err = w.Get(w.ctx, id, remote.File); err != nil || e.Parent != dir {
			w.Errorf("after it was listed: %+v, %v", e, err)
		}
		if err := w.box.Move(portal, sandbox.ClientsFolder+"/dir/a.txt", sandbox.ClientsFolder+"/a.txt"); err != nil {
			w.Fatal(err)
		}
		if _, err := w.names(w.root); err != nil {
			w.Fatal(err)
		}
		if e, err = w.Get(w.ctx, id, remote.File); err != nil || e.Parent != w.root {
			w.Errorf("after it was moved in the web pages, and listed: %+v, %v", e, err)
		}
	})
}

// What is asked for by another process is where that process knew it to be.
func TestConfirmedWhereItWas(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		e := w.create("a", content)
		d := w.sign(rest.Options{})
		defer d.Close()
		if a, err := d.Confirm(w.ctx, e); err != nil || a.Now == nil || *a.Now != e {
			w.Errorf("%+v, %v", a, err)
		}
	})
}

func TestMemoryIsBounded(t *testing.T) {
	var m memory
	for i := range 5 * half {
		m.note(remote.ID(fmt.Sprint(i)), "p")
		m.note("kept", "q")
	}
	if n := len(m.young) + len(m.old); n > 2*half {
		t.Errorf("%d items are remembered", n)
	}
	if m.parent("kept") != "q" || m.parent("0") != "" || m.parent(remote.ID(fmt.Sprint(5*half-1))) != "p" {
		t.Error("other things are remembered than the latest")
	}
}

func TestRootIsThereWithoutACall(t *testing.T) {
	inWorld(t, everything, func(w *world) {
		e, err := w.Get(w.ctx, Root, remote.Folder)
		if err != nil || e.ID != Root || e.Kind != remote.Folder {
			w.Errorf("%+v, %v", e, err)
		}
		w.calls(mischief.Calls{})
		_, err = w.Get(w.ctx, Root, remote.File)
		w.code(err, remote.NotFound)
		w.code(w.Delete(w.ctx, e), remote.Unsupported)
		f, err := w.Create(w.ctx, remote.Upload{At: remote.Place{Parent: Root, Name: "top.txt"}, Source: w.upload("", "x").Source})
		if err != nil || f.Parent != Root {
			w.Errorf("%+v, %v", f, err)
		}
		names, err := w.names(Root)
		if err != nil || len(names) != 2 {
			w.Errorf("%v, %v", names, err)
		}
	})
}

func TestKindIsPartOfTheQuestion(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		f, d := w.create("a", "a"), w.mkdir("d")
		_, err := w.Get(w.ctx, f.ID, remote.Folder)
		w.code(err, remote.NotFound)
		_, err = w.Get(w.ctx, d.ID, remote.File)
		w.code(err, remote.NotFound)
	})
}

// What is no id is not put into an address.
func TestIDsThatAreNone(t *testing.T) {
	d := say(t, everything, nil)
	for _, id := range []remote.ID{"", "..", "a/b", "fsf_1?x=y", "fsf_1#", "fsf%2f", "fsf_é", "a b", remote.ID(make([]byte, 200))} {
		_, err := d.Get(t.Context(), id, remote.File)
		coded(t, err, remote.Corrupt)
		_, err = d.Confirm(t.Context(), remote.Entry{ID: id, Kind: remote.File, Parent: Root})
		coded(t, err, remote.Corrupt)
		_, err = d.Download(t.Context(), remote.Entry{ID: id, Kind: remote.File}, 0)
		coded(t, err, remote.Corrupt)
		_, err = d.MakeFolder(t.Context(), remote.Place{Parent: id, Name: "a"})
		coded(t, err, remote.Corrupt)
		coded(t, d.Delete(t.Context(), remote.Entry{ID: id, Kind: remote.File}), remote.Corrupt)
		_, err = d.list(t.Context(), id)
		coded(t, err, remote.Corrupt)
	}
}

func TestAnswerAboutAnotherItem(t *testing.T) {
	for _, body := range []any{file("fsf_2", "a", 1), `{}`, `[]`, `{"id":null}`, `{"id":1,"type":"file"}`, `null`, ``} {
		d := say(t, nil, map[string]http.HandlerFunc{"GET /v1/files/fsf_1": reply(200, body)})
		_, err := d.Get(t.Context(), "fsf_1", remote.File)
		coded(t, err, remote.Corrupt)
	}
}

func TestSharedItemsArePinned(t *testing.T) {
	shared := file("fsf_1", "a", 1)
	shared["fileShareId"] = "fss_1"
	for _, assume := range []rest.Assume{nil, {assumeShared: true}} {
		d := say(t, assume, map[string]http.HandlerFunc{"GET /v1/files/fsf_1": reply(200, shared)})
		e, err := d.Get(t.Context(), "fsf_1", remote.File)
		if err != nil || (e.Pinned == "") != (assume != nil) || e.Frozen != "" {
			t.Errorf("%v: %+v, %v", assume, e, err)
		}
	}
}

// Another revision is another id, or another size.
func TestContentIsIDAndSize(t *testing.T) {
	d := say(t, nil, nil)
	one, two := int64(1), int64(2)
	revisions := map[string]bool{}
	for _, i := range []item{{ID: "a", Type: "file", Size: &one}, {ID: "a", Type: "file", Size: &two}, {ID: "b", Type: "file", Size: &one}, {ID: "a", Type: "file"}} {
		revisions[d.facts.entry(i, "p").Content] = true
	}
	if len(revisions) != 4 || revisions[""] {
		t.Errorf("revisions are %v", revisions)
	}
	for kind, want := range map[string]remote.Kind{"file": remote.File, "directory": remote.Folder, "bookmark": remote.Other, "": remote.Other} {
		if e := d.facts.entry(item{ID: "a", Type: kind}, "p"); e.Kind != want || want != remote.File && (e.Content != "" || e.Size != -1) {
			t.Errorf("%q: %+v", kind, e)
		}
	}
}

// P7: a 404 is a witness only if our key can see where the item was.
func TestWitness(t *testing.T) {
	gone, there := reply(404, `{"message":"Not found."}`), reply(200, folder("fsd_1", "dir"))
	for what, tt := range map[string]struct {
		item, folder http.HandlerFunc
		parent       remote.ID
		gone         bool
		code         remote.Code // of the error; Unknown: none
	}{
		"its folder is there":         {gone, there, "fsd_1", true, 0},
		"so is its folder gone":       {gone, gone, "fsd_1", false, 0},
		"its folder is denied":        {gone, reply(403, `{"message":"No."}`), "fsd_1", false, remote.Denied},
		"it lay in the root":          {gone, nil, Root, true, 0},
		"nobody knows where":          {gone, nil, "", false, 0},
		"a 404 of a web server":       {reply(404, `<html>Not Found</html>`), there, "fsd_1", false, remote.Corrupt},
		"a 404 without a body":        {reply(404, ``), there, "fsd_1", false, remote.Corrupt},
		"a 404 of another shape":      {reply(404, `{"error":"gone"}`), there, "fsd_1", false, remote.Corrupt},
		"its folder is a web page":    {gone, reply(404, `<html>`), "fsd_1", false, remote.Corrupt},
		"it is denied":                {reply(403, `{"message":"No."}`), there, "fsd_1", false, remote.Denied},
		"the portal is down":          {reply(503, `{"message":"Soon."}`), there, "fsd_1", false, remote.Unavailable},
		"we are not signed in":        {reply(401, `{"message":"Who?"}`), there, "fsd_1", false, remote.SignIn},
		"another item comes":          {reply(200, file("fsf_2", "a", 1)), there, "fsd_1", false, remote.Corrupt},
		"a folder comes":              {reply(200, folder("fsf_1", "a")), there, "fsd_1", false, remote.Corrupt},
		"nothing but an empty answer": {reply(200, `{}`), there, "fsd_1", false, remote.Corrupt},
	} {
		t.Run(what, func(t *testing.T) {
			d := say(t, nil, map[string]http.HandlerFunc{"GET /v1/files/fsf_1": tt.item, "GET /v1/files/fsd_1": tt.folder})
			a, err := d.Confirm(t.Context(), remote.Entry{ID: "fsf_1", Kind: remote.File, Parent: tt.parent, Name: "a"})
			if a.Gone != tt.gone || a.Now != nil {
				t.Errorf("it tells %+v", a)
			}
			if tt.code != 0 {
				coded(t, err, tt.code)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

// The key of another portal sees nothing of ours: that is no deletion.
func TestSomebodyElsesKey(t *testing.T) {
	inWorld(t, everything, func(w *world) {
		dir := w.mkdir("dir")
		e, err := w.Create(w.ctx, remote.Upload{At: remote.Place{Parent: dir.ID, Name: "a"}, Source: w.upload("", "a").Source})
		if err != nil {
			w.Fatal(err)
		}
		other, err := w.box.AddAccount(portal, "Other office", true)
		if err != nil {
			w.Fatal(err)
		}
		d := w.sign(rest.Options{Assume: everything, Token: rest.Secret(other.Token)})
		defer d.Close()
		for _, last := range []remote.Entry{e, dir} {
			if a, err := d.Confirm(w.ctx, last); err != nil || a.Gone {
				w.Errorf("%q: %+v, %v", last.Name, a, err)
			}
		}
		for _, err := range d.Crawl(w.ctx, w.root) {
			w.code(err, remote.NotFound)
		}
		_, err = d.Account(w.ctx)
		w.code(err, remote.Unsupported)
	})
}

// A folder that was shown a moment ago needs no second look for each item that was in it.
func TestWitnessesShareALook(t *testing.T) {
	inWorld(t, everything, func(w *world) {
		dir := w.mkdir("dir")
		var gone []remote.Entry
		for i := range 5 {
			e, err := w.Create(w.ctx, remote.Upload{At: remote.Place{Parent: dir.ID, Name: fmt.Sprint(i)}, Source: w.upload("", "a").Source})
			if err != nil {
				w.Fatal(err)
			}
			gone = append(gone, e)
			if err := w.box.Trash(portal, sandbox.ClientsFolder+"/dir/"+e.Name); err != nil {
				w.Fatal(err)
			}
		}
		for range 2 {
			time.Sleep(time.Minute)
			w.box.ResetCalls()
			for _, last := range gone {
				if a, err := w.Confirm(w.ctx, last); err != nil || !a.Gone {
					w.Errorf("%+v, %v", a, err)
				}
			}
			w.calls(mischief.Calls{"GET /v1/files/{id}": 5 + 1})
		}
	})
}

func TestBareErrorsCountWhereTheyAreSaidTo(t *testing.T) {
	inWorld(t, rest.Assume{assumeBareErrors: true}, func(w *world) {
		e := w.create("a", "a")
		w.quirk("mkp-errors-html")
		if err := w.box.Trash(portal, sandbox.ClientsFolder+"/a"); err != nil {
			w.Fatal(err)
		}
		if a, err := w.Confirm(w.ctx, e); err != nil || !a.Gone {
			w.Errorf("%+v, %v", a, err)
		}
	})
}

func TestWebPageIsNoItem(t *testing.T) {
	inWorldOf(t, sandbox.Options{}, rest.Options{Attempts: 1}, func(w *world) {
		e := w.create("a", "a")
		for _, do := range []string{mischief.HTML, mischief.Truncated, mischief.CutBody} {
			w.fault(mischief.Fault{Do: do, Method: "GET", Times: 1, Bytes: 5})
			_, err := w.Get(w.ctx, e.ID, remote.File)
			w.code(err, remote.Corrupt)
		}
	})
}
