package sandbox_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"dossier/remote/sandbox"
	"dossier/remote/sandbox/mischief"
)

// folderMade says whether the folder that the tests try to make is there.
func folderMade(w *world) bool {
	_, there := w.Tree(sandbox.Box)["Clients/new"]
	return there
}

func makeFolder(w *world) (answer, error) {
	return w.try("POST", "/2.0/folders", inFolder("new", w.box.Folder))
}

func list(w *world) (answer, error) {
	return w.try("GET", "/2.0/folders/"+w.box.Folder+"/items?usemarker=true&limit=2", nil)
}

type faultCase struct {
	fault mischief.Fault
	call  func(w *world) (answer, error)
	check func(w *world, a answer, err error) string // what is wrong
}

var faultCases = []faultCase{
	{mischief.Fault{Do: mischief.Status, Status: 503, Delay: 7 * time.Second}, makeFolder, func(w *world, a answer, err error) string {
		return expect(a.status == 503 && a.str("code") == "unavailable" && a.header.Get("Retry-After") == "7" && !folderMade(w))
	}},
	{mischief.Fault{Do: mischief.Status, Status: 502, Body: "<html>Bad gateway</html>"}, makeFolder, func(w *world, a answer, err error) string {
		return expect(a.status == 502 && a.body == "<html>Bad gateway</html>" && !folderMade(w))
	}},
	{mischief.Fault{Do: mischief.Status, Status: 404, Code: "trashed"}, makeFolder, func(w *world, a answer, err error) string {
		return expect(a.status == 404 && a.str("code") == "trashed")
	}},
	{mischief.Fault{Do: mischief.StatusApplied, Status: 503}, makeFolder, func(w *world, a answer, err error) string {
		return expect(a.status == 503 && folderMade(w))
	}},
	{mischief.Fault{Do: mischief.LoseBefore}, makeFolder, func(w *world, a answer, err error) string {
		return expect(err != nil && !folderMade(w))
	}},
	{mischief.Fault{Do: mischief.LoseAfter}, makeFolder, func(w *world, a answer, err error) string {
		return expect(err != nil && folderMade(w)) // E4
	}},
	{mischief.Fault{Do: mischief.CutBody, Bytes: 10}, list, func(w *world, a answer, err error) string {
		return expect(err != nil && a.status == 200 && len(a.body) == 10)
	}},
	{mischief.Fault{Do: mischief.SlowBody, Bytes: 100, Delay: time.Second}, list, func(w *world, a answer, err error) string {
		return expect(err == nil && a.dig("entries", 1) != nil && time.Since(bubbleStart) == time.Duration((len(a.body)+99)/100)*time.Second)
	}},
	{mischief.Fault{Do: mischief.Slow, Delay: time.Minute}, list, func(w *world, a answer, err error) string {
		return expect(err == nil && time.Since(bubbleStart) == time.Minute)
	}},
	{mischief.Fault{Do: mischief.WrongLength, Bytes: 5}, list, func(w *world, a answer, err error) string {
		return expect(err == io.ErrUnexpectedEOF)
	}},
	{mischief.Fault{Do: mischief.WrongLength, Bytes: -5}, list, func(w *world, a answer, err error) string {
		return expect(a.status == 200 && a.dig() == nil)
	}},
	{mischief.Fault{Do: mischief.ChangedLength, Bytes: 3}, list, func(w *world, a answer, err error) string {
		return expect(err == nil && strings.HasSuffix(a.body, "}\x00\x00\x00"))
	}},
	{mischief.Fault{Do: mischief.ChangedLength, Bytes: -3}, list, func(w *world, a answer, err error) string {
		return expect(err == nil && a.status == 200 && a.dig() == nil)
	}},
	{mischief.Fault{Do: mischief.Truncated}, list, func(w *world, a answer, err error) string {
		return expect(err == nil && a.status == 200 && strings.HasPrefix(a.body, `{"limit"`) && a.dig() == nil)
	}},
	{mischief.Fault{Do: mischief.HTML}, makeFolder, func(w *world, a answer, err error) string {
		return expect(a.status == 200 && strings.Contains(a.body, "<html>") && strings.HasPrefix(a.header.Get("Content-Type"), "text/html") && !folderMade(w))
	}},
	{mischief.Fault{Do: mischief.EmptyList}, list, func(w *world, a answer, err error) string {
		return expect(a.status == 200 && len(a.dig("entries").([]any)) == 0 && a.dig("next_marker") == nil)
	}},
	{mischief.Fault{Do: mischief.EndlessList}, list, func(w *world, a answer, err error) string {
		for range 50 {
			a = w.want(w.do("GET", "/2.0/folders/"+w.box.Folder+"/items?usemarker=true&limit=2&marker="+a.str("next_marker"), nil), 200)
			if a.dig("next_marker") == nil || a.dig("entries", 0) == nil {
				return "it ends"
			}
		}
		return ""
	}},
	{mischief.Fault{Do: mischief.ShiftingPages}, list, func(w *world, a answer, err error) string {
		ids := map[string]int{}
		for {
			for i := 0; a.dig("entries", i) != nil; i++ {
				ids[a.str("entries", i, "id")]++
			}
			if a.dig("next_marker") == nil {
				break
			}
			a = w.want(w.do("GET", "/2.0/folders/"+w.box.Folder+"/items?usemarker=true&limit=2&marker="+a.str("next_marker"), nil), 200)
		}
		twice := 0
		for _, n := range ids {
			twice += n - 1
		}
		return expect(len(ids) == 4 && twice > 0) // one of five is lost
	}},
	{mischief.Fault{Do: mischief.Expired}, list, func(w *world, a answer, err error) string {
		return expect(a.status == 401 && strings.Contains(a.header.Get("WWW-Authenticate"), "expired_token"))
	}},
	{mischief.Fault{Do: mischief.RateLimit, Delay: 1500 * time.Millisecond}, makeFolder, func(w *world, a answer, err error) string {
		return expect(a.status == 429 && a.header.Get("Retry-After") == "2" && a.str("code") == "rate_limit_exceeded" && !folderMade(w))
	}},
	{mischief.Fault{Do: mischief.Elsewhere, To: "http://evil.example"}, list, func(w *world, a answer, err error) string {
		return expect(a.status == 307 && strings.HasPrefix(a.header.Get("Location"), "http://evil.example/2.0/folders/"))
	}},
}

