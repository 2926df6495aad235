package main_test

import (
	"bufio"
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// definedIDs reads the ids that docs/properties.md defines: paragraphs that begin **P7 or **F12.
func definedIDs(t *testing.T) map[string]bool {
	t.Helper()
	text := read(t, "docs/properties.md")
	defined := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^\*\*([PEF][0-9]+)\b`).FindAllStringSubmatch(text, -1) {
		if defined[m[1]] {
			t.Errorf("docs/properties.md defines %s twice", m[1])
		}
		defined[m[1]] = true
	}
	return defined
}

func TestEveryPropertyIsDefined(t *testing.T) {
	defined := definedIDs(t)
	for letter, last := range map[string]int{"P": 22, "E": 13, "F": 30} {
		for n := 1; n <= last; n++ {
			if id := letter + strconv.Itoa(n); !defined[id] {
				t.Errorf("docs/properties.md does not define %s", id)
			}
		}
	}
	if len(defined) != 22+13+30 {
		t.Errorf("docs/properties.md defines %d ids, want 65", len(defined))
	}
}

func TestEveryCitedPropertyIsDefined(t *testing.T) {
	defined := definedIDs(t)
	cited := map[string][]string{}
	for _, name := range tracked(t) {
		if strings.HasSuffix(name, "_test.go") && name != "pages_test.go" {
			for _, id := range citedIn(t, name, []byte(read(t, name))) {
				cited[id] = append(cited[id], name)
			}
		}
	}
	for id, where := range cited {
		if !defined[id] {
			t.Errorf("%s is cited in %s, and docs/properties.md does not define it", id, strings.Join(where, ", "))
		}
	}
	if len(cited) == 0 {
		t.Error("no test cites a property")
	}
	var silent []string
	for id := range defined {
		if len(cited[id]) == 0 {
			silent = append(silent, id)
		}
	}
	slices.SortFunc(silent, func(a, b string) int {
		return cmp.Or(strings.Compare(a[:1], b[:1]), len(a)-len(b), strings.Compare(a, b))
	})
	t.Logf("%d of %d are cited; not yet: %s", len(cited), len(defined), strings.Join(silent, " "))
}

var (
	idInProse = regexp.MustCompile(`\b[PEF][0-9]{1,2}\b`)
	idInName  = regexp.MustCompile(`(?:^Test|^Fuzz|_|[a-z])([PEF][0-9]{1,2})(?:_|[A-Z]|$)`)
)

// citedIn lists the ids in a test file's comments and in the names of its functions. Code and strings do not count: F4 may be a cell.
func citedIn(t *testing.T, name string, text []byte) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, group := range file.Comments {
		ids = append(ids, idInProse.FindAllString(group.Text(), -1)...)
	}
	for _, d := range file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok {
			for _, m := range idInName.FindAllStringSubmatch(f.Name.Name, -1) {
				ids = append(ids, m[1])
			}
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

func TestCitationsAreFound(t *testing.T) {
	got := citedIn(t, "x_test.go", []byte("package x\n// P7 holds, and so does E4 (F12).\nfunc TestP8NoDelete() {}\nfunc TestLost_F3() { _ = \"F99\" }\nfunc TestP256Curve() { P1() } // SHA-1, not E\n"))
	if want := []string{"E4", "F12", "F3", "P7", "P8"}; !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
}

// The README's commands are the gate's commands: what strangers are told is what is tried.
func TestTheReadmesCommandsAreTheGates(t *testing.T) {
	readme, gate := read(t, "README.md"), read(t, ".ci/run")
	for _, command := range []string{"go run . demo", "go test ./..."} {
		inReadme := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(command) + `( |$)`).MatchString(readme)
		inGate := regexp.MustCompile(`(?m)^\s+` + regexp.QuoteMeta(command) + `( |$)`).MatchString(gate)
		if !inReadme || !inGate {
			t.Errorf("%q: in the README %v, in the gate %v; want both", command, inReadme, inGate)
		}
	}
}

// Every change that users notice has a file of its own; the template says how.
func TestChangelogFilesFollowTheTemplate(t *testing.T) {
	files, err := filepath.Glob("packaging/changelog/unreleased/*")
	if err != nil {
		t.Fatal(err)
	}
	kinds := []string{"New", "Change", "Fix", "Security", "Removed"}
	for _, name := range files {
		lines := bufio.NewScanner(strings.NewReader(read(t, name)))
		lines.Scan()
		kind, title, ok := strings.Cut(lines.Text(), ": ")
		if !ok || !slices.Contains(kinds, kind) || title == "" || path.Ext(name) != ".md" {
			t.Errorf("%s begins %q; want a .md file that begins with one of %v, a colon and a title", name, lines.Text(), kinds)
		}
	}
	if len(files) == 0 {
		t.Error("there is no unreleased change")
	}
}

// SECURITY.md says which test shows each defence. A test that was renamed or removed shows nothing.
func TestTheThreatModelNamesTestsThatExist(t *testing.T) {
	functions := map[string]bool{}
	for _, name := range tracked(t) {
		if strings.HasSuffix(name, "_test.go") {
			for _, m := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllStringSubmatch(read(t, name), -1) {
				functions[m[1]] = true
			}
		}
	}
	named := regexp.MustCompile("`(Test\\w+)`").FindAllStringSubmatch(read(t, "SECURITY.md"), -1)
	for _, m := range named {
		if !functions[m[1]] {
			t.Errorf("SECURITY.md names %s, and there is no such test", m[1])
		}
	}
	if len(named) < 20 {
		t.Errorf("SECURITY.md names %d tests only", len(named))
	}
}

// A link in our own pages leads somewhere.
func TestLinksInThePagesLead(t *testing.T) {
	links := 0
	for _, page := range []string{"README.md", "CONTRIBUTING.md", "SECURITY.md", "docs/architecture.md", "docs/properties.md"} {
		for _, m := range regexp.MustCompile(`\]\(([^)#]+)`).FindAllStringSubmatch(read(t, page), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			links++
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), filepath.FromSlash(m[1]))); err != nil {
				t.Errorf("%s links to %s: %v", page, m[1], err)
			}
		}
	}
	if links == 0 {
		t.Error("no link was looked at")
	}
}
