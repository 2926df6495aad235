package box

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"dossier/remote"
	"dossier/remote/sandbox"
	"dossier/remote/sandbox/mischief"
)

// Who has the name is told, in whichever form the portal writes it: so a lost reply can be told from a stranger's file (E4).
func TestNameTakenTellsBywhom(t *testing.T) {
	for _, quirk := range []string{"", "conflicts-object", "conflicts-array"} {
		inWorld(t, func(w *world) {
			if quirk != "" {
				w.quirk(quirk)
			}
			a := w.create("a.pdf", "one")
			_, err := w.Create(w.ctx, w.upload("A.pdf", "two"))
			e := w.code(err, remote.NameTaken)
			if x := e.Existing; x == nil || x.ID != a.ID || x.SHA1 != a.SHA1 || x.Content != a.Content || x.Parent != w.root || x.Kind != remote.File {
				w.Errorf("%s: existing %+v, want %+v", quirk, e.Existing, a)
			}
			if e.Outcome != remote.NotDone || e.Reason != "item_name_in_use" || e.RequestID == "" {
				w.Errorf("%s: %+v", quirk, e)
			}
			folder, err := w.MakeFolder(w.ctx, remote.Place{Parent: w.root, Name: "2026"})
			if err != nil {
				w.Fatal(err)
			}
			_, err = w.MakeFolder(w.ctx, remote.Place{Parent: w.root, Name: "2026"})
			if e := w.code(err, remote.NameTaken); e.Existing == nil || e.Existing.ID != folder.ID || e.Existing.Kind != remote.Folder {
				w.Errorf("%s: %+v", quirk, e.Existing)
			}
			_, err = w.Create(w.ctx, w.upload("2026", "a file"))
			if e := w.code(err, remote.NameTaken); e.Existing == nil || e.Existing.Kind != remote.Folder {
				w.Errorf("%s: %+v", quirk, e.Existing)
			}
			w.quirk("move-conflict-bare")
			_, err = w.Move(w.ctx, a, remote.Place{Parent: w.root, Name: "2026"})
			w.code(err, remote.NameTaken)
		})
	}
}

func TestConflictForms(t *testing.T) {
	for body, want := range map[string]remote.ID{
		`{"code":"item_name_in_use","context_info":{"conflicts":{"type":"file","id":"1","sha1":"AA"}}}`:  "1",
		`{"code":"item_name_in_use","context_info":{"conflicts":[{"type":"folder","id":2},{"id":"3"}]}}`: "2",
		`{"code":"item_name_in_use","context_info":{"conflicts":[]}}`:                                    "",
		`{"code":"item_name_in_use","context_info":{}}`:                                                  "",
		`{"code":"item_name_in_use","context_info":null}`:                                                "",
		`{"code":"item_name_in_use"}`:                                                                    "",
		`{"code":"item_name_in_use","context_info":"none","message":7}`:                                  "",
	} {
		e := explain(http.StatusConflict, http.Header{"Box-Request-Id": {"r"}}, []byte(body))
		got := remote.ID("")
		if e.Existing != nil {
			got = e.Existing.ID
		}
		if e.Code != remote.NameTaken || got != want || e.RequestID != "r" {
			t.Errorf("%s: %+v", body, e)
		}
	}
	for _, body := range []string{``, `<html>`, `[]`, `"x"`, `{"code":{}}`} {
		if e := explain(http.StatusConflict, nil, []byte(body)); e.Code != remote.Unknown || e.Existing != nil {
			t.Errorf("%s: %+v", body, e)
		}
	}
}

// Content, names and deletions of what has changed are refused (If-Match), so that nothing newer is lost (P20).
func TestChangesAreGuarded(t *testing.T) {
	inWorld(t, func(w *world) {
		old := w.create("a.pdf", "one")
		if _, err := w.box.Put(sandbox.Box, sandbox.ClientsFolder+"/a.pdf", strings.NewReader("someone else's"), time.Time{}); err != nil {
			w.Fatal(err)
		}
		_, err := w.Replace(w.ctx, old, w.upload("a.pdf", "two"))
		if e := w.code(err, remote.Stale); e.Outcome != remote.NotDone {
			w.Errorf("%v", e)
		}
		_, err = w.Move(w.ctx, old, remote.Place{Parent: w.root, Name: "b.pdf"})
		w.code(err, remote.Stale)
		w.code(w.Delete(w.ctx, old), remote.Stale)
		folder, err := w.MakeFolder(w.ctx, remote.Place{Parent: w.root, Name: "sub"})
		if err != nil {
			w.Fatal(err)
		}
		w.box.ResetCalls()
		_, err = w.Move(w.ctx, old, remote.Place{Parent: folder.ID, Name: "a.pdf"}) // which If-Match would not have guarded
		w.code(err, remote.Stale)
		w.calls(mischief.Calls{"GET /2.0/files/{id}": 1})
		now, err := w.Get(w.ctx, old.ID, remote.File)
		if err != nil || now.Name != "a.pdf" || now.Parent != w.root {
			w.Errorf("%+v, %v", now, err)
		}
		if got, err := w.read(now, 0); got != "someone else's" {
			w.Errorf("%q, %v", got, err)
		}
	})
}

