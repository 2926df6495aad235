package sandbox_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"dossier/remote/sandbox"
	"dossier/remote/sandbox/shelf"
)

// roProbe makes calls to Files.ro and writes down what matters of the answers.
type roProbe struct {
	calls func(w *roWorld) string
	want  string // is in the notes with the quirk, and is not without it
	opts  sandbox.Options
}

// statusAndKind is what tells an answer of the API from a page of the site.
func statusAndKind(a answer) string {
	kind, _, _ := strings.Cut(a.header.Get("Content-Type"), ";")
	return fmt.Sprintf("%d %s;", a.status, kind)
}

func get(path string) func(w *roWorld) string {
	return func(w *roWorld) string {
		return statusAndKind(w.call("GET", v1+strings.ReplaceAll(path, "{clients}", w.at.Folder), nil))
	}
}

// body is the answer to a GET, after some files were made.
func body(path string) func(w *roWorld) string {
	return func(w *roWorld) string {
		w.sent(w.at.Folder, "b.png", "1")
		w.folder(w.at.Folder, "sub")
		w.want(w.send(v1+"/uploads", "name", "home.txt", "extension", "txt", "file@x", "x"), 201)
		return w.list(strings.ReplaceAll(path, "{clients}", w.at.Folder)).body
	}
}

// download notes what comes of fetching a file.
func download(w *roWorld) string {
	w.sent(w.at.Folder, "a.txt", "0123456789")
	a := w.call("GET", w.list("/browse/latest").str("data", 0, "data", "attributes", "file_url"), nil)
	return statusAndKind(a) + "length " + a.header.Get("Content-Length") + ";" + a.body
}

// listed makes so many files, and notes how many come in a listing.
func roListed(files int, query string) func(w *roWorld) string {
	return func(w *roWorld) string {
		for i := range files {
			w.sent(w.at.Folder, fmt.Sprintf("%03d", i), "x")
		}
		a := w.list("/browse/folders/" + w.at.Folder + query)
		return fmt.Sprintf("%d of %s", len(roNames(a)), a.str("meta", "paginate", "total"))
	}
}

// chunks sends a file in three, and notes the answers and what became of it.
func chunks(w *roWorld) string {
	notes := ""
	for i, piece := range []string{"abc", "def", "ghi"} {
		a := w.send(v1+"/uploads", "name", "c.txt", "extension", "txt", "is_last_chunk", fmt.Sprint(i/2), "chunk@part", piece)
		notes += fmt.Sprint(a.status, ";")
		if a.status == 201 {
			notes += w.call("GET", a.str("data", "attributes", "file_url"), nil).body
		}
	}
	return notes
}

func sendingIt(pairs ...string) func(w *roWorld) string {
	return func(w *roWorld) string { return statusAndKind(w.send(v1+"/uploads", pairs...)) }
}

// deleting trashes a picture under a type, and says whether it went.
func deleting(kind string) func(w *roWorld) string {
	return func(w *roWorld) string {
		id := w.sent("", "a.png", "x")
		a := w.call("DELETE", v1+"/items", items(kind+" "+id+" trash"))
		_, there := w.Tree(sandbox.FilesRo)["a.png"]
		return fmt.Sprint(a.status, " there ", there)
	}
}

// asking makes a request, and notes its status and folder there and in the detail.
func asking(request map[string]any) func(w *roWorld) string {
	return func(w *roWorld) string {
		made := w.call("POST", v1+"/requests", request)
		if made.status != 201 {
			return fmt.Sprint(made.status)
		}
		shown := w.want(w.call("GET", v1+"/requests/"+made.str("data", "id"), nil), 200)
		return made.str("data", "attributes", "status") + ";" + shown.str("data", "attributes", "status") + ";" + jsonOf(shown.dig("data", "attributes", "folder_id"))
	}
}

// notified fills a request, and notes what the user is told.
func notified(inFolder bool) func(w *roWorld) string {
	return func(w *roWorld) string {
		request := map[string]any{"name": "Papers"}
		if inFolder {
			request["folder_id"] = w.at.Folder
		}
		w.want(w.call("DELETE", v1+"/requests/"+w.ask(request), nil), 201)
		return jsonOf(w.list("/user").dig("data", "relationships", "unreadNotifications"))
	}
}

