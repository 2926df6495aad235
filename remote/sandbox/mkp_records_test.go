package sandbox_test

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"dossier/remote/sandbox"
)

func TestAFileRequestHasTheDocumentedShape(t *testing.T) {
	atMKP(t, sandbox.Options{}, func(m *mkpWorld) {
		customer := m.made(m.call("POST", "/customers", aCustomer))
		a := m.want(m.call("POST", "/file-requests", `{"name":"r","description":"d","customerId":"`+customer+`","directoryId":"`+m.portal.Folder+
			`","requestedFiles":[{"name":"f","description":"why","required":true,"maxFileSize":7}]}`), 201)
		want := fmt.Sprintf(`{"id":%q,"name":"r","description":"d","directoryId":%q,"customerId":%q,"requestedFiles":[{"id":%q,"name":"f","description":"why",`+
			`"required":true,"maxFileSize":7,"uploadedFileId":null}],"completedAt":null,"createdAt":"2000-01-01T01:00:00+01:00","links":{"customer":{"href":%q,"type":"text/html"},"publicRequest":null}}`,
			a.str("id"), m.portal.Folder, customer, a.str("requestedFiles", 0, "id"), a.str("links", "customer", "href"))
		if a.body != want {
			t.Errorf("made %s\nwant %s", a.body, want)
		}
		bare := m.want(m.call("POST", "/file-requests", `{"name":"r","requestedFiles":[{"name":"f"}]}`), 201)
		if !strings.Contains(bare.body, `"description":null,"directoryId":null,"customerId":null`) || !strings.Contains(bare.body, `"links":{"customer":null,"publicRequest":{"href":`) {
			t.Errorf("the bare one is %s", bare.body)
		}
		if !strings.HasPrefix(bare.str("id"), "frq_") || !strings.HasPrefix(bare.str("requestedFiles", 0, "id"), "fqf_") {
			t.Errorf("ids of %s", bare.body)
		}
	})
}

func TestFilesAreDeliveredOneByOneBeforeARequestIsComplete(t *testing.T) {
	atMKP(t, sandbox.Options{}, func(m *mkpWorld) {
		id, form, fields, err := m.RequestFiles(sandbox.MijnKlantportaal, "Clients", "Jaarstukken", "Balans", "Kasboek")
		if err != nil {
			t.Fatal(err)
		}
		look := func() answer { return m.want(m.call("GET", "/file-requests/"+id, nil), 200) }
		send := func(field, name, content string) {
			t.Helper()
			if err := m.deliver(form, field, name, content); err != nil {
				t.Fatal(err)
			}
		}
		send(fields[1], "scan.pdf", "second first")
		one := look()
		if one.dig("requestedFiles", 0, "uploadedFileId") != nil || one.dig("requestedFiles", 1, "uploadedFileId") == nil || one.dig("completedAt") != nil {
			t.Fatalf("after one: %s", one.body)
		}
		time.Sleep(time.Hour)
		send("", "scan.pdf", "then first")
		two := look()
		if two.dig("requestedFiles", 0, "uploadedFileId") == nil || two.str("completedAt") != "2000-01-01T02:00:00+01:00" {
			t.Fatalf("after both: %s", two.body)
		}
		file := m.want(m.call("GET", "/files/"+two.str("requestedFiles", 0, "uploadedFileId"), nil), 200)
		if file.str("name") != "scan.pdf" || file.str("size") != "10" {
			t.Errorf("delivered %s", file.body)
		}

		time.Sleep(time.Hour)
		send(fields[0], "better.pdf", "again")
		three := look()
		if three.str("requestedFiles", 0, "uploadedFileId") == file.str("id") || three.str("completedAt") != two.str("completedAt") {
			t.Errorf("after a swap: %s", three.body)
		}
		m.want(m.call("GET", "/files/"+file.str("id"), nil), 200)
		rows := names(m.call("GET", "/files"+in(m.portal.Folder), nil))
		slices.Sort(rows)
		if fmt.Sprint(rows) != "[better.pdf scan.pdf scan.pdf]" {
			t.Errorf("in the directory: %v", rows)
		}

		m.want(m.call("DELETE", "/file-requests/"+id, nil), 204)
		m.want(m.call("GET", "/files/"+file.str("id"), nil), 200)
		if err := m.deliver(form, "", "late.pdf", "x"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("delivered to a request that is gone: %v", err)
		}
	})
}

func TestARequestIsCompleteWithWhatIsRequired(t *testing.T) {
	atMKP(t, sandbox.Options{}, func(m *mkpWorld) {
		if got := delivered(1)(m); got != "refused false;there false true complete false [Clients/v0.pdf]" {
			t.Errorf("the optional one alone: %s", got)
		}
	})
	atMKP(t, sandbox.Options{}, func(m *mkpWorld) {
		if got := delivered(0)(m); got != "refused false;there true false complete true [Clients/v0.pdf]" {
			t.Errorf("the required one alone: %s", got)
		}
	})
}

func TestADeliveryThatDoesNotFitIsRefused(t *testing.T) {
	atMKP(t, sandbox.Options{Quota: 5000}, func(m *mkpWorld) {
		_, form, fields := m.asked()
		for _, c := range []struct{ field, name, content string }{
			{fields[0], "a.pdf", strings.Repeat("x", 2049)}, // asked for are two kilobytes
			{fields[1], "a.pdf", strings.Repeat("x", 5001)},
			{fields[1], " ", "x"},
			{"fqf_none", "a.pdf", "x"},
		} {
			if err := m.deliver(form, c.field, c.name, c.content); err == nil {
				t.Errorf("%s %q of %d bytes was taken", c.field, c.name, len(c.content))
			}
		}
		if n := len(m.Tree(sandbox.MijnKlantportaal)); n != 1 {
			t.Errorf("%d items", n)
		}
		if err := m.deliver(form, fields[0], "a.pdf", strings.Repeat("x", 2048)); err != nil {
			t.Error(err)
		}
	})
}

