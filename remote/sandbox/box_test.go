package sandbox_test

import (
	"crypto/sha1"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"dossier/remote/sandbox"
)

// box runs a test in a bubble, against a strict sandbox.
func box(t *testing.T, opts sandbox.Options, f func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { f(newWorld(t, opts)) })
}

func inFolder(name, folder string) string {
	return fmt.Sprintf(`{"name":%q,"parent":{"id":%q}}`, name, folder)
}

func TestCallsWithoutAGoodTokenAreRefused(t *testing.T) {
	box(t, sandbox.Options{TokenLife: time.Minute}, func(w *world) {
		call := func(token string) answer { return w.do("GET", "/2.0/users/me", nil, "Authorization", token) }
		w.wantProblem(call(""), 401, "unauthorized")
		a := w.wantProblem(call("Bearer nonsense"), 401, "unauthorized")
		if got := a.header.Get("WWW-Authenticate"); !strings.Contains(got, "invalid_token") {
			t.Errorf("challenge %q", got)
		}
		w.wantProblem(call("Bearer "+w.box.RefreshToken), 401, "unauthorized")

		fresh := w.want(w.refresh(w.box.RefreshToken), 200).str("access_token")
		w.want(call("Bearer "+fresh), 200)
		time.Sleep(time.Minute)
		a = w.wantProblem(call("Bearer "+fresh), 401, "unauthorized")
		if got := a.header.Get("WWW-Authenticate"); !strings.Contains(got, "expired_token") {
			t.Errorf("challenge %q", got)
		}
		w.want(call("Bearer "+w.box.Token), 200)
	})
}

func TestARefreshTokenIsGoodForOneUse(t *testing.T) {
	box(t, sandbox.Options{}, func(w *world) {
		first := w.want(w.refresh(w.box.RefreshToken), 200)
		if first.str("token_type") != "bearer" || first.str("expires_in") != "3600" {
			t.Errorf("answered %s", first.body)
		}
		again := w.want(w.refresh(w.box.RefreshToken), 400)
		if again.str("error") != "invalid_grant" || again.dig("type") != nil {
			t.Errorf("answered %s", again.body)
		}
		second := w.want(w.refresh(first.str("refresh_token")), 200)
		time.Sleep(61 * 24 * time.Hour)
		if got := w.want(w.refresh(second.str("refresh_token")), 400).str("error"); got != "invalid_grant" {
			t.Errorf("after 61 days: %s", got)
		}
	})
}

func (w *world) oauth(path, form string) answer {
	w.Helper()
	form += "&client_id=" + w.box.ClientID + "&client_secret=" + w.box.ClientSecret
	return w.do("POST", path, form, "Content-Type", "application/x-www-form-urlencoded", "Authorization", "")
}

func TestClientCredentialsGiveTheServiceAccountOrAUser(t *testing.T) {
	box(t, sandbox.Options{}, func(w *world) {
		grant := func(kind, id string) answer {
			return w.oauth("/oauth2/token", "grant_type=client_credentials&box_subject_type="+kind+"&box_subject_id="+id)
		}
		service := w.want(grant("enterprise", w.box.EnterpriseID), 200)
		if service.dig("refresh_token") != nil {
			t.Error("client credentials gave a refresh token")
		}
		me := func(token string, header ...string) answer {
			return w.do("GET", "/2.0/users/me", nil, append([]string{"Authorization", "Bearer " + token}, header...)...)
		}
		if got := w.want(me(service.str("access_token")), 200).str("name"); got != "Dossier" {
			t.Errorf("the service account is %s", got)
		}
		if got := w.want(me(service.str("access_token"), "As-User", w.box.UserID), 200).str("name"); got != "Anna de Vries" {
			t.Errorf("as user: %s", got)
		}
		w.wantProblem(me(w.box.Token, "As-User", "12345"), 403, "access_denied_insufficient_permissions")
		if got := w.want(me(w.want(grant("user", w.box.UserID), 200).str("access_token")), 200).str("name"); got != "Anna de Vries" {
			t.Errorf("the user is %s", got)
		}
		w.want(grant("enterprise", "1"), 400)
		w.want(w.do("POST", "/oauth2/token", "grant_type=client_credentials&client_id=x", "Content-Type", "application/x-www-form-urlencoded", "Authorization", ""), 400)
	})
}

func TestARevokedTokenIsVoid(t *testing.T) {
	box(t, sandbox.Options{}, func(w *world) {
		pair := w.want(w.refresh(w.box.RefreshToken), 200)
		w.want(w.oauth("/oauth2/revoke", "token="+pair.str("access_token")), 200)
		w.want(w.do("GET", "/2.0/users/me", nil, "Authorization", "Bearer "+pair.str("access_token")), 401)
		w.want(w.refresh(pair.str("refresh_token")), 400)
	})
}

func TestAnotherAccountSeesAnotherTree(t *testing.T) {
	box(t, sandbox.Options{}, func(w *world) {
		other, err := w.AddAccount(sandbox.Box, "Bert Bakker", true)
		if err != nil {
			t.Fatal(err)
		}
		as := []string{"Authorization", "Bearer " + other.Token}
		w.wantProblem(w.do("GET", "/2.0/folders/"+w.box.Folder, nil, as...), 404, "not_found")
		w.want(w.do("POST", "/2.0/folders", inFolder("Mine", "0"), as...), 201)
		if _, there := w.Tree(sandbox.Box)["Mine"]; there {
			t.Error("his folder is in the other tree")
		}
		at := now(w)
		w.want(w.do("POST", "/2.0/folders", inFolder("More", "0"), as...), 201)
		if notes, _ := eventsSince(w, at); notes != "200 <nil>;" {
			t.Errorf("events of another: %s", notes)
		}
		colleague, err := w.AddAccount(sandbox.Box, "Cor Colleague", false)
		if err != nil {
			t.Fatal(err)
		}
		w.want(w.do("GET", "/2.0/folders/"+w.box.Folder, nil, "Authorization", "Bearer "+colleague.Token), 200)
	})
}

