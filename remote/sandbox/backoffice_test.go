package sandbox_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"mime/multipart"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"dossier/remote/sandbox"
	"dossier/remote/sandbox/backofficeapi"
	"dossier/remote/sandbox/mischief"
	"dossier/remote/sandbox/shelf"
	"dossier/remote/sandbox/store"
)

// office is a Back Office with an administrator who is signed in, and one client.
type office struct {
	*world
	at     sandbox.PortalInfo
	token  string
	client string // path of the client, such as /api/v2/clients/100002
}

func newOffice(t *testing.T, opts sandbox.Options) *office {
	t.Helper()
	w := newWorld(t, opts)
	o := &office{world: w, at: w.memory.Info.Portals[sandbox.BackOffice]}
	o.client = "/api/v2/clients/" + o.at.Folder
	a := o.signIn(o.at.Email, o.at.Password)
	o.token = a.str("accessToken", "token")
	return o
}

// inOffice runs a test in a bubble.
func inOffice(t *testing.T, opts sandbox.Options, f func(o *office)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { f(newOffice(t, opts)) })
}

// call makes one call, with a body that is JSON unless the headers say otherwise.
func (o *office) call(method, path string, body any, header ...string) answer {
	o.Helper()
	a, err := o.attempt(method, path, body, header...)
	if err != nil {
		o.Fatal(err)
	}
	return a
}

func (o *office) attempt(method, path string, body any, header ...string) (answer, error) {
	o.Helper()
	with := []string{"Authorization", "Bearer " + o.token}
	if body != nil {
		with = append(with, "Content-Type", "application/json")
	}
	return o.try(method, o.at.URL+path, body, append(with, header...)...)
}

func (o *office) signIn(email, password string) answer {
	o.Helper()
	return o.call("POST", "/api/v2/signin", map[string]string{"email": email, "password": password}, "Authorization", "")
}

// as is the office for somebody else.
func (o *office) as(p sandbox.PortalInfo) *office {
	o.Helper()
	other := *o
	other.token = o.want(o.signIn(p.Email, p.Password), 200).str("accessToken", "token")
	return &other
}

// officeForm is a multipart body: the file, and fields in pairs.
func officeForm(name, content string, fields ...string) (body io.Reader, kind string) {
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for i := 0; i < len(fields); i += 2 {
		m.WriteField(fields[i], fields[i+1])
	}
	if name != "" {
		part, _ := m.CreateFormFile("file", name)
		io.WriteString(part, content)
	}
	m.Close()
	return &b, m.FormDataContentType()
}

func (o *office) send(name, content string, fields ...string) answer {
	o.Helper()
	body, kind := officeForm(name, content, fields...)
	return o.call("POST", o.client+"/files", body, "Content-Type", kind)
}

// file uploads a file and returns its id; folder is "" for none.
func (o *office) file(caption, folder string) string {
	o.Helper()
	fields := []string{"caption", caption}
	if folder != "" {
		fields = append(fields, "directoryId", folder)
	}
	return o.want(o.send(caption, "content of "+caption, fields...), 201).str("id")
}

// folder makes a folder and returns its id; parent is "" for none.
func (o *office) folder(caption, parent string) string {
	o.Helper()
	body := map[string]any{"caption": caption}
	if parent != "" {
		body["directoryId"] = json.Number(parent)
	}
	return o.want(o.call("POST", o.client+"/folders", body), 201).str("id")
}

func (o *office) files(query string) answer {
	o.Helper()
	return o.want(o.call("GET", o.client+"/files"+query, nil), 200)
}

// refused checks the shape of a refusal.
func (o *office) refused(a answer, status int) {
	o.Helper()
	o.want(a, status)
	if a.str("code") != fmt.Sprint(status) || a.dig("message") == nil {
		o.Errorf("refused with %s", a.body)
	}
}

func (o *office) wantBody(a answer, want string) {
	o.Helper()
	if a.body != want {
		o.Errorf("answered %s\nwant     %s", a.body, want)
	}
}

// ids lists a member of the rows of a list, in their order.
func ids(a answer, member string) string {
	var all []string
	for i := 0; a.dig(i) != nil; i++ {
		all = append(all, a.str(i, member))
	}
	return strings.Join(all, " ")
}

