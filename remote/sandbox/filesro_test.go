package sandbox_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime/multipart"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"dossier/remote/sandbox"
	"dossier/remote/sandbox/mischief"
	"dossier/remote/sandbox/shelf"
)

// roWorld is a world whose client is signed in to Files.ro.
type roWorld struct {
	*world
	at sandbox.PortalInfo
}

// filesRo runs a test in a bubble, against a strict sandbox.
func filesRo(t *testing.T, opts sandbox.Options, f func(w *roWorld)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { f(newROWorld(t, opts)) })
}

func newROWorld(t *testing.T, opts sandbox.Options) *roWorld {
	t.Helper()
	w := newWorld(t, opts)
	return &roWorld{w, w.memory.Info.Portals[sandbox.FilesRo]}
}

const v1 = "/api/v1"

// call makes one call as a good client does. Headers come in pairs, an empty value takes one away.
func (w *roWorld) call(method, path string, body any, header ...string) answer {
	w.Helper()
	a, err := w.tryCall(method, path, body, header...)
	if err != nil {
		w.Fatal(err)
	}
	return a
}

func (w *roWorld) tryCall(method, path string, body any, header ...string) (answer, error) {
	if !strings.HasPrefix(path, "http") {
		path = w.at.URL + path
	}
	usual := []string{"Accept", "application/json", "Authorization", "Bearer " + w.at.Token}
	if body != nil {
		usual = append(usual, "Content-Type", "application/json")
	}
	return w.try(method, path, body, append(usual, header...)...)
}

// fields is a form whose file parts are named "<field>@<file name>".
func fields(pairs ...string) (io.Reader, string) {
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for i := 0; i < len(pairs); i += 2 {
		field, file, isFile := strings.Cut(pairs[i], "@")
		if !isFile {
			m.WriteField(field, pairs[i+1])
			continue
		}
		part, _ := m.CreateFormFile(field, file)
		io.WriteString(part, pairs[i+1])
	}
	m.Close()
	return &b, m.FormDataContentType()
}

func (w *roWorld) send(path string, pairs ...string) answer {
	w.Helper()
	body, kind := fields(pairs...)
	return w.call("POST", path, body, "Content-Type", kind)
}

// sent uploads a file in one chunk and returns its id. No folder is home.
func (w *roWorld) sent(folder, name, content string) string {
	w.Helper()
	pairs := []string{"name", name, "extension", name[strings.LastIndexByte(name, '.')+1:], "is_last_chunk", "1", "chunk@" + name + ".part", content}
	if folder != "" {
		pairs = append(pairs, "parent_id", folder)
	}
	return w.want(w.send(v1+"/uploads", pairs...), 201).str("data", "id")
}

func (w *roWorld) folder(parent, name string) string {
	w.Helper()
	body := map[string]any{"name": name}
	if parent != "" {
		body["parent_id"] = parent
	}
	return w.want(w.call("POST", v1+"/items", body), 201).str("data", "id")
}

func (w *roWorld) list(path string) answer {
	w.Helper()
	return w.want(w.call("GET", v1+path, nil), 200)
}

// names are those in a listing, in its order.
func roNames(a answer) (list []string) {
	for i := 0; a.dig("data", i) != nil; i++ {
		list = append(list, a.str("data", i, "data", "attributes", "name"))
	}
	return list
}

// wantBody compares with the whole body; {name} in it stands for values.
func (w *roWorld) wantBody(a answer, status int, want string, values ...string) {
	w.Helper()
	w.want(a, status)
	want = strings.NewReplacer(values...).Replace(want)
	var got, wanted any
	if err := errors.Join(json.Unmarshal([]byte(a.body), &got), json.Unmarshal([]byte(want), &wanted)); err != nil {
		w.Fatalf("%v in %s", err, a.body)
	}
	if diff := cmp.Diff(wanted, got); diff != "" {
		w.Errorf("body (-want +got):\n%s", diff)
	}
}

// wantMessage checks the refusals that have a type or none, and nothing else.
func (w *roWorld) wantMessage(a answer, status int, kind, message string) {
	w.Helper()
	want := map[string]any{"message": message}
	if kind != "" {
		want["type"] = kind
	}
	raw, _ := json.Marshal(want)
	w.wantBody(a, status, string(raw))
}

func (w *roWorld) wantInvalid(a answer, field, text string) {
	w.Helper()
	w.want(a, 422)
	if got := a.str("errors", field, 0); got != text {
		w.Errorf("error of %s is %q, want %q, in %s", field, got, text, a.body)
	}
}

func items(entries ...string) map[string]any {
	list := []map[string]any{}
	for _, e := range entries {
		part := strings.Split(e, " ")
		item := map[string]any{"type": part[0], "id": part[1]}
		if len(part) > 2 {
			item["force_delete"] = part[2] == "force"
		}
		list = append(list, item)
	}
	return map[string]any{"items": list}
}

func with(body map[string]any, key string, value any) map[string]any {
	body[key] = value
	return body
}

func (w *roWorld) login(email, password string) answer {
	w.Helper()
	return w.call("POST", v1+"/login", map[string]string{"email": email, "password": password}, "Authorization", "")
}

func TestFilesRoSignsInWithAnEMailAndAPassword(t *testing.T) {
	filesRo(t, sandbox.Options{}, func(w *roWorld) {
		in := w.login(strings.ToUpper(w.at.Email), w.at.Password)
		w.wantBody(in, 200, `{"type":"success","message":"You were successfully authenticated","data":{"token":"{token}"}}`, "{token}", in.str("data", "token"))
		w.want(w.call("GET", v1+"/user", nil, "Authorization", "Bearer "+in.str("data", "token")), 200)
		w.wantInvalid(w.login(w.at.Email, "wrong"), "email", "The provided credentials are incorrect.")
		w.wantMessage(w.login("nobody@example.org", "x"), 404, "error", "We couldn't find your requested item.")
		w.wantBody(w.login("", ""), 422, `{"message":"The email field is required. (and 1 more error)","errors":{"email":["The email field is required."],"password":["The password field is required."]}}`)
	})
}

