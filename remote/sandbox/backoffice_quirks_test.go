package sandbox_test

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"dossier/remote/sandbox"
	"dossier/remote/sandbox/mischief"
)

// officeProbe makes calls and writes down what matters of the answers.
type officeProbe struct {
	calls func(o *office) string
	want  string // is in the notes with the quirk, and is not without it
	opts  sandbox.Options
}

func (a answer) note() string { return fmt.Sprint(a.status, " ", a.body) }

func noteOf(method, path string, body any, header ...string) func(o *office) string {
	return func(o *office) string { return o.call(method, path, body, header...).note() }
}

// inClient makes one call below the client, after two files, the second in a folder, were put there: 1, and 1/2.
func inClient(method, path string, body any, header ...string) func(o *office) string {
	return func(o *office) string {
		o.file("One.txt", "")
		o.file("two.txt", o.folder("old", ""))
		return o.call(method, o.client+path, body, header...).note()
	}
}

// thenFiles notes the answer to a call and then the list of files.
func thenFiles(calls func(o *office) string) func(o *office) string {
	return func(o *office) string { return calls(o) + " then " + o.files("").body }
}

// filesOf makes n files and notes how many of them a list has.
func filesOf(n int, query string) func(o *office) string {
	return func(o *office) string {
		for i := range n {
			o.file(fmt.Sprint(i), "")
		}
		a := o.call("GET", o.client+"/files"+query, nil)
		return fmt.Sprint(a.status, " has ", strings.Count(a.body, `"id"`), ";")
	}
}

// predefined is a client with a predefined folder, 2 (his own is 1), made from the default folder 1, and a file in it.
func predefined(calls func(o *office) string) func(o *office) string {
	return func(o *office) string {
		o.folder("own", "")
		if _, err := o.AddDefaultFolder(0, "Contracts"); err != nil {
			o.Fatal(err)
		}
		if _, err := o.Put(sandbox.BackOffice, "Clients/Contracts/a.txt", strings.NewReader("x"), time.Time{}); err != nil {
			o.Fatal(err)
		}
		return calls(o)
	}
}

// sent uploads one file and notes the answer.
func sent(name, caption string) func(o *office) string {
	return func(o *office) string { return o.send(name, "content", "caption", caption).note() }
}

// replaced is a file that a person replaces; it notes how the lists differ.
func replaced(o *office) string {
	list := func(content string) answer {
		if _, err := o.Put(sandbox.BackOffice, "Clients/a.txt", strings.NewReader(content), time.Time{}); err != nil {
			o.Fatal(err)
		}
		return o.files("")
	}
	first := list("one")
	time.Sleep(time.Second)
	second := list("two")
	return fmt.Sprintf("id kept %v, path kept %v", first.str(0, "id") == second.str(0, "id"), first.str(0, "file") == second.str(0, "file"))
}

// downloaded notes a download of ten bytes.
func downloaded(o *office) string {
	at := o.want(o.send("a.bin", "0123456789", "caption", "a"), 201).str("file")
	a, err := o.attempt("GET", "/storage/"+at, nil)
	return fmt.Sprintf("%d %q length %q torn %v", a.status, a.body, a.header.Get("Content-Length"), err == io.ErrUnexpectedEOF)
}

func refreshed(o *office, inBody bool) answer {
	token := o.want(o.signIn(o.at.Email, o.at.Password), 200).str("refreshToken", "token")
	if inBody {
		return o.call("POST", "/api/v2/refresh", map[string]string{"refreshToken": token}, "Authorization", "")
	}
	return o.call("POST", "/api/v2/refresh", nil, "Authorization", "Bearer "+token)
}

var limited = sandbox.Options{Limits: true}

func pressed(o *office) string {
	notes := ""
	for range 3 {
		a := o.call("GET", "/api/v2/clients", nil)
		notes += fmt.Sprint(a.status, " after ", a.header.Get("Retry-After"), ";")
	}
	return notes
}