func TestABackOfficeSignInGivesTokensThatLiveTenHours(t *testing.T) {
	inOffice(t, sandbox.Options{}, func(o *office) {
		a := o.want(o.signIn(o.at.Email, o.at.Password), 200)
		first, second := a.str("accessToken", "token"), a.str("refreshToken", "token")
		o.wantBody(a, fmt.Sprintf(`{"2faRequired":false,"accessToken":{"token":%q,"createdAt":"2000-01-01T00:00:00+00:00","expiresAt":"2000-01-01T10:00:00+00:00"},`+
			`"refreshToken":{"token":%q,"createdAt":"2000-01-01T00:00:00+00:00","expiresAt":"2000-01-08T00:00:00+00:00"}}`, first, second))
		list := func(token string) answer {
			return o.call("GET", "/api/v2/clients", nil, "Authorization", token)
		}
		o.want(list("Bearer "+first), 200)
		for _, wrong := range []string{"", "Bearer nonsense", "Basic " + first, "Bearer " + second} {
			o.refused(list(wrong), 401)
		}
		time.Sleep(10 * time.Hour)
		o.refused(list("Bearer "+first), 401)

		refreshed := o.want(o.call("POST", "/api/v2/refresh", nil, "Authorization", "Bearer "+second), 200)
		third := refreshed.str("accessToken", "token")
		o.wantBody(refreshed, fmt.Sprintf(`{"accessToken":{"token":%q,"createdAt":"2000-01-01T10:00:00+00:00","expiresAt":"2000-01-01T20:00:00+00:00"}}`, third))
		o.want(list("Bearer "+third), 200)
		fourth := o.want(o.call("POST", "/api/v2/refresh", map[string]string{"refreshToken": second}, "Authorization", ""), 200).str("accessToken", "token")
		o.refused(o.call("POST", "/api/v2/refresh", nil, "Authorization", "Bearer "+third), 401)

		o.want(o.call("POST", "/api/v2/signout", nil, "Authorization", "Bearer "+third), 204)
		o.refused(list("Bearer "+fourth), 401)
		o.refused(o.call("POST", "/api/v2/refresh", nil, "Authorization", "Bearer "+second), 401)
	})
}

func TestTheSixthBackOfficeSignInOfAMinuteIsBlockedForAWhile(t *testing.T) {
	inOffice(t, sandbox.Options{}, func(o *office) { // one sign-in was made
		o.refused(o.signIn(o.at.Email, "wrong"), 401)
		o.refused(o.signIn("nobody@broker.example", "wrong"), 401)
		o.refused(o.call("POST", "/api/v2/signin", `{"email":"x"}`), 400)
		for range 3 {
			o.want(o.signIn(o.at.Email, o.at.Password), 200)
		}
		a := o.signIn(o.at.Email, o.at.Password)
		o.refused(a, 429)
		if got := a.header.Get("Retry-After"); got != "300" {
			t.Errorf("come back after %s s", got)
		}
		time.Sleep(4 * time.Minute)
		o.refused(o.signIn(o.at.Email, o.at.Password), 429)
		o.want(o.call("GET", "/api/v2/clients", nil), 200)
		time.Sleep(time.Minute)
		o.want(o.signIn(o.at.Email, o.at.Password), 200)
	})
}

func TestTheSecondFactorIsMailed(t *testing.T) {
	inOffice(t, sandbox.Options{Quirks: []string{"bo-2fa"}}, func(o *office) {
		a := o.want(o.signIn(o.at.Email, o.at.Password), 200)
		token := a.str("2faDetails", "token")
		o.wantBody(a, fmt.Sprintf(`{"2faRequired":true,"2faDetails":{"token":%q,"provider":"email","expiresAt":"2000-01-01T00:05:00+00:00"}}`, token))
		confirm := func(code string) answer {
			return o.call("POST", "/api/v2/2fa/confirm", map[string]string{"token": token, "code": code}, "Authorization", "")
		}
		o.refused(confirm("000000"), 401)
		time.Sleep(time.Minute)
		token = o.want(o.signIn(o.at.Email, o.at.Password), 200).str("2faDetails", "token")
		code := o.MailedCode(o.at.Email)
		o.token = o.want(confirm(code), 200).str("accessToken", "token")
		o.want(o.call("GET", "/api/v2/clients", nil), 200)
		o.refused(confirm(code), 401)
	})
}