func TestFilesRoTokensAreMadeOnceAndDeletedByTheirOwnerOnly(t *testing.T) {
	filesRo(t, sandbox.Options{}, func(w *roWorld) {
		made := w.call("POST", v1+"/user/tokens", `{"name":"dossier"}`)
		id, text := made.str("accessToken", "id"), made.str("plainTextToken")
		w.wantBody(made, 201, `{"accessToken":{"id":{id},"name":"dossier","abilities":["*"],"last_used_at":null,"expires_at":null,"created_at":"2000-01-01T00:00:00.000000Z",
			"updated_at":"2000-01-01T00:00:00.000000Z","tokenable_id":"{user}","tokenable_type":"App\\Users\\Models\\User"},"plainTextToken":"{text}"}`,
			"{id}", id, "{user}", w.at.UserID, "{text}", text)
		if !strings.HasPrefix(text, id+"|") {
			t.Errorf("token %s of number %s", text, id)
		}
		other, err := w.AddAccount(sandbox.FilesRo, "Bert Bakker", true)
		if err != nil {
			t.Fatal(err)
		}
		w.wantMessage(w.call("DELETE", v1+"/user/tokens/"+id, nil, "Authorization", "Bearer "+other.Token), 403, "", "This action is unauthorized.")
		time.Sleep(10 * 365 * 24 * time.Hour)
		w.want(w.call("GET", v1+"/user", nil, "Authorization", "Bearer "+text), 200)
		if got := w.want(w.call("DELETE", v1+"/user/tokens/"+id, nil), 200).str("type"); got != "success" {
			t.Errorf("type %s", got)
		}
		w.wantMessage(w.call("GET", v1+"/user", nil, "Authorization", "Bearer "+text), 401, "", "Unauthenticated.")
		w.wantMessage(w.call("GET", v1+"/user", nil, "Authorization", "Bearer "+id+"|wrong"), 401, "", "Unauthenticated.")
		w.wantInvalid(w.call("POST", v1+"/user/tokens", `{"name":" "}`), "name", "The name field is required.")
	})
}

func TestFilesRoCountsCallsAMinuteFromTheFirst(t *testing.T) {
	filesRo(t, sandbox.Options{Limits: true}, func(w *roWorld) {
		for range 5 {
			w.want(w.login(w.at.Email, w.at.Password), 200)
		}
		a := w.want(w.login(w.at.Email, w.at.Password), 429)
		w.wantMessage(a, 429, "", "Too Many Attempts.")
		user := func() answer { return w.call("GET", v1+"/user", nil) }
		if a := w.want(user(), 200); a.header.Get("X-Ratelimit-Limit") != "1000" || a.header.Get("X-Ratelimit-Remaining") != "999" {
			t.Errorf("header %v", a.header)
		}
		time.Sleep(20 * time.Second)
		for range 999 {
			w.want(user(), 200)
		}
		a = user()
		w.wantMessage(a, 429, "", "Too Many Attempts.")
		if a.header.Get("Retry-After") != "40" || a.header.Get("X-Ratelimit-Remaining") != "0" {
			t.Errorf("header %v", a.header)
		}
		w.want(w.call("GET", "/file/nothing", nil), 404) // not limited
		for range 100 {
			w.want(w.call("GET", v1+"/user", nil, "Authorization", ""), 401)
		}
		w.want(w.call("GET", v1+"/user", nil, "Authorization", ""), 429)
		time.Sleep(40 * time.Second)
		if got := w.want(user(), 200).header.Get("X-Ratelimit-Remaining"); got != "999" {
			t.Errorf("%s left in a new minute", got)
		}
	})
}

func TestFilesRoSpeaksHTMLToWhoDoesNotAskForJSON(t *testing.T) {
	filesRo(t, sandbox.Options{}, func(w *roWorld) {
		html := func(a answer, status int, to string) {
			t.Helper()
			w.want(a, status)
			if !strings.HasPrefix(a.header.Get("Content-Type"), "text/html") || a.header.Get("Location") != to {
				t.Errorf("header %v", a.header)
			}
		}
		gone := "/browse/folders/00000000-0000-4000-8000-000000000000"
		html(w.call("GET", v1+"/user", nil, "Authorization", "", "Accept", "*/*"), 302, "/")
		html(w.call("GET", v1+gone, nil, "Accept", ""), 404, "/not-found")
		html(w.call("POST", v1+"/items", `{}`, "Accept", "text/html"), 302, "/")
		html(w.call("GET", v1+"/nowhere", nil), 200, "")
		html(w.call("GET", "/", nil), 200, "")
		w.wantMessage(w.call("GET", v1+gone, nil), 404, "error", "We couldn't find your requested item.")
		w.wantMessage(w.call("POST", v1+"/nowhere", `{}`), 405, "", "The POST method is not supported for this route. Supported methods: GET, HEAD.")
		w.want(w.call("POST", v1+"/items", `{"name":"x"}`, "Content-Type", "text/plain"), 422)
	})
}