func TestTheVisitorsPageTakesFilesForBothPortals(t *testing.T) {
	atMKP(t, sandbox.Options{}, func(m *mkpWorld) {
		for _, portal := range []string{sandbox.Box, sandbox.MijnKlantportaal} {
			_, page, err := m.CreateFileRequest(portal, "Clients", "Papers")
			if err != nil {
				t.Fatal(err)
			}
			if a := m.want(m.do("GET", m.memory.Info.Visitor+page, nil), 200); !strings.Contains(a.body, "Papers") {
				t.Errorf("%s: the page is %s", portal, a.body)
			}
			body, kind := form("file", "hello")
			m.want(m.do("POST", m.memory.Info.Visitor+page, body, "Content-Type", kind), 200)
			if e := m.Tree(portal)["Clients/file"]; e.Size != 5 {
				t.Errorf("%s has %+v", portal, m.Tree(portal))
			}
		}
		m.want(m.do("GET", m.memory.Info.Visitor+"/f/00", nil), http.StatusNotFound)
	})
}

func TestAShareIsNotedOnItsItemsAndBreaksWhenTheyAreDeleted(t *testing.T) {
	atMKP(t, sandbox.Options{}, func(m *mkpWorld) {
		directory, files, _ := m.bakery()
		customer := m.made(m.call("POST", "/customers", aCustomer))
		a := m.want(m.call("POST", "/file-shares", map[string]any{"content": []string{files[0], directory}, "customerId": customer}), 201)
		id := a.str("id")
		if body := a.dig().(map[string]any); len(body) != 5 || a.str("sharedWithCustomerId") != customer || a.str("sharedContent", 0, "fileShareId") != id ||
			a.str("sharedContent", 1, "type") != "directory" || a.dig("links", "customer", "href") == nil || a.dig("links", "publicShare") != nil {
			t.Errorf("made %s", a.body)
		}
		for file, want := range map[string]string{files[0]: id, directory: id, files[1]: "<nil>"} {
			if got := m.call("GET", "/files/"+file, nil).str("fileShareId"); got != want {
				t.Errorf("%s is in %s, want %s", file, got, want)
			}
		}
		m.want(m.call("DELETE", "/files/"+files[0], nil), 204)
		if a := m.want(m.call("GET", "/file-shares/"+id, nil), 200); a.str("sharedContent", 0, "id") != directory || a.dig("sharedContent", 1) != nil {
			t.Errorf("after the deletion: %s", a.body)
		}
		m.want(m.call("DELETE", "/file-shares/"+id, nil), 204)
		if got := m.call("GET", "/files/"+directory, nil); got.dig("fileShareId") != nil {
			t.Errorf("after the share is gone: %s", got.body)
		}
	})
}

func TestAPersonSharesAFile(t *testing.T) {
	atMKP(t, sandbox.Options{}, func(m *mkpWorld) {
		_, files, _ := m.bakery()
		id, err := m.Share(sandbox.MijnKlantportaal, "Clients/Bakkerij/f0.txt")
		if err != nil {
			t.Fatal(err)
		}
		if got := m.call("GET", "/files/"+files[0], nil).str("fileShareId"); got != id {
			t.Errorf("it is in %s, want %s", got, id)
		}
		if _, err := m.Share(sandbox.MijnKlantportaal, "Clients/none"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("sharing nothing: %v", err)
		}
	})
}

func TestACustomerHasTheDocumentedShapeAndChangesByPatch(t *testing.T) {
	atMKP(t, sandbox.Options{}, func(m *mkpWorld) {
		a := m.want(m.call("POST", "/customers", aCustomer), 201)
		want := `{"id":"` + a.str("id") + `","companyName":"Bakkerij Jansen","address":"Markt 1","zipCode":"2611 GP","city":"Gouda","countryCode":"NL",` +
			`"primaryEmail":"jan@bakkerij.example","phone":null,"integration":null,"integrationId":null,"customerGroups":[],"createdAt":"2000-01-01T01:00:00+01:00"}`
		if a.body != want {
			t.Errorf("made %s\nwant %s", a.body, want)
		}
		one := "/customers/" + a.str("id")
		b := m.want(m.call("PATCH", one, `{"city":"Gent","countryCode":"BE"}`), 200)
		if b.body != strings.Replace(strings.Replace(want, "Gouda", "Gent", 1), `"NL"`, `"BE"`, 1) {
			t.Errorf("changed to %s", b.body)
		}
		for _, bad := range []string{`{}`, `{"city":""}`, `{"countryCode":"Belgium"}`, `{"primaryEmail":"jan"}`, `{"phone":"1"}`} {
			m.refused(m.call("PATCH", one, bad), 422)
		}
		if got := m.call("GET", one, nil); got.body != b.body {
			t.Errorf("is %s, was changed to %s", got.body, b.body)
		}
	})
}

func TestAWebhookHasASecretOfItsOwn(t *testing.T) {
	atMKP(t, sandbox.Options{}, func(m *mkpWorld) {
		secrets := map[string]bool{}
		for _, kind := range []string{"customer-created", "customer-deleted"} {
			a := m.want(m.call("POST", "/webhooks", `{"url":"https://example.org/hook","type":"`+kind+`"}`), 201)
			if body := a.dig().(map[string]any); len(body) != 5 || a.str("type") != kind || a.str("url") != "https://example.org/hook" {
				t.Errorf("made %s", a.body)
			}
			secrets[a.str("secret")] = true
		}
		if len(secrets) != 2 || secrets[""] {
			t.Errorf("secrets %v", secrets)
		}
	})
}