func TestClientsAreListedAsTheAccountSeesThem(t *testing.T) {
	inOffice(t, sandbox.Options{}, func(o *office) {
		jansen, err := o.MkdirAll(sandbox.BackOffice, "Jansen")
		if err != nil {
			t.Fatal(err)
		}
		o.wantBody(o.call("GET", "/api/v2/clients/"+jansen, nil), fmt.Sprintf(
			`{"clientId":%[1]s,"email":"client%[1]s@client.example","name":"Jansen","nickname":"Jansen","createTime":"2000-01-01T00:00:00+00:00"}`, jansen))
		list := func(query string) string {
			return ids(o.want(o.call("GET", "/api/v2/clients"+query, nil), 200), "clientId")
		}
		both := o.at.Folder + " " + jansen
		for query, want := range map[string]string{
			"": both, "?limit=1": o.at.Folder, "?limit=1&offset=1": jansen, "?offset=2": "", "?limit=1000": both,
			"?sort_by=name&sort_order=desc": jansen + " " + o.at.Folder, "?sort_by=createTime&sort_order=asc": both,
			"?filter[name]=Jansen": jansen, "?filter%5Bname%5D=Jansen,Nobody": jansen, "?filter[clientId]=" + o.at.Folder + "," + jansen: both,
			"?filter[email]=client" + jansen + "@client.example": jansen, "?filter[city]=Delft": "",
		} {
			if got := list(query); got != want {
				t.Errorf("%s: %q, want %q", query, got, want)
			}
		}
		for _, query := range []string{"?limit=0", "?limit=x", "?offset=-1", "?sort_by=colour", "?sort_order=up", "?filter[colour]=red", "?filter[emails]=x"} {
			o.refused(o.call("GET", "/api/v2/clients"+query, nil), 400)
		}
		o.refused(o.call("GET", "/api/v2/clients/7", nil), 404)
		o.refused(o.call("GET", "/api/v2/clients/x", nil), 400)

		second, err := o.AddAccount(sandbox.BackOffice, "Bert Bakker", false)
		if err != nil {
			t.Fatal(err)
		}
		if got := ids(o.as(second).call("GET", "/api/v2/clients", nil), "clientId"); got != both {
			t.Errorf("a second administrator sees %q", got)
		}
		limited, err := o.AddAccount(sandbox.BackOffice, "Cor", true)
		if err != nil {
			t.Fatal(err)
		}
		cor := o.as(limited)
		o.wantBody(cor.call("GET", "/api/v2/clients", nil), "[]")
		o.refused(cor.call("GET", "/api/v2/clients/"+jansen+"/files", nil), 403)
		if err := o.TagClient("Jansen", "Cor"); err != nil {
			t.Fatal(err)
		}
		if got := ids(cor.call("GET", "/api/v2/clients", nil), "clientId"); got != jansen {
			t.Errorf("who is limited sees %q", got)
		}
		o.want(cor.call("GET", "/api/v2/clients/"+jansen+"/files", nil), 200)
	})
}