var officeProbes = map[string]officeProbe{
	"bo-names-translated": {predefined(noteOf("GET", "/api/v2/folders", nil, "Accept-Language", "ja")), "Contracts (ja)", sandbox.Options{}},
	"bo-validation-422":   {inClient("POST", "/folders", `{}`), "422", sandbox.Options{}},
	"bo-missing-403":      {inClient("DELETE", "/files/9", nil), "403", sandbox.Options{}},
	"bo-token-403":        {noteOf("GET", "/api/v2/clients", nil, "Authorization", "Bearer nonsense"), "403", sandbox.Options{}},
	"bo-no-405":           {inClient("GET", "/files/1", nil), "404", sandbox.Options{}},
	"bo-errors-html":      {inClient("DELETE", "/files/9", nil), "404 <!DOCTYPE html>", sandbox.Options{}},
	"bo-post-200": {func(o *office) string {
		return fmt.Sprint("file ", o.send("a", "x", "caption", "a").status, " folder ", o.call("POST", o.client+"/folders", `{"caption":"a"}`).status)
	}, "file 200 folder 200", sandbox.Options{}},
	"bo-delete-200":  {inClient("DELETE", "/files/1", nil), "200", sandbox.Options{}},
	"bo-form-bodies": {inClient("PATCH", "/files/1", "caption=x&directoryId=1", "Content-Type", "application/x-www-form-urlencoded"), `200 {"id":1,"name":"x"`, sandbox.Options{}},

	"bo-limit-1":    {pressed, "200 after ;429 after 1;429", limited},
	"bo-limit-503":  {pressed, "503 after 1", limited},
	"bo-limit-bare": {pressed, "429 after ;", limited},

	"bo-asc-refused":      {noteOf("GET", "/api/v2/clients?sort_order=asc", nil), "400", sandbox.Options{}},
	"bo-brackets-raw":     {inClient("GET", "/files?filter%5BdirectoryId%5D=1", nil), "One.txt", sandbox.Options{}},
	"bo-brackets-escaped": {inClient("GET", "/files?filter[directoryId]=1", nil), "400", sandbox.Options{}},
	"bo-default-limit-10": {filesOf(12, ""), "has 10;", sandbox.Options{}},
	"bo-limit-strict":     {filesOf(1, "?limit=101"), "400", sandbox.Options{}},
	"bo-short-pages":      {filesOf(12, "?limit=100"), "has 10;", sandbox.Options{}},
	"bo-files-unpaged":    {filesOf(12, "?limit=5&offset=10"), "has 12;", sandbox.Options{}},
	"bo-envelope-data":    {noteOf("GET", "/api/v2/clients", nil), `{"data":[{`, sandbox.Options{}},
	"bo-envelope-single":  {noteOf("GET", "/api/v2/clients", nil), `200 {"clientId"`, sandbox.Options{}},
	"bo-envelope-unknown": {noteOf("GET", "/api/v2/clients", nil), `{"result":[{`, sandbox.Options{}},

	"bo-2fa": {func(o *office) string { return o.signIn(o.at.Email, o.at.Password).body }, `"2faRequired":true`, sandbox.Options{}},
	"bo-refresh-bearer-only": {func(o *office) string {
		return fmt.Sprint("bearer ", refreshed(o, false).status, ", body ", refreshed(o, true).status)
	}, "bearer 200, body 401", sandbox.Options{}},
	"bo-refresh-body-only": {func(o *office) string {
		return fmt.Sprint("bearer ", refreshed(o, false).status, ", body ", refreshed(o, true).status)
	}, "bearer 401, body 200", sandbox.Options{}},
	"bo-no-refresh": {func(o *office) string {
		return fmt.Sprint("bearer ", refreshed(o, false).status, ", body ", refreshed(o, true).status)
	}, "bearer 401, body 401", sandbox.Options{}},
	"bo-refresh-rotates": {func(o *office) string {
		first := o.want(o.signIn(o.at.Email, o.at.Password), 200).str("refreshToken", "token")
		with := func(token string) answer {
			return o.call("POST", "/api/v2/refresh", nil, "Authorization", "Bearer "+token)
		}
		next := o.want(with(first), 200).str("refreshToken", "token")
		return fmt.Sprint("old ", with(first).status, ", new ", with(next).status)
	}, "old 401, new 200", sandbox.Options{}},
	"bo-short-tokens": {func(o *office) string {
		time.Sleep(time.Minute)
		return o.call("GET", "/api/v2/clients", nil).note()
	}, "401", sandbox.Options{}},
	"bo-dates-zone": {func(o *office) string { return o.signIn(o.at.Email, o.at.Password).body }, "2000-01-01T13:00:00+03:00", sandbox.Options{}},
	"bo-signin-unlimited": {func(o *office) (notes string) {
		for range 10 {
			notes = fmt.Sprint("tenth ", o.signIn(o.at.Email, o.at.Password).status)
		}
		return notes
	}, "tenth 200", sandbox.Options{}},

	"bo-filter-emails": {noteOf("GET", "/api/v2/clients?filter[emails]=nobody", nil), "200 []", sandbox.Options{}},
	"bo-client-id-key": {noteOf("GET", "/api/v2/clients", nil), `[{"id":`, sandbox.Options{}},

	"bo-list-root-only": {thenFiles(inClient("GET", "/files", nil)), `then [{"id":1,"name":"One.txt","file":"a/946684800_One.txt","directoryId":null,"priority":1}]`, sandbox.Options{}},
	"bo-root-filter":    {inClient("GET", "/files?filter[directoryId]=null", nil), "200", sandbox.Options{}},
	"bo-rows-hidden":    {predefined(func(o *office) string { return o.files("").body }), "[]", sandbox.Options{}},
	"bo-list-lags": {func(o *office) string {
		o.file("a", "")
		early := o.files("").body
		time.Sleep(5 * time.Second)
		return "early " + early + ", late " + ids(o.files(""), "name")
	}, "early [], late a", sandbox.Options{}},
	"bo-directory-tree-ids": {predefined(func(o *office) string {
		return o.files("").str(0, "directoryId") + " " + ids(o.files("?filter[directoryId]=1"), "name")
	}), "1 a.txt", sandbox.Options{}},
	"bo-name-in-requests": {func(o *office) string {
		file := o.send("a.txt", "x", "caption", "caption", "name", "name")
		folder := o.call("POST", o.client+"/folders", `{"caption":"caption","name":"name"}`)
		o.want(o.call("PATCH", o.client+"/files/1", `{"caption":"caption","name":"name two"}`), 200)
		return file.str("name") + "," + folder.str("name") + "," + ids(o.files(""), "name")
	}, "name,name,name two", sandbox.Options{}},
	"bo-caption-in-answers": {func(o *office) string {
		file, folder := o.send("a.txt", "x", "caption", "one"), o.call("POST", o.client+"/folders", `{"caption":"two"}`)
		return fmt.Sprint(file.dig("name"), file.dig("caption"), folder.dig("name"), folder.dig("caption"), " ", ids(o.files("?sort_by=name"), "caption"))
	}, "<nil>one<nil>two one", sandbox.Options{}},
	"bo-no-client-id": {inClient("PATCH", "/files/1", `{"caption":"x"}`), `"name":"x","directoryId"`, sandbox.Options{}},

	"bo-upload-json": {thenFiles(func(o *office) string {
		plain := o.call("POST", o.client+"/files", map[string]any{"file": base64Of("plain"), "caption": "plain.txt"})
		uri := o.call("POST", o.client+"/files", map[string]any{"file": "data:application/pdf;base64," + base64Of("uri"), "caption": "uri.txt"})
		name := o.call("POST", o.client+"/files", `{"file":"file.pdf","caption":"x"}`)
		body, kind := officeForm("a.txt", "x", "caption", "a")
		form := o.call("POST", o.client+"/files", body, "Content-Type", kind)
		got := o.call("GET", "/storage/"+uri.str("file"), nil).body
		return fmt.Sprint("plain ", plain.status, " uri ", uri.status, " ", got, " name ", name.status, " form ", form.status)
	}), "plain 201 uri 201 uri name 400 form 400", sandbox.Options{}},
	"bo-upload-202": {func(o *office) string {
		notes := sent("a.txt", "a")(o) + "then " + o.files("").body
		time.Sleep(5 * time.Second)
		return notes + " late " + ids(o.files(""), "name")
	}, "202 then [] late a", sandbox.Options{}},
	"bo-upload-1mib": {func(o *office) string {
		return o.send("a.bin", strings.Repeat("x", 1<<20+1), "caption", "a").note()
	}, "413", sandbox.Options{}},
	"bo-upload-types": {func(o *office) string {
		return fmt.Sprint("exe ", o.send("a.exe", "x", "caption", "a").status, " pdf ", o.send("a.PDF", "x", "caption", "a").status)
	}, "exe 400 pdf 201", sandbox.Options{}},
	"bo-path-name-changed":    {sent("Één Brief.PDF", "a"), "_n_brief.pdf", sandbox.Options{}},
	"bo-path-opaque":          {sent("a.pdf", "a"), `"file":"a/ebb6e44f417bdaa31b74f4ebfd119ba52afff8c7"`, sandbox.Options{}},
	"bo-path-follows-caption": {inClient("PATCH", "/files/1", `{"caption":"x"}`), `_x"`, sandbox.Options{}},
	"bo-replaced-in-place":    {replaced, "id kept true, path kept false", sandbox.Options{}},
	"bo-replaced-same-path":   {replaced, "id kept true, path kept true", sandbox.Options{}},

	"bo-download-absent": {downloaded, "404", sandbox.Options{}},
	"bo-download-elsewhere": {func(o *office) string {
		at := o.want(o.send("a.bin", "x", "caption", "a"), 201).str("file")
		return o.call("GET", "/storage/"+at, nil).header.Get("Location")
	}, "https://storage.invalid/", sandbox.Options{}},
	"bo-download-html":    {downloaded, `200 "<!DOCTYPE html>`, sandbox.Options{}},
	"bo-download-cut":     {downloaded, `200 "0123456789" length "11" torn true`, sandbox.Options{}},
	"bo-download-short":   {downloaded, `200 "01234" length "5" torn false`, sandbox.Options{}},
	"bo-download-unsized": {downloaded, `200 "0123456789" length "" torn false`, sandbox.Options{}},

	"bo-captions-unique": {func(o *office) string {
		o.file("a", "")
		o.folder("a", "")
		file, folder := o.send("a", "x", "caption", "a"), o.call("POST", o.client+"/folders", `{"caption":"a"}`)
		b := o.file("b", "")
		renamed := o.call("PATCH", o.client+"/files/"+b, `{"caption":"a"}`)
		return fmt.Sprint(file.status, folder.status, renamed.status)
	}, "400 400 400", sandbox.Options{}},
	"bo-null-moves":   {inClient("PATCH", "/files/2", `{"caption":"x","directoryId":null}`), `"directoryId":null`, sandbox.Options{}},
	"bo-null-ignored": {inClient("PATCH", "/files/2", `{"caption":"x","directoryId":null}`), `"directoryId":1`, sandbox.Options{}},
	"bo-update-whole": {func(o *office) string {
		folder := o.folder("a", "")
		o.want(o.send("original.txt", "x", "caption", "title", "directoryId", folder), 201)
		o.want(o.call("PATCH", o.client+"/files/1", `{}`), 200)
		return o.files("").body
	}, `"name":"original.txt","file":"a/946684800_original.txt","directoryId":null`, sandbox.Options{}},
	"bo-patch-405": {func(o *office) string {
		o.file("a", "")
		patch, put := o.call("PATCH", o.client+"/files/1", `{"caption":"x"}`), o.call("PUT", o.client+"/files/1", `{"caption":"x"}`)
		return fmt.Sprint("patch ", patch.status, " put ", put.status)
	}, "patch 405 put 200", sandbox.Options{}},
	"bo-echo-old": {thenFiles(inClient("PATCH", "/files/1", `{"caption":"x"}`)), `200 {"id":1,"name":"One.txt"`, sandbox.Options{}},

	"bo-folder-singular":         {spellings, "folders PUT 404 PATCH 404 DELETE 404 folder PUT 200 PATCH 200 DELETE 204", sandbox.Options{}},
	"bo-folder-mixed":            {spellings, "folders PUT 200 PATCH 404 DELETE 404 folder PUT 404 PATCH 200 DELETE 204", sandbox.Options{}},
	"bo-folder-list":             {inClient("GET", "/folders", nil), `200 [{"id":1,"name":"old","clientId":`, sandbox.Options{}},
	"bo-folder-list-nameless":    {inClient("GET", "/folders", nil), `200 [{"id":1,"clientId":`, sandbox.Options{}},
	"bo-folder-caption-optional": {inClient("POST", "/folders", `{}`), `201 {"id":2,"name":"New folder"`, sandbox.Options{}},
	"bo-folder-delete-refused":   {thenFiles(inClient("DELETE", "/folders/1", nil)), "400", sandbox.Options{}},
	"bo-folder-delete-lifts":     {thenFiles(inClient("DELETE", "/folders/1", nil)), `"name":"two.txt","file":"b/946684800_two.txt","directoryId":null`, sandbox.Options{}},
	"bo-predefined-editable": {predefined(func(o *office) string {
		return o.call("DELETE", o.client+"/folders/2", nil).note()
	}), "204", sandbox.Options{}},
	"bo-tree-folder-null": {predefined(func(o *office) string {
		if err := o.SetQuirk("bo-folder-list"); err != nil {
			o.Fatal(err)
		}
		return o.call("GET", o.client+"/folders", nil).str(1, "treeFolderId")
	}), "<nil>", sandbox.Options{}},
	"bo-tree-nested": {func(o *office) string {
		for parent, name := range []string{"Contracts", "Old"} {
			if _, err := o.AddDefaultFolder(int64(parent), name); err != nil {
				o.Fatal(err)
			}
		}
		return o.call("GET", "/api/v2/folders", nil).body
	}, `"children":[{"id":2,"name":"Old","parentId":1}]`, sandbox.Options{}},
}

