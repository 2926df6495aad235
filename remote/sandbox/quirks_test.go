package sandbox_test

import (
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"dossier/remote/sandbox"
)

// probe makes calls and writes down what matters of the answers.
type probe struct {
	calls func(w *world) string
	want  string // is in the notes with the quirk, and is not without it
	opts  sandbox.Options
}

func statusAndCode(a answer) string { return fmt.Sprintf("%d %s;", a.status, a.str("code")) }

// bakery is a folder with three files and a folder; it returns its id and the files'.
func bakery(w *world) (folder string, files []string) {
	w.Helper()
	folder = w.want(w.do("POST", "/2.0/folders", `{"name":"Bakkerij","parent":{"id":"`+w.box.Folder+`"}}`), 201).str("id")
	for i := range 3 {
		files = append(files, w.want(w.upload(folder, fmt.Sprintf("f%d.txt", i), fmt.Sprint("content ", i)), 201).str("entries", 0, "id"))
	}
	return folder, files
}

func digestOf(content string) string {
	sum := sha1.Sum([]byte(content))
	return "sha=" + base64.StdEncoding.EncodeToString(sum[:])
}

// small sessions, so that probes need not send 20 MB.
var small = sandbox.Options{PartSize: 4, MinSession: 1}

const inParts = "0123456789"

// begin creates a session for inParts.
func (w *world) begin(folder, name string) answer {
	w.Helper()
	return w.do("POST", "/api/2.0/files/upload_sessions", fmt.Sprintf(`{"folder_id":%q,"file_name":%q,"file_size":%d}`, folder, name, len(inParts)))
}