func TestUploadsAreRefusedAsBoxRefusesThem(t *testing.T) {
	box(t, sandbox.Options{MaxFile: 1000, Quota: 1500}, func(w *world) {
		attributes := inFolder("a.txt", w.box.Folder)
		send := func(header []string, parts ...string) answer {
			body, kind := form(parts...)
			return w.do("POST", "/api/2.0/files/content", body, append(header, "Content-Type", kind)...)
		}
		w.wantProblem(send(nil, "file", "hello", "attributes", attributes), 400, "metadata_after_file_contents")
		w.wantProblem(send([]string{"Content-Md5", strings.Repeat("0", 40)}, "attributes", attributes, "file", "hello"), 400, "bad_digest")
		w.wantProblem(send(nil, "attributes", `{"name":"a.txt","parent":{"id":"999999"}}`, "file", "hello"), 404, "not_found")
		w.wantProblem(send(nil, "attributes", `{"name":"a.txt"}`, "file", "hello"), 400, "bad_request")
		w.wantProblem(send(nil, "attributes", `{"name":`, "file", "hello"), 400, "bad_request")
		w.wantProblem(send(nil, "attributes", attributes), 400, "bad_request")
		w.wantProblem(send(nil, "attributes", attributes, "file", strings.Repeat("x", 1001)), 403, "file_size_limit_exceeded")
		w.wantProblem(w.do("POST", "/api/2.0/files/content", "no form"), 400, "bad_request")
		w.wantProblem(w.do("POST", "/2.0/files/content", "wrong host"), 405, "method_not_allowed")
		if files := len(w.Tree(sandbox.Box)); files != 2 {
			t.Errorf("%d items, want the two folders that were there", files)
		}
		// any name of the second part is good, and an upper-case digest
		digest := fmt.Sprintf("%X", sha1.Sum([]byte("hello")))
		w.want(send([]string{"content-md5", digest}, "attributes", attributes, "contents", "hello"), 201)
		w.want(w.upload(w.box.Folder, "b", strings.Repeat("x", 1000)), 201)
		w.wantProblem(w.upload(w.box.Folder, "c", strings.Repeat("x", 600)), 403, "storage_limit_exceeded")
	})
}

func TestContentTimesAreKeptInWholeSeconds(t *testing.T) {
	box(t, sandbox.Options{}, func(w *world) {
		send := func(name, modified string) answer {
			body, kind := form("attributes", fmt.Sprintf(`{"name":%q,"parent":{"id":"0"},"content_modified_at":%q,"content_created_at":%q}`, name, modified, modified), "file", "x")
			return w.do("POST", "/api/2.0/files/content", body, "Content-Type", kind)
		}
		a := w.want(send("a", "2026-03-04T05:06:07.89+01:00"), 201)
		for _, field := range []string{"content_modified_at", "content_created_at"} {
			got, err := time.Parse(time.RFC3339, a.str("entries", 0, field))
			if want := time.Date(2026, 3, 4, 4, 6, 7, 0, time.UTC); err != nil || !got.Equal(want) {
				t.Errorf("%s is %s, want %s", field, a.str("entries", 0, field), want)
			}
		}
		w.wantProblem(send("b", "1969-12-31T00:00:00Z"), 400, "bad_request")
		w.wantProblem(send("c", "yesterday"), 400, "bad_request")
		id := a.str("entries", 0, "id")
		b := w.want(w.do("PUT", "/2.0/files/"+id, `{"content_modified_at":"2025-01-01T00:00:00Z"}`), 200)
		if got, _ := time.Parse(time.RFC3339, b.str("content_modified_at")); got.Year() != 2025 && got.Year() != 2024 || b.str("etag") == a.str("entries", 0, "etag") {
			t.Errorf("changed alone: %s", b.body)
		}
	})
}

func TestAVersionIsGuardedByIfMatch(t *testing.T) {
	box(t, sandbox.Options{}, func(w *world) {
		_, files := bakery(w)
		id := files[0]
		before := w.want(w.do("GET", "/2.0/files/"+id, nil), 200)
		after := w.want(w.version(id, "f0.txt", "new", "If-Match", before.str("etag")), 200)
		if after.str("entries", 0, "id") != id || after.str("entries", 0, "etag") == before.str("etag") ||
			after.str("entries", 0, "file_version", "id") == before.str("file_version", "id") {
			t.Errorf("new version: %s", after.body)
		}
		w.wantProblem(w.version(id, "f0.txt", "newer", "If-Match", before.str("etag")), 412, "precondition_failed")
		w.wantProblem(w.version("424242", "f0.txt", "x", "If-Match", "0"), 404, "not_found")
		w.wantProblem(w.version(id, "F1.TXT", "x"), 409, "item_name_in_use")
		if got := w.want(w.version(id, "renamed.txt", "x"), 200).str("entries", 0, "name"); got != "renamed.txt" {
			t.Errorf("named %s", got)
		}
		past := w.want(w.do("GET", "/2.0/files/"+id+"/versions?limit=10", nil), 200)
		if past.str("total_count") != "2" || past.str("entries", 1, "id") != before.str("file_version", "id") {
			t.Errorf("past versions: %s", past.body)
		}
		w.want(w.do("POST", "/2.0/files/"+id+"/versions/current", `{"type":"file_version","id":"`+before.str("file_version", "id")+`"}`), 201)
		promoted := w.want(w.do("GET", "/2.0/files/"+id, nil), 200)
		if promoted.str("sha1") != before.str("sha1") || promoted.str("etag") != before.str("etag") {
			t.Errorf("promoted: %s, want sha1 and etag of %s", promoted.body, before.body)
		}
	})
}