func TestAFileOfTheBackOfficeFromUploadToDeletion(t *testing.T) {
	inOffice(t, sandbox.Options{}, func(o *office) {
		id, up := o.at.Folder, o.client+"/files"
		made := o.want(o.send("Contract 1.pdf", "hello", "caption", "Service agreement"), 201)
		o.wantBody(made, `{"id":1,"name":"Service agreement","clientId":`+id+`,"directoryId":null,"file":"a/946684800_Contract 1.pdf"}`)
		folder := o.folder("2026", "")
		o.wantBody(o.send("b.pdf", "b", "directoryId", folder, "caption", "b.pdf"), `{"id":2,"name":"b.pdf","clientId":`+id+`,"directoryId":1,"file":"b/946684800_b.pdf"}`)

		both := `[{"id":1,"name":"Service agreement","file":"a/946684800_Contract 1.pdf","directoryId":null,"priority":1},` +
			`{"id":2,"name":"b.pdf","file":"b/946684800_b.pdf","directoryId":1,"priority":2}]`
		o.wantBody(o.files(""), both)
		for query, want := range map[string]string{
			"?filter[directoryId]=1": "2", "?filter%5BdirectoryId%5D=1": "2", "?filter[directoryId]=9": "", "?limit=1": "1", "?limit=1&offset=1": "2",
			"?sort_by=name": "1 2", "?sort_by=id&sort_order=desc": "2 1", "?limit=100&offset=2": "",
		} {
			if got := ids(o.files(query), "id"); got != want {
				t.Errorf("%s: %q, want %q", query, got, want)
			}
		}
		for _, query := range []string{"?filter[directoryId]=", "?filter[directoryId]=null", "?filter[name]=x"} {
			o.refused(o.call("GET", up+query, nil), 400)
		}

		o.wantBody(o.want(o.call("PATCH", up+"/1", `{"caption":"Agreement","directoryId":1}`), 200),
			`{"id":1,"name":"Agreement","clientId":`+id+`,"directoryId":1,"file":"a/946684800_Contract 1.pdf"}`)
		o.wantBody(o.want(o.call("PUT", up+"/1", `{"caption":"Contract"}`), 200),
			`{"id":1,"name":"Contract","clientId":`+id+`,"directoryId":1,"file":"a/946684800_Contract 1.pdf"}`)
		for _, body := range []string{`{"directoryId":null}`, `{"directoryId":"1"}`, `{"directoryId":9}`, `{"caption":""}`, `{"caption":7}`, `{"caption"`, `[]`} {
			o.refused(o.call("PATCH", up+"/1", body), 400)
		}
		o.refused(o.call("PATCH", up+"/1", `{"caption":"x"}`, "Content-Type", "application/x-www-form-urlencoded"), 400)
		o.refused(o.call("PATCH", up+"/9", `{"caption":"x"}`), 404)
		o.refused(o.call("PATCH", up+"/x", `{"caption":"x"}`), 400)
		o.refused(o.call("GET", up+"/1", nil), 405)

		got := o.want(o.call("GET", "/storage/a/946684800_Contract%201.pdf", nil), 200)
		if got.body != "hello" || got.header.Get("Content-Length") != "5" || got.header.Get("Content-Type") != "application/octet-stream" {
			t.Errorf("downloaded %q with %v", got.body, got.header)
		}
		o.refused(o.call("GET", "/storage/a/946684800_Contract%201.pdf", nil, "Authorization", ""), 401)
		o.refused(o.call("GET", "/storage/a/946684801_Contract%201.pdf", nil), 404)

		gone := o.want(o.call("DELETE", up+"/1", nil), 204)
		if gone.body != "" {
			t.Errorf("a deletion answers %q", gone.body)
		}
		o.refused(o.call("DELETE", up+"/1", nil), 404)
		o.refused(o.call("GET", "/storage/a/946684800_Contract%201.pdf", nil), 404)
		if got := ids(o.files(""), "id"); got != "2" {
			t.Errorf("left are %q", got)
		}
	})
}

func TestWhatIsPostedTwiceIsThereTwice(t *testing.T) {
	inOffice(t, sandbox.Options{}, func(o *office) {
		if first, second := o.file("a.txt", ""), o.file("a.txt", ""); first == second {
			t.Error("both files have one id")
		}
		if first, second := o.folder("a", ""), o.folder("a", ""); first == second {
			t.Error("both folders have one id")
		}
		if got := ids(o.files(""), "name"); got != "a.txt a.txt" {
			t.Errorf("files %q", got)
		}
	})
}

func TestUploadsAreRefusedAsTheBackOfficeRefusesThem(t *testing.T) {
	inOffice(t, sandbox.Options{MaxFile: 1000}, func(o *office) {
		o.refused(o.send("a.txt", "x"), 400)
		o.refused(o.send("a.txt", "x", "caption", ""), 400)
		o.refused(o.send("", "", "caption", "a"), 400)
		o.refused(o.send("", "", "caption", "a", "file", "file.pdf"), 400)
		o.refused(o.send("a.txt", "x", "caption", "a", "directoryId", "x"), 400)
		o.refused(o.send("a.txt", "x", "caption", "a", "directoryId", ""), 400)
		o.refused(o.send("a.txt", "x", "caption", "a", "directoryId", "9"), 400)
		o.refused(o.send("a.txt", strings.Repeat("x", 1001), "caption", "a"), 413)
		o.refused(o.call("POST", o.client+"/files", `{"file":"file.pdf","caption":"a"}`), 400)
		o.refused(o.call("POST", o.client+"/files", "no form", "Content-Type", "multipart/form-data; boundary=x"), 400)
		whole, kind := officeForm("a.txt", "0123456789", "caption", "a")
		raw, _ := io.ReadAll(whole)
		o.refused(o.call("POST", o.client+"/files", bytes.NewReader(raw[:bytes.Index(raw, []byte("6789"))]), "Content-Type", kind), 400)
		body, kind := officeForm("a.txt", "x", "caption", "a")
		o.refused(o.call("POST", "/api/v2/clients/7/files", body, "Content-Type", kind), 404)
		o.wantBody(o.files(""), "[]")
	})
}