func (w *world) part(session string, from int) answer {
	w.Helper()
	chunk := inParts[from:min(from+4, len(inParts))]
	return w.do("PUT", "/api/2.0/files/upload_sessions/"+session, strings.NewReader(chunk), "Digest", digestOf(chunk),
		"Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, from+len(chunk)-1, len(inParts)), "Content-Type", "application/octet-stream")
}

func (w *world) commit(session string, header ...string) answer {
	w.Helper()
	list := w.want(w.do("GET", "/api/2.0/files/upload_sessions/"+session+"/parts", nil), 200)
	parts := list.dig("entries")
	return w.do("POST", "/api/2.0/files/upload_sessions/"+session+"/commit", map[string]any{"parts": parts}, append([]string{"Digest", digestOf(inParts)}, header...)...)
}

// inSession uploads inParts and notes every answer.
func inSession(w *world) string {
	s := w.want(w.begin(w.box.Folder, "big.bin"), 201).str("id")
	notes := ""
	for from := 0; from < len(inParts); from += 4 {
		a := w.part(s, from)
		notes += statusAndCode(a)
		if strings.HasPrefix(a.body, `{"part_id"`) {
			notes += "bare;"
		}
	}
	for range 4 {
		a := w.commit(s)
		notes += "commit " + statusAndCode(a)
		if a.status == 201 {
			break
		}
		if a.status == 202 {
			_, there := w.Tree(sandbox.Box)["Clients/big.bin"]
			notes += fmt.Sprint("there ", there, " after ", a.header.Get("Retry-After"), ";")
		}
	}
	return notes
}

func makeTwice(first, second string) func(w *world) string {
	return func(w *world) string {
		w.want(w.upload(w.box.Folder, first, "1"), 201)
		return statusAndCode(w.upload(w.box.Folder, second, "2"))
	}
}

func tryName(name string) func(w *world) string {
	return func(w *world) string {
		a := w.upload(w.box.Folder, name, "1")
		return statusAndCode(a) + a.str("entries", 0, "name")
	}
}

// eventsSince notes the types and ids of the events after a position.
func eventsSince(w *world, position string) (string, answer) {
	a := w.do("GET", "/2.0/events?stream_type=changes&stream_position="+position, nil)
	notes := statusAndCode(a)
	for i := 0; a.dig("entries", i) != nil; i++ {
		notes += a.str("entries", i, "event_type") + " " + a.str("entries", i, "source", "id") + ";"
	}
	return notes, a
}

func now(w *world) string {
	return w.want(w.do("GET", "/2.0/events?stream_position=now", nil), 200).str("next_stream_position")
}

func eventsOf(act func(w *world, folder string, files []string)) func(w *world) string {
	return func(w *world) string {
		folder, files := bakery(w)
		at := now(w)
		act(w, folder, files)
		notes, a := eventsSince(w, at)
		return notes + fmt.Sprintf("chunk %s", a.str("chunk_size"))
	}
}

func poll(w *world) string {
	url := w.want(w.do("OPTIONS", "/2.0/events", nil), 200).str("entries", 0, "url")
	began := time.Now()
	a := w.do("GET", url, nil)
	return fmt.Sprint(a.status, a.str("message"), " after ", time.Since(began))
}

func listing(query string) func(w *world) string {
	return func(w *world) string {
		folder, _ := bakery(w)
		return w.want(w.do("GET", "/2.0/folders/"+folder+"/items?"+query, nil), 200).body
	}
}

func itself(path string) func(w *world) string {
	return func(w *world) string {
		folder, files := bakery(w)
		a := w.want(w.do("GET", strings.NewReplacer("{folder}", folder, "{file}", files[0]).Replace(path), nil), 200)
		return strings.ReplaceAll(a.body, folder, "{folder}")
	}
}

func twice(call func(w *world, folder string, files []string) answer) func(w *world) string {
	return func(w *world) string {
		folder, files := bakery(w)
		return statusAndCode(call(w, folder, files)) + statusAndCode(call(w, folder, files))
	}
}

var probes = map[string]probe{
	"commit-202":        {inSession, "commit 202 <nil>;there false after 1;commit 202 <nil>;there false after 1;commit 201", small},
	"commit-202-done":   {commitAgain, "202;201;there true", small},
	"parts-mismatch":    {inSession, "commit 400 parts_mismatch;commit 201", small},
	"commit-bad-digest": {inSession, "commit 400 bad_digest;commit 201", small},
	"part-500-stored": {func(w *world) string {
		s := w.want(w.begin(w.box.Folder, "big.bin"), 201).str("id")
		return statusAndCode(w.part(s, 0)) + w.do("GET", "/api/2.0/files/upload_sessions/"+s+"/parts", nil).str("total_count")
	}, "500 internal_server_error;1", small},
	"part-bare": {inSession, "bare", small},
	"commit-attributes-ignored": {func(w *world) string {
		s := w.want(w.begin(w.box.Folder, "big.bin"), 201).str("id")
		for from := 0; from < len(inParts); from += 4 {
			w.want(w.part(s, from), 200)
		}
		parts := w.want(w.do("GET", "/api/2.0/files/upload_sessions/"+s+"/parts", nil), 200).dig("entries")
		w.want(w.do("POST", "/api/2.0/files/upload_sessions/"+s+"/commit", map[string]any{
			"parts": parts, "attributes": map[string]string{"content_modified_at": "1999-05-05T12:00:00Z"},
		}, "Digest", digestOf(inParts)), 201)
		return fmt.Sprint("told in 1999: ", w.Tree(sandbox.Box)["Clients/big.bin"].Modified.Year() == 1999)
	}, "told in 1999: false", small},
	"late-clash": {func(w *world) string {
		w.want(w.upload(w.box.Folder, "big.bin", "1"), 201)
		a := w.begin(w.box.Folder, "big.bin")
		if a.status != 201 {
			return statusAndCode(a)
		}
		for from := 0; from < len(inParts); from += 4 {
			w.want(w.part(a.str("id"), from), 200)
		}
		return statusAndCode(a) + statusAndCode(w.commit(a.str("id")))
	}, "201 <nil>;409 item_name_in_use", small},

	"conflicts-object": {func(w *world) string {
		bakery(w)
		return w.want(w.do("POST", "/2.0/folders", `{"name":"bakkerij","parent":{"id":"`+w.box.Folder+`"}}`), 409).body
	}, `"conflicts":{`, sandbox.Options{}},
	"conflicts-array": {func(w *world) string {
		folder, _ := bakery(w)
		return w.want(w.upload(folder, "F0.TXT", "x"), 409).body
	}, `"conflicts":[`, sandbox.Options{}},
	"conflict-without-sha1": {func(w *world) string {
		folder, _ := bakery(w)
		return fmt.Sprint("sha1 ", w.want(w.upload(folder, "F0.TXT", "x"), 409).dig("context_info", "conflicts", "sha1"))
	}, "sha1 <nil>", sandbox.Options{}},
	"move-conflict-bare": {func(w *world) string {
		_, files := bakery(w)
		return fmt.Sprint("info ", w.want(w.do("PUT", "/2.0/files/"+files[0], `{"name":"f1.txt"}`), 409).dig("context_info"))
	}, "info <nil>", sandbox.Options{}},
	"duplicate-names":       {makeTwice("a.txt", "a.txt"), "201", sandbox.Options{}},
	"exact-names":           {makeTwice("a.txt", "A.txt"), "201", sandbox.Options{}},
	"names-nfc":             {makeTwice("\u00e4.txt", "a\u0308.txt"), "409 item_name_in_use", sandbox.Options{}},
	"names-code-points":     {tryName(strings.Repeat("\U0001F4C4", 200)), "201", sandbox.Options{}},
	"sanitise-names":        {tryName("a/b .txt "), "201 <nil>;ab .txt", sandbox.Options{}},
	"leading-space-refused": {tryName(" a.txt"), "400 item_name_invalid", sandbox.Options{}},
	"special-names-refused": {tryName("a?.txt"), "400 item_name_invalid", sandbox.Options{}},
	"name-reserved": {func(w *world) string {
		return statusAndCode(w.upload(w.box.Folder, "a.txt", "1")) + statusAndCode(w.upload(w.box.Folder, "a.txt", "1"))
	}, "409 name_temporarily_reserved;201", sandbox.Options{}},

	"operation-blocked": {twice(func(w *world, folder string, files []string) answer {
		return w.do("PUT", "/2.0/files/"+files[0], `{"parent":{"id":"0"}}`)
	}), "409 operation_blocked_temporary;200", sandbox.Options{}},
	"delete-500": {twice(func(w *world, folder string, files []string) answer {
		return w.do("DELETE", "/2.0/files/"+files[0], nil)
	}), "500 internal_server_error;204", sandbox.Options{}},
	"move-503-applied": {func(w *world) string {
		folder, _ := bakery(w)
		a := w.do("PUT", "/2.0/folders/"+folder, `{"parent":{"id":"0"}}`)
		_, moved := w.Tree(sandbox.Box)["Bakkerij"]
		return statusAndCode(a) + fmt.Sprint(moved)
	}, "503 unavailable;true", sandbox.Options{}},
	"put-times-ignored": {func(w *world) string {
		_, files := bakery(w)
		w.want(w.do("PUT", "/2.0/files/"+files[0], `{"content_modified_at":"1999-05-05T12:00:00Z"}`), 200)
		return fmt.Sprint("told in 1999: ", w.Tree(sandbox.Box)["Clients/Bakkerij/f0.txt"].Modified.Year() == 1999)
	}, "told in 1999: false", sandbox.Options{}},
	"no-trash": {func(w *world) string {
		_, files := bakery(w)
		w.want(w.do("DELETE", "/2.0/files/"+files[0], nil), 204)
		return statusAndCode(w.do("GET", "/2.0/files/"+files[0]+"/trash", nil)) + statusAndCode(w.do("GET", "/2.0/files/"+files[0], nil))
	}, "404 not_found;404 not_found", sandbox.Options{}},
	"restore-new-id": {func(w *world) string {
		_, files := bakery(w)
		w.want(w.do("DELETE", "/2.0/files/"+files[0], nil), 204)
		return fmt.Sprint("same ", w.want(w.do("POST", "/2.0/files/"+files[0], nil), 201).str("id") == files[0])
	}, "same false", sandbox.Options{}},
	"etag-content-only": {func(w *world) string {
		_, files := bakery(w)
		before := w.do("GET", "/2.0/files/"+files[0], nil).str("etag")
		return fmt.Sprint("same ", w.want(w.do("PUT", "/2.0/files/"+files[0], `{"name":"x"}`), 200).str("etag") == before)
	}, "same true", sandbox.Options{}},
	"folder-etag-children": {func(w *world) string {
		folder, _ := bakery(w)
		return "etag " + w.do("GET", "/2.0/folders/"+folder, nil).str("etag")
	}, "etag 3", sandbox.Options{}},
	"if-match-missing-412": {func(w *world) string {
		return statusAndCode(w.do("DELETE", "/2.0/files/999999999", nil, "If-Match", "0"))
	}, "412 precondition_failed", sandbox.Options{}},
	"trashed-not-found": {func(w *world) string {
		_, files := bakery(w)
		w.want(w.do("DELETE", "/2.0/files/"+files[0], nil), 204)
		return statusAndCode(w.do("GET", "/2.0/files/"+files[0], nil))
	}, "404 not_found", sandbox.Options{}},
	"version-201": {func(w *world) string {
		_, files := bakery(w)
		return statusAndCode(w.version(files[0], "f0.txt", "new"))
	}, "201", sandbox.Options{}},
	"torn-upload-stored": {func(w *world) string {
		whole, kind := form("attributes", `{"name":"t.txt","parent":{"id":"`+w.box.Folder+`"}}`, "file", "0123456789")
		raw, _ := io.ReadAll(whole)
		return statusAndCode(w.do("POST", "/api/2.0/files/content", bytes.NewReader(raw[:bytes.Index(raw, []byte("56789"))]), "Content-Type", kind))
	}, "201", sandbox.Options{}},

	"download-202": {func(w *world) string {
		_, files := bakery(w)
		a := w.do("GET", "/2.0/files/"+files[0]+"/content", nil)
		return fmt.Sprint(a.status, " after ", a.header.Get("Retry-After"), " ", len(a.body), "; ", w.fetch(files[0]).status)
	}, "202 after 1 0; 200", sandbox.Options{}},
	"download-no-ranges": {func(w *world) string {
		_, files := bakery(w)
		a := w.fetch(files[0], "Range", "bytes=2-3")
		return fmt.Sprint(a.status, " ", a.body)
	}, "200 content 0", sandbox.Options{}},
	"range-400": {func(w *world) string {
		_, files := bakery(w)
		return statusAndCode(w.do("GET", "/2.0/files/"+files[0]+"/content", nil, "Range", "bytes=100-"))
	}, "400 requested_page_out_of_range", sandbox.Options{}},

	"short-pages": {func(w *world) string {
		folder, _ := bakery(w)
		a := w.do("GET", "/2.0/folders/"+folder+"/items?usemarker=true&limit=2", nil)
		return fmt.Sprint(len(a.dig("entries").([]any)), " of limit ", a.str("limit"))
	}, "1 of limit 2", sandbox.Options{}},
	"list-default-1000": {listing(""), `"limit":1000`, sandbox.Options{}},
	"unstable-offset": {func(w *world) string {
		folder, files := bakery(w)
		first := w.do("GET", "/2.0/folders/"+folder+"/items?limit=2", nil)
		return fmt.Sprint("second missing ", !strings.Contains(first.body, `"id":"`+files[1]+`"`))
	}, "second missing true", sandbox.Options{}},
	"marker-null":      {listing("usemarker=true"), `"next_marker":null`, sandbox.Options{}},
	"marker-empty":     {listing("usemarker=true"), `"next_marker":""`, sandbox.Options{}},
	"order-object":     {listing(""), `"order":{`, sandbox.Options{}},
	"exponent-numbers": {itself("/2.0/files/{file}?fields=size"), `"size":9e+00`, sandbox.Options{}},
	"number-ids":       {itself("/2.0/folders/{folder}"), `"id":{folder},`, sandbox.Options{}},
	"sha1-upper":       {itself("/2.0/files/{file}?fields=sha1"), fmt.Sprintf(`"sha1":"%X"`, sha1.Sum([]byte("content 0"))), sandbox.Options{}},
	"parent-hidden":    {itself("/2.0/files/{file}"), `"parent":null`, sandbox.Options{}},

	"events-duplicate": {eventsOf(func(w *world, folder string, files []string) {
		w.want(w.do("DELETE", "/2.0/files/"+files[0], nil), 204)
	}), "chunk 2", sandbox.Options{}},
	"events-replay": {eventsOf(func(*world, string, []string) {}), "chunk 5", sandbox.Options{}},
	"events-shuffled": {func(w *world) string {
		_, files := bakery(w)
		at := now(w)
		w.want(w.do("PUT", "/2.0/files/"+files[0], `{"name":"x"}`), 200)
		w.want(w.do("DELETE", "/2.0/files/"+files[0], nil), 204)
		notes, _ := eventsSince(w, at)
		return strings.ReplaceAll(notes, files[0], "f")
	}, "ITEM_TRASH f;ITEM_RENAME f", sandbox.Options{}},
	"events-position-zero": {func(w *world) string {
		_, a := eventsSince(w, now(w))
		return a.body
	}, `"next_stream_position":"0"`, sandbox.Options{}},
	"events-number-position": {func(w *world) string { return w.do("GET", "/2.0/events?stream_position=now", nil).body }, `"next_stream_position":1152`, sandbox.Options{}},
	"events-source-null": {func(w *world) string {
		at := now(w)
		bakery(w)
		notes, _ := eventsSince(w, at)
		return notes
	}, "ITEM_UPLOAD <nil>", sandbox.Options{}},
	"events-descendants": {eventsOf(func(w *world, folder string, files []string) {
		w.want(w.do("DELETE", "/2.0/folders/"+folder+"?recursive=true", nil), 204)
	}), "chunk 4", sandbox.Options{}},
	"events-modify": {eventsOf(func(w *world, folder string, files []string) {
		w.want(w.version(files[0], "f0.txt", "new"), 200)
	}), "ITEM_MODIFY", sandbox.Options{}},
	"events-expired": {func(w *world) string {
		notes, _ := eventsSince(w, now(w))
		return notes
	}, "400 bad_request", sandbox.Options{}},
	"poll-reconnect":   {poll, "reconnect after 0s", sandbox.Options{}},
	"poll-max-retries": {poll, "max_retries after 0s", sandbox.Options{}},
	"poll-false-alarm": {poll, "new_change after 0s", sandbox.Options{}},
	"poll-silent": {func(w *world) string {
		url := w.want(w.do("OPTIONS", "/2.0/events", nil), 200).str("entries", 0, "url")
		if _, err := w.Put(sandbox.Box, "new.txt", strings.NewReader("x"), time.Time{}); err != nil {
			w.Fatal(err)
		}
		return w.do("GET", url+"&stream_position=0", nil).str("message")
	}, "reconnect", sandbox.Options{}},
	"poll-numbers": {func(w *world) string { return w.do("OPTIONS", "/2.0/events", nil).body }, `"ttl":10`, sandbox.Options{}},

	"limits-any-minute": {func(w *world) string {
		for i := range 240 {
			w.want(w.upload(w.box.Folder, fmt.Sprint(i), "x"), 201)
		}
		time.Sleep(59 * time.Second)
		a := w.upload(w.box.Folder, "more", "x")
		time.Sleep(time.Second)
		return fmt.Sprint(a.status, " after ", a.header.Get("Retry-After"), " then ", w.upload(w.box.Folder, "again", "x").status)
	}, "429 after 1 then 201", sandbox.Options{Limits: true}},

	"refresh-ends-access": {func(w *world) string {
		first := w.want(w.refresh(w.box.RefreshToken), 200)
		w.want(w.refresh(first.str("refresh_token")), 200)
		return fmt.Sprint(w.do("GET", "/2.0/users/me", nil, "Authorization", "Bearer "+first.str("access_token")).status)
	}, "401", sandbox.Options{}},
	"refresh-reuse": {func(w *world) string {
		w.want(w.refresh(w.box.RefreshToken), 200)
		return fmt.Sprint(w.refresh(w.box.RefreshToken).status)
	}, "200", sandbox.Options{}},
	"bad-token-403": {func(w *world) string {
		return statusAndCode(w.do("GET", "/2.0/users/me", nil, "Authorization", "Bearer nonsense"))
	}, "403 forbidden", sandbox.Options{}},
	"short-tokens": {func(w *world) string { return "lives " + w.refresh(w.box.RefreshToken).str("expires_in") + "s" }, "lives 60s", sandbox.Options{}},

	"submission-version":   {submitTwice, "again.txt;[again.txt 1]", sandbox.Options{}},
	"submission-duplicate": {submitTwice, "again.txt;[again.txt 0 again.txt#", sandbox.Options{}},
}

func commitAgain(w *world) string {
	s := w.want(w.begin(w.box.Folder, "big.bin"), 201).str("id")
	for from := 0; from < len(inParts); from += 4 {
		w.want(w.part(s, from), 200)
	}
	first := w.commit(s)
	again := w.do("POST", "/api/2.0/files/upload_sessions/"+s+"/commit", `{"parts":[]}`, "Digest", digestOf(inParts))
	_, there := w.Tree(sandbox.Box)["Clients/big.bin"]
	return fmt.Sprint(first.status, ";", again.status, ";there ", there)
}

func submitTwice(w *world) string {
	_, form, err := w.CreateFileRequest(sandbox.Box, "Clients", "Papers")
	if err != nil {
		w.Fatal(err)
	}
	var name string
	for _, content := range []string{"1", "2"} {
		if name, err = w.Submit(sandbox.Submission{Form: form, Name: "again.txt", Content: strings.NewReader(content)}); err != nil {
			w.Fatal(err)
		}
	}
	var names []string
	for path, e := range w.Tree(sandbox.Box) {
		if file, ok := strings.CutPrefix(path, "Clients/"); ok {
			names = append(names, file+" "+e.Etag)
		}
	}
	if len(names) == 2 && strings.Contains(names[0], "#") {
		names[0], names[1] = names[1], names[0]
	}
	return fmt.Sprint(name, ";", names)
}

func (w *world) refresh(token string) answer {
	w.Helper()
	form := "grant_type=refresh_token&client_id=" + w.box.ClientID + "&client_secret=" + w.box.ClientSecret + "&refresh_token=" + token
	return w.do("POST", "/oauth2/token", form, "Content-Type", "application/x-www-form-urlencoded", "Authorization", "")
}

func TestEachQuirkChangesAnAnswer(t *testing.T) {
	for _, q := range sandbox.Quirks() {
		if q.Portal != sandbox.Box {
			continue
		}
		t.Run(q.Name, func(t *testing.T) {
			p, ok := probes[q.Name]
			if !ok {
				t.Fatal("no probe for this quirk")
			}
			play := func(quirks ...string) (notes string) {
				synctest.Test(t, func(t *testing.T) {
					opts := p.opts
					opts.Quirks = quirks
					notes = p.calls(newWorld(t, opts))
				})
				return notes
			}
			if without := play(); strings.Contains(without, p.want) {
				t.Errorf("without the quirk: %s", without)
			}
			if with := play(q.Name); !strings.Contains(with, p.want) {
				t.Errorf("with the quirk: %s\nwant %s", with, p.want)
			}
		})
	}
}

func TestEachQuirkSaysWhatItDoesAndWhereItIsFrom(t *testing.T) {
	for _, q := range sandbox.Quirks() {
		if q.Name == "" || q.Does == "" || q.Source == "" || !slices.Contains(sandbox.Portals(), q.Portal) {
			t.Errorf("quirk %+v is not documented", q)
		}
	}
}

func TestAnUnknownQuirkIsRefused(t *testing.T) {
	if _, err := sandbox.New(sandbox.Options{Quirks: []string{"commit-203"}}); err == nil || !strings.Contains(err.Error(), `"commit-203"`) {
		t.Errorf("got %v, want an error that names the quirk", err)
	}
}

func TestQuirksAreSwitchedAtRunTimeThroughTheAdminRoute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sandbox.Options{})
		w.straight = false
		admin := w.memory.Info.Admin
		w.want(w.do("POST", admin+"/quirk", `{"name":"poll-numbers"}`), http.StatusNoContent)
		if got := w.do("GET", admin+"/quirk", nil).str("on", 0); got != "poll-numbers" {
			t.Errorf("on: %s", got)
		}
		ttl := func() any { return w.do("OPTIONS", "/2.0/events", nil).dig("entries", 0, "ttl") }
		if _, text := ttl().(string); text {
			t.Error("the quirk is not played")
		}
		w.want(w.do("DELETE", admin+"/quirk?name=poll-numbers", nil), http.StatusNoContent)
		if _, text := ttl().(string); !text {
			t.Error("the quirk is still played")
		}
		w.want(w.do("POST", admin+"/quirk", `{"name":"nonsense"}`), http.StatusBadRequest)
		w.want(w.do("POST", admin+"/fault", `{"do":"html","rout":"items"}`), http.StatusBadRequest)
	})
}