func TestMetadataChangesAreGuardedButMovesAreNot(t *testing.T) {
	box(t, sandbox.Options{}, func(w *world) {
		folder, files := bakery(w)
		file, stale := "/2.0/files/"+files[0], []string{"If-Match", "99"}
		w.wantProblem(w.do("PUT", file, `{"name":"x.txt"}`, stale...), 412, "precondition_failed")
		w.wantProblem(w.do("DELETE", file, nil, stale...), 412, "precondition_failed")
		w.wantProblem(w.do("PUT", "/2.0/folders/"+folder, `{"name":"x"}`, stale...), 412, "precondition_failed")
		w.wantProblem(w.do("DELETE", "/2.0/folders/"+folder+"?recursive=true", nil, stale...), 412, "precondition_failed")
		moved := w.want(w.do("PUT", file, `{"name":"x.txt","parent":{"id":"0"}}`, stale...), 200)
		if moved.str("parent", "id") != "0" || moved.str("name") != "x.txt" || moved.str("id") != files[0] || moved.str("etag") != "1" {
			t.Errorf("moved: %s", moved.body)
		}
		same := w.want(w.do("PUT", file, `{"name":"x.txt"}`, "If-Match", "1"), 200)
		if same.str("etag") != "1" {
			t.Errorf("a change of nothing made the etag %s", same.str("etag"))
		}
		if got := w.want(w.do("PUT", file, `{"name":"X.TXT"}`), 200).str("name"); got != "X.TXT" {
			t.Errorf("a change of case alone gave %s", got)
		}
		w.want(w.do("GET", file, nil, "If-None-Match", "2"), 304)
		w.want(w.do("GET", file, nil, "If-None-Match", "1"), 200)
		w.want(w.do("GET", "/2.0/folders/"+folder, nil, "If-None-Match", "0"), 304)
		w.want(w.do("PUT", "/2.0/folders/0", `{"name":"x"}`), 403)
	})
}

func TestAFolderCannotBeMovedIntoItself(t *testing.T) {
	box(t, sandbox.Options{}, func(w *world) {
		outer, _ := bakery(w)
		inner := w.want(w.do("POST", "/2.0/folders", inFolder("inner", outer)), 201).str("id")
		for _, into := range []string{outer, inner} {
			w.wantProblem(w.do("PUT", "/2.0/folders/"+outer, `{"parent":{"id":"`+into+`"}}`), 400, "cyclical_folder_structure")
		}
	})
}

func TestAFolderOfThousandsMovesInOneCallAndGivesOneEvent(t *testing.T) { // P13
	box(t, sandbox.Options{}, func(w *world) {
		for i := range 2000 {
			if _, err := w.Put(sandbox.Box, fmt.Sprintf("Clients/2025/%04d.txt", i), strings.NewReader("x"), time.Time{}); err != nil {
				t.Fatal(err)
			}
		}
		id := w.Tree(sandbox.Box)["Clients/2025"].ID
		at := now(w)
		w.want(w.do("PUT", "/2.0/folders/"+id, `{"name":"old","parent":{"id":"0"}}`), 200)
		if notes, _ := eventsSince(w, at); notes != "200 <nil>;ITEM_MOVE "+id+";" {
			t.Errorf("events %s", notes)
		}
		if _, ok := w.Tree(sandbox.Box)["old/1999.txt"]; !ok {
			t.Error("the files did not come along")
		}
	})
}

func TestNamesAreCheckedAsBoxChecksThem(t *testing.T) {
	for name, want := range map[string]string{
		"ok - <a>:b|c?d*.txt": "", " leading": "", "trailing.": "", "CON": "", "…": "", strings.Repeat("é", 255): "",
		"trailing ": "item_name_invalid", ".": "item_name_invalid", "..": "item_name_invalid", "a/b": "item_name_invalid", `a\b`: "item_name_invalid",
		"a\x00b": "item_name_invalid", "a\nb": "item_name_invalid", "a\x7f": "item_name_invalid", "": "bad_request",
		strings.Repeat("x", 256): "item_name_too_long", strings.Repeat("\U0001F4C4", 128): "item_name_too_long",
	} {
		t.Run(fmt.Sprintf("%.20q", name), func(t *testing.T) {
			box(t, sandbox.Options{}, func(w *world) {
				_, files := bakery(w)
				for what, a := range map[string]answer{
					"upload":        w.upload(w.box.Folder, name, "x"),
					"create folder": w.do("POST", "/2.0/folders", map[string]any{"name": name, "parent": map[string]string{"id": "0"}}),
					"rename":        w.do("PUT", "/2.0/files/"+files[0], map[string]any{"name": name}),
					"preflight":     w.do("OPTIONS", "/2.0/files/content", map[string]any{"name": name, "parent": map[string]string{"id": files0Parent(w)}}),
				} {
					if want == "" && a.status >= 400 || want != "" && a.str("code") != want {
						t.Errorf("%s: %d %s, want %q", what, a.status, a.body, want)
					}
				}
			})
		})
	}
}

// files0Parent is a folder in which no name of the test is taken.
func files0Parent(w *world) string {
	id, err := w.MkdirAll(sandbox.Box, "Elsewhere")
	if err != nil {
		w.Fatal(err)
	}
	return id
}

func TestANameIsTakenRegardlessOfCaseAndKind(t *testing.T) {
	box(t, sandbox.Options{}, func(w *world) {
		folder, files := bakery(w)
		w.want(w.do("POST", "/2.0/folders", inFolder("Sub", folder)), 201)
		if err := w.AddLink(sandbox.Box, "Clients/Bakkerij/Link", "https://example.org"); err != nil {
			t.Fatal(err)
		}
		upload := w.wantProblem(w.upload(folder, "F1.txt", "x"), 409, "item_name_in_use")
		if upload.str("context_info", "conflicts", "id") != files[1] || upload.str("context_info", "conflicts", "sha1") != fmt.Sprintf("%x", sha1.Sum([]byte("content 1"))) {
			t.Errorf("conflict: %s", upload.body)
		}
		if got := w.wantProblem(w.upload(folder, "sub", "x"), 409, "item_name_in_use").str("context_info", "conflicts", "type"); got != "folder" {
			t.Errorf("conflict with a %s", got)
		}
		w.wantProblem(w.upload(folder, "link", "x"), 409, "item_name_in_use")
		made := w.wantProblem(w.do("POST", "/2.0/folders", inFolder("f0.TXT", folder)), 409, "item_name_in_use")
		if made.str("context_info", "conflicts", 0, "id") != files[0] {
			t.Errorf("conflict of a folder: %s", made.body)
		}
		w.wantProblem(w.do("PUT", "/2.0/files/"+files[0], `{"name":"SUB"}`), 409, "item_name_in_use")
		w.wantProblem(w.do("POST", "/2.0/files/"+files[0]+"/copy", inFolder("", folder)), 409, "item_name_in_use")
		w.want(w.upload(w.box.Folder, "f0.txt", "x"), 201)
		w.wantProblem(w.do("PUT", "/2.0/files/"+files[0], `{"parent":{"id":"`+w.box.Folder+`"}}`), 409, "item_name_in_use")
	})
}