func TestALargeUploadToTheBackOfficeComesDownAsItWentUp(t *testing.T) {
	inOffice(t, sandbox.Options{}, func(o *office) {
		content := strings.Repeat("0123456789abcdef", 1<<16) // beyond what is held in memory
		a := o.want(o.send("big.bin", content, "caption", "big"), 201)
		if got := o.want(o.call("GET", "/storage/"+a.str("file"), nil), 200).body; got != content {
			t.Errorf("%d bytes came down", len(got))
		}
	})
}

func TestFoldersOfAClient(t *testing.T) {
	inOffice(t, sandbox.Options{}, func(o *office) {
		id, at := o.at.Folder, o.client+"/folders"
		o.wantBody(o.want(o.call("POST", at, `{"caption":"2026"}`), 201), `{"id":1,"name":"2026","clientId":`+id+`,"directoryId":null,"treeFolderId":null}`)
		o.wantBody(o.want(o.call("POST", at, `{"caption":"VAT","directoryId":1}`), 201), `{"id":2,"name":"VAT","clientId":`+id+`,"directoryId":1,"treeFolderId":null}`)
		for _, body := range []string{`{}`, `{"caption":""}`, `{"name":"x"}`, `{"caption":"x","directoryId":9}`, `{"caption":"x","directoryId":` + id + `}`, `{`} {
			o.refused(o.call("POST", at, body), 400)
		}
		o.refused(o.call("GET", at, nil), 405)
		o.refused(o.call("GET", at+"/1", nil), 405)
		o.refused(o.call("GET", "/api/v2/clients/1/files", nil), 404) // a folder is no client
		o.wantBody(o.want(o.call("PATCH", at+"/2", `{"caption":"Tax","directoryId":null}`), 200), `{"id":2,"name":"Tax","clientId":`+id+`,"directoryId":1,"treeFolderId":null}`)
		o.want(o.call("PUT", at+"/2", `{"caption":"VAT"}`), 200)
		o.refused(o.call("PUT", at+"/2", `{}`), 400)
		o.refused(o.call("PUT", at+"/9", `{"caption":"x"}`), 404)
		for _, method := range []string{"PUT", "PATCH", "DELETE"} {
			o.refused(o.call(method, o.client+"/folder/2", `{"caption":"x"}`), 404)
		}
		o.file("in.txt", "2")
		o.want(o.call("DELETE", at+"/1", nil), 204)
		o.refused(o.call("DELETE", at+"/2", nil), 404)
		o.wantBody(o.files(""), "[]")
		if tree := o.Tree(sandbox.BackOffice); len(tree) != 1 {
			t.Errorf("left are %v", tree)
		}
	})
}

func TestAFolderIDOnTheFilesPathDeletesAnUnrelatedFile(t *testing.T) {
	inOffice(t, sandbox.Options{}, func(o *office) {
		file, folder := o.file("precious.txt", ""), o.folder("old", "")
		if file != folder {
			t.Fatalf("file %s, folder %s: the spaces do not overlap", file, folder)
		}
		o.want(o.call("DELETE", o.client+"/files/"+folder, nil), 204)
		tree := o.Tree(sandbox.BackOffice)
		if _, there := tree["Clients/precious.txt"]; there {
			t.Error("the file is still there")
		}
		if _, there := tree["Clients/old"]; !there {
			t.Error("the folder is gone")
		}
	})
}