func TestMoveOfFolders(t *testing.T) {
	for _, quirk := range []string{"", "parent-hidden", "folder-etag-children"} {
		inWorld(t, func(w *world) {
			a, _ := w.MakeFolder(w.ctx, remote.Place{Parent: w.root, Name: "a"})
			b, err := w.MakeFolder(w.ctx, remote.Place{Parent: w.root, Name: "b"})
			if err != nil {
				w.Fatal(err)
			}
			if quirk != "" {
				w.quirk(quirk)
			}
			w.box.ResetCalls()
			moved, err := w.Move(w.ctx, b, remote.Place{Parent: a.ID, Name: "c"})
			if err != nil || moved.ID != b.ID || moved.Parent != a.ID || moved.Name != "c" {
				w.Errorf("%s: %+v, %v", quirk, moved, err)
			}
			w.calls(mischief.Calls{"PUT /2.0/folders/{id}": 1, "GET /2.0/folders/{id}": 2})
		})
	}
}

// A move that was carried out although the portal answered 503 is told as perhaps done; the mirror will look (E4).
func TestMoveWithoutAReply(t *testing.T) {
	inWorld(t, func(w *world) {
		w.quirk("move-503-applied")
		a, err := w.MakeFolder(w.ctx, remote.Place{Parent: w.root, Name: "a"})
		if err != nil {
			w.Fatal(err)
		}
		b, err := w.MakeFolder(w.ctx, remote.Place{Parent: w.root, Name: "b"})
		if err != nil {
			w.Fatal(err)
		}
		w.box.ResetCalls()
		_, err = w.Move(w.ctx, a, remote.Place{Parent: b.ID, Name: "a"})
		if e := w.code(err, remote.Unavailable); e.Outcome != remote.MaybeDone {
			w.Errorf("%v", e)
		}
		w.calls(mischief.Calls{"GET /2.0/folders/{id}": 1, "PUT /2.0/folders/{id}": 1})
		if now, err := w.Get(w.ctx, a.ID, remote.Folder); err != nil || now.Parent != b.ID {
			w.Errorf("%+v, %v", now, err)
		}
	})
}

// Every write, with its reply lost, is sent once and told as perhaps done; with the call lost, too, for we cannot know (E4).
func TestLostReplies(t *testing.T) {
	for _, do := range []string{mischief.LoseAfter, mischief.LoseBefore} {
		for name, call := range map[string]func(w *world, file, folder remote.Entry) error{
			"create":  func(w *world, _, _ remote.Entry) error { _, err := w.Create(w.ctx, w.upload("n", "x")); return err },
			"replace": func(w *world, f, _ remote.Entry) error { _, err := w.Replace(w.ctx, f, w.upload("n", "x")); return err },
			"make folder": func(w *world, _, _ remote.Entry) error {
				_, err := w.MakeFolder(w.ctx, remote.Place{Parent: w.root, Name: "n"})
				return err
			},
			"rename": func(w *world, f, _ remote.Entry) error {
				_, err := w.Move(w.ctx, f, remote.Place{Parent: w.root, Name: "n"})
				return err
			},
			"delete": func(w *world, _, f remote.Entry) error { return w.Delete(w.ctx, f) },
		} {
			t.Run(do+" "+name, func(t *testing.T) {
				inWorld(t, func(w *world) {
					file := w.create("f", "content")
					folder, err := w.MakeFolder(w.ctx, remote.Place{Parent: w.root, Name: "d"})
					if err != nil {
						w.Fatal(err)
					}
					w.box.ResetCalls()
					w.fault(mischief.Fault{Do: do, Portal: sandbox.Box})
					if e := w.code(call(w, file, folder), remote.Unavailable); e.Outcome != remote.MaybeDone {
						w.Errorf("%v", e)
					}
					if n := w.box.Calls(sandbox.Box).Total(); n != 1 {
						w.Errorf("sent %d times", n)
					}
				})
			})
		}
	}
}

