package sandbox_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime/multipart"
	"net/textproto"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"dossier/remote/sandbox"
)

// mkpWorld is a world whose client is signed in to MijnKlantportaal.
type mkpWorld struct {
	*world
	portal sandbox.PortalInfo
}

// atMKP runs a test in a bubble, against a strict sandbox.
func atMKP(t *testing.T, opts sandbox.Options, f func(m *mkpWorld)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { f(mkpOf(newWorld(t, opts))) })
}

func mkpOf(w *world) *mkpWorld {
	w.straight = false
	return &mkpWorld{w, w.memory.Info.Portals[sandbox.MijnKlantportaal]}
}

// call makes one call below /v1. A body that is no reader is sent as JSON.
func (m *mkpWorld) call(method, path string, body any, header ...string) answer {
	m.Helper()
	own := []string{"Authorization", "Bearer " + m.portal.Token}
	if _, raw := body.(io.Reader); body != nil && !raw {
		own = append(own, "Content-Type", "application/json")
	}
	return m.do(method, m.portal.URL+"/v1"+path, body, append(own, header...)...)
}

// oauth makes a token call of the registered app.
func (m *mkpWorld) oauth(fields map[string]string) answer {
	m.Helper()
	body := map[string]string{"client_id": m.portal.ClientID, "client_secret": m.portal.ClientSecret}
	for name, value := range fields {
		body[name] = value
	}
	return m.do("POST", m.portal.URL+"/oauth/tokens", body, "Content-Type", "application/json")
}

func (m *mkpWorld) refreshed(token string) answer {
	m.Helper()
	return m.oauth(map[string]string{"grant_type": "refresh_token", "refresh_token": token})
}

// filePart is a multipart body with one file, and its content type. More parts come in pairs of name and value.
func filePart(name, content string, more ...string) ([]byte, string) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(name)
	part, _ := w.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {`form-data; name="file"; filename="` + quoted + `"`}, "Content-Type": {"application/octet-stream"},
	})
	io.WriteString(part, content)
	for i := 0; i < len(more); i += 2 {
		w.WriteField(more[i], more[i+1])
	}
	w.Close()
	return b.Bytes(), w.FormDataContentType()
}

// in is the query that names a directory; "" and "root" are the root.
func in(directory string) string {
	if directory == "" || directory == "root" {
		return ""
	}
	return "?directory=" + url.QueryEscape(directory)
}

func (m *mkpWorld) put(directory, name, content string, more ...string) answer {
	m.Helper()
	body, kind := filePart(name, content, more...)
	return m.call("POST", "/files"+in(directory), bytes.NewReader(body), "Content-Type", kind)
}

func (m *mkpWorld) mkdir(directory, name string) answer {
	m.Helper()
	return m.call("POST", "/files"+in(directory), map[string]string{"directory": name})
}

// bakery is a directory with three files and a directory; it returns their ids.
func (m *mkpWorld) bakery() (directory string, files []string, sub string) {
	m.Helper()
	directory = m.made(m.mkdir(m.portal.Folder, "Bakkerij"))
	for i := range 3 {
		files = append(files, m.made(m.put(directory, fmt.Sprintf("f%d.txt", i), fmt.Sprint("content ", i))))
	}
	return directory, files, m.made(m.mkdir(directory, "2026"))
}

// made is the id of what was made.
func (m *mkpWorld) made(a answer) string {
	m.Helper()
	if a.status != 201 && a.status != 200 {
		m.Fatalf("status %d: %s", a.status, a.body)
	}
	return a.str("id")
}

// names are those on a page.
func names(a answer) (list []string) {
	for i := 0; a.dig("data", i) != nil; i++ {
		list = append(list, a.str("data", i, "name"))
	}
	return list
}

// refused checks the shape that all refusals but one have: a message and nothing else.
func (m *mkpWorld) refused(a answer, status int) answer {
	m.Helper()
	m.want(a, status)
	body, _ := a.dig().(map[string]any)
	if message, _ := body["message"].(string); len(body) != 1 || message == "" {
		m.Fatalf("no refusal with a message alone: %s", a.body)
	}
	return a
}