func TestFilesRoRecordsHaveTheirShape(t *testing.T) {
	filesRo(t, sandbox.Options{}, func(w *roWorld) {
		top := w.folder("", " Jansen ")
		sub := w.folder(top, "2026")
		time.Sleep(13*time.Hour + 30*time.Minute)
		file := w.sent(sub, "a/b.pdf", strings.Repeat("x", 1234))
		atHome := w.want(w.send(v1+"/uploads", "name", "pic", "extension", "PNG", "file@pic", "x"), 201)
		if atHome.str("data", "type") != "image" || atHome.str("data", "attributes", "mimetype") != "PNG" || atHome.str("data", "relationships") != "[]" || atHome.dig("data", "attributes", "parent_id") != nil {
			t.Errorf("image at home: %s", atHome.body)
		}
		base := w.list("/browse/folders/"+sub).str("data", 0, "data", "attributes", "basename")
		values := []string{"{top}", top, "{sub}", sub, "{file}", file, "{base}", base, "{url}", w.at.URL}
		w.wantBody(w.list("/browse/folders/"+top), 200, `{"data":[
			{"data":{"id":"{sub}","type":"folder","attributes":{"name":"2026","color":null,"emoji":null,"filesize":null,"isTeamFolder":false,"items":1,"trashed_items":1,
				"created_at":"01. Jan. 2000, 02:00","updated_at":"01. Jan. 2000, 02:00","deleted_at":null},
				"relationships":{"parent":{"data":{"type":"folder","id":"{top}","attributes":{"name":"Jansen"}}}}}}],
			"links":{"first":"{url}/api/v1/browse/folders/{top}&page=1","last":"{url}/api/v1/browse/folders/{top}&page=1","next":"{url}/api/v1/browse/folders/{top}&page=1","prev":null},
			"meta":{"paginate":{"currentPage":0,"from":1,"lastPage":1,"path":"{url}/api/v1/browse/folders/{top}","perPage":50,"to":50,"total":1},
			"root":{"data":{"id":"{top}","type":"folder","attributes":{"name":"Jansen","color":null,"emoji":null,"filesize":null,"isTeamFolder":false,"items":1,"trashed_items":1,
				"created_at":"01. Jan. 2000, 02:00","updated_at":"01. Jan. 2000, 02:00","deleted_at":null},"relationships":[]}}}}`, values...)
		if !strings.HasSuffix(base, ".pdf") || len(base) != 40 || strings.HasPrefix(base, file) {
			t.Errorf("basename %s of file %s", base, file)
		}
		w.wantBody(answer{status: 200, body: jsonOf(w.list("/browse/folders/"+sub).dig("data", 0))}, 200, `{"data":{"id":"{file}","type":"file","attributes":{
			"filesize":"1.2 kB","name":"a/b.pdf","basename":"{base}","mimetype":"pdf","file_url":"{url}/file/{base}","thumbnail":null,"parent_id":"{sub}",
			"created_at":"01. Jan. 2000, 03:30","updated_at":"01. Jan. 2000, 03:30","deleted_at":null},
			"relationships":{"parent":{"data":{"type":"folder","id":"{sub}","attributes":{"name":"2026"}}}}}}`, values...)
		w.wantBody(w.call("GET", v1+"/browse/navigation?sort=name&direction=DESC", nil), 200, `[
			{"location":"files","name":"Files","isMovable":true,"isOpen":true,"folders":[
				{"id":"{top}","parent_id":null,"name":"Jansen","team_folder":false,"folders":[{"id":"{sub}","parent_id":"{top}","name":"2026","team_folder":false,"folders":[]}]},
				{"id":"{clients}","parent_id":null,"name":"Clients","team_folder":false,"folders":[]}]},
			{"location":"team-folders","name":"Team Folders","isMovable":false,"isOpen":false,"folders":[]},
			{"location":"shared-with-me","name":"Shared With Me","isMovable":false,"isOpen":false,"folders":[]}]`, append(values, "{clients}", w.at.Folder)...)
		for _, path := range []string{"/teams/folders/all", "/teams/shared-with-me/all"} {
			if got := w.list(path); len(roNames(got)) != 0 || got.str("meta", "paginate", "total") != "0" || got.dig("meta", "root") != nil {
				t.Errorf("%s: %s", path, got.body)
			}
		}
		if me := w.list("/user"); me.str("data", "attributes", "email") != w.at.Email || me.str("data", "relationships", "settings", "data", "attributes", "timezone") != "2" {
			t.Errorf("user: %s", me.body)
		}
	})
}

func jsonOf(v any) string {
	raw, _ := json.Marshal(v)
	return string(raw)
}

func TestFilesRoPagesByOffsetAndAllAtOnceWithoutAPage(t *testing.T) {
	filesRo(t, sandbox.Options{}, func(w *roWorld) {
		var want []string
		for i := range 3 {
			w.folder(w.at.Folder, fmt.Sprintf("z%d", i))
			want = append(want, fmt.Sprintf("z%d", i))
		}
		for i := range 60 {
			time.Sleep(time.Second)
			w.sent(w.at.Folder, fmt.Sprintf("f%02d", i), fmt.Sprint(i))
			want = append(want, fmt.Sprintf("f%02d", i))
		}
		path := "/browse/folders/" + w.at.Folder
		all := w.list(path + "?sort=created_at&direction=ASC")
		if diff := cmp.Diff(want[3:], roNames(all)[3:]); diff != "" {
			t.Errorf("all by age (-want +got):\n%s", diff)
		}
		if all.str("meta", "paginate", "lastPage") != "2" || all.str("meta", "paginate", "total") != "63" {
			t.Errorf("meta: %v", all.dig("meta", "paginate"))
		}
		first, second := w.list(path+"?sort=name&page=1"), w.list(path+"?sort=name&page=2")
		if diff := cmp.Diff(want, append(roNames(first), roNames(second)...)); diff != "" {
			t.Errorf("two pages (-want +got):\n%s", diff)
		}
		if got := first.str("links", "next"); got != w.at.URL+v1+path+"?sort=name&page=1&page=2" {
			t.Errorf("next %s", got)
		}
		if second.dig("links", "next") != nil || second.str("meta", "paginate", "currentPage") != "2" {
			t.Errorf("second page: %v", second.dig("links"))
		}
		if got := roNames(w.list(path + "?page=3")); len(got) != 0 {
			t.Errorf("third page: %v", got)
		}
		if got := roNames(w.list(path)); slices.IsSorted(got[3:]) || got[0][0] != 'z' {
			t.Errorf("without a sort: %v", got)
		}
		if got := roNames(w.list(path + "?sort=name&direction=DESC")); got[0] != "z2" || got[3] != "f59" {
			t.Errorf("backwards: %v", got)
		}
		// nothing holds it still: what goes between two pages hides another
		w.want(w.call("DELETE", v1+"/items", items("file "+first.str("data", 10, "data", "id")+" trash")), 200)
		if got := roNames(w.list(path + "?sort=name&page=2")); got[0] != "f48" {
			t.Errorf("second page after a deletion begins with %s", got[0])
		}
		latest := w.list("/browse/latest")
		if got := roNames(latest); len(got) != 59 || got[0] != "f59" || latest.str("data", 0, "data", "attributes", "parent_id") != w.at.Folder {
			t.Errorf("latest: %v", got)
		}
	})
}

