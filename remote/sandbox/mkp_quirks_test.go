package sandbox_test

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"dossier/remote/sandbox"
)

// init lays the probes of MijnKlantportaal to the others: TestEachQuirkChangesAnAnswer has one for every quirk of all portals.
func init() {
	for name, p := range mkpProbes {
		probes[name] = probe{func(w *world) string { return p.calls(mkpOf(w)) }, p.want, p.opts}
	}
}

// mkpProbe is a probe of MijnKlantportaal.
type mkpProbe struct {
	calls func(m *mkpWorld) string
	want  string
	opts  sandbox.Options
}

var withLimits = sandbox.Options{Limits: true}

// ask notes the status and body of one call.
func ask(method, path string, body any) func(m *mkpWorld) string {
	return func(m *mkpWorld) string {
		a := m.call(method, path, body)
		return fmt.Sprint(a.status, " ", a.body)
	}
}

// aFile notes what a new file looks like.
func aFile(m *mkpWorld) string { return m.put("", "a.txt", "hello").body }

// aRequest notes what a new request looks like.
func aRequest(m *mkpWorld) string {
	return m.call("POST", "/file-requests", `{"name":"r","requestedFiles":[{"name":"f"}]}`).body
}

// underOneName notes the statuses of two posts under names that are one, and what is there then.
func underOneName(post func(m *mkpWorld, name string) answer) func(m *mkpWorld) string {
	return func(m *mkpWorld) string {
		first, second := post(m, "a.txt"), post(m, "A.txt")
		list := slices.DeleteFunc(names(m.call("GET", "/files", nil)), func(name string) bool { return name == sandbox.ClientsFolder })
		return fmt.Sprint(first.status, " ", second.status, " same ", first.str("id") == second.str("id"), " ", list)
	}
}

var (
	twoFiles = underOneName(func(m *mkpWorld, name string) answer { return m.put("", name, "x") })
	twoDirs  = underOneName(func(m *mkpWorld, name string) answer { return m.mkdir("", name) })
)

// nameKept notes what becomes of a name.
func nameKept(name string) func(m *mkpWorld) string {
	return func(m *mkpWorld) string {
		a := m.put("", name, "x")
		return fmt.Sprint(a.status, " ", a.str("name"))
	}
}

// many makes files and notes those of the first page.
func many(query string) func(m *mkpWorld) string {
	return func(m *mkpWorld) string {
		for i := range 20 {
			m.made(m.put("", fmt.Sprintf("f%02d", (i+7)%20), "x"))
		}
		rows := names(m.call("GET", "/files"+query, nil))
		return fmt.Sprint(len(rows), " rows from ", rows[0], " to ", rows[len(rows)-1])
	}
}

// listed notes what the listing of a directory has.
func listed(m *mkpWorld) string {
	directory, _, sub := m.bakery()
	m.made(m.put(sub, "deep.txt", "x"))
	a := m.call("GET", "/files"+in(directory), nil)
	return fmt.Sprint(a.status, " ", names(a))
}

// link asks for the download of a new file.
func (m *mkpWorld) link() string {
	m.Helper()
	return m.want(m.call("GET", "/files/"+m.made(m.put("", "a.txt", "hello"))+"/download", nil), 200).str("link")
}

func expiredLink(m *mkpWorld) string {
	link := m.link()
	time.Sleep(5 * time.Minute)
	return fmt.Sprint(m.do("GET", link, nil).status)
}

// left notes how many calls are left after some.
func left(calls func(m *mkpWorld)) func(m *mkpWorld) string {
	return func(m *mkpWorld) string {
		calls(m)
		return "left " + m.call("GET", "/files", nil).header.Get("X-RateLimit-Remaining")
	}
}

// removed notes the answer to the deletion of a file.
func removed(m *mkpWorld) string {
	a := m.call("DELETE", "/files/"+m.made(m.put("", "a.txt", "x")), nil)
	return fmt.Sprint(a.status, " ", len(m.Tree(sandbox.MijnKlantportaal)))
}