// spellings notes which of both addresses of a folder answers.
func spellings(o *office) (notes string) {
	folder := o.folder("a", "")
	for _, word := range []string{"folders", "folder"} {
		notes += word + " "
		for _, method := range []string{"PUT", "PATCH", "DELETE"} {
			notes += fmt.Sprint(method, " ", o.call(method, o.client+"/"+word+"/"+folder, `{"caption":"x"}`).status, " ")
		}
	}
	return notes
}

func TestEachQuirkOfTheBackOfficeChangesAnAnswer(t *testing.T) {
	for _, q := range sandbox.Quirks() {
		if q.Portal != sandbox.BackOffice {
			continue
		}
		t.Run(q.Name, func(t *testing.T) {
			p, ok := officeProbes[q.Name]
			if !ok {
				t.Fatal("no probe for this quirk")
			}
			play := func(quirks ...string) (notes string) {
				synctest.Test(t, func(t *testing.T) {
					opts := p.opts
					opts.Quirks = quirks
					notes = p.calls(newOffice(t, opts))
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

// walk lists a client's files page by page, as a daemon steps through them: by as many rows as came.
func (o *office) walk(limit, most int) (all []string) {
	for offset := 0; len(all) < most; {
		a := o.files(fmt.Sprintf("?limit=%d&offset=%d", limit, offset))
		n := 0
		for ; a.dig(n) != nil; n++ {
			all = append(all, a.str(n, "id"))
		}
		if n == 0 {
			break
		}
		offset += n
	}
	return all
}

func TestTheBackOfficePlaysTheFaultsOfListings(t *testing.T) {
	for _, c := range []struct {
		fault string
		limit int
		want  string
	}{
		{"", 2, "[1 2 3 4 5]"},
		{mischief.EmptyList, 2, "[]"},
		{mischief.EndlessList, 2, "[1 2 3 4 5 1 2 3 4 5 1 2]"},
		{mischief.ShiftingPages, 2, "[1 2 2 3 4]"},
		{mischief.ShiftingPages, 100, "[1 2 3 4 4]"},
	} {
		t.Run(fmt.Sprint(c.fault, c.limit), func(t *testing.T) {
			inOffice(t, sandbox.Options{}, func(o *office) {
				for i := range 5 {
					o.file(fmt.Sprint(i), "")
				}
				if c.fault != "" {
					if _, err := o.Fault(mischief.Fault{Do: c.fault, Portal: sandbox.BackOffice, Route: "/files"}); err != nil {
						t.Fatal(err)
					}
				}
				if got := fmt.Sprint(o.walk(c.limit, 12)); got != c.want {
					t.Errorf("walked %s, want %s", got, c.want)
				}
			})
		})
	}
}

func TestTheBackOfficeFailsInItsOwnWords(t *testing.T) {
	inOffice(t, sandbox.Options{}, func(o *office) {
		fail := func(f mischief.Fault) answer {
			t.Helper()
			o.ClearFaults()
			if _, err := o.Fault(f); err != nil {
				t.Fatal(err)
			}
			return o.call("POST", o.client+"/folders", `{"caption":"a"}`)
		}
		a := fail(mischief.Fault{Do: mischief.Status, Status: 503, Delay: time.Second})
		o.refused(a, 503)
		o.wantBody(a, `{"code":503,"message":"Service Unavailable"}`)
		a = fail(mischief.Fault{Do: mischief.RateLimit})
		o.refused(a, 429)
		if a.header.Get("Retry-After") != "1" {
			t.Errorf("headers %v", a.header)
		}
		a = fail(mischief.Fault{Do: mischief.Expired})
		o.refused(a, 401)
		o.wantBody(a, `{"code":401,"message":"The access token has expired"}`)
		if a.header.Get("WWW-Authenticate") != "Bearer" {
			t.Errorf("headers %v", a.header)
		}
		if _, made := o.Tree(sandbox.BackOffice)["Clients/a"]; made {
			t.Error("the folder was made")
		}
		fail(mischief.Fault{Do: mischief.StatusApplied, Status: 500})
		if _, made := o.Tree(sandbox.BackOffice)["Clients/a"]; !made {
			t.Error("the folder was not made")
		}
	})
}