func TestOneClientDoesNotReachIntoAnother(t *testing.T) {
	inOffice(t, sandbox.Options{}, func(o *office) {
		file, folder := o.file("a.txt", ""), o.folder("a", "")
		jansen, err := o.MkdirAll(sandbox.BackOffice, "Jansen")
		if err != nil {
			t.Fatal(err)
		}
		own := o.client
		o.client = "/api/v2/clients/" + jansen
		o.refused(o.call("DELETE", o.client+"/files/"+file, nil), 404)
		o.refused(o.call("DELETE", o.client+"/folders/"+folder, nil), 404)
		o.refused(o.call("PATCH", o.client+"/folders/"+folder, `{"caption":"x"}`), 404)
		o.refused(o.send("b.txt", "b", "caption", "b", "directoryId", folder), 400)
		mine := o.file("b.txt", "")
		o.refused(o.call("PATCH", o.client+"/files/"+mine, `{"caption":"b","directoryId":`+folder+`}`), 400)
		o.wantBody(o.files("?filter[directoryId]="+folder), "[]")
		o.client = own
		if got := ids(o.files(""), "id"); got != file {
			t.Errorf("files %q", got)
		}
	})
}

func TestTheDefaultTreeIsInEveryClient(t *testing.T) {
	inOffice(t, sandbox.Options{}, func(o *office) {
		own := o.folder("Contracts", "")
		o.file("mine.txt", own)
		top, err := o.AddDefaultFolder(0, "Contracts")
		if err != nil {
			t.Fatal(err)
		}
		below, err := o.AddDefaultFolder(top, "Old")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.AddDefaultFolder(99, "nowhere"); err == nil {
			t.Error("a default folder was added below none")
		}
		o.wantBody(o.call("GET", "/api/v2/folders?limit=10&offset=0", nil), `[{"id":1,"name":"Contracts","parentId":null},{"id":2,"name":"Old","parentId":1}]`)
		o.wantBody(o.call("GET", fmt.Sprint("/api/v2/folders/", below), nil), `{"id":2,"name":"Old","parentId":1}`)
		o.refused(o.call("GET", "/api/v2/folders/9", nil), 404)
		if _, err := o.MkdirAll(sandbox.BackOffice, "New"); err != nil {
			t.Fatal(err)
		}
		tree := o.Tree(sandbox.BackOffice)
		for _, path := range []string{"Clients/Contracts/Old", "Clients/Contracts_Custom/mine.txt", "New/Contracts/Old"} {
			if _, there := tree[path]; !there {
				t.Errorf("%s is not in %v", path, tree)
			}
		}

		predefined := tree["Clients/Contracts"].ID
		if predefined == fmt.Sprint(top) {
			t.Errorf("the client's folder has the id of the default folder, %s", predefined)
		}
		at := o.client + "/folders/" + predefined
		o.refused(o.call("DELETE", at, nil), 403)
		o.refused(o.call("PATCH", at, `{"caption":"x"}`), 403)
		in := o.file("in.txt", predefined)
		if got := ids(o.files("?filter[directoryId]="+predefined), "id"); got != in {
			t.Errorf("in the predefined folder: %q", got)
		}

		o.want(o.call("PATCH", "/api/v2/folders/1", `{"name":"Agreements"}`), 200)
		o.want(o.call("POST", "/api/v2/folders/1/addSubdirectory", `{"name":"Late"}`), 201)
		o.want(o.call("POST", "/api/v2/folders", `{"name":"Third"}`), 201)
		o.refused(o.call("POST", "/api/v2/folders", `{"caption":"x"}`), 400)
		o.refused(o.call("POST", "/api/v2/folders/9/addSubdirectory", `{"name":"x"}`), 404)
		tree = o.Tree(sandbox.BackOffice)
		for _, path := range []string{"Clients/Agreements/in.txt", "New/Agreements/Late", "New/Third"} {
			if _, there := tree[path]; !there {
				t.Errorf("%s is not in %v", path, tree)
			}
		}
	})
}