func TestAnItemOfMijnKlantportaalHasTheSevenFieldsThatAreDocumented(t *testing.T) {
	atMKP(t, sandbox.Options{}, func(m *mkpWorld) {
		directory := m.want(m.mkdir("", "Stukken"), 201)
		file := m.want(m.put(directory.str("id"), "Jaarrekening 2025.pdf", "hello"), 201)
		want := `{"id":"` + file.str("id") + `","type":"file","name":"Jaarrekening 2025.pdf","size":5,"mime":"application/pdf","fileShareId":null,"createdAt":"2000-01-01T01:00:00+01:00"}`
		if file.body != want {
			t.Errorf("file %s\nwant %s", file.body, want)
		}
		want = `{"id":"` + directory.str("id") + `","type":"directory","name":"Stukken","size":null,"mime":null,"fileShareId":null,"createdAt":"2000-01-01T01:00:00+01:00"}`
		if directory.body != want {
			t.Errorf("directory %s\nwant %s", directory.body, want)
		}
		for _, a := range []answer{file, directory} {
			if got := m.want(m.call("GET", "/files/"+a.str("id"), nil), 200); got.body != a.body {
				t.Errorf("got %s, was made as %s", got.body, a.body)
			}
		}
		if e := m.Tree(sandbox.MijnKlantportaal)["Stukken/Jaarrekening 2025.pdf"]; e.ID != file.str("id") || !strings.HasPrefix(e.ID, "fsf_") {
			t.Errorf("a person sees %+v", e)
		}
	})
}

func TestAListingIsPagedInTheDocumentedEnvelope(t *testing.T) {
	atMKP(t, sandbox.Options{}, func(m *mkpWorld) {
		for i := range 31 {
			m.want(m.mkdir(m.portal.Folder, fmt.Sprint("d", i)), 201)
		}
		path := m.portal.URL + "/v1/files"
		seen := 0
		for page := 1; page <= 4; page++ {
			a := m.want(m.call("GET", fmt.Sprintf("/files%s&page=%d", in(m.portal.Folder), page), nil), 200)
			rows := names(a)
			seen += len(rows)
			want := fmt.Sprintf(`"first_page_url":"%s?page=1","from":%s,"next_page_url":%s,"path":"%s","per_page":15,"prev_page_url":%s,"to":%s}`, path,
				[]string{"1", "16", "31", "null"}[page-1],
				[]string{`"` + path + `?page=2,"`, `"` + path + `?page=3,"`, "null", "null"}[page-1], path,
				[]string{"null", `"` + path + `?page=1,"`, `"` + path + `?page=2,"`, `"` + path + `?page=3,"`}[page-1],
				[]string{"15", "30", "31", "null"}[page-1])
			if !strings.HasPrefix(a.body, fmt.Sprintf(`{"current_page":%d,"data":[`, page)) || !strings.HasSuffix(a.body, "],"+want) {
				t.Errorf("page %d: %s\nwant …%s", page, a.body, want)
			}
		}
		if seen != 31 {
			t.Errorf("%d rows in all", seen)
		}
		for _, nonsense := range []string{"0", "-1", "x", "", "2,"} {
			m.refused(m.call("GET", "/files?page="+nonsense, nil), 422)
		}
	})
}

func TestADirectoryListsItsChildrenOnlyAndMixed(t *testing.T) {
	atMKP(t, sandbox.Options{}, func(m *mkpWorld) {
		directory, _, sub := m.bakery()
		m.made(m.put(sub, "deep.txt", "x"))
		m.made(m.put(directory, "last.txt", "x"))
		if err := m.AddLink(sandbox.MijnKlantportaal, "Clients/Bakkerij/link", "https://example.org"); err != nil {
			t.Fatal(err)
		}
		got := fmt.Sprint(names(m.want(m.call("GET", "/files"+in(directory), nil), 200)))
		if got != "[f0.txt f1.txt f2.txt 2026 last.txt]" {
			t.Errorf("listed %s", got)
		}
		if got := fmt.Sprint(names(m.want(m.call("GET", "/files", nil), 200))); got != "[Clients]" {
			t.Errorf("the root has %s", got)
		}
	})
}

func TestADownloadLinkIsGoodForFiveMinutesAndTakesNoToken(t *testing.T) {
	atMKP(t, sandbox.Options{}, func(m *mkpWorld) {
		id := m.made(m.put("", "a.txt", "hello"))
		a := m.want(m.call("GET", "/files/"+id+"/download", nil), 200)
		if body := a.dig().(map[string]any); len(body) != 2 || a.str("expiresAt") != "2000-01-01T01:05:00+01:00" {
			t.Errorf("answered %s", a.body)
		}
		link := a.str("link")
		if !strings.HasPrefix(link, m.portal.Downloads+"/") || strings.HasPrefix(link, m.portal.URL) {
			t.Errorf("link %s", link)
		}
		got := m.want(m.do("GET", link, nil, "Range", "bytes=1-2"), 200)
		if got.body != "hello" || got.header.Get("Content-Length") != "5" || got.header.Get("Accept-Ranges") != "" {
			t.Errorf("fetched %q %v", got.body, got.header)
		}
		m.want(m.do("GET", link, nil, "Authorization", "Bearer "+m.portal.Token), 400)
		m.want(m.do("GET", link, nil, "Authentication", "Bearer "+m.portal.Token), 400)
		m.want(m.do("GET", link+"0", nil), 403)
		m.want(m.do("GET", strings.Split(link, "?")[0], nil), 403)
		time.Sleep(5*time.Minute - time.Second)
		m.want(m.do("GET", link, nil), 200)
		time.Sleep(time.Second)
		m.want(m.do("GET", link, nil), 403)

		link = m.want(m.call("GET", "/files/"+id+"/download", nil), 200).str("link")
		m.want(m.call("DELETE", "/files/"+id, nil), 204)
		m.want(m.do("GET", link, nil), 404)
	})
}