func TestEachFaultGoesWrongInItsOwnWay(t *testing.T) {
	for _, c := range faultCases {
		t.Run(fmt.Sprintf("%s %d %d", c.fault.Do, c.fault.Status, c.fault.Bytes), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				bubbleStart = time.Now()
				w := newWorld(t, sandbox.Options{})
				w.straight = false
				for i := range 5 {
					if _, err := w.Put(sandbox.Box, fmt.Sprintf("Clients/f%d.txt", i), strings.NewReader("x"), time.Time{}); err != nil {
						t.Fatal(err)
					}
				}
				if _, err := w.Fault(c.fault); err != nil {
					t.Fatal(err)
				}
				a, err := c.call(w)
				if wrong := c.check(w, a, err); wrong != "" {
					t.Errorf("%s: %v %d %s", wrong, err, a.status, a.body)
				}
				if w.Faults()[0].Hits == 0 {
					t.Error("the fault counted no hit")
				}
				w.ClearFaults()
				a, err = w.try("GET", "/2.0/users/me", nil)
				if err != nil || a.status != 200 {
					t.Errorf("after the fault: %v %d", err, a.status)
				}
			})
		})
	}
}

// bubbleStart is when the bubble of the present case began; cases run one after the other.
var bubbleStart time.Time

func expect(good bool) string {
	if good {
		return ""
	}
	return "not as it should be"
}

func TestEveryKindOfFaultIsTested(t *testing.T) {
	for _, kind := range mischief.Kinds() {
		if !slices.ContainsFunc(faultCases, func(c faultCase) bool { return c.fault.Do == kind }) {
			t.Errorf("no case for %q", kind)
		}
	}
}