func TestWhatAPersonDoesShowsInTheBackOffice(t *testing.T) {
	inOffice(t, sandbox.Options{}, func(o *office) {
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		put := func(path, content string) sandbox.Entry {
			e, err := o.Put(sandbox.BackOffice, path, strings.NewReader(content), time.Time{})
			must(err)
			return e
		}
		first := put("Clients/2026/a.txt", "one")
		o.wantBody(o.files(""), `[{"id":1,"name":"a.txt","file":"a/946684800_a.txt","directoryId":1,"priority":1}]`)
		must(o.Rename(sandbox.BackOffice, "Clients/2026/a.txt", "b.txt"))
		must(o.Move(sandbox.BackOffice, "Clients/2026/b.txt", "Clients/b.txt"))
		o.wantBody(o.files(""), `[{"id":1,"name":"b.txt","file":"a/946684800_a.txt","directoryId":null,"priority":1}]`)
		if got := o.want(o.call("GET", "/storage/a/946684800_a.txt", nil), 200).body; got != "one" {
			t.Errorf("downloaded %q", got)
		}
		second := put("Clients/b.txt", "two")
		if first.ID != "1" || second.ID != "2" {
			t.Errorf("%+v gave way to %+v, want a new id", first, second)
		}
		if got := ids(o.files(""), "id"); got != "2" {
			t.Errorf("files %q", got)
		}
		if e := put("Clients/B.TXT", "three"); e.ID != "3" {
			t.Errorf("a name that differs in case: %+v", e)
		}
		must(o.Trash(sandbox.BackOffice, "Clients/b.txt"))
		if len(o.Trashed(sandbox.BackOffice)) != 0 {
			t.Error("there is a trash")
		}
		if got := ids(o.files(""), "id"); got != "3" {
			t.Errorf("files %q", got)
		}
	})
}