func TestFilesRoTrashTakesAFolderWithAllBelowAndGivesItBack(t *testing.T) {
	filesRo(t, sandbox.Options{}, func(w *roWorld) {
		top := w.folder(w.at.Folder, "top")
		sub := w.folder(top, "sub")
		early, late := w.sent(sub, "early.txt", "1"), w.sent(sub, "late.txt", "2")
		trash := func(entries ...string) {
			t.Helper()
			w.wantMessage(w.call("DELETE", v1+"/items", items(entries...)), 200, "success", "Items was successfully deleted.")
		}
		restore := func(home bool, entries ...string) {
			t.Helper()
			w.wantMessage(w.call("POST", v1+"/trash/restore", with(items(entries...), "to_home", home)), 200, "success", "The item was successfully restored.")
		}
		trash("file " + early + " trash")
		trash("folder "+top+" trash", "file 00000000-0000-4000-8000-000000000000 trash")
		trash("folder " + top + " trash")
		w.want(w.call("GET", v1+"/browse/folders/"+top, nil), 404)
		w.want(w.call("GET", v1+"/browse/folders/"+sub, nil), 404)
		binned := w.list("/browse/trash/all")
		if !slices.Equal(roNames(binned), []string{"top"}) || binned.str("data", 0, "data", "attributes", "items") != "0" || binned.str("data", 0, "data", "attributes", "trashed_items") != "1" {
			t.Errorf("trash: %s", binned.body)
		}
		if got := roNames(w.list("/browse/trash/" + sub + "?sort=name")); !slices.Equal(got, []string{"early.txt", "late.txt"}) {
			t.Errorf("trash of sub: %v", got)
		}
		restore(false, "file "+late) // its folder stays: it is out of sight
		if got := roNames(w.list("/browse/latest")); !slices.Equal(got, []string{"late.txt"}) {
			t.Errorf("latest: %v", got)
		}
		w.want(w.call("GET", v1+"/browse/folders/"+sub, nil), 404)
		restore(false, "folder "+top)
		if got := roNames(w.list("/browse/folders/" + sub + "?sort=name")); !slices.Equal(got, []string{"early.txt", "late.txt"}) {
			t.Errorf("restored: %v", got)
		}
		trash("folder " + top + " trash")
		if got := roNames(w.list("/browse/latest")); len(got) != 0 {
			t.Errorf("latest after a second time: %v", got)
		}
		restore(true, "file "+early)
		if _, there := w.Tree(sandbox.FilesRo)["early.txt"]; !there {
			t.Error("not at home")
		}
		w.want(w.call("PATCH", v1+"/items/"+sub, `{"type":"folder","name":"renamed in the trash"}`), 200)
		w.want(w.call("POST", v1+"/trash/restore", items("file 00000000-0000-4000-8000-000000000000")), 404)
	})
}

func TestFilesRoForceDeletingALiveFolderLosesItsFiles(t *testing.T) {
	filesRo(t, sandbox.Options{}, func(w *roWorld) {
		top := w.folder("", "top")
		sub := w.folder(top, "sub")
		live, binned := w.sent(sub, "live.txt", "1"), w.sent(top, "binned.txt", "2")
		link := w.list("/browse/folders/"+top).str("data", 1, "data", "attributes", "file_url")
		w.want(w.call("DELETE", v1+"/items", items("file "+binned+" trash")), 200)
		w.want(w.call("DELETE", v1+"/items", items("folder "+top+" force")), 200)
		for path := range w.Tree(sandbox.FilesRo) {
			if path != "Clients" {
				t.Errorf("%s is still there", path)
			}
		}
		if got := w.list("/browse/latest"); !slices.Equal(roNames(got), []string{"live.txt"}) || got.str("data", 0, "data", "attributes", "parent_id") != sub {
			t.Errorf("latest: %s", got.body)
		}
		w.want(w.call("GET", link, nil), 404)
		w.want(w.call("POST", v1+"/moves", with(items("file "+live), "to_id", w.at.Folder)), 200)
		if _, there := w.Tree(sandbox.FilesRo)["Clients/live.txt"]; !there {
			t.Error("the orphan cannot be moved to where it is seen")
		}
		w.want(w.call("DELETE", v1+"/items", items("file "+live+" force")), 200)
		if got := roNames(w.list("/browse/trash/all")); len(got) != 0 {
			t.Errorf("trash: %v", got)
		}
	})
}

func TestFilesRoMovesOneAfterTheOtherAndRefusesNoRing(t *testing.T) {
	filesRo(t, sandbox.Options{}, func(w *roWorld) {
		top := w.folder(w.at.Folder, "top")
		sub := w.folder(top, "sub")
		a, b := w.sent(top, "twin.txt", "1"), w.sent(sub, "twin.txt", "2")
		move := func(to any, entries ...string) answer {
			return w.call("POST", v1+"/moves", with(items(entries...), "to_id", to))
		}
		w.wantMessage(move(top, "file "+b), 200, "success", "Items was successfully moved.")
		if got := roNames(w.list("/browse/folders/" + top)); !slices.Equal(got, []string{"sub", "twin.txt", "twin.txt"}) {
			t.Errorf("twins: %v", got)
		}
		w.want(move(nil, "file "+a, "file 00000000-0000-4000-8000-000000000000", "file "+b), 404)
		if got := roNames(w.list("/browse/folders/home")); !slices.Equal(got, []string{"Clients", "twin.txt"}) {
			t.Errorf("moved so far: %v", got)
		}
		w.want(move(sub, "folder "+top), 200)
		if got := w.Tree(sandbox.FilesRo); len(got) != 2 {
			t.Errorf("the ring hangs on something: %v", got)
		}
		if got := roNames(w.list("/browse/folders/" + top)); !slices.Equal(got, []string{"sub", "twin.txt"}) {
			t.Errorf("in the ring: %v", got)
		}
		w.want(move("not an id", "file "+a), 422)
		w.want(w.call("PATCH", v1+"/items/"+a, `{"type":"image","name":"b.txt"}`), 200)
		if _, there := w.Tree(sandbox.FilesRo)["b.txt"]; !there {
			t.Error("not renamed")
		}
		w.want(w.call("PATCH", v1+"/items/"+a, `{"type":"folder","name":"c.txt"}`), 404)
	})
}

func TestFilesRoShowsAnotherAccountAnotherTree(t *testing.T) {
	filesRo(t, sandbox.Options{}, func(w *roWorld) {
		other, err := w.AddAccount(sandbox.FilesRo, "Bert Bakker", true)
		if err != nil {
			t.Fatal(err)
		}
		id := w.sent(w.at.Folder, "a.txt", "1")
		link := w.list("/browse/latest").str("data", 0, "data", "attributes", "file_url")
		as := []string{"Authorization", "Bearer " + other.Token}
		w.want(w.call("GET", v1+"/browse/folders/"+w.at.Folder, nil, as...), 404)
		w.want(w.call("DELETE", v1+"/items", items("file "+id+" trash"), as...), 403)
		w.wantMessage(w.call("GET", link, nil, as...), 403, "", "Access Denied")
		if got := roNames(w.want(w.call("GET", v1+"/browse/folders/home", nil, as...), 200)); len(got) != 0 {
			t.Errorf("his home: %v", got)
		}
		if other.Folder != w.Tree(sandbox.FilesRo)["Clients"].ID && other.Folder != "home" {
			t.Errorf("folder %s", other.Folder)
		}
		colleague, err := w.AddAccount(sandbox.FilesRo, "Cor Colleague", false)
		if err != nil {
			t.Fatal(err)
		}
		w.want(w.call("GET", link, nil, "Authorization", "Bearer "+colleague.Token), 200)
	})
}