func TestAFaultHitsTheCallsItsRuleNames(t *testing.T) {
	box(t, sandbox.Options{}, func(w *world) {
		w.straight = false
		folder, files := bakery(w)
		id, err := w.Fault(mischief.Fault{Do: mischief.Status, Status: 500, Method: "GET", Route: "/files/{id}", Path: files[0], Skip: 1, Times: 2})
		if err != nil {
			t.Fatal(err)
		}
		var got []int
		for range 4 {
			w.want(w.do("GET", "/2.0/files/"+files[1], nil), 200)
			w.want(w.do("PUT", "/2.0/files/"+files[0], `{"description":"x"}`), 200)
			w.want(w.do("GET", "/2.0/folders/"+folder, nil), 200)
			got = append(got, w.do("GET", "/2.0/files/"+files[0], nil).status)
		}
		if fmt.Sprint(got) != "[200 500 500 200]" {
			t.Errorf("answered %v", got)
		}
		w.ClearFaults(id)
		if len(w.Faults()) != 0 {
			t.Error("the rule is still there")
		}
		for _, nonsense := range []mischief.Fault{{Do: "nonsense"}, {Do: mischief.Status}, {Do: mischief.Elsewhere}} {
			if _, err := w.Fault(nonsense); err == nil {
				t.Errorf("%+v was taken", nonsense)
			}
		}
	})
}

func TestFaultsAndCallsGoThroughTheAdminRoute(t *testing.T) {
	box(t, sandbox.Options{}, func(w *world) {
		w.straight = false
		admin := w.memory.Info.Admin
		id := w.want(w.do("POST", admin+"/fault", `{"do":"status","status":500,"route":"users/me","times":1}`), 201).str("id")
		w.want(w.do("GET", "/2.0/users/me", nil), 500)
		w.want(w.do("GET", "/2.0/users/me", nil), 200)
		w.want(w.upload("0", "a.txt", "hello"), 201)
		calls := w.want(w.do("GET", admin+"/calls", nil), 200)
		if calls.str("calls", "GET /2.0/users/me") != "2" || calls.str("total") != "3" || calls.str("mutating") != "1" {
			t.Errorf("calls: %s", calls.body)
		}
		if got := w.do("GET", admin+"/fault", nil).str("faults", 0, "hits"); got != "1" {
			t.Errorf("%s hits", got)
		}
		w.want(w.do("DELETE", admin+"/fault?id="+id, nil), 204)
		w.want(w.do("DELETE", admin+"/calls", nil), 204)
		if n := w.Calls(sandbox.Box).Total(); n != 0 {
			t.Errorf("%d calls after the reset", n)
		}
		tree := w.want(w.do("GET", admin+"/tree", nil), 200)
		if tree.str("a.txt", "size") != "5" {
			t.Errorf("tree: %s", tree.body)
		}
	})
}

func TestCallsAndBytesAreCountedExactly(t *testing.T) {
	box(t, sandbox.Options{}, func(w *world) {
		w.straight = false
		w.ResetCalls()
		folder, files := bakery(w)
		w.want(w.fetch(files[0]), 200)
		w.do("GET", "/2.0/folders/"+folder+"/items", nil)
		w.do("PATCH", "/2.0/folders/"+folder, nil)
		w.do("GET", "/nowhere", nil)
		got, err := json.Marshal(w.Calls(sandbox.Box))
		if err != nil {
			t.Fatal(err)
		}
		want := `{"GET /2.0/files/{id}/content":1,"GET /2.0/folders/{id}/items":1,"GET /d/1/{ticket}/download":1,"GET ?":1,"PATCH ?":1,"POST /2.0/folders":1,"POST /api/2.0/files/content":3}`
		if string(got) != want {
			t.Errorf("calls %s\nwant  %s", got, want)
		}
		if n := w.Calls(sandbox.Box).Mutating(); n != 5 {
			t.Errorf("%d mutating calls", n)
		}
		if up, down := w.Traffic(); up < 27 || down < 9 {
			t.Errorf("traffic %d up, %d down", up, down)
		}
	})
}