func TestIDsOfTheBackOfficeAreReadAsTheyAreShown(t *testing.T) {
	s, err := store.Open(store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	api, err := backofficeapi.New(shelf.Options{
		Store: s, Desk: mischief.New(backofficeapi.Quirks()), Clock: time.Now, Random: shelf.NewRandom(rand.New(rand.NewPCG(1, 1))), Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	var client, folder, file store.ID
	err = s.Update(func(tx *store.Tx) error {
		client, folder, file = tx.NewID(), tx.NewID(), tx.NewID()
		for _, it := range []*store.Item{{ID: client, Parent: api.Root()}, {ID: folder, Parent: client}, {ID: file, Parent: folder, Kind: store.File}} {
			it.Root = api.Root()
			tx.Put(it)
			api.Settle(tx, it)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		id    store.ID
		kind  store.Kind
		shown string
		read  []string
	}{
		{api.Root(), store.Folder, "clients", []string{"clients"}},
		{client, store.Folder, fmt.Sprint(uint64(client)), []string{fmt.Sprint(uint64(client))}},
		{folder, store.Folder, "1", []string{"1", "d1", "17/d1"}},
		{file, store.File, "1", []string{"f1", "17/f1"}},
		{0, store.Folder, "0", []string{"", "x", "f", "f2", "d2", "-1", "clients/"}},
	} {
		if got := api.ShowID(c.id, c.kind); got != c.shown {
			t.Errorf("%v %d is shown as %s, want %s", c.kind, c.id, got, c.shown)
		}
		for _, text := range c.read {
			if got := api.ReadID(text); got != c.id {
				t.Errorf("%q is read as %d, want %d", text, got, c.id)
			}
		}
	}
}

func TestADeletionInTheBackOfficeCannotBeUndone(t *testing.T) {
	inOffice(t, sandbox.Options{}, func(o *office) {
		o.want(o.call("DELETE", o.client+"/files/"+o.file("a.txt", ""), nil), 204)
		if err := o.Restore(sandbox.BackOffice, "f1"); err == nil {
			t.Error("it was restored")
		}
	})
}

func TestCallsThatADaemonMustNeverMakeExistAndAreCounted(t *testing.T) {
	inOffice(t, sandbox.Options{}, func(o *office) {
		id := o.want(o.call("POST", "/api/v2/clients", `{"name":"New"}`), 201).str("clientId")
		o.refused(o.call("POST", "/api/v2/clients", `{}`), 400)
		if got := o.want(o.call("PATCH", "/api/v2/clients/"+id, `{"name":"Newer"}`), 200).str("name"); got != "Newer" {
			t.Errorf("named %s", got)
		}
		o.refused(o.call("PUT", "/api/v2/clients/"+id, `{}`), 405)
		o.want(o.call("DELETE", "/api/v2/clients/"+id, nil), 204)
		o.refused(o.call("GET", "/api/v2/clients/"+id, nil), 404)
		calls := o.Calls(sandbox.BackOffice)
		want := map[string]int{
			"POST /api/v2/signin": 1, "POST /api/v2/clients": 2, "PATCH /api/v2/clients/{clientId}": 1, "DELETE /api/v2/clients/{clientId}": 1,
			"GET /api/v2/clients/{clientId}": 1, "PUT ?": 1,
		}
		if diff := cmp.Diff(want, map[string]int(calls)); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
		if n := calls.Mutating(); n != 5 {
			t.Errorf("%d changing calls, want 5", n)
		}
	})
}

func TestTwoCallsASecondAreLetThrough(t *testing.T) {
	inOffice(t, sandbox.Options{Limits: true}, func(o *office) {
		list := func() answer { return o.call("GET", "/api/v2/clients", nil) }
		o.want(list(), 200)
		o.want(list(), 200)
		a := list()
		o.refused(a, 429)
		if got := a.header.Get("Retry-After"); got != "1" {
			t.Errorf("come back after %s s", got)
		}
		for range 10 {
			time.Sleep(500 * time.Millisecond)
			o.want(list(), 200)
			o.refused(list(), 429)
		}
	})
}

func TestEveryRouteOfTheBackOfficeAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, sandbox.Options{})
		called := map[string]bool{}
		for _, route := range o.Routes(sandbox.BackOffice) {
			method, path, _ := strings.Cut(route, " ")
			path = strings.NewReplacer("{clientId}", o.at.Folder, "{fileId}", "1", "{folderId}", "1", "{file...}", "a/1_x").Replace(path)
			a := o.call(method, path, nil)
			if a.status >= 500 {
				t.Errorf("%s answers %d", route, a.status)
			}
			called[route] = true
		}
		for route := range o.Calls(sandbox.BackOffice) {
			if !called[route] {
				t.Errorf("%s is counted, but not listed", route)
			}
		}
		if len(called) < 25 {
			t.Errorf("only %d routes", len(called))
		}
		o.refused(o.call("GET", "/nowhere", nil), 404)
	})
}

func TestARestartKeepsTheBackOfficesIDsAndTokens(t *testing.T) {
	opts := sandbox.Options{Dir: t.TempDir(), Durable: true}
	var before map[string]sandbox.Entry
	var list, token, password string
	t.Run("before", func(t *testing.T) {
		o := newOffice(t, opts)
		folder := o.folder("2026", "")
		for i := range 3 {
			o.file(fmt.Sprint(i), folder)
		}
		o.want(o.call("DELETE", o.client+"/files/3", nil), 204)
		if _, err := o.AddDefaultFolder(0, "Contracts"); err != nil {
			t.Fatal(err)
		}
		before, list, token, password = o.Tree(sandbox.BackOffice), o.files("").body, o.token, o.at.Password
	})
	opts.Seed = 2 // what is made anew would be another
	t.Run("after", func(t *testing.T) {
		o := newOffice(t, opts)
		if diff := cmp.Diff(before, o.Tree(sandbox.BackOffice)); diff != "" {
			t.Errorf("tree (-before +after):\n%s", diff)
		}
		o.token = token
		o.wantBody(o.files(""), list)
		if o.at.Password != password {
			t.Error("the password has changed")
		}
		if id := o.file("4", ""); id != "4" { // 3 was given, and is not given again
			t.Errorf("the next file has id %s", id)
		}
		if got := o.want(o.call("GET", "/api/v2/folders", nil), 200).str(0, "name"); got != "Contracts" {
			t.Errorf("default folder %s", got)
		}
	})
}

func TestARestoredBackOfficeRunsBackwards(t *testing.T) { // P20
	inOffice(t, sandbox.Options{}, func(o *office) {
		o.file("old.txt", "")
		snap := o.Snapshot()
		old, list := o.Tree(sandbox.BackOffice), o.files("").body
		if _, err := o.AddDefaultFolder(0, "Contracts"); err != nil {
			t.Fatal(err)
		}
		o.file("new.txt", "")
		if err := o.RestoreSnapshot(snap); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(old, o.Tree(sandbox.BackOffice)); diff != "" {
			t.Errorf("tree (-then +now):\n%s", diff)
		}
		o.wantBody(o.files(""), list)
		folder := o.folder("mine", "") // has the id in the store that the predefined folder had
		o.want(o.call("PATCH", o.client+"/folders/"+folder, `{"caption":"still mine"}`), 200)
		o.file("in.txt", folder)
	})
}

func base64Of(content string) string { return base64.StdEncoding.EncodeToString([]byte(content)) }