func TestPreflightWorksWithAndWithoutSlashAndSize(t *testing.T) {
	box(t, sandbox.Options{MaxFile: 100}, func(w *world) {
		w.straight = false // the description has the conflict in an array; Box sends an object here
		folder, files := bakery(w)
		for _, path := range []string{"/2.0/files/content", "/2.0/files/content/"} {
			w.want(w.do("OPTIONS", path, inFolder("new.txt", folder)), 200)
			w.want(w.do("OPTIONS", path, `{"name":"new.txt","size":5,"parent":{"id":"`+folder+`"}}`), 200)
			if got := w.wantProblem(w.do("OPTIONS", path, inFolder("F2.txt", folder)), 409, "item_name_in_use").str("context_info", "conflicts", "id"); got != files[2] {
				t.Errorf("%s: in conflict with %s", path, got)
			}
			w.wantProblem(w.do("OPTIONS", path, `{"name":"new.txt","size":101,"parent":{"id":"`+folder+`"}}`), 403, "file_size_limit_exceeded")
			w.wantProblem(w.do("OPTIONS", path, inFolder("new.txt", "999999")), 404, "not_found")
		}
		w.want(w.do("OPTIONS", "/2.0/files/"+files[0]+"/content", `{"name":"f0.txt","size":5}`), 200)
		if n := w.Calls(sandbox.Box)["OPTIONS /2.0/files/content"]; n != 10 {
			t.Errorf("counted %d preflights", n)
		}
	})
}

func TestListingByMarkerGivesEachItemOnceWhileOthersComeAndGo(t *testing.T) { // E6
	box(t, sandbox.Options{}, func(w *world) {
		folder, files := bakery(w)
		w.want(w.do("POST", "/2.0/folders", inFolder("Sub", folder)), 201)
		page := "/2.0/folders/" + folder + "/items?usemarker=true&limit=2&fields=name,size"
		first := w.want(w.do("GET", page, nil), 200)
		if first.str("entries", 0, "name") != "Sub" || first.str("entries", 1, "name") != "f0.txt" {
			t.Errorf("first page: %s", first.body)
		}
		if first.dig("entries", 1, "sha1") != nil || first.str("entries", 1, "size") != "9" || first.dig("entries", 1, "etag") == nil {
			t.Errorf("fields: %s", first.body)
		}
		w.want(w.do("DELETE", "/2.0/files/"+files[0], nil), 204)
		second := w.want(w.do("GET", page+"&marker="+first.str("next_marker"), nil), 200)
		if second.str("entries", 0, "name") != "f1.txt" || second.str("entries", 1, "name") != "f2.txt" {
			t.Errorf("second page: %s", second.body)
		}
		if strings.Contains(second.body, "next_marker") {
			t.Errorf("the last page has a next_marker: %s", second.body)
		}
		w.wantProblem(w.do("GET", page+"&marker=nonsense", nil), 400, "invalid_parameter")
		w.wantProblem(w.do("GET", page+"&offset=2", nil), 400, "invalid_parameter")
		w.wantProblem(w.do("GET", "/2.0/folders/0/items?usemarker=true&sort=name", nil), 400, "invalid_parameter")
	})
}

func TestListingByOffsetClampsTheLimitAndCountsAll(t *testing.T) {
	box(t, sandbox.Options{}, func(w *world) {
		folder, _ := bakery(w)
		list := func(query string) answer { return w.do("GET", "/2.0/folders/"+folder+"/items?"+query, nil) }
		a := w.want(list("limit=5000&offset=1&sort=name&direction=DESC"), 200)
		if a.str("limit") != "1000" || a.str("total_count") != "3" || a.str("entries", 0, "name") != "f1.txt" || a.dig("entries", 2) != nil {
			t.Errorf("listed %s", a.body)
		}
		if got := w.want(list(""), 200).str("limit"); got != "100" {
			t.Errorf("default limit %s", got)
		}
		w.wantProblem(list("limit=x"), 400, "invalid_limit")
		w.wantProblem(list("offset=10000"), 400, "invalid_offset")
		w.wantProblem(w.do("GET", "/2.0/folders/abc/items", nil), 405, "method_not_allowed")
		w.wantProblem(w.do("GET", "/2.0/folders/999999/items", nil), 404, "not_found")
	})
}

func TestTheRootIsFolderZeroWithoutEtag(t *testing.T) {
	box(t, sandbox.Options{}, func(w *world) {
		root := w.want(w.do("GET", "/2.0/folders/0", nil), 200)
		if root.str("id") != "0" || root.dig("etag") != nil || root.dig("sequence_id") != nil || root.dig("parent") != nil ||
			root.str("item_collection", "total_count") != "2" {
			t.Errorf("root: %s", root.body)
		}
	})
}