func TestTrash(t *testing.T) {
	for _, quirk := range []string{"", "no-trash"} {
		inWorld(t, func(w *world) {
			if quirk != "" {
				w.quirk(quirk)
			}
			before := w.tree()
			has, err := w.HasTrash(w.ctx, w.root)
			if err != nil || has != (quirk == "") {
				w.Errorf("%s: has trash: %v, %v", quirk, has, err)
			}
			if after := w.tree(); strings.Join(after, "\n") != strings.Join(before, "\n") || len(w.box.Trashed(sandbox.Box)) > 0 {
				w.Errorf("%s: the probe left something: %v, %v", quirk, after, w.box.Trashed(sandbox.Box))
			}
			a := w.create("a.pdf", "one")
			if err := errors.Join(w.Delete(w.ctx, a), w.Delete(w.ctx, a)); err != nil {
				w.Errorf("%s: delete, twice: %v", quirk, err)
			}
			back, err := w.Restore(w.ctx, a.ID, remote.File, nil)
			if quirk != "" {
				w.code(err, remote.NotFound)
				return
			}
			if err != nil || back.ID != a.ID || back.Parent != w.root || back.Content != a.Content {
				w.Errorf("%+v, %v", back, err)
			}
			if err := w.Delete(w.ctx, back); err != nil {
				w.Fatal(err)
			}
			sub, err := w.MakeFolder(w.ctx, remote.Place{Parent: w.root, Name: "sub"})
			if err != nil {
				w.Fatal(err)
			}
			back, err = w.Restore(w.ctx, a.ID, remote.File, &remote.Place{Parent: sub.ID, Name: "b.pdf"})
			if err != nil || back.Name != "b.pdf" || back.Parent != sub.ID {
				w.Errorf("%+v, %v", back, err)
			}
		})
	}
}

func TestTheRootIsNeverDeleted(t *testing.T) {
	inWorld(t, func(w *world) {
		w.code(w.Delete(w.ctx, remote.Entry{ID: "0", Kind: remote.Folder}), remote.Unsupported)
		w.calls(mischief.Calls{})
	})
}

// A deletion has a witness: 404 trashed, or 404 not_found of an item whose folder can still be read. All else is not known (P7).
func TestConfirm(t *testing.T) {
	inWorld(t, func(w *world) {
		sub, err := w.MakeFolder(w.ctx, remote.Place{Parent: w.root, Name: "sub"})
		if err != nil {
			w.Fatal(err)
		}
		u := w.upload("a.pdf", "one")
		u.At.Parent = sub.ID
		a, err := w.Create(w.ctx, u)
		if err != nil {
			w.Fatal(err)
		}
		if got, err := w.Confirm(w.ctx, a); err != nil || got.Gone || got.Now == nil || *got.Now != a {
			w.Errorf("there: %+v, %v", got, err)
		}
		if err := w.Delete(w.ctx, a); err != nil {
			w.Fatal(err)
		}
		if got, err := w.Confirm(w.ctx, a); err != nil || !got.Gone || !got.Trash {
			w.Errorf("trashed: %+v, %v", got, err)
		}
		w.quirk("trashed-not-found")
		if got, err := w.Confirm(w.ctx, a); err != nil || !got.Gone || got.Trash {
			w.Errorf("not found: %+v, %v", got, err)
		}
		if err := w.box.Trash(sandbox.Box, sandbox.ClientsFolder+"/sub"); err != nil {
			w.Fatal(err)
		}
		got, err := w.Confirm(w.ctx, a)
		if w.code(err, remote.Unknown); got.Gone {
			w.Errorf("the folder cannot be seen either: %+v", got)
		}
		orphan := a
		orphan.Parent = ""
		got, err = w.Confirm(w.ctx, orphan)
		if w.code(err, remote.Unknown); got.Gone {
			w.Errorf("its folder is not known: %+v", got)
		}
		w.box.ClearQuirk()
		for _, f := range []mischief.Fault{{Do: mischief.Status, Status: 403}, {Do: mischief.Status, Status: 500}, {Do: mischief.HTML}, {Do: mischief.Truncated}, {Do: mischief.Expired}, {Do: mischief.LoseAfter}} {
			id, err := w.box.Fault(f)
			if err != nil {
				w.Fatal(err)
			}
			if got, err := w.Confirm(w.ctx, a); err == nil || got.Gone {
				w.Errorf("%s: %+v, %v", f.Do, got, err)
			}
			w.box.ClearFaults(id)
		}
	})
}