func TestADownloadLinkIsOfOneContent(t *testing.T) {
	atMKP(t, sandbox.Options{Quirks: []string{"mkp-duplicate-replaced"}}, func(m *mkpWorld) {
		link := m.link()
		m.made(m.put("", "a.txt", "other"))
		m.want(m.do("GET", link, nil), 404)
	})
}

func TestEqualNamesStandSideBySide(t *testing.T) {
	atMKP(t, sandbox.Options{}, func(m *mkpWorld) {
		ids := map[string]bool{}
		for range 2 {
			ids[m.made(m.put("", "a.txt", "x"))] = true
			ids[m.made(m.mkdir("", "a.txt"))] = true
			ids[m.made(m.put("", "A.txt", "x"))] = true
		}
		if len(ids) != 6 {
			t.Errorf("%d ids for six items", len(ids))
		}
		if got := len(names(m.call("GET", "/files", nil))); got != 7 {
			t.Errorf("%d items in the root, want them and the clients' folder", got)
		}
	})
}

func TestBadCallsToMijnKlantportaalAreRefused(t *testing.T) {
	atMKP(t, sandbox.Options{MaxFile: 1000, Quota: 1500}, func(m *mkpWorld) {
		directory, files, _ := m.bakery()
		file, request := files[0], `{"name":"r","requestedFiles":[{"name":"f"}]}`
		other, err := m.AddAccount(sandbox.MijnKlantportaal, "Bert Bakker", true)
		if err != nil {
			t.Fatal(err)
		}
		theirs := m.made(m.call("POST", "/files", `{"directory":"His"}`, "Authorization", "Bearer "+other.Token))
		sharing := m.made(m.call("POST", "/file-shares", `{"content":["`+file+`"]}`))
		asking := m.made(m.call("POST", "/file-requests", request))
		before := len(m.Tree(sandbox.MijnKlantportaal))
		eleven := `{"name":"r","requestedFiles":[` + strings.Repeat(`{"name":"f"},`, 10) + `{"name":"f"}]}`
		for _, c := range []struct {
			method, path, body string
			status             int
		}{
			{"GET", "/nowhere", "", 404},
			{"PUT", "/files/" + file, "", 405},
			{"PATCH", "/files/" + file, `{"name":"x"}`, 405},
			{"PATCH", "/file-requests/" + asking, `{"name":"x"}`, 405},
			{"GET", "/files/root", "", 404},
			{"GET", "/files/" + file[:len(file)-1], "", 404},
			{"GET", "/files/fsd_" + file[4:], "", 404},
			{"GET", "/files/fsf_" + strings.ToUpper(file[4:]), "", 404},
			{"GET", "/files/fsf_+" + file[4:], "", 404},
			{"GET", "/files/" + theirs, "", 404},
			{"DELETE", "/files/" + theirs, "", 404},
			{"GET", "/files/" + directory + "/download", "", 404},
			{"GET", "/files?directory=" + theirs, "", 404},
			{"GET", "/files?directory=" + file, "", 404},
			{"GET", "/files?directory=", "", 404},
			{"GET", "/files?directory=root", "", 404},
			{"DELETE", "/files/" + directory, "", 422},
			{"DELETE", "/files/root", "", 404},
			{"POST", "/files?directory=" + theirs, `{"directory":"x"}`, 422},
			{"POST", "/files?directory=" + file, `{"directory":"x"}`, 422},
			{"POST", "/files?directory=", `{"directory":"x"}`, 422},
			{"POST", "/files", `{"directory":""}`, 422},
			{"POST", "/files", `{"directory":7}`, 422},
			{"POST", "/files", `{"name":"x"}`, 422},
			{"POST", "/files", `{"directory":"x"`, 422},
			{"POST", "/files", `{"directory":"x","file":"y"}`, 422},
			{"POST", "/file-requests", `{"requestedFiles":[{"name":"f"}]}`, 422},
			{"POST", "/file-requests", `{"name":"r"}`, 422},
			{"POST", "/file-requests", `{"name":"r","requestedFiles":[{}]}`, 422},
			{"POST", "/file-requests", `{"name":"r","requestedFiles":[{"name":"f","maxFileSize":0}]}`, 422},
			{"POST", "/file-requests", eleven, 422},
			{"POST", "/file-requests", `{"name":"r","directoryId":"` + theirs + `","requestedFiles":[{"name":"f"}]}`, 422},
			{"POST", "/file-requests", `{"name":"r","directoryId":"` + file + `","requestedFiles":[{"name":"f"}]}`, 422},
			{"POST", "/file-requests", `{"name":"r","customerId":"cst_none","requestedFiles":[{"name":"f"}]}`, 422},
			{"GET", "/file-requests/" + sharing, "", 404},
			{"DELETE", "/file-requests/frq_none", "", 404},
			{"POST", "/file-shares", `{"content":[]}`, 422},
			{"POST", "/file-shares", `{"content":["` + theirs + `"]}`, 422},
			{"POST", "/file-shares", `{"content":["` + file + `"],"customerId":"cst_none"}`, 422},
			{"GET", "/file-shares/fss_none", "", 404},
			{"POST", "/customers", `{"companyName":"x"}`, 422},
			{"PATCH", "/customers/cst_none", `{"city":"x"}`, 404},
			{"POST", "/webhooks", `{"url":"https://example.org","type":"file-created"}`, 422},
			{"POST", "/webhooks", `{"url":"nonsense","type":"customer-created"}`, 422},
			{"POST", "/webhooks", `{"url":"https:hook","type":"customer-created"}`, 422},
			{"POST", "/webhooks", `{"url":"ftp://example.org","type":"customer-created"}`, 422},
		} {
			var body any
			if c.body != "" {
				body = c.body
			}
			if a := m.call(c.method, c.path, body); a.status != c.status {
				t.Errorf("%s %s %s: %d %s, want %d", c.method, c.path, c.body, a.status, a.body, c.status)
			} else {
				m.refused(a, c.status)
			}
		}
		for _, name := range []string{"", ".", "..", "a/b", `a\b`, "a\x01", " a", "a ", strings.Repeat("x", 256), "\xff"} {
			m.refused(m.put(directory, name, "x"), 422)
			if name != "\xff" { // JSON cannot say it
				m.refused(m.mkdir(directory, name), 422)
			}
		}
		m.refused(m.put(directory, "a.txt", "x", "directory", "both"), 422)
		m.refused(m.put(directory, "a.txt", strings.Repeat("x", 1001)), 413)
		m.refused(m.call("POST", "/files", strings.NewReader("x"), "Content-Type", "text/plain"), 422)
		m.refused(m.call("POST", "/files", strings.NewReader(`{"directory":"x"}`)), 422)
		m.refused(m.call("POST", "/customers", strings.NewReader(aCustomer), "Content-Type", "text/plain"), 422)
		m.refused(m.call("POST", "/customers", "\""+strings.Repeat("x", 1<<20)+"\""), 413)
		whole, kind := filePart("torn.txt", "0123456789")
		for _, end := range []string{"56789", "\r\n--", "--\r\n"} { // in the content, after it, in the last boundary
			torn := whole[:bytes.LastIndex(whole, []byte(end))]
			m.refused(m.call("POST", "/files", bytes.NewReader(torn), "Content-Type", kind), 422)
		}
		twice := bytes.Replace(whole, []byte("\r\n--"), append([]byte("\r\n"), whole[:bytes.LastIndex(whole, []byte("\r\n--"))+4]...), 1)
		m.refused(m.call("POST", "/files", bytes.NewReader(twice), "Content-Type", kind), 422)
		if after := len(m.Tree(sandbox.MijnKlantportaal)); after != before {
			t.Errorf("%d items, were %d", after, before)
		}
		m.made(m.put(directory, "big", strings.Repeat("x", 1000)))
		m.refused(m.put(directory, "more", strings.Repeat("x", 500)), 426)
		m.made(m.put(directory, strings.Repeat("é", 127), "x"))
	})
}