func TestFilesRoAddsChunksToWhateverHasThePartsName(t *testing.T) {
	filesRo(t, sandbox.Options{}, func(w *roWorld) {
		chunk := func(part, content, last string, more ...string) answer {
			return w.send(v1+"/uploads", append([]string{"chunk@" + part, content, "name", part + ".txt", "extension", "txt", "is_last_chunk", last}, more...)...)
		}
		fetch := func(a answer) string { return w.call("GET", a.str("data", "attributes", "file_url"), nil).body }
		if a := w.want(chunk("one", "abc", "0"), 200); a.body != "" {
			t.Errorf("a chunk was answered with %q", a.body)
		}
		if _, there := w.Tree(sandbox.FilesRo)["one.txt"]; there {
			t.Error("half a file is there")
		}
		w.want(chunk("two", "xyz", "0"), 200)
		w.want(chunk("one", "abc", "0"), 200) // sent again: it is in there twice
		if got := fetch(w.want(chunk("one", "def", "1"), 201)); got != "abcabcdef" {
			t.Errorf("one is %q", got)
		}
		if got := fetch(w.want(chunk("one", "def", "1"), 201)); got != "def" {
			t.Errorf("the last chunk alone is %q", got)
		}
		other, err := w.AddAccount(sandbox.FilesRo, "Bert Bakker", true)
		if err != nil {
			t.Fatal(err)
		}
		body, kind := fields("chunk@two", "!", "name", "his.txt", "extension", "txt", "is_last_chunk", "true")
		w.wantInvalid(w.call("POST", v1+"/uploads", body, "Content-Type", kind), "is_last_chunk", "The is last chunk field must be true or false.")
		body, kind = fields("chunk@two", "!", "name", "his.txt", "extension", "txt", "is_last_chunk", "1")
		his := w.want(w.call("POST", v1+"/uploads", body, "Content-Type", kind, "Authorization", "Bearer "+other.Token), 201)
		if got := w.call("GET", his.str("data", "attributes", "file_url"), nil, "Authorization", "Bearer "+other.Token).body; got != "xyz!" {
			t.Errorf("the chunks of two users are %q", got)
		}
		// what is checked is checked after assembly, and what was refused stays
		w.wantMessage(chunk("three", "abc", "1", "parent_id", "00000000-0000-4000-8000-000000000000"), 500, "", "Server Error")
		time.Sleep(25 * time.Hour)
		if got := fetch(w.want(chunk("three", "def", "1"), 201)); got != "abcdef" {
			t.Errorf("three is %q", got)
		}
	})
}

func TestFilesRoTakesBigChunksWithoutHoldingThem(t *testing.T) {
	filesRo(t, sandbox.Options{Dir: t.TempDir()}, func(w *roWorld) {
		content := strings.Repeat("0123456789", 30_000)
		for from := 0; from < len(content); from += 100_000 {
			last := "0"
			if from == 200_000 {
				last = "1"
			}
			a := w.send(v1+"/uploads", "is_last_chunk", last, "chunk@big", content[from:from+100_000], "name", "big.bin", "extension", "bin")
			if last == "1" && w.call("GET", w.want(a, 201).str("data", "attributes", "file_url"), nil).body != content {
				t.Error("it came down otherwise")
			}
		}
		if got := w.Tree(sandbox.FilesRo)["big.bin"].Size; got != 300_000 {
			t.Errorf("%d bytes", got)
		}
	})
}

func TestFilesRoUploadsAreRefusedAsItRefusesThem(t *testing.T) {
	filesRo(t, sandbox.Options{MaxFile: 1000, Quota: 1500}, func(w *roWorld) {
		whole := []string{"name", "a.txt", "extension", "txt", "file@a.txt", "hello"}
		send := func(pairs ...string) answer { return w.send(v1+"/uploads", append(slices.Clone(whole), pairs...)...) }
		w.want(send(), 201)
		w.want(send(), 201) // a second file of that name
		w.wantInvalid(send("parent_id", ""), "parent_id", "The parent id must be a valid UUID.")
		w.wantInvalid(w.send(v1+"/uploads", "name", " ", "extension", "", "file@a", "x"), "extension", "The extension field is required.")
		w.wantInvalid(w.send(v1+"/uploads", "name", "a", "extension", "txt"), "file", "The file field is required.")
		w.wantInvalid(w.send(v1+"/uploads", "name", "a", "extension", "txt", "chunk@a", "x"), "is_last_chunk", "The is last chunk field is required.")
		w.wantMessage(send("parent_id", "00000000-0000-4000-8000-000000000000"), 500, "", "Server Error")
		w.wantMessage(w.send(v1+"/uploads", "name", "a", "extension", "txt", "file@a", strings.Repeat("x", 1001)), 413, "", "Payload Too Large")
		w.want(w.send(v1+"/uploads", "name", "a", "extension", "txt", "file@a", strings.Repeat("x", 1000)), 201)
		w.wantMessage(w.send(v1+"/uploads", "name", "a", "extension", "txt", "file@a", strings.Repeat("x", 600)), 401, "error", "This action is not allowed.")
		w.want(w.call("GET", v1+"/user", nil), 200) // the token is good all the same
		trashed := w.folder("", "trashed")
		w.want(w.call("DELETE", v1+"/items", items("folder "+trashed+" trash")), 200)
		w.want(send("parent_id", trashed), 500)
		w.want(w.call("POST", v1+"/uploads", "no form", "Content-Type", "multipart/form-data; boundary=x"), 400)
	})
}

func TestFilesRoRefusesABigUploadOnceAllOfItCame(t *testing.T) {
	filesRo(t, sandbox.Options{}, func(w *roWorld) {
		body, kind := fields("name", "a", "extension", "a", "file@a", strings.Repeat("x", 3<<20))
		w.ResetCalls()
		w.wantMessage(w.call("POST", v1+"/uploads", body, "Content-Type", kind, "Authorization", ""), 401, "", "Unauthenticated.")
		if up, _ := w.Traffic(); up < 3<<20 {
			t.Errorf("%d bytes were taken", up)
		}
	})
}