func TestDownloadsGoToAnotherHostAndArePinned(t *testing.T) {
	box(t, sandbox.Options{}, func(w *world) {
		_, files := bakery(w)
		id := files[0]
		old := w.want(w.do("GET", "/2.0/files/"+id, nil), 200).str("file_version", "id")
		w.want(w.version(id, "f0.txt", "new"), 200)
		a := w.want(w.do("GET", "/2.0/files/"+id+"/content?version="+old, nil), 302)
		location := a.header.Get("Location")
		if !strings.HasPrefix(location, w.box.Downloads) || strings.HasPrefix(location, w.box.URL) {
			t.Fatalf("redirected to %s", location)
		}
		if got := w.want(w.do("GET", location, nil), 200); got.body != "content 0" {
			t.Errorf("pinned to the old version: %s", got.body)
		}
		if got := w.want(w.fetch(id), 200).body; got != "new" {
			t.Errorf("current: %s", got)
		}
		w.want(w.do("GET", location, nil, "Authorization", "Bearer "+w.box.Token), 400)
		part := w.want(w.do("GET", location, nil, "Range", "bytes=2-4"), 206)
		if part.body != "nte" || part.header.Get("Content-Range") != "bytes 2-4/9" {
			t.Errorf("range: %q %v", part.body, part.header)
		}
		w.want(w.do("GET", location, nil, "Range", "bytes=9-"), 416)
		time.Sleep(15 * time.Minute)
		w.want(w.do("GET", location, nil), 404)
		w.wantProblem(w.do("GET", "/2.0/files/"+id+"/content?version=1", nil), 404, "not_found")
		w.wantProblem(w.do("GET", "/2.0/files/999999/content", nil), 404, "not_found")
	})
}

func TestWhatIsTrashedCanBeSeenRestoredAndPurged(t *testing.T) {
	box(t, sandbox.Options{}, func(w *world) {
		folder, files := bakery(w)
		w.wantProblem(w.do("DELETE", "/2.0/folders/"+folder, nil), 400, "folder_not_empty")
		w.want(w.do("DELETE", "/2.0/files/"+files[2], nil), 204)
		w.want(w.do("DELETE", "/2.0/folders/"+folder+"?recursive=true", nil), 204)
		w.wantProblem(w.do("DELETE", "/2.0/folders/"+folder+"?recursive=true", nil), 404, "trashed")
		w.wantProblem(w.do("GET", "/2.0/files/"+files[0], nil), 404, "trashed")
		w.wantProblem(w.do("GET", "/2.0/files/"+files[0]+"/trash", nil), 404, "not_found")
		shown := w.want(w.do("GET", "/2.0/folders/"+folder+"/trash", nil), 200)
		if shown.str("item_status") != "trashed" || shown.dig("trashed_at") == nil || shown.dig("purged_at") == nil {
			t.Errorf("in the trash: %s", shown.body)
		}
		w.want(w.do("GET", "/2.0/files/"+files[2]+"/trash", nil), 200)
		list := w.want(w.do("GET", "/2.0/folders/trash/items?limit=10", nil), 200)
		if list.str("total_count") != "2" || list.str("entries", 0, "id") != folder {
			t.Errorf("trash: %s", list.body)
		}
		paged := w.want(w.do("GET", "/2.0/folders/trash/items?usemarker=true&limit=1", nil), 200)
		rest := w.want(w.do("GET", "/2.0/folders/trash/items?usemarker=true&limit=1&marker="+paged.str("next_marker"), nil), 200)
		if rest.str("entries", 0, "id") != files[2] || rest.dig("next_marker") != nil {
			t.Errorf("trash, second page: %s", rest.body)
		}

		// its folder is in the trash itself, so it must be told where to
		w.wantProblem(w.do("POST", "/2.0/files/"+files[2], nil), 404, "not_found")
		back := w.want(w.do("POST", "/2.0/files/"+files[2], `{"parent":{"id":"0"}}`), 201)
		if back.str("id") != files[2] || back.str("parent", "id") != "0" || back.str("item_status") != "active" {
			t.Errorf("restored: %s", back.body)
		}
		w.want(w.do("POST", "/2.0/folders", inFolder("bakkerij", w.box.Folder)), 201)
		w.wantProblem(w.do("POST", "/2.0/folders/"+folder, nil), 409, "item_name_in_use")
		w.want(w.do("POST", "/2.0/folders/"+folder, `{"name":"Bakkerij 2"}`), 201)
		w.want(w.do("GET", "/2.0/files/"+files[0], nil), 200)

		w.wantProblem(w.do("DELETE", "/2.0/files/"+files[0]+"/trash", nil), 404, "not_found")
		w.want(w.do("DELETE", "/2.0/folders/"+folder+"?recursive=true", nil), 204)
		w.want(w.do("DELETE", "/2.0/folders/"+folder+"/trash", nil), 204)
		w.wantProblem(w.do("GET", "/2.0/files/"+files[0], nil), 404, "not_found")
		w.wantProblem(w.do("POST", "/2.0/folders/"+folder, nil), 404, "not_found")
	})
}

func TestTheTrashCountsTowardsTheQuota(t *testing.T) {
	box(t, sandbox.Options{}, func(w *world) {
		folder, _ := bakery(w)
		used := func() string { return w.want(w.do("GET", "/2.0/users/me", nil), 200).str("space_used") }
		before := used()
		w.want(w.do("DELETE", "/2.0/folders/"+folder+"?recursive=true", nil), 204)
		if after := used(); after != before || after != "27" {
			t.Errorf("used %s, before %s", after, before)
		}
		w.want(w.do("DELETE", "/2.0/folders/"+folder+"/trash", nil), 204)
		if after := used(); after != "0" {
			t.Errorf("after purging %s", after)
		}
	})
}

func TestCopiesHaveTheirOwnIdAndTheSameContent(t *testing.T) {
	box(t, sandbox.Options{}, func(w *world) {
		folder, files := bakery(w)
		old := w.want(w.do("GET", "/2.0/files/"+files[0], nil), 200).str("file_version", "id")
		w.want(w.version(files[0], "f0.txt", "new"), 200)
		dup := w.want(w.do("POST", "/2.0/files/"+files[0]+"/copy", `{"name":"c.txt","version":"`+old+`","parent":{"id":"`+folder+`"}}`), 201)
		if dup.str("id") == files[0] || dup.str("sha1") != fmt.Sprintf("%x", sha1.Sum([]byte("content 0"))) {
			t.Errorf("copy: %s", dup.body)
		}
		w.want(w.do("POST", "/2.0/folders/"+folder+"/copy", inFolder("Bakkerij kopie", w.box.Folder)), 201)
		tree := w.Tree(sandbox.Box)
		a, b := tree["Clients/Bakkerij/f1.txt"], tree["Clients/Bakkerij kopie/f1.txt"]
		if a.ID == b.ID || a.SHA1 != b.SHA1 || b.SHA1 == "" {
			t.Errorf("copied %+v to %+v", a, b)
		}
	})
}