// With DOSSIER_BOX_OPENAPI each of these answers is also compared with its description.
func TestEveryKindOfCallSucceeds(t *testing.T) {
	box(t, small, func(w *world) {
		w.straight = true
		folder, f := bakery(w)
		file, dir := "/2.0/files/"+f[0], "/2.0/folders/"+folder
		w.want(w.refresh(w.box.RefreshToken), 200)
		w.want(w.do("GET", "/2.0/users/me", nil), 200)
		w.want(w.do("GET", dir, nil), 200)
		w.want(w.do("GET", dir+"/items?fields=name,size,lock,item_status,content_modified_at,parent,path_collection,uploader_display_name", nil), 200)
		w.want(w.do("PUT", dir, `{"description":"kept","tags":["client"]}`), 200)
		w.want(w.do("GET", dir+"?fields=tags", nil), 200)
		second := w.want(w.do("POST", dir+"/copy", inFolder("Copy", "0")), 201).str("id")
		w.want(w.do("DELETE", "/2.0/folders/"+second+"?recursive=true", nil), 204)
		w.want(w.do("GET", "/2.0/folders/"+second+"/trash", nil), 200)
		w.want(w.do("GET", "/2.0/folders/trash/items", nil), 200)
		w.want(w.do("POST", "/2.0/folders/"+second, nil), 201)
		w.want(w.do("DELETE", "/2.0/folders/"+second+"?recursive=true", nil), 204)
		w.want(w.do("DELETE", "/2.0/folders/"+second+"/trash", nil), 204)
		w.want(w.do("OPTIONS", "/2.0/files/content", inFolder("free", folder)), 200)
		w.want(w.do("OPTIONS", file+"/content", `{"size":1}`), 200)
		w.want(w.version(f[0], "f0.txt", "two"), 200)
		past := w.want(w.do("GET", file+"/versions", nil), 200).str("entries", 0, "id")
		w.want(w.do("POST", file+"/versions/current", `{"type":"file_version","id":"`+past+`"}`), 201)
		w.want(w.do("GET", file, nil), 200)
		w.want(w.do("PUT", file, `{"tags":["a"],"lock":{"type":"lock"}}`), 200)
		w.want(w.do("GET", file+"?fields=tags,lock,permissions,extension,version_number", nil), 200)
		w.want(w.do("PUT", file, `{"lock":null}`), 200)
		dup := w.want(w.do("POST", file+"/copy", inFolder("c.txt", folder)), 201).str("id")
		w.want(w.do("DELETE", "/2.0/files/"+dup, nil), 204)
		w.want(w.do("GET", "/2.0/files/"+dup+"/trash", nil), 200)
		w.want(w.do("POST", "/2.0/files/"+dup, nil), 201)
		w.want(w.do("DELETE", "/2.0/files/"+dup, nil), 204)
		w.want(w.do("DELETE", "/2.0/files/"+dup+"/trash", nil), 204)
		w.want(w.fetch(f[0]), 200)
		if notes := inSession(w); !strings.Contains(notes, "commit 201") {
			t.Errorf("session: %s", notes)
		}
		s := w.want(w.do("POST", "/api"+file+"/upload_sessions", `{"file_size":10}`), 201).str("id")
		w.want(w.do("GET", "/api/2.0/files/upload_sessions/"+s, nil), 200)
		w.want(w.do("DELETE", "/api/2.0/files/upload_sessions/"+s, nil), 204)
		w.want(w.do("GET", "/2.0/events?stream_position=0&limit=500", nil), 200)
		w.want(w.do("GET", w.do("OPTIONS", "/2.0/events", nil).str("entries", 0, "url")+"&stream_position=0", nil), 200)
		request := "/2.0/file_requests/" + w.want(w.do("POST", "/2.0/file_requests/"+w.box.FileRequest+"/copy", `{"folder":{"type":"folder","id":"`+folder+`"},"expires_at":"2001-01-01T00:00:00Z"}`), 200).str("id")
		w.want(w.do("GET", request, nil), 200)
		w.want(w.do("PUT", request, `{"title":"x","description":"y"}`), 200)
		w.want(w.do("DELETE", request, nil), 204)
		w.want(w.oauth("/oauth2/revoke", "token=none"), 200)
		if err := w.AddLink(sandbox.Box, "Clients/Bakkerij/link", "https://example.org"); err != nil {
			t.Fatal(err)
		}
		w.want(w.do("GET", dir+"/items", nil), 200)

		calls := w.Calls(sandbox.Box)
		for _, route := range w.Routes(sandbox.Box) {
			if calls[route] == 0 {
				t.Errorf("%s was not called", route)
			}
		}
	})
}

func TestAnUnknownRouteOrMethodIsRefusedInBoxsWords(t *testing.T) {
	box(t, sandbox.Options{}, func(w *world) {
		w.straight = false
		w.wantProblem(w.do("GET", "/2.0/nowhere", nil), http.StatusNotFound, "not_found")
		w.wantProblem(w.do("PATCH", "/2.0/folders/0", nil), http.StatusMethodNotAllowed, "method_not_allowed")
	})
}