func TestFilesRoMakesTheFoldersOfAPath(t *testing.T) {
	filesRo(t, sandbox.Options{}, func(w *roWorld) {
		for _, at := range []string{"/Dir/Sub/a.txt", "/dir/SUB/b.txt", "dropped/a.txt"} {
			w.want(w.send(v1+"/uploads", "name", at[len(at)-5:], "extension", "txt", "path", at, "file@x", "x"), 201)
		}
		var got []string
		for path := range w.Tree(sandbox.FilesRo) {
			got = append(got, path)
		}
		slices.Sort(got)
		if want := []string{"Clients", "Dir", "Dir/Sub", "Dir/Sub/a.txt", "Dir/Sub/b.txt", "a.txt"}; !slices.Equal(got, want) {
			t.Errorf("tree %v, want %v", got, want)
		}
	})
}

func TestFilesRoDownloadsTellTheExactLengthAndKnowNoRanges(t *testing.T) {
	filesRo(t, sandbox.Options{}, func(w *roWorld) {
		id := w.sent(w.at.Folder, "naïve \"x\"", "0123456789")
		link := w.list("/browse/latest").str("data", 0, "data", "attributes", "file_url")
		a := w.want(w.call("GET", link, nil, "Range", "bytes=2-3"), 200)
		if a.body != "0123456789" || a.header.Get("Content-Length") != "10" || a.header.Get("Etag") != "" || a.header.Get("Accept-Ranges") != "" {
			t.Errorf("%q with %v", a.body, a.header)
		}
		if got := a.header.Get("Content-Disposition"); !strings.HasPrefix(got, `attachment; filename="na_ve _x_`) {
			t.Errorf("disposition %s", got)
		}
		if head := w.want(w.call("HEAD", link, nil), 200); head.header.Get("Content-Length") != "10" {
			t.Errorf("head %v", head.header)
		}
		w.want(w.call("DELETE", v1+"/items", items("file "+id+" trash")), 200)
		w.want(w.call("GET", link, nil), 200)
		w.want(w.call("DELETE", v1+"/items", items("file "+id+" force")), 200)
		w.want(w.call("GET", link, nil), 404)
		w.want(w.call("GET", link, nil, "Authorization", ""), 401)
		w.want(w.call("GET", link, nil, "Authorization", "", "Accept", ""), 302)
	})
}

func TestFilesRoOnS3SendsDownloadsToASignedLink(t *testing.T) {
	filesRo(t, sandbox.Options{Quirks: []string{"filesro-s3"}}, func(w *roWorld) {
		w.sent(w.at.Folder, "a.txt", "0123456789")
		link := w.list("/browse/latest").str("data", 0, "data", "attributes", "file_url")
		to := w.want(w.call("GET", link, nil), 302).header.Get("Location")
		if !strings.HasPrefix(to, w.at.Downloads+"/") || w.at.Downloads == "" {
			t.Fatalf("sent to %s", to)
		}
		fetch := func(url string, header ...string) answer { return w.do("GET", url, nil, header...) }
		if a := w.want(fetch(to), 200); a.body != "0123456789" {
			t.Errorf("downloaded %q", a.body)
		}
		w.want(fetch(to, "Range", "bytes=2-3"), 206)
		w.want(fetch(to, "Authorization", "Bearer "+w.at.Token), 400)
		w.want(fetch(to+"0"), 403)
		time.Sleep(time.Hour)
		w.want(fetch(to), 403)
		// left-over chunks go after a day
		w.want(w.send(v1+"/uploads", "chunk@part", "abc", "name", "b.txt", "extension", "txt", "is_last_chunk", "0"), 200)
		time.Sleep(25 * time.Hour)
		w.want(w.send(v1+"/uploads", "chunk@part", "def", "name", "b.txt", "extension", "txt", "is_last_chunk", "1"), 201)
		if got := w.Tree(sandbox.FilesRo)["b.txt"].Size; got != 3 {
			t.Errorf("%d bytes", got)
		}
	})
}

// ask makes a file request and returns its id.
func (w *roWorld) ask(body map[string]any) string {
	w.Helper()
	return w.want(w.call("POST", v1+"/requests", body), 201).str("data", "id")
}

func (w *roWorld) statusOf(request string) string {
	w.Helper()
	return w.want(w.call("GET", v1+"/requests/"+request, nil, "Authorization", ""), 200).str("data", "attributes", "status")
}

func TestAFilesRoRequestGetsItsFolderWithTheFirstUpload(t *testing.T) {
	filesRo(t, sandbox.Options{}, func(w *roWorld) {
		made := w.call("POST", v1+"/requests", map[string]any{"name": "VAT 2026", "notes": "all of it", "email": "client@example.org", "folder_id": w.at.Folder})
		id := made.str("data", "id")
		values := []string{"{id}", id, "{folder}", w.at.Folder, "{user}", w.at.UserID}
		w.wantBody(made, 201, `{"data":{"id":"{id}","type":"upload-request","attributes":{"folder_id":"{folder}","status":null,"email":"client@example.org","notes":"all of it"},
			"relationships":{"user":{"data":{"id":"{user}","type":"user","attributes":{"name":"Anna de Vries","avatar":null}}}}}}`, values...)
		if got := w.statusOf(id); got != "active" {
			t.Errorf("status %s", got)
		}
		w.want(w.call("GET", v1+"/browse/folders/"+id, nil), 404)
		visit := func(pairs ...string) answer {
			body, kind := fields(append([]string{"name", "a.pdf", "extension", "pdf"}, pairs...)...)
			return w.call("POST", v1+"/requests/"+id+"/uploads", body, "Content-Type", kind, "Authorization", "")
		}
		w.want(visit("is_last_chunk", "0", "chunk@p", "abc"), 200)
		if got := w.statusOf(id); got != "filling" {
			t.Errorf("status %s after the first chunk", got)
		}
		if got := w.list("/browse/folders/" + id); len(roNames(got)) != 0 || got.str("meta", "root", "data", "attributes", "name") != "VAT 2026" {
			t.Errorf("folder: %s", got.body)
		}
		file := w.want(visit("is_last_chunk", "1", "chunk@p", "def"), 201)
		if got := w.Tree(sandbox.FilesRo)["Clients/VAT 2026/a.pdf"]; got.ID != file.str("data", "id") || got.Size != 6 {
			t.Errorf("delivered %+v", got)
		}
		if got := w.want(w.call("GET", v1+"/requests/"+id, nil), 200); got.str("data", "relationships", "folder", "data", "id") != id {
			t.Errorf("detail: %s", got.body)
		}
		stranger := []string{"Authorization", ""}
		sub := w.want(w.call("POST", v1+"/requests/"+id+"/items", `{"name":"sub"}`, stranger...), 201).str("data", "id")
		w.want(w.call("POST", v1+"/requests/"+id+"/moves", with(items("file "+file.str("data", "id")), "to_id", sub), stranger...), 200)
		w.want(w.call("PATCH", v1+"/requests/"+id+"/items/"+sub, `{"name":"renamed","type":"folder"}`, stranger...), 200)
		w.want(w.call("PATCH", v1+"/requests/"+id+"/items/"+w.at.Folder, `{"name":"mine","type":"folder"}`, stranger...), 403)
		w.want(w.call("DELETE", v1+"/requests/"+id+"/items", items("file "+file.str("data", "id")+" trash"), stranger...), 200)
		if got := roNames(w.list("/browse/trash/all")); len(got) != 0 {
			t.Errorf("what a visitor deletes is in the trash: %v", got)
		}
		w.want(w.call("DELETE", v1+"/requests/"+id, nil, stranger...), 201)
		w.wantMessage(visit("file@x", "late"), 410, "gone", "Gone")
		w.wantMessage(w.call("DELETE", v1+"/requests/"+id, nil, stranger...), 410, "gone", "Gone")
		if got := w.statusOf(id); got != "filled" {
			t.Errorf("status %s", got)
		}
		note := w.list("/user").dig("data", "relationships", "unreadNotifications", "data", 0, "data")
		w.wantBody(answer{status: 200, body: jsonOf(note)}, 200, `{"id":"{note}","type":"Domain\\UploadRequest\\Notifications\\UploadRequestFulfilledNotification","attributes":{
			"category":"file-request","title":"File Request Filled","description":"Your file request for 'Clients' folder was filled successfully.",
			"action":{"type":"route","params":{"route":"Files","button":"Show Files","id":"{id}"}},"created_at":"01. Jan. 2000, 02:00","read_at":null}}`,
			append(values, "{note}", note.(map[string]any)["id"].(string))...)
		w.want(w.call("GET", v1+"/requests/00000000-0000-4000-8000-000000000000", nil), 404)
	})
}