func TestALockKeepsOthersOut(t *testing.T) {
	box(t, sandbox.Options{}, func(w *world) {
		_, files := bakery(w)
		file := "/2.0/files/" + files[0]
		other, err := w.AddAccount(sandbox.Box, "Cor Colleague", false)
		if err != nil {
			t.Fatal(err)
		}
		as := []string{"Authorization", "Bearer " + other.Token}
		before := w.want(w.do("GET", file, nil), 200)
		locked := w.want(w.do("PUT", file+"?fields=lock,sha1", `{"lock":{"type":"lock","is_download_prevented":true,"expires_at":"2000-01-01T01:00:00Z"}}`), 200)
		if locked.str("lock", "type") != "lock" || locked.str("sha1") != before.str("sha1") || locked.str("etag") == before.str("etag") {
			t.Errorf("locked: %s", locked.body)
		}
		w.wantProblem(w.do("PUT", file, `{"name":"x"}`, as...), 403, "access_denied_item_locked")
		w.wantProblem(w.do("DELETE", file, nil, as...), 403, "access_denied_item_locked")
		w.wantProblem(w.do("GET", file+"/content", nil, as...), 403, "access_denied_item_locked")
		w.wantProblem(w.version(files[0], "f0.txt", "x", as...), 403, "access_denied_item_locked")
		w.want(w.do("GET", file+"/content", nil), 302)
		time.Sleep(2 * time.Hour) // the bubble begins in the year 2000
		w.want(w.do("PUT", file, `{"name":"x"}`, as...), 200)
		w.want(w.do("PUT", file, `{"lock":null}`), 200)
	})
}

func TestAPartHasToBeWhereAndWhatItSays(t *testing.T) {
	box(t, small, func(w *world) {
		s := w.want(w.begin(w.box.Folder, "big.bin"), 201)
		if s.str("part_size") != "4" || s.str("total_parts") != "3" || !strings.HasPrefix(s.str("session_endpoints", "commit"), w.box.URL) {
			t.Errorf("session: %s", s.body)
		}
		at := "/api/2.0/files/upload_sessions/" + s.str("id")
		put := func(chunk, span, digest string) answer {
			return w.do("PUT", at, strings.NewReader(chunk), "Content-Range", span, "Digest", digest)
		}
		w.wantProblem(put("0123", "bytes 0-3/10", digestOf("other")), 400, "bad_digest")
		w.wantProblem(put("0123", "", digestOf("0123")), 400, "bad_request")
		w.wantProblem(put("0123", "bytes 0-3/11", digestOf("0123")), 416, "invalid_range")
		w.wantProblem(put("0123", "bytes 1-4/10", digestOf("0123")), 416, "invalid_range")
		w.wantProblem(put("012", "bytes 0-2/10", digestOf("012")), 416, "invalid_range")
		w.wantProblem(put("01234", "bytes 0-3/10", digestOf("01234")), 416, "invalid_range")
		w.wantProblem(put("012", "bytes 0-3/10", digestOf("012")), 400, "bad_request")
		stored := w.want(w.part(s.str("id"), 0), 200)
		if stored.str("part", "offset") != "0" || stored.str("part", "size") != "4" || stored.str("part", "sha1") != fmt.Sprintf("%x", sha1.Sum([]byte("0123"))) {
			t.Errorf("part: %s", stored.body)
		}
		w.wantProblem(w.part(s.str("id"), 0), 409, "range_overlaps_existing_part")
		w.wantProblem(w.commit(s.str("id")), 400, "parts_mismatch")
		w.want(w.part(s.str("id"), 8), 200)
		if got := w.want(w.do("GET", at, nil), 200).str("num_parts_processed"); got != "2" {
			t.Errorf("%s parts are said to be there", got)
		}
		page := w.want(w.do("GET", at+"/parts?limit=1&offset=1", nil), 200)
		if page.str("total_count") != "2" || page.str("entries", 0, "offset") != "8" || page.dig("entries", 1) != nil {
			t.Errorf("parts: %s", page.body)
		}
		w.want(w.part(s.str("id"), 4), 200)
		w.wantProblem(w.commit(s.str("id"), "Digest", digestOf("other")), 400, "bad_digest")
		done := w.want(w.commit(s.str("id")), 201)
		if got := w.want(w.fetch(done.str("entries", 0, "id")), 200).body; got != inParts {
			t.Errorf("came down as %q", got)
		}
		w.wantProblem(w.do("GET", at, nil), 410, "session_expired")
		w.wantProblem(w.do("GET", "/api/2.0/files/upload_sessions/NONE", nil), 404, "not_found")
	})
}

func TestASessionIsRefusedAsAPreflightWouldBe(t *testing.T) {
	box(t, sandbox.Options{PartSize: 4}, func(w *world) {
		create := func(body string) answer { return w.do("POST", "/api/2.0/files/upload_sessions", body) }
		folder := w.box.Folder
		w.want(w.upload(folder, "big.bin", "x"), 201)
		for body, want := range map[string]string{
			`{"folder_id":"` + folder + `","file_name":"a"}`:                            "400 missing_file_size;",
			`{"folder_id":"` + folder + `","file_name":"a","file_size":-1}`:             "400 invalid_file_size;",
			`{"folder_id":"` + folder + `","file_name":"a","file_size":19999999}`:       "400 file_size_too_small;",
			`{"folder_id":"` + folder + `","file_size":20000000}`:                       "400 missing_file_name;",
			`{"file_name":"a","file_size":20000000}`:                                    "400 missing_destination;",
			`{"folder_id":"x","file_name":"a","file_size":20000000}`:                    "400 invalid_folder_id;",
			`{"folder_id":"9","file_name":"a","file_size":20000000}`:                    "404 not_found;",
			`{"folder_id":"` + folder + `","file_name":"BIG.bin","file_size":2e7}`:      "400 bad_request;",
			`{"folder_id":"` + folder + `","file_name":"BIG.bin","file_size":20000000}`: "409 item_name_in_use;",
			`{"folder_id":"` + folder + `","file_name":"a/b","file_size":20000000}`:     "400 item_name_invalid;",
			`{"folder_id":"` + folder + `","file_name":"a","file_size":60000000000}`:    "403 file_size_limit_exceeded;",
			`{"folder_id":"` + folder + `","file_name":"a","file_size":20000000}`:       "201 <nil>;",
		} {
			if got := statusAndCode(create(body)); got != want {
				t.Errorf("%s: %s want %s", body, got, want)
			}
		}
	})
}