func TestWhatIsDeletedAtMijnKlantportaalIsGone(t *testing.T) {
	atMKP(t, sandbox.Options{}, func(m *mkpWorld) {
		directory, files, sub := m.bakery()
		for _, id := range append(files, sub, directory) {
			if a := m.want(m.call("DELETE", "/files/"+id, nil), 204); a.body != "" {
				t.Errorf("answered %q", a.body)
			}
			m.refused(m.call("GET", "/files/"+id, nil), 404)
			m.refused(m.call("DELETE", "/files/"+id, nil), 404)
		}
		if list := m.Trashed(sandbox.MijnKlantportaal); len(list) != 0 {
			t.Errorf("in a trash: %v", list)
		}
	})
}

func TestAPersonAtMijnKlantportaalReplacesAFileByAnother(t *testing.T) {
	atMKP(t, sandbox.Options{}, func(m *mkpWorld) {
		var ids []string
		for _, content := range []string{"one", "two"} {
			e, err := m.Put(sandbox.MijnKlantportaal, "Clients/a.txt", strings.NewReader(content), time.Time{})
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, e.ID)
		}
		m.refused(m.call("GET", "/files/"+ids[0], nil), 404)
		m.want(m.call("GET", "/files/"+ids[1], nil), 200)
	})
}