func TestAFilesRoRequestEndsByTheClock(t *testing.T) {
	filesRo(t, sandbox.Options{}, func(w *roWorld) {
		time.Sleep(10 * time.Minute)
		never, quiet := w.ask(map[string]any{"folder_id": w.at.Folder}), w.ask(map[string]any{"folder_id": w.at.Folder, "name": "Papers"})
		name, err := w.SubmitToFilesRo(shelf.Submission{Form: "/request/" + quiet + "/upload", Name: "a.txt", Content: strings.NewReader("x")})
		if err != nil || name != "a.txt" {
			t.Fatal(name, err)
		}
		at := func(wait time.Duration, want string) {
			t.Helper()
			time.Sleep(wait)
			if got := w.statusOf(never) + " " + w.statusOf(quiet); got != want {
				t.Errorf("%s: %s, want %s", time.Now().Format(time.DateTime), got, want)
			}
		}
		at(3*time.Hour+49*time.Minute, "active filling")
		at(time.Minute, "active filled") // the job runs on the hour
		at(68*time.Hour+59*time.Minute, "active filled")
		at(time.Minute, "expired filled")
		_, err = w.SubmitToFilesRo(shelf.Submission{Form: "/request/" + never + "/upload", Name: "a.txt", Content: strings.NewReader("x")})
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("an expired request took a file: %v", err)
		}
		w.want(w.call("GET", v1+"/browse/folders/"+never, nil), 404)
		if got := roNames(w.list("/browse/folders/" + quiet)); !slices.Equal(got, []string{"a.txt"}) {
			t.Errorf("delivered: %v", got)
		}
		if note := w.list("/user").dig("data", "relationships", "unreadNotifications", "data", 0); note != nil {
			t.Errorf("the job left a notification: %v", note)
		}
	})
}

func TestAFilesRoRequestIsRefusedWhereItsFolderIsNone(t *testing.T) {
	filesRo(t, sandbox.Options{}, func(w *roWorld) {
		w.wantInvalid(w.call("POST", v1+"/requests", `{"name":"x","folder_id":""}`), "folder_id", "The folder id must be a valid UUID.")
		w.want(w.call("POST", v1+"/requests", `{"folder_id":"00000000-0000-4000-8000-000000000000"}`), 422)
		w.wantInvalid(w.call("POST", v1+"/requests", `{"email":"nobody"}`), "email", "The email must be a valid email address.")
		_, page, err := w.AskOnFilesRo("Clients", "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.SubmitToFilesRo(shelf.Submission{Form: page, Name: "a.txt", Content: strings.NewReader("x")}); err != nil {
			t.Fatal(err)
		}
		if _, there := w.Tree(sandbox.FilesRo)["Clients/Upload Request from 01. Jan. 2000/a.txt"]; !there {
			t.Errorf("tree %v", w.Tree(sandbox.FilesRo))
		}
		if err := w.FinishOnFilesRo(page); err != nil {
			t.Error(err)
		}
		if err := w.FinishOnFilesRo(page); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("ended twice: %v", err)
		}
	})
}

func TestFilesRoListingsPlayTheFaultsThatOnlyTheyCan(t *testing.T) {
	filesRo(t, sandbox.Options{}, func(w *roWorld) {
		for i := range 55 {
			w.sent(w.at.Folder, fmt.Sprintf("f%02d", i), fmt.Sprint(i))
		}
		path := "/browse/folders/" + w.at.Folder
		play := func(kind string) {
			t.Helper()
			w.ClearFaults()
			if _, err := w.Fault(mischief.Fault{Do: kind, Portal: sandbox.FilesRo}); err != nil {
				t.Fatal(err)
			}
		}
		play(mischief.EmptyList)
		if a := w.list(path); len(roNames(a)) != 0 || a.str("meta", "paginate", "total") != "0" {
			t.Errorf("empty: %s", a.body)
		}
		if a := w.want(w.call("GET", v1+"/browse/navigation", nil), 200); a.dig(0, "folders", 0) != nil {
			t.Errorf("empty tree: %s", a.body)
		}
		play(mischief.EndlessList)
		if a := w.list(path + "?page=99"); len(roNames(a)) == 0 || a.dig("links", "next") == nil {
			t.Error("it ends")
		}
		play(mischief.ShiftingPages)
		all := append(roNames(w.list(path+"?page=1&sort=name")), roNames(w.list(path+"?page=2&sort=name"))...)
		if got := len(all); got != 55 || slices.Contains(all, "f49") || all[49] != "f50" || all[50] != "f50" {
			t.Errorf("%d shifted: %v", got, all)
		}
		w.ClearFaults()
		if _, err := w.Fault(mischief.Fault{Do: mischief.Expired, Times: 1}); err != nil {
			t.Fatal(err)
		}
		w.wantMessage(w.call("GET", v1+path, nil), 401, "", "Unauthenticated.")
		w.ClearFaults()
		for _, f := range []mischief.Fault{{Do: mischief.Status, Status: 503, Delay: 7 * time.Second, Times: 1}, {Do: mischief.RateLimit, Times: 1}} {
			if _, err := w.Fault(f); err != nil {
				t.Fatal(err)
			}
		}
		a := w.call("GET", v1+path, nil)
		w.wantMessage(a, 503, "", "Service Unavailable")
		if a.header.Get("Retry-After") != "7" {
			t.Errorf("header %v", a.header)
		}
		a = w.call("GET", v1+path, nil)
		w.wantMessage(a, 429, "", "Too Many Attempts.")
	})
}