// asked makes a request for two files, of which the first is required, and returns its id, form and their ids.
func (m *mkpWorld) asked() (id, form string, fields []string) {
	m.Helper()
	a := m.want(m.call("POST", "/file-requests", `{"name":"Btw Q1","directoryId":"`+m.portal.Folder+
		`","requestedFiles":[{"name":"Aangifte","required":true,"maxFileSize":2},{"name":"Bijlage"}]}`), 201)
	return a.str("id"), formOf(a), []string{a.str("requestedFiles", 0, "id"), a.str("requestedFiles", 1, "id")}
}

// formOf is the path of a request's form.
func formOf(a answer) string {
	at, _ := url.Parse(a.str("links", "publicRequest", "href"))
	return at.Path
}

// deliver answers a request as a visitor.
func (m *mkpWorld) deliver(form, field, name, content string) error {
	_, err := m.Submit(sandbox.Submission{Form: form, Field: field, Name: name, Content: strings.NewReader(content)})
	return err
}

// delivered notes what a request and its directory look like after deliveries, each for the entry of its number.
func delivered(entries ...int) func(m *mkpWorld) string {
	return func(m *mkpWorld) string {
		id, form, fields := m.asked()
		notes := ""
		for n, i := range entries {
			notes += fmt.Sprint("refused ", m.deliver(form, fields[i], fmt.Sprintf("v%d.pdf", n), "x") != nil, ";")
		}
		a := m.want(m.call("GET", "/file-requests/"+id, nil), 200)
		files := slices.Sorted(maps.Keys(m.Tree(sandbox.MijnKlantportaal)))
		return notes + fmt.Sprint("there ", a.dig("requestedFiles", 0, "uploadedFileId") != nil, a.dig("requestedFiles", 1, "uploadedFileId") != nil,
			" complete ", a.dig("completedAt") != nil, " ", files[1:])
	}
}

func rotated(m *mkpWorld) string {
	a := m.refreshed(m.portal.RefreshToken)
	return fmt.Sprint("new ", a.dig("refresh_token") != nil, " old ", m.refreshed(m.portal.RefreshToken).status)
}

func shifted(m *mkpWorld) string {
	ids := map[string]bool{}
	for i := range 20 {
		m.made(m.put("", fmt.Sprint(i), "x"))
	}
	for page := 1; page <= 2; page++ {
		for _, name := range names(m.call("GET", fmt.Sprint("/files?page=", page), nil)) {
			ids[name] = true
		}
	}
	return fmt.Sprint(len(ids), " of 21")
}

