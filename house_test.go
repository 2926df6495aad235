package main_test

import (
	"bufio"
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"dossier/config"
)

// room is what a package may import of ours; its own shelf (the folders below it) is not included.
type room struct {
	code  []string // in all its files
	tests []string // in its tests besides; "…/..." stands for everything below
}

// rooms is the map of the house: what is not allowed here is forbidden, a package that is not named here most of all.
// The second list keeps the seams honest: what is simulated is simulated by the same few packages everywhere.
var rooms = map[string]room{
	"config":         {},
	"state":          {},
	"remote":         {tests: []string{"remote/remotetest"}},
	"syncer/plan":    {},
	"syncer/local":   {tests: []string{"syncer/local/simdisk"}},
	"syncer/watch":   {},
	"daemon/control": {},

	"remote/rest":       {code: []string{"remote"}, tests: []string{"remote/remotetest"}},
	"remote/remotetest": {code: []string{"remote"}},

	"remote/box":              {code: []string{"remote", "remote/rest"}, tests: portals},
	"remote/mijnklantportaal": {code: []string{"remote", "remote/rest"}, tests: portals},
	"remote/filesro":          {code: []string{"remote", "remote/rest"}, tests: portals},
	"remote/backoffice":       {code: []string{"remote", "remote/rest"}, tests: portals},

	"remote/sandbox":          {code: []string{"remote/sandbox/..."}},
	"remote/sandbox/boxapi":   {code: sandboxShelf},
	"remote/sandbox/mischief": {},
	"remote/sandbox/store":    {code: []string{"remote/sandbox/mischief"}},

	"syncer":               {code: []string{"state", "remote", "syncer/plan", "syncer/local"}, tests: simulated},
	"syncer/local/simdisk": {code: []string{"syncer/local"}},
	"syncer/syncertest":    {code: append([]string{"syncer", "state", "remote", "syncer/plan", "syncer/local"}, simulated...)},

	"daemon":           {code: belowDaemon, tests: simulated},
	"daemon/dashboard": {code: []string{"daemon/control"}},
	"daemon/demo":      {code: append([]string{"daemon", "daemon/control", "daemon/dashboard", "remote/sandbox"}, belowDaemon...), tests: simulated},
	"daemon/cli":       {code: append([]string{"daemon", "daemon/control", "daemon/dashboard", "daemon/demo", "remote/sandbox"}, belowDaemon...), tests: simulated},

	".": {code: []string{
		"config", "daemon", "daemon/cli", "daemon/demo", "remote", "remote/rest", "remote/sandbox",
		"remote/box", "remote/mijnklantportaal", "remote/filesro", "remote/backoffice",
	}, tests: simulated},
}

var (
	portals      = []string{"remote/remotetest", "remote/sandbox", "remote/sandbox/..."}
	sandboxShelf = []string{"remote/sandbox/mischief", "remote/sandbox/store"}
	simulated    = []string{"remote/box", "remote/rest", "remote/remotetest", "remote/sandbox", "remote/sandbox/...", "syncer/local/simdisk", "syncer/syncertest"}
	belowDaemon  = []string{"config", "state", "remote", "remote/rest", "syncer", "syncer/plan", "syncer/local", "syncer/watch", "daemon/control"}
)

// allows tells whether a file of a package may import another package of ours.
func (r room) allows(pkg, imported string, test bool) bool {
	if test && imported == pkg {
		return true // a test from outside the package
	}
	permitted := func(rules []string) bool {
		return slices.ContainsFunc(rules, func(rule string) bool {
			below, all := strings.CutSuffix(rule, "...")
			return rule == imported || (all && strings.HasPrefix(imported, below))
		})
	}
	return permitted(r.code) || (test && permitted(r.tests))
}

// breaches parses the imports of every Go file below a tree and says which break the map. Files are parsed here, as `go list`
// would be asked once and its answer cached with the test's.
func breaches(tree fs.FS) (found []string, files int, err error) {
	err = fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && name != "." && (strings.HasPrefix(d.Name(), ".") || strings.HasPrefix(d.Name(), "_") || d.Name() == "testdata") {
			return fs.SkipDir
		}
		if d.IsDir() || path.Ext(name) != ".go" {
			return nil
		}
		files++
		text, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		bad, err := breachesIn(name, text)
		found = append(found, bad...)
		return err
	})
	return found, files, err
}

func breachesIn(name string, text []byte) ([]string, error) {
	file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ImportsOnly)
	if err != nil {
		return nil, err
	}
	pkg := path.Dir(name)
	r, known := rooms[pkg]
	if !known {
		return []string{fmt.Sprintf("%s: package %s is not on the map of the house; give it a room in house_test.go", name, pkg)}, nil
	}
	var found []string
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, err
		}
		ours, ok := strings.CutPrefix(imported, "dossier/")
		if ok && !r.allows(pkg, ours, strings.HasSuffix(name, "_test.go")) {
			found = append(found, fmt.Sprintf("%s: %s must not import %s", name, pkg, ours))
		}
	}
	return found, nil
}