var roProbes = map[string]roProbe{
	"filesro-unverified": {calls: func(w *roWorld) string {
		return w.login(w.at.Email, w.at.Password).body
	}, want: `{"type":"error","message":"Your email address is not verified."}`},
	"filesro-token-expires": {calls: func(w *roWorld) string {
		made := w.want(w.call("POST", v1+"/user/tokens", `{"name":"x"}`), 201)
		time.Sleep(25 * time.Hour)
		return made.str("accessToken", "expires_at") + fmt.Sprint(w.call("GET", v1+"/user", nil, "Authorization", "Bearer "+made.str("plainTextToken")).status)
	}, want: "2000-01-02T00:00:00.000000Z401"},
	"filesro-unauthorized-words": {calls: func(w *roWorld) string {
		return w.want(w.call("GET", v1+"/user", nil, "Authorization", ""), 401).body
	}, want: `{"type":"error","message":"You are not authorized"}`},
	"filesro-60-a-minute": {calls: func(w *roWorld) string {
		for range 60 {
			w.want(w.call("GET", v1+"/user", nil), 200)
		}
		a := w.call("GET", v1+"/user", nil)
		return fmt.Sprint(a.status, " after ", a.header.Get("Retry-After"))
	}, want: "429 after 60", opts: sandbox.Options{Limits: true}},

	"filesro-unknown-404":     {calls: get("/nowhere"), want: "404 application/json"},
	"filesro-html-404":        {calls: get("/browse/folders/00000000-0000-4000-8000-000000000000"), want: "404 text/html"},
	"filesro-no-folders-path": {calls: get("/browse/folders/{clients}"), want: "200 text/html"},
	"filesro-no-latest":       {calls: get("/browse/latest"), want: "200 text/html"},
	"filesro-no-trash-path":   {calls: get("/browse/trash/all"), want: "200 text/html"},
	"filesro-create-folder-path": {calls: func(w *roWorld) string {
		make := func(path string) int { return w.call("POST", v1+path, `{"name":"new"}`).status }
		return fmt.Sprint(make("/items"), make("/create-folder"))
	}, want: "405 201"},
	"filesro-no-request-detail": {calls: func(w *roWorld) string {
		return statusAndKind(w.call("GET", v1+"/requests/"+w.ask(map[string]any{}), nil))
	}, want: "200 text/html"},
	"filesro-no-request-close": {calls: func(w *roWorld) string {
		return statusAndKind(w.call("DELETE", v1+"/requests/"+w.ask(map[string]any{}), nil))
	}, want: "405 application/json"},
	"filesro-page-ignored":        {calls: roListed(51, "?page=2"), want: "50 of 51"},
	"filesro-no-chunks":           {calls: sendingIt("name", "a", "extension", "a", "chunk@a", "x", "is_last_chunk", "1"), want: "422"},
	"filesro-no-meta":             {calls: roListed(3, ""), want: "3 of <nil>"},
	"filesro-delete-ignored":      {calls: deleting("file"), want: "200 there true"},
	"filesro-unknown-empty":       {calls: get("/browse/folders/00000000-0000-4000-8000-000000000000"), want: "200 application/json"},
	"filesro-file-url-elsewhere":  {calls: body("/browse/latest"), want: `"file_url":"https://cdn.example/file/`},
	"filesro-status-unknown":      {calls: asking(map[string]any{}), want: "pending;pending;null"},
	"filesro-delete-body-dropped": {calls: deleting("file"), want: "422 there true"},

	"filesro-paged":          {calls: roListed(51, ""), want: "50 of 51"},
	"filesro-per-page-10":    {calls: roListed(11, "?page=1"), want: "10 of 11"},
	"filesro-limit-honoured": {calls: roListed(3, "?page=1&limit=2"), want: "2 of 3"},
	"filesro-total-moves":    {calls: roListed(3, "?page=1"), want: "3 of 4"},
	"filesro-order-shuffled": {calls: func(w *roWorld) string {
		for i := range 20 {
			w.sent(w.at.Folder, fmt.Sprint(i), "x")
		}
		path := "/browse/folders/" + w.at.Folder
		once := fmt.Sprint(roNames(w.list(path)))
		return fmt.Sprint("same ", once == fmt.Sprint(roNames(w.list(path))))
	}, want: "same false"},
	"filesro-sort-ignored": {calls: func(w *roWorld) string {
		for i := range 20 {
			w.sent(w.at.Folder, fmt.Sprintf("%02d", i), "x")
		}
		path := "/browse/folders/" + w.at.Folder
		return fmt.Sprint("sorted ", roNames(w.list(path + "?sort=name&direction=DESC"))[0] == "19")
	}, want: "sorted false"},
	"filesro-trashed-listed": {calls: func(w *roWorld) string {
		id := w.sent(w.at.Folder, "a.txt", "x")
		w.want(w.call("DELETE", v1+"/items", items("file "+id+" trash")), 200)
		return w.list("/browse/folders/" + w.at.Folder).body
	}, want: `"deleted_at":"01.`},

	"filesro-dates-short":          {calls: body("/browse/latest"), want: `"created_at":"01. Jan. 2000"`},
	"filesro-mime":                 {calls: body("/browse/latest"), want: `"mimetype":"image/png"`},
	"filesro-folder-size":          {calls: body("/browse/folders/home"), want: `"filesize":1`},
	"filesro-thumbnail-text":       {calls: body("/browse/latest"), want: `"thumbnail":"http`},
	"filesro-relationships-object": {calls: body("/browse/folders/home"), want: `"relationships":{}`},
	"filesro-creator":              {calls: body("/browse/latest"), want: `"creator":{"data":{`},
	"filesro-timezone-text":        {calls: body("/user"), want: `"timezone":"Europe/Bucharest"`},
	"filesro-rename-201": {calls: func(w *roWorld) string {
		return statusAndKind(w.call("PATCH", v1+"/items/"+w.at.Folder, `{"name":"x","type":"folder"}`))
	}, want: "201"},

	"filesro-type-strict": {calls: deleting("image"), want: "422 there true"},
	"filesro-type-own":    {calls: deleting("file"), want: "200 there true"},
	"filesro-to-home-required": {calls: func(w *roWorld) string {
		return statusAndKind(w.call("POST", v1+"/trash/restore", items("folder "+w.at.Folder)))
	}, want: "422"},
	"filesro-names-unique": {calls: func(w *roWorld) string {
		return statusAndKind(w.call("POST", v1+"/items", `{"name":"CLIENTS"}`))
	}, want: "422"},
	"filesro-names-kept": {calls: func(w *roWorld) string {
		return w.want(w.call("POST", v1+"/items", `{"name":" a "}`), 201).body
	}, want: `"name":" a "`},

	"filesro-no-one-piece":     {calls: sendingIt("name", "a", "extension", "a", "file@a", "x"), want: "422"},
	"filesro-path-required":    {calls: sendingIt("name", "a", "extension", "a", "chunk@a", "x", "is_last_chunk", "1"), want: "422"},
	"filesro-boolean-words":    {calls: sendingIt("name", "a", "extension", "a", "chunk@a", "x", "is_last_chunk", "true"), want: "201"},
	"filesro-small-requests":   {calls: sendingIt("name", "a", "extension", "a", "file@a", strings.Repeat("x", 1<<20)), want: "413 text/html"},
	"filesro-exe-banned":       {calls: sendingIt("name", "a.exe", "extension", "exe", "file@a", "x"), want: "422"},
	"filesro-chunk-twice":      {calls: chunks, want: "200;200;201;abcabcdefghi"},
	"filesro-chunk-500-stored": {calls: chunks, want: "500;200;201;abcdefghi"},
	"filesro-remote-queued": {calls: func(w *roWorld) string {
		a := w.call("POST", v1+"/uploads", `{"urls":["https://example.org/a.txt"]}`)
		_, there := w.Tree(sandbox.FilesRo)["a.txt"]
		return fmt.Sprint(a.status, " there ", there)
	}, want: "201 there false"},

	"filesro-s3":                 {calls: download, want: "302"},
	"filesro-no-bearer-download": {calls: download, want: "401"},
	"filesro-download-plan":      {calls: download, want: `401 application/json;length 56;{"type":"error"`},
	"filesro-bytes-missing":      {calls: download, want: "500"},
	"filesro-download-no-length": {calls: download, want: "length ;0123456789"},

	"filesro-status-open":     {calls: asking(map[string]any{}), want: "open;open;null"},
	"filesro-status-active":   {calls: asking(map[string]any{}), want: "active;active;null"},
	"filesro-folder-id-empty": {calls: asking(map[string]any{"folder_id": ""}), want: `<nil>;active;""`},
	"filesro-request-all-required": {calls: func(w *roWorld) string {
		return asking(map[string]any{"name": "x"})(w) + " " + asking(map[string]any{"name": "x", "email": "", "notes": "", "folder_id": ""})(w)
	}, want: "422 <nil>;active;null"},
	"filesro-request-needs-token": {calls: func(w *roWorld) string {
		return statusAndKind(w.call("GET", v1+"/requests/"+w.ask(map[string]any{}), nil, "Authorization", ""))
	}, want: "401"},
	"filesro-request-lost-cache": {calls: func(w *roWorld) string {
		id, page, err := w.AskOnFilesRo("Clients", "Papers")
		if err != nil {
			w.Fatal(err)
		}
		if _, err := w.SubmitToFilesRo(shelf.Submission{Form: page, Name: "a.txt", Content: strings.NewReader("x")}); err != nil {
			w.Fatal(err)
		}
		time.Sleep(71 * time.Hour)
		notes := w.statusOf(id)
		time.Sleep(time.Hour)
		return notes + ";" + w.statusOf(id)
	}, want: "filling;expired"},
	"filesro-no-notifications":   {calls: notified(true), want: `{"data":[]}`},
	"filesro-notified-at-home":   {calls: notified(false), want: `"category":"file-request"`},
	"filesro-notification-text":  {calls: notified(true), want: `"action":"Show Files"`},
	"filesro-notifications-bare": {calls: notified(true), want: `[{"attributes"`},
}

func TestEachFilesRoQuirkChangesAnAnswer(t *testing.T) {
	known := 0
	for _, q := range sandbox.Quirks() {
		if q.Portal != sandbox.FilesRo {
			continue
		}
		known++
		if !strings.HasPrefix(q.Name, "filesro-") {
			t.Errorf("%s is named like another portal's", q.Name)
		}
		t.Run(q.Name, func(t *testing.T) {
			p, ok := roProbes[q.Name]
			if !ok {
				t.Fatal("no probe for this quirk")
			}
			play := func(quirks ...string) (notes string) {
				synctest.Test(t, func(t *testing.T) {
					opts := p.opts
					opts.Quirks = quirks
					notes = p.calls(newROWorld(t, opts))
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
	if known != len(roProbes) {
		t.Errorf("%d quirks, %d probes", known, len(roProbes))
	}
}