var mkpProbes = map[string]mkpProbe{
	"mkp-header-authentication": {func(m *mkpWorld) string {
		return fmt.Sprint(m.call("GET", "/files", nil).status, m.call("GET", "/files", nil, "Authorization", "", "Authentication", "Bearer "+m.portal.Token).status)
	}, "401 200", sandbox.Options{}},
	"mkp-bad-token-403": {func(m *mkpWorld) string {
		return fmt.Sprint(m.call("GET", "/files", nil, "Authorization", "Bearer nonsense").status)
	}, "403", sandbox.Options{}},
	"mkp-scope-401": {func(m *mkpWorld) string {
		key, err := m.Key(sandbox.MijnKlantportaal, "files.read")
		return fmt.Sprint(err, m.call("GET", "/customers", nil, "Authorization", "Bearer "+key).status)
	}, "<nil> 401", sandbox.Options{}},
	"mkp-refresh-rotates": {rotated, "new true old 400", sandbox.Options{}},
	"mkp-refresh-expires": {func(m *mkpWorld) string {
		time.Sleep(30 * 24 * time.Hour)
		return fmt.Sprint(m.refreshed(m.portal.RefreshToken).status)
	}, "400", sandbox.Options{}},
	"mkp-token-401":      {func(m *mkpWorld) string { return fmt.Sprint(m.refreshed("nonsense").status) }, "401", sandbox.Options{}},
	"mkp-consent-denied": {func(m *mkpWorld) string { return m.consent("files.read").Get("error") }, "access_denied", sandbox.Options{}},

	"mkp-limit-600": {left(func(*mkpWorld) {}), "left 599", withLimits},
	"mkp-limit-bucket": {func(m *mkpWorld) string {
		for range 60 {
			m.want(m.call("GET", "/files", nil), 200)
		}
		time.Sleep(time.Second)
		return fmt.Sprint(m.call("GET", "/files", nil).status)
	}, "200", withLimits},
	"mkp-limit-counts-links": {left(func(m *mkpWorld) { m.do("GET", m.link(), nil) }), "left 56", withLimits},
	"mkp-limit-without-uploads": {left(func(m *mkpWorld) {
		m.made(m.put("", "a", "x"))
		m.made(m.mkdir("", "d"))
	}), "left 58", withLimits},
	"mkp-limit-unsaid": {func(m *mkpWorld) string {
		return fmt.Sprint("said ", m.call("GET", "/files", nil).header["X-Ratelimit-Remaining"])
	}, "said []", sandbox.Options{}},
	"mkp-429-plain": {func(m *mkpWorld) string {
		for range 60 {
			m.want(m.call("GET", "/files", nil), 200)
		}
		return m.call("GET", "/files", nil).body
	}, `{"message":"Too many requests."}`, withLimits},

	"mkp-next-without-comma": {func(m *mkpWorld) string { return m.call("GET", "/files?page=2", nil).body }, `?page=1","to"`, sandbox.Options{}},
	"mkp-per-page":           {many("?per_page=2"), "2 rows", sandbox.Options{}},
	"mkp-page-of-50":         {many(""), "21 rows", sandbox.Options{}},
	"mkp-rows-shift":         {shifted, "20 of 21", sandbox.Options{}},
	"mkp-list-newest-first":  {many(""), "from f06 to f12", sandbox.Options{}},
	"mkp-list-by-name":       {many(""), "from Clients to f13", sandbox.Options{}},

	"mkp-errors-html":  {ask("GET", "/nowhere", nil), "404 <!DOCTYPE html>", sandbox.Options{}},
	"mkp-errors-empty": {func(m *mkpWorld) string { return "body " + m.call("GET", "/nowhere", nil).body + "." }, "body .", sandbox.Options{}},

	"mkp-null-absent":    {aRequest, `"maxFileSize":10240}],"createdAt":`, sandbox.Options{}},
	"mkp-extra-fields":   {aFile, `"updatedAt":null`, sandbox.Options{}},
	"mkp-links-plain":    {aRequest, `"links":{"customer":null,"publicRequest":"https://`, sandbox.Options{}},
	"mkp-times-zulu":     {aFile, `"createdAt":"2000-01-01T00:00:00Z"`, sandbox.Options{}},
	"mkp-times-fraction": {aFile, `"createdAt":"2000-01-01T01:00:00.000000+01:00"`, sandbox.Options{}},
	"mkp-times-plain":    {aFile, `"createdAt":"2000-01-01 01:00:00"`, sandbox.Options{}},
	"mkp-mime-null":      {aFile, `"mime":null`, sandbox.Options{}},
	"mkp-size-off":       {aFile, `"size":6`, sandbox.Options{}},
	"mkp-size-null":      {aFile, `"size":null`, sandbox.Options{}},
	"mkp-country-absent": {ask("POST", "/customers", aCustomer), `"city":"Gouda","primaryEmail"`, sandbox.Options{}},
	"mkp-create-200":     {ask("POST", "/customers", aCustomer), "200 ", sandbox.Options{}},

	"mkp-list-404":        {listed, "404", sandbox.Options{}},
	"mkp-list-405":        {listed, "405", sandbox.Options{}},
	"mkp-list-root-only":  {listed, "200 [Clients]", sandbox.Options{}},
	"mkp-list-deep":       {listed, "2026 deep.txt]", sandbox.Options{}},
	"mkp-list-files-only": {listed, "f2.txt]", sandbox.Options{}},

	"mkp-download-directory-422": {func(m *mkpWorld) string {
		return fmt.Sprint(m.call("GET", "/files/"+m.portal.Folder+"/download", nil).status)
	}, "422", sandbox.Options{}},
	"mkp-link-ranges": {func(m *mkpWorld) string {
		a := m.do("GET", m.link(), nil, "Range", "bytes=1-2")
		return fmt.Sprint(a.status, a.body)
	}, "206el", sandbox.Options{}},
	"mkp-link-once": {func(m *mkpWorld) string {
		link := m.link()
		return fmt.Sprint(m.do("GET", link, nil).status, m.do("GET", link, nil).status)
	}, "200 403", sandbox.Options{}},
	"mkp-link-expired-404": {expiredLink, "404", sandbox.Options{}},
	"mkp-link-expired-410": {expiredLink, "410", sandbox.Options{}},

	"mkp-both-file-wins": {func(m *mkpWorld) string {
		return fmt.Sprint(m.put("", "a", "x", "directory", "b").status)
	}, "201", sandbox.Options{}},
	"mkp-upload-directory-404": {func(m *mkpWorld) string {
		return fmt.Sprint(m.put("fsd_0000000000000", "a", "x").status)
	}, "404", sandbox.Options{}},
	"mkp-duplicate-refused":         {twoFiles, "201 422 same false [a.txt]", sandbox.Options{}},
	"mkp-duplicate-replaced":        {twoFiles, "201 201 same true [a.txt]", sandbox.Options{}},
	"mkp-duplicate-replaced-new-id": {twoFiles, "201 201 same false [A.txt]", sandbox.Options{}},
	"mkp-duplicate-renamed":         {twoFiles, "201 201 same false [a.txt A (1).txt]", sandbox.Options{}},
	"mkp-directory-adopted":         {twoDirs, "201 201 same true [a.txt]", sandbox.Options{}},
	"mkp-name-slug":                 {nameKept("Btw Q1.pdf"), "201 btw-q1.pdf", sandbox.Options{}},
	"mkp-name-trimmed":              {nameKept(" a.txt "), "201 a.txt", sandbox.Options{}},
	"mkp-name-100":                  {nameKept(strings.Repeat("x", 101)), "422", sandbox.Options{}},
	"mkp-name-special-refused":      {nameKept("a?.txt"), "422", sandbox.Options{}},
	"mkp-too-large-422": {func(m *mkpWorld) string {
		return fmt.Sprint(m.put("", "a", "12345").status)
	}, "422", sandbox.Options{MaxFile: 4}},
	"mkp-length-required": {func(m *mkpWorld) string {
		body, kind := filePart("a.txt", "hello")
		return fmt.Sprint(m.call("POST", "/files", struct{ io.Reader }{bytes.NewReader(body)}, "Content-Type", kind).status)
	}, "411", sandbox.Options{}},
	"mkp-torn-upload-stored": {func(m *mkpWorld) string {
		body, kind := filePart("a.txt", "0123456789")
		a := m.call("POST", "/files", bytes.NewReader(body[:bytes.Index(body, []byte("56789"))]), "Content-Type", kind)
		return fmt.Sprint(a.status, " size ", a.str("size"))
	}, "201 size 5", sandbox.Options{}},

	"mkp-rename": {func(m *mkpWorld) string {
		a := m.call("PATCH", "/files/"+m.portal.Folder, `{"name":"Klanten"}`)
		return fmt.Sprint(a.status, " ", a.str("name"), a.str("id") == m.portal.Folder)
	}, "200 Klantentrue", sandbox.Options{}},
	"mkp-delete-404":       {removed, "404 2", sandbox.Options{}},
	"mkp-delete-405":       {removed, "405 2", sandbox.Options{}},
	"mkp-delete-200":       {removed, "200 1", sandbox.Options{}},
	"mkp-delete-again-204": {ask("DELETE", "/files/fsf_0000000000000", nil), "204", sandbox.Options{}},
	"mkp-delete-recursive": {func(m *mkpWorld) string {
		directory, files, _ := m.bakery()
		return fmt.Sprint(m.call("DELETE", "/files/"+directory, nil).status, m.call("GET", "/files/"+files[0], nil).status)
	}, "204 404", sandbox.Options{}},
	"mkp-delete-shared-refused": {func(m *mkpWorld) string {
		id := m.made(m.put("", "a", "x"))
		m.made(m.call("POST", "/file-shares", `{"content":["`+id+`"]}`))
		return fmt.Sprint(m.call("DELETE", "/files/"+id, nil).status)
	}, "422", sandbox.Options{}},
	"mkp-share-inherits": {func(m *mkpWorld) string {
		directory, files, _ := m.bakery()
		id := m.made(m.call("POST", "/file-shares", `{"content":["`+directory+`"]}`))
		return fmt.Sprint("same ", m.call("GET", "/files/"+files[0], nil).str("fileShareId") == id)
	}, "same true", sandbox.Options{}},

	"mkp-max-size-bytes": {func(m *mkpWorld) string {
		_, form, fields := m.asked()
		return fmt.Sprint(m.deliver(form, fields[0], "a.pdf", "123") != nil)
	}, "true", sandbox.Options{}},
	"mkp-request-patch": {func(m *mkpWorld) string {
		id, _, _ := m.asked()
		a := m.call("PATCH", "/file-requests/"+id, `{"name":"Btw Q2"}`)
		return fmt.Sprint(a.status, " ", a.str("name"))
	}, "200 Btw Q2", sandbox.Options{}},
	"mkp-request-takes-files": {func(m *mkpWorld) string {
		id, form, fields := m.asked()
		notes := fmt.Sprint(m.deliver(form, fields[0], "a.pdf", "x"), m.call("DELETE", "/file-requests/"+id, nil).status)
		return notes + fmt.Sprint(" files ", len(m.Tree(sandbox.MijnKlantportaal))-1)
	}, "<nil> 204 files 0", sandbox.Options{}},
	"mkp-delivery-at-once":      {delivered(1), "there false false complete false [Clients/v0.pdf]", sandbox.Options{}},
	"mkp-delivery-final":        {delivered(0, 0), "refused false;refused true;", sandbox.Options{}},
	"mkp-delivery-swap-deletes": {delivered(0, 0), "[Clients/v1.pdf]", sandbox.Options{}},
	"mkp-delivery-renamed":      {delivered(0), "[Clients/Aangifte.pdf]", sandbox.Options{}},
	"mkp-complete-all":          {delivered(0), "there true false complete false", sandbox.Options{}},
}

func TestEveryProbeIsOfAQuirk(t *testing.T) {
	for name := range probes {
		if !slices.ContainsFunc(sandbox.Quirks(), func(q sandbox.Quirk) bool { return q.Name == name }) {
			t.Errorf("there is no quirk %q", name)
		}
	}
}

func TestEveryAssumptionOnMijnKlantportaalCanBePlayedOtherwise(t *testing.T) {
	silent := map[int]bool{1: true, 24: true, 25: true} // one tree, our mapping, webhooks unused: nothing a call could show
	for n := 1; n <= 25; n++ {
		cited := slices.ContainsFunc(sandbox.Quirks(), func(q sandbox.Quirk) bool {
			return q.Portal == sandbox.MijnKlantportaal && slices.Contains(strings.Split(q.Source, ", "), fmt.Sprint("A-", n))
		})
		if cited == silent[n] {
			t.Errorf("A-%d: a quirk plays it: %v", n, cited)
		}
	}
}