func TestAPersonKeepsTheIDWhereTheAPIDoes(t *testing.T) {
	atMKP(t, sandbox.Options{Quirks: []string{"mkp-duplicate-replaced"}}, func(m *mkpWorld) {
		id := m.made(m.put(m.portal.Folder, "a.txt", "one"))
		if _, err := m.Put(sandbox.MijnKlantportaal, "Clients/a.txt", strings.NewReader("other"), time.Time{}); err != nil {
			t.Fatal(err)
		}
		if a := m.want(m.call("GET", "/files/"+id, nil), 200); a.str("size") != "5" {
			t.Errorf("is %s", a.body)
		}
	})
}

func TestAPersonMakesTwinsWhereTheAPIDoes(t *testing.T) {
	move := func(m *mkpWorld) error {
		m.made(m.put("", "a.txt", "one"))
		m.made(m.put("", "b.txt", "two"))
		return m.Rename(sandbox.MijnKlantportaal, "b.txt", "A.txt")
	}
	atMKP(t, sandbox.Options{}, func(m *mkpWorld) {
		if err := move(m); err != nil {
			t.Error(err)
		}
	})
	atMKP(t, sandbox.Options{Quirks: []string{"mkp-duplicate-refused"}}, func(m *mkpWorld) {
		if err := move(m); !errors.Is(err, fs.ErrExist) {
			t.Errorf("got %v, want that the name is in use", err)
		}
	})
}

func TestEveryRouteOfMijnKlantportaalIsServed(t *testing.T) {
	atMKP(t, sandbox.Options{}, func(m *mkpWorld) {
		directory, files, _ := m.bakery()
		link := m.want(m.call("GET", "/files/"+files[0]+"/download", nil), 200).str("link")
		m.want(m.do("GET", link, nil), 200)
		m.want(m.call("GET", "/files"+in(directory), nil), 200)
		m.want(m.call("GET", "/files/"+directory, nil), 200)
		m.want(m.call("DELETE", "/files/"+files[1], nil), 204)
		m.want(m.refreshed(m.portal.RefreshToken), 200)
		m.want(m.do("GET", m.portal.URL+"/oauth/authorize", nil), 400)
		for path, body := range map[string]string{
			"/file-requests": `{"name":"r","requestedFiles":[{"name":"f"}]}`,
			"/file-shares":   `{"content":["` + files[0] + `"]}`,
			"/customers":     aCustomer,
			"/webhooks":      `{"url":"https://example.org/hook","type":"customer-created"}`,
		} {
			a := m.want(m.call("POST", path, body), 201)
			one := path + "/" + a.str("id")
			if got := m.want(m.call("GET", one, nil), 200); got.body != a.body {
				t.Errorf("%s: got %s, was made as %s", path, got.body, a.body)
			}
			if list := m.want(m.call("GET", path, nil), 200); !strings.Contains(list.body, `"data":[`+a.body+`]`) {
				t.Errorf("%s lists %s, was made as %s", path, list.body, a.body)
			}
			if path == "/customers" {
				m.want(m.call("PATCH", one, `{"city":"Delft"}`), 200)
			}
			m.want(m.call("DELETE", one, nil), 204)
			m.refused(m.call("GET", one, nil), 404)
			m.refused(m.call("DELETE", one, nil), 404)
		}
		calls := m.Calls(sandbox.MijnKlantportaal)
		for _, route := range m.Routes(sandbox.MijnKlantportaal) {
			if calls[route] == 0 {
				t.Errorf("%s was not called", route)
			}
		}
	})
}

const aCustomer = `{"companyName":"Bakkerij Jansen","address":"Markt 1","zipCode":"2611 GP","city":"Gouda","primaryEmail":"jan@bakkerij.example"}`