func TestErrorsAreSorted(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		reason string
		want   remote.Code
	}{
		"name reserved for a moment": {409, "name_temporarily_reserved", remote.Busy},
		"subtree locked":             {409, "operation_blocked_temporary", remote.Busy},
		"locked by somebody":         {403, "access_denied_item_locked", remote.Busy},
		"no permission":              {403, "access_denied_insufficient_permissions", remote.Denied},
		"too large for the plan":     {403, "file_size_limit_exceeded", remote.TooBig},
		"full":                       {403, "storage_limit_exceeded", remote.Quota},
		"full, another way":          {409, "storage_limit_exceeded", remote.Quota},
		"bad name":                   {400, "item_name_invalid", remote.BadName},
		"long name":                  {400, "item_name_too_long", remote.BadName},
		"changed under way":          {400, "bad_digest", remote.Changed},
		"new revision":               {412, "sync_state_precondition_failed", remote.Stale},
		"too many calls":             {429, "rate_limit_exceeded", remote.Throttled},
		"in the trash":               {404, "trashed", remote.Trashed},
		"a gateway":                  {502, "", remote.Unavailable},
		"something new":              {400, "never_heard_of", remote.Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				body := map[string]any{"type": "error", "status": c.status, "code": c.reason, "message": "words", "request_id": "r1"}
				d := say(t, map[string]http.HandlerFunc{"POST /2.0/folders": reply(c.status, body)})
				_, err := d.MakeFolder(t.Context(), remote.Place{Parent: "1", Name: "x"})
				e, ok := errors.AsType[*remote.Error](err)
				if !ok || e.Code != c.want || e.Reason != c.reason || e.Status != c.status || e.RequestID != "r1" {
					t.Errorf("got %+v", err)
				}
			})
		})
	}
}

func TestCheckName(t *testing.T) {
	d := &Driver{}
	for name, ok := range map[string]bool{
		"Jaarrekening 2025.pdf": true, " a": true, "a.": true, "a<b>:|?*-": true, "..a": true, "ä": true, strings.Repeat("x", 255): true, strings.Repeat("😀", 127): true,
		"": false, ".": false, "..": false, "a ": false, "a/b": false, `a\b`: false, "a\x00": false, "a\nb": false, "a\x7f": false,
		"\xff": false, strings.Repeat("x", 256): false, strings.Repeat("😀", 128): false,
	} {
		err := d.CheckName(name, remote.File)
		if (err == nil) != ok || err != nil && remote.CodeOf(err) != remote.BadName {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// What CheckName lets pass the portal takes, and what it refuses the portal refuses: the sandbox is strict.
func TestCheckNameAgreesWithThePortal(t *testing.T) {
	inWorld(t, func(w *world) {
		for _, name := range []string{"a", " a", "a.", "a<b>:|?*-", "..a", "a/b", `a\b`, "a ", "..", ".", "a\tb", strings.Repeat("x", 255), strings.Repeat("x", 256), strings.Repeat("😀", 128)} {
			_, err := w.MakeFolder(w.ctx, remote.Place{Parent: w.root, Name: name})
			if ours := w.CheckName(name, remote.Folder); (ours == nil) != (err == nil) {
				w.Errorf("%q: we say %v, the portal %v", name, ours, err)
			}
		}
	})
}

// Whether deletions go to the trash is tried only where something may be made; then the setting is told, if it is another.
func TestWhatIsAssumedIsFoundOut(t *testing.T) {
	for _, c := range []struct {
		name, quirk string
		assumed     bool
		write       bool
		want        remote.Finding
	}{
		{"nothing may be made", "", true, false, remote.Finding{ID: "A1", Verdict: remote.Untold}},
		{"there is a trash", "", true, true, remote.Finding{ID: "A1", Verdict: remote.Held}},
		{"there is none", "no-trash", true, true, remote.Finding{ID: "A1", Verdict: remote.Differs, Setting: "trash", Value: false}},
		{"there is none, as set", "no-trash", false, true, remote.Finding{ID: "A1", Verdict: remote.Held}},
		{"there is one, other than set", "", false, true, remote.Finding{ID: "A1", Verdict: remote.Differs, Setting: "trash", Value: true}},
	} {
		inWorld(t, func(w *world) {
			if c.quirk != "" {
				w.quirk(c.quirk)
			}
			w.Driver.trash = c.assumed
			w.box.ResetCalls()
			before := w.tree()
			found, err := w.Check(w.ctx, w.root, c.write)
			if err != nil || len(found) != 1 {
				w.Fatalf("%s: %v, %v", c.name, found, err)
			}
			got := found[0]
			if got.Seen == "" {
				w.Errorf("%s: nothing is said of what was seen", c.name)
			}
			if got.Seen = ""; got != c.want {
				w.Errorf("%s: %+v, want %+v", c.name, got, c.want)
			}
			if !c.write && w.box.Calls(sandbox.Box).Total() > 0 {
				w.Errorf("%s: it was asked all the same", c.name)
			}
			if strings.Join(w.tree(), "\n") != strings.Join(before, "\n") {
				w.Errorf("%s: something was left behind", c.name)
			}
		})
	}
}
