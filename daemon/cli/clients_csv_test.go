package cli

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dossier/config"
)

func TestAListOfClientsIsReadAsSpreadsheetsSaveIt(t *testing.T) {
	want := []clientRow{
		{config.Client{Name: "Bakker, Zoon", Portal: "office", Folder: "1", Mode: "up", Private: []string{"Internal/", "a b.docx"}}, 2},
		{config.Client{Name: "Çelik", Folder: "0017", Databases: true}, 4},
	}
	for name, text := range map[string]string{
		"commas":     "name,portal,folder,mode,private,databases\n\"Bakker, Zoon\",office,1,up,Internal/|a b.docx,\n\nÇelik,,0017,,,yes\n",
		"semicolons": "Name;Portal;Folder;Mode;Private;Databases\r\nBakker, Zoon;office;1;up;Internal/ | a b.docx;no\r\n;;;;;\r\nÇelik;;0017;;;TRUE\r\n",
		"tabs":       "\xef\xbb\xbffolder\tname\tportal\tmode\tprivate\tdatabases\n1\tBakker, Zoon\toffice\tup\tInternal/|a b.docx|\t0\n\t\t\t\t\t\n0017\tÇelik\t\t\t\t1",
	} {
		rows, faults := parseClients([]byte(text))
		if diff := cmp.Diff(want, rows, cmp.AllowUnexported(clientRow{}, config.Secret{})); diff != "" || len(faults) > 0 {
			t.Errorf("%s: %v\n%s", name, faults, diff)
		}
	}
}

func TestFaultsOfAListAreToldAtOnce(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       map[int]string // by line
	}{
		{"nothing", "", map[int]string{1: "empty"}},
		{"names of columns only", "name,folder\n\n", map[int]string{1: "no client below"}},
		{"columns that there are not", "naam,folder,x\nA,1,2\n", map[int]string{1: `there is no column "naam"`}},
		{"a column twice", "name,folder,Name\nA,1,B\n", map[int]string{1: `"name" is there twice`}},
		{"bad cells", "name,folder,databases\nA,1.5E+9,\nB,2,perhaps\nC,3,,left over\n", map[int]string{2: "rounded", 3: "neither yes nor no", 4: "left over"}},
		{"a quotation mark out of place", "name,folder\nA,1\nB\"x,2\n", map[int]string{3: "quotation mark"}},
		{"another encoding", "name,folder\nCaf\xe9,1\n", map[int]string{1: "UTF-8"}},
	} {
		rows, faults := parseClients([]byte(c.text))
		for line, want := range c.want {
			found := false
			for _, f := range faults {
				found = found || f.line == line && strings.Contains(f.text, want)
			}
			if !found {
				t.Errorf("%s: faults %v, want %q on line %d", c.name, faults, want, line)
			}
		}
		if len(faults) == 0 {
			t.Errorf("%s: read as %v", c.name, rows)
		}
	}
}

// Whatever a list holds: it is read or refused, and each client stands on a line that there is.
func FuzzListsOfClients(f *testing.F) {
	f.Add([]byte("name;folder\nA;1\n"))
	f.Add([]byte("name,folder,ignore\n\"A\nB\",1,*.bak|x\n"))
	f.Add([]byte("\xef\xbb\xbfname\tfolder\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		rows, faults := parseClients(data)
		lines := strings.Count(string(data), "\n") + 1
		for _, r := range rows {
			if r.line < 2 || r.line > lines {
				t.Errorf("a client on line %d of %d", r.line, lines)
			}
		}
		if len(rows) == 0 && len(faults) == 0 {
			t.Error("neither read nor refused")
		}
	})
}

func TestFaultsOfAddedClientsAreToldInTheirWords(t *testing.T) {
	cfg := &config.Config{Clients: []config.Client{{Name: "Old"}}}
	added := []config.Client{{Name: "A"}, {Name: "B"}}
	faults := config.Faults{
		{Key: "client[2].name", Text: `"A" is the name of client[1] already`}, {Key: "client[3]", Text: "lies in client[2]"},
		{Key: "client[3]", Text: "lies in client[2]"}, {Key: "discover[1].under", Text: "is the folder of client[3]"},
	}
	err := inTheirWords(faults, cfg, added, func(i int) string { return []string{"x.csv:2", "x.csv:3"}[i] })
	want := "the configuration would not be good any more:\n  x.csv:2: name: \"A\" is the name of client \"Old\" already\n  x.csv:3: lies in client \"A\"\n" +
		"  discover[1].under: is the folder of client \"B\"\n3 faults; nothing was written"
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Error(diff)
	}
}

func TestNumbersAreReadAsPeopleWriteThem(t *testing.T) {
	for text, want := range map[string][]int{"1": {0}, "1,3-5": {0, 2, 3, 4}, "2 4": {1, 3}, "5-5": {4}, "0": nil, "6": nil, "3-1": nil, "x": nil, "": nil, "1-": nil} {
		got, err := numbers(text, 5)
		if diff := cmp.Diff(want, got); diff != "" || (err == nil) != (want != nil) {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
}