func TestFilesRoSharesAndZips(t *testing.T) {
	filesRo(t, sandbox.Options{}, func(w *roWorld) {
		top := w.folder("", "top")
		file := w.sent(top, "a.txt", "hello")
		a := w.want(w.call("POST", v1+"/share", map[string]any{"type": "folder", "id": top, "permission": "visitor", "isPassword": false}), 201)
		token := a.str("data", "attributes", "token")
		w.want(w.call("PATCH", v1+"/share/"+token, `{"permission":"editor","isPassword":false}`), 200)
		shared := func() any {
			return w.list("/browse/folders/home?sort=name&direction=DESC").dig("data", 0, "data", "relationships", "shared")
		}
		if s, _ := shared().(map[string]any); s == nil || !strings.Contains(jsonOf(s), `"permission":"editor"`) {
			t.Errorf("shared: %v", shared())
		}
		zip := w.want(w.call("GET", v1+"/zip?items="+top+"%7Cfolder,"+file+"%7Cfile", nil), 200)
		if zip.header.Get("Content-Type") != "application/zip" || strings.Count(zip.body, "top/a.txt") != 2 {
			t.Errorf("zip of %d bytes", len(zip.body))
		}
		w.wantMessage(w.call("GET", v1+"/zip?items="+top, nil), 422, "error", "Incorrect argument format.")
		w.want(w.call("DELETE", v1+"/items", items("folder "+top+" trash")), 200)
		w.want(w.call("POST", v1+"/trash/restore", with(items("folder "+top), "to_home", false)), 200)
		if shared() != nil {
			t.Error("the link outlived the trash")
		}
	})
}

func TestFilesRoSurvivesARestart(t *testing.T) {
	opts := sandbox.Options{Dir: t.TempDir(), Durable: true}
	var token, request, orphan, link string
	var before map[string]sandbox.Entry
	filesRo(t, opts, func(w *roWorld) {
		token = w.at.Token
		top := w.folder("", "top")
		orphan = w.sent(top, "orphan.txt", "1")
		w.want(w.call("DELETE", v1+"/items", items("folder "+top+" force")), 200)
		w.sent(w.at.Folder, "kept.txt", "kept")
		link = strings.TrimPrefix(w.list("/browse/folders/"+w.at.Folder).str("data", 0, "data", "attributes", "file_url"), w.at.URL)
		w.want(w.send(v1+"/uploads", "chunk@p", "abc", "name", "p.txt", "extension", "txt", "is_last_chunk", "0"), 200)
		request = w.ask(map[string]any{"name": "Papers", "folder_id": w.at.Folder})
		w.want(w.call("DELETE", v1+"/requests/"+request, nil), 201)
		before = w.Tree(sandbox.FilesRo)
	})
	filesRo(t, opts, func(w *roWorld) {
		if w.at.Token != token {
			t.Error("the token has changed")
		}
		if diff := cmp.Diff(before, w.Tree(sandbox.FilesRo)); diff != "" {
			t.Errorf("tree (-before +after):\n%s", diff)
		}
		if got := w.call("GET", link, nil).body; got != "kept" {
			t.Errorf("downloaded %q", got)
		}
		w.want(w.send(v1+"/uploads", "chunk@p", "def", "name", "p.txt", "extension", "txt", "is_last_chunk", "1"), 201)
		if got := w.Tree(sandbox.FilesRo)["p.txt"].Size; got != 6 {
			t.Errorf("%d bytes", got)
		}
		if got := w.statusOf(request); got != "filled" {
			t.Errorf("status %s", got)
		}
		if !strings.Contains(w.list("/browse/latest").body, orphan) || !strings.Contains(w.list("/user").body, request) {
			t.Error("the orphan or the notification is gone")
		}
	})
}

func TestEveryKindOfFilesRoCallIsServed(t *testing.T) {
	filesRo(t, sandbox.Options{}, func(w *roWorld) {
		for _, route := range w.Routes(sandbox.FilesRo) {
			method, path, _ := strings.Cut(route, " ")
			path = strings.NewReplacer("{id}", w.at.Folder, "{item}", w.at.Folder, "{token}", "0", "{basename}", "none.txt", "{user}", "0").Replace(path)
			w.ResetCalls()
			if strings.HasPrefix(path, "/files/") {
				path = w.at.Downloads + path
			}
			w.call(method, path, nil)
			if n := w.Calls(sandbox.FilesRo)[route]; n != 1 {
				t.Errorf("%s was counted %d times", route, n)
			}
		}
	})
}

func TestFilesRoIDsAreReadBack(t *testing.T) {
	filesRo(t, sandbox.Options{}, func(w *roWorld) {
		id := w.sent(w.at.Folder, "a.txt", "1")
		if err := w.Trash(sandbox.FilesRo, "Clients/a.txt"); err != nil {
			t.Fatal(err)
		}
		if got := w.Trashed(sandbox.FilesRo); len(got) != 1 || got[0].ID != id {
			t.Fatalf("trashed %v, want %s", got, id)
		}
		if err := w.Restore(sandbox.FilesRo, id); err != nil {
			t.Error(err)
		}
		digit := "0"
		if strings.HasSuffix(id, digit) {
			digit = "1"
		}
		if err := w.Trash(sandbox.FilesRo, "Clients/a.txt"); err != nil {
			t.Fatal(err)
		}
		for _, wrong := range []string{id[:35] + digit, "", "none", strings.Repeat("0", 36), id[:35] + "x", "00000000-0000-4000-8000-000000000000"} {
			if err := w.Restore(sandbox.FilesRo, wrong); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%q was read as an id", wrong)
			}
		}
	})
}