func TestASessionForAVersionIsGuardedAtTheCommit(t *testing.T) {
	box(t, small, func(w *world) {
		_, files := bakery(w)
		begin := func() string {
			s := w.want(w.do("POST", "/api/2.0/files/"+files[0]+"/upload_sessions", fmt.Sprintf(`{"file_size":%d}`, len(inParts))), 201).str("id")
			for from := 0; from < len(inParts); from += 4 {
				w.want(w.part(s, from), 200)
			}
			return s
		}
		s := begin()
		w.wantProblem(w.commit(s, "If-Match", "7"), 412, "precondition_failed")
		a := w.want(w.commit(s, "If-Match", "0"), 201)
		if a.str("entries", 0, "id") != files[0] || a.str("entries", 0, "name") != "f0.txt" || a.str("entries", 0, "etag") != "1" {
			t.Errorf("committed: %s", a.body)
		}
		aborted := begin()
		w.want(w.do("DELETE", "/api/2.0/files/upload_sessions/"+aborted, nil), 204)
		w.wantProblem(w.part(aborted, 0), 410, "session_expired")
		late := begin()
		time.Sleep(7 * 24 * time.Hour)
		w.wantProblem(w.part(late, 0), 410, "session_expired")
	})
}

func TestASessionBelongsToWhoBeganIt(t *testing.T) {
	box(t, small, func(w *world) {
		s := w.want(w.begin(w.box.Folder, "big.bin"), 201).str("id")
		other, err := w.AddAccount(sandbox.Box, "Cor Colleague", false)
		if err != nil {
			t.Fatal(err)
		}
		w.wantProblem(w.do("GET", "/api/2.0/files/upload_sessions/"+s, nil, "Authorization", "Bearer "+other.Token), 403, "forbidden")
	})
}

func TestEventsTellWhatHappenedInOrder(t *testing.T) {
	box(t, sandbox.Options{}, func(w *world) {
		at := now(w)
		folder, files := bakery(w)
		w.want(w.version(files[0], "f0.txt", "new"), 200)
		w.want(w.do("PUT", "/2.0/files/"+files[0], `{"name":"x.txt"}`), 200)
		w.want(w.do("DELETE", "/2.0/files/"+files[0], nil), 204)
		w.want(w.do("POST", "/2.0/files/"+files[0], nil), 201)
		w.want(w.do("DELETE", "/2.0/folders/"+folder+"?recursive=true", nil), 204)
		notes, page := eventsSince(w, at)
		f := files
		want := fmt.Sprintf("200 <nil>;ITEM_CREATE %s;ITEM_UPLOAD %s;ITEM_UPLOAD %s;ITEM_UPLOAD %s;ITEM_UPLOAD %s;ITEM_RENAME %s;ITEM_TRASH %s;ITEM_UNDELETE_VIA_TRASH %s;ITEM_TRASH %s;",
			folder, f[0], f[1], f[2], f[0], f[0], f[0], f[0], folder)
		if notes != want {
			t.Errorf("events %s\nwant   %s", notes, want)
		}
		if page.str("entries", 4, "source", "sequence_id") != "1" || page.str("entries", 5, "source", "name") != "x.txt" || page.str("entries", 5, "source", "parent", "id") != folder {
			t.Errorf("sources: %s", page.body)
		}
		end := page.str("next_stream_position")
		if notes, a := eventsSince(w, end); notes != "200 <nil>;" || a.str("next_stream_position") != end {
			t.Errorf("after the end: %s, position %s, want %s", notes, a.str("next_stream_position"), end)
		}
		first := w.want(w.do("GET", "/2.0/events?limit=2&stream_position="+at, nil), 200)
		if first.str("chunk_size") != "2" {
			t.Errorf("chunk of %s", first.str("chunk_size"))
		}
		rest, _ := eventsSince(w, first.str("next_stream_position"))
		if !strings.HasPrefix(rest, "200 <nil>;ITEM_UPLOAD "+f[1]) {
			t.Errorf("then %s", rest)
		}
		w.wantProblem(w.do("GET", "/2.0/events?stream_position=12x", nil), 400, "bad_request")
		w.want(w.do("GET", "/2.0/events?stream_type=admin_logs", nil), 403)
	})
}

func TestTheLongPollWakesOnAChangeAndAsksToReconnectWhenItsTimeIsUp(t *testing.T) {
	box(t, sandbox.Options{}, func(w *world) {
		url := w.want(w.do("OPTIONS", "/2.0/events", nil), 200).str("entries", 0, "url")
		began := time.Now()
		answers := make(chan answer)
		go func() {
			a, err := w.try("GET", url, nil)
			if err != nil {
				t.Error(err)
			}
			answers <- a
		}()
		time.Sleep(3 * time.Minute)
		synctest.Wait()
		if _, err := w.Put(sandbox.Box, "new.txt", strings.NewReader("x"), time.Time{}); err != nil {
			t.Fatal(err)
		}
		if a := <-answers; a.str("message") != "new_change" || time.Since(began) != 3*time.Minute {
			t.Errorf("after %s: %s", time.Since(began), a.body)
		}
		// a change between the last look at the events and the poll is not missed
		if got := w.do("GET", url+"&stream_position=0", nil).str("message"); got != "new_change" {
			t.Errorf("with a position: %s", got)
		}
		began = time.Now()
		if got := w.do("GET", url, nil).str("message"); got != "reconnect" || time.Since(began) != 10*time.Minute {
			t.Errorf("after %s: %s", time.Since(began), got)
		}
		w.want(w.do("GET", "/subscribe?channel=nobody", nil), 404)
	})
}