func TestImportsFollowTheMapOfTheHouse(t *testing.T) {
	found, files, err := breaches(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range found {
		t.Error(b)
	}
	if files < 50 {
		t.Errorf("only %d Go files were looked at", files)
	}
}

// A check that cannot fail checks nothing: these sources break the map.
func TestTheMapOfTheHouseForbids(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"config/x.go", `import "dossier/state"`, "config must not import state"},
		{"state/x.go", `import _ "dossier/remote"`, "state must not import remote"},
		{"syncer/plan/x_test.go", `import "dossier/syncer"`, "syncer/plan must not import syncer"},
		{"remote/x.go", `import "dossier/remote/remotetest"`, "remote must not import remote/remotetest"},
		{"remote/x_test.go", `import "dossier/remote/remotetest"`, ""},
		{"remote/box/x.go", `import "dossier/remote/sandbox"`, "remote/box must not import remote/sandbox"},
		{"remote/box/x_test.go", `import "dossier/remote/sandbox/store"`, ""},
		{"remote/sandbox/x.go", `import "dossier/remote"`, "remote/sandbox must not import remote"},
		{"syncer/x.go", `import "dossier/config"`, "syncer must not import config"},
		{"daemon/x.go", `import "dossier/daemon/cli"`, "daemon must not import daemon/cli"},
		{"daemon/x.go", `import "dossier/remote/box"`, "daemon must not import remote/box"},
		{"util/x.go", ``, "package util is not on the map"},
		{"config/x_test.go", `import "dossier/config"`, ""},
	} {
		found, err := breachesIn(c.name, []byte("package x\n"+c.text))
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(found, "\n"); (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s with %s: %q, want %q", c.name, c.text, got, c.want)
		}
	}
}

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
		if strings.HasSuffix(name, "_test.go") && name != "house_test.go" {
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

func TestTheShippedExampleLoads(t *testing.T) {
	t.Setenv("HOME", filepath.Join(t.TempDir(), "anna"))
	if _, err := config.Parse("example.toml", []byte(config.Example())); err != nil {
		t.Error(err)
	}
}

// topLevel is what may stand in the root: a stranger should see the house, not its building site.
var topLevel = []string{
	".ci", ".git", ".gitignore", "CONTRIBUTING.md", "LICENSE", "README.md", "SECURITY.md", "config", "daemon", "docs",
	"go.mod", "go.sum", "main.go", "packaging", "remote", "state", "syncer", "testdata",
}

func TestNothingElseStandsInTheRoot(t *testing.T) {
	ignored := strings.Split(read(t, ".gitignore"), "\n")
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		name := e.Name()
		isIgnored := slices.ContainsFunc(ignored, func(line string) bool {
			match, _ := path.Match(strings.Trim(line, "/"), name)
			return match
		})
		if !slices.Contains(topLevel, name) && !strings.HasSuffix(name, "_test.go") && !isIgnored {
			t.Errorf("%s stands in the root; it belongs into a room, or onto the list in house_test.go", name)
		}
	}
}

// tracked lists the files of the project: everything that is not hidden in .git or ignored.
func tracked(t *testing.T) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if d.Name() == ".git" || name == "dist" {
				return filepath.SkipDir
			}
			return nil
		}
		if d.Type().IsRegular() {
			names = append(names, filepath.ToSlash(name))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// What only this machine knows must not be needed by another.
func TestNoPathOfABuildMachineIsInTheTree(t *testing.T) {
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	forbidden := []string{"../" + "shared"}
	if strings.Count(filepath.ToSlash(here), "/") > 1 {
		forbidden = append(forbidden, here+"/", here+`"`)
	}
	for _, proxy := range regexp.MustCompile(`https?://[^,|\s]+`).FindAllString(os.Getenv("GOPROXY"), -1) {
		if host := strings.SplitN(proxy, "/", 4)[2]; host != "proxy.golang.org" {
			forbidden = append(forbidden, host)
		}
	}
	for _, name := range tracked(t) {
		if name == ".ci/run" {
			continue // the one place that may look beside the checkout
		}
		info, err := os.Stat(name)
		if err != nil || info.Size() > 4<<20 {
			continue // gone meanwhile, or nothing that a person wrote
		}
		text := read(t, name)
		for _, f := range forbidden {
			if strings.Contains(text, f) {
				t.Errorf("%s names %q, which no other machine has", name, f)
			}
		}
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

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.FromSlash(name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
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
