package sandbox_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"dossier/remote/sandbox"
	"dossier/remote/sandbox/mischief"
)

// faulty makes what is read go wrong, and nothing else.
func (m *mkpWorld) faulty(f mischief.Fault) {
	m.Helper()
	m.ClearFaults()
	f.Portal, f.Method = sandbox.MijnKlantportaal, "GET"
	if _, err := m.Fault(f); err != nil {
		m.Fatal(err)
	}
}

func TestFaultsSpeakMijnKlantportaalsLanguage(t *testing.T) {
	atMKP(t, sandbox.Options{}, func(m *mkpWorld) {
		list := func() answer { return m.call("GET", "/files", nil) }
		m.faulty(mischief.Fault{Do: mischief.Status, Status: 503})
		m.refused(list(), 503)
		m.faulty(mischief.Fault{Do: mischief.Expired})
		m.refused(list(), 401)
		m.faulty(mischief.Fault{Do: mischief.RateLimit, Delay: 1500 * time.Millisecond})
		a := m.want(list(), 429)
		if a.body != `{"code":429,"message":"Too many requests."}` || a.header.Get("Retry-After") != "2" ||
			a.header.Get("X-RateLimit-Reset") != fmt.Sprint(time.Now().Add(2*time.Second).Unix()) {
			t.Errorf("limited with %s %v", a.body, a.header)
		}
	})
}

func TestListingsGoWrongInTheirOwnWays(t *testing.T) {
	atMKP(t, sandbox.Options{}, func(m *mkpWorld) {
		for i := range 20 {
			m.made(m.put("", fmt.Sprint(i), "x"))
			m.made(m.call("POST", "/customers", aCustomer))
		}
		for _, path := range []string{"/files", "/customers"} {
			page := func(n int) answer { return m.want(m.call("GET", fmt.Sprintf("%s?page=%d", path, n), nil), 200) }
			m.faulty(mischief.Fault{Do: mischief.EmptyList})
			if a := page(1); !strings.Contains(a.body, `"data":[]`) || a.dig("next_page_url") != nil {
				t.Errorf("%s empty: %s", path, a.body)
			}
			m.faulty(mischief.Fault{Do: mischief.EndlessList})
			for n := 1; n < 50; n++ {
				if a := page(n); a.dig("data", 0) == nil || a.dig("next_page_url") == nil {
					t.Fatalf("%s ends at page %d", path, n)
				}
			}
			m.faulty(mischief.Fault{Do: mischief.ShiftingPages})
			ids := map[string]int{}
			for n := 1; n <= 2; n++ {
				for i, a := 0, page(n); a.dig("data", i) != nil; i++ {
					ids[a.str("data", i, "id")]++
				}
			}
			m.ClearFaults()
			all, repeated := 0, 0
			for n := 1; n <= 2; n++ {
				for i, a := 0, page(n); a.dig("data", i) != nil; i++ {
					all++
				}
			}
			for _, n := range ids {
				repeated += n - 1
			}
			if len(ids) != all-1 || repeated != 1 {
				t.Errorf("%s: %d of %d rows, %d of them twice", path, len(ids), all, repeated)
			}
		}
	})
}

func TestMijnKlantportaalSurvivesARestart(t *testing.T) {
	opts := sandbox.Options{Dir: t.TempDir()}
	notes, token, link, made := "", "", "", ""
	look := func(m *mkpWorld) string {
		all := m.portal.Token + m.portal.RefreshToken + m.portal.ClientID
		for _, path := range []string{"/files", "/files" + in(m.portal.Folder), "/file-requests", "/file-shares", "/customers", "/webhooks"} {
			all += m.want(m.call("GET", path, nil), 200).body
		}
		return all
	}
	atMKP(t, opts, func(m *mkpWorld) {
		m.bakery()
		_, form, fields := m.asked()
		if err := m.deliver(form, fields[0], "v.pdf", "delivered"); err != nil {
			t.Fatal(err)
		}
		made = m.made(m.put("", "a.txt", "hello"))
		m.made(m.call("POST", "/file-shares", `{"content":["`+made+`"]}`))
		m.made(m.call("POST", "/customers", aCustomer))
		m.made(m.call("POST", "/webhooks", `{"url":"https://example.org","type":"invoice-paid"}`))
		token = m.want(m.refreshed(m.portal.RefreshToken), 200).str("access_token")
		link = m.want(m.call("GET", "/files/"+made+"/download", nil), 200).str("link")
		notes = look(m)
	})
	for run := range 2 { // with the same seed each time: ids must not come again
		atMKP(t, opts, func(m *mkpWorld) {
			if got := look(m); got != notes {
				t.Errorf("after the restart: %s\nbefore: %s", got, notes)
			}
			if a := m.want(m.do("GET", link, nil), 200); a.body != "hello" {
				t.Errorf("the link leads to %q", a.body)
			}
			m.want(m.call("GET", "/files/"+made, nil, "Authorization", "Bearer "+token), 200)
			m.made(m.call("POST", "/customers", aCustomer))
			if rows := strings.Count(m.call("GET", "/customers", nil).body, `"cst_`); rows != run+2 {
				t.Errorf("%d customers", rows)
			}
			notes = look(m)
		})
	}
}

func TestAnIDIsOpaqueAndReadsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := mkpOf(newWorld(t, sandbox.Options{}))
		seen := map[string]bool{}
		for i := range 200 {
			id := m.made(m.mkdir("", fmt.Sprint(i)))
			if len(id) != len("fsd_")+13 || seen[id] {
				t.Fatalf("id %q", id)
			}
			seen[id] = true
			m.want(m.call("GET", "/files/"+id, nil), 200)
			m.refused(m.call("GET", "/files/"+id+"0", nil), 404)
			m.refused(m.call("GET", "/files/fsf_"+id[4:], nil), 404)
		}
	})
}