func TestAFileRequestIsCopiedAnsweredAndClosed(t *testing.T) {
	box(t, sandbox.Options{}, func(w *world) {
		folder, _ := bakery(w)
		copied := w.want(w.do("POST", "/2.0/file_requests/"+w.box.FileRequest+"/copy", `{"title":"VAT 2026","is_email_required":true,"folder":{"type":"folder","id":"`+folder+`"}}`), 200)
		id, path := copied.str("id"), copied.str("url")
		if id == w.box.FileRequest || copied.str("folder", "id") != folder || copied.str("status") != "active" || !strings.HasPrefix(path, "/f/") {
			t.Fatalf("copied: %s", copied.body)
		}
		at := now(w)
		visitor := w.memory.Info.Visitor
		body, kind := form("email", "j@jansen.example", "file", "the receipts")
		sent := w.want(w.do("POST", visitor+path, body, "Content-Type", kind), 200)
		if !strings.Contains(sent.body, "VAT 2026") {
			t.Errorf("page: %s", sent.body)
		}
		notes, page := eventsSince(w, at)
		if !strings.Contains(notes, "ITEM_UPLOAD") || page.str("entries", 0, "created_by", "id") != "2" {
			t.Errorf("events: %s", page.body)
		}
		list := w.want(w.do("GET", "/2.0/folders/"+folder+"/items?fields=name,uploader_display_name", nil), 200)
		if !strings.Contains(list.body, `"name":"file","uploader_display_name":"j@jansen.example"`) {
			t.Errorf("delivered: %s", list.body)
		}
		if name, err := w.Submit(sandbox.Submission{Form: path, Email: "x@y.example", Name: "../../file", Content: strings.NewReader("2")}); err != nil || name != "file (1)" {
			t.Errorf("a second file of the same name is called %q (%v)", name, err)
		}
		stale := w.do("PUT", "/2.0/file_requests/"+id, `{"status":"inactive"}`, "If-Match", "9")
		w.wantProblem(stale, 412, "precondition_failed")
		w.want(w.do("PUT", "/2.0/file_requests/"+id, `{"status":"inactive"}`, "If-Match", "0"), 200)
		w.want(w.do("GET", visitor+path, nil), 404)
		w.want(w.do("PUT", "/2.0/file_requests/"+id, `{"status":"active","expires_at":"2000-01-02T00:00:00Z"}`), 200)
		w.want(w.do("GET", visitor+path, nil), 200)
		time.Sleep(48 * time.Hour)
		if got := w.want(w.do("GET", "/2.0/file_requests/"+id, nil), 200).str("status"); got != "inactive" {
			t.Errorf("expired: %s", got)
		}
		w.want(w.do("DELETE", "/2.0/file_requests/"+id, nil), 204)
		w.wantProblem(w.do("GET", "/2.0/file_requests/"+id, nil), 404, "not_found")
		w.wantProblem(w.do("GET", "/2.0/file_requests/abc", nil), 405, "method_not_allowed")
	})
}

func TestLimitsAreEnforcedOnlyIfAskedFor(t *testing.T) {
	count := func(opts sandbox.Options) (good int, refused answer) {
		box(t, opts, func(w *world) {
			for range 300 {
				a := w.upload(w.box.Folder, fmt.Sprint(good), "x")
				if a.status == 429 {
					refused = a
					time.Sleep(time.Second)
					w.want(w.upload(w.box.Folder, "again", "x"), 201)
					return
				}
				w.want(a, 201)
				good++
			}
		})
		return good, refused
	}
	if good, _ := count(sandbox.Options{}); good != 300 {
		t.Errorf("without limits %d uploads", good)
	}
	good, refused := count(sandbox.Options{Limits: true})
	if good != 240 || refused.str("code") != "rate_limit_exceeded" || refused.header.Get("Retry-After") != "1" {
		t.Errorf("with limits %d uploads, then %s, Retry-After %s", good, refused.body, refused.header.Get("Retry-After"))
	}
}

func TestFieldsChooseWhatComes(t *testing.T) {
	box(t, sandbox.Options{}, func(w *world) {
		folder, files := bakery(w)
		few := w.want(w.do("GET", "/2.0/files/"+files[0]+"?fields=sha1,nonsense", nil), 200)
		if got := few.dig(); len(got.(map[string]any)) != 4 {
			t.Errorf("fields=sha1: %s", few.body)
		}
		all := "id,type,name,sha1,size,etag,tags,lock,permissions,version_number,comment_count,extension,is_package,uploader_display_name,has_collaborations,is_externally_owned,allowed_invitee_roles,parent,path_collection,item_status"
		full := w.want(w.do("GET", "/2.0/files/"+files[0]+"?fields="+strings.ReplaceAll(all, "tags,", ""), nil), 200)
		if full.str("uploader_display_name") != "Anna de Vries" || full.str("version_number") != "1" || full.str("extension") != "txt" {
			t.Errorf("all fields: %s", full.body)
		}
		w.want(w.do("GET", "/2.0/folders/"+folder+"?fields=permissions,sync_state,item_collection,name", nil), 200)
		w.want(w.do("GET", "/2.0/users/me?fields=name,enterprise", nil), 200)
	})
}

func TestASlowPartHoldsUpNobody(t *testing.T) {
	box(t, small, func(w *world) {
		s := w.want(w.begin(w.box.Folder, "big.bin"), 201).str("id")
		slow, feed := io.Pipe()
		done := make(chan answer)
		go func() {
			a, err := w.try("PUT", "/api/2.0/files/upload_sessions/"+s, slow, "Content-Range", "bytes 0-3/10", "Digest", digestOf("0123"))
			if err != nil {
				t.Error(err)
			}
			done <- a
		}()
		io.WriteString(feed, "01")
		synctest.Wait() // the server waits for the rest of this part
		w.want(w.part(s, 4), 200)
		w.want(w.upload(w.box.Folder, "other.txt", "x"), 201)
		w.wantProblem(w.part(s, 0), 409, "range_overlaps_existing_part")
		io.WriteString(feed, "23")
		feed.Close()
		w.want(<-done, 200)
	})
}
