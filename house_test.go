package main_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"reflect"
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

	"remote/sandbox":               {code: []string{"remote/sandbox/..."}},
	"remote/sandbox/boxapi":        {code: sandboxShelf},
	"remote/sandbox/mkpapi":        {code: sandboxShelf},
	"remote/sandbox/filesroapi":    {code: sandboxShelf},
	"remote/sandbox/backofficeapi": {code: sandboxShelf},
	"remote/sandbox/shelf":         {code: []string{"remote/sandbox/mischief", "remote/sandbox/store"}},
	"remote/sandbox/mischief":      {},
	"remote/sandbox/store":         {code: []string{"remote/sandbox/mischief"}},

	"syncer":               {code: []string{"state", "remote", "syncer/plan", "syncer/local"}, tests: simulated},
	"syncer/local/simdisk": {code: []string{"syncer/local"}},
	"syncer/syncertest":    {code: append([]string{"syncer", "state", "remote", "syncer/plan", "syncer/local"}, simulated...)},

	"daemon":           {code: belowDaemon, tests: simulated},
	"daemon/notice":    {code: []string{"config"}},
	"daemon/dashboard": {code: []string{"daemon/control"}},
	"daemon/doctor":    {code: append([]string{"daemon"}, belowDaemon...), tests: simulated},
	"daemon/service":   {code: []string{"config", "state"}},
	"daemon/demo":      {code: append([]string{"daemon", "daemon/control", "daemon/dashboard", "remote/sandbox"}, belowDaemon...), tests: simulated},
	"daemon/cli":       {code: append([]string{"daemon", "daemon/control", "daemon/dashboard", "daemon/demo", "daemon/doctor", "daemon/service", "remote/sandbox"}, belowDaemon...), tests: simulated},

	"packaging/files": {code: []string{"config", "daemon/cli", "daemon/service"}},

	".": {code: []string{
		"config", "daemon", "daemon/cli", "daemon/demo", "daemon/service", "remote", "remote/rest", "remote/sandbox",
		"remote/box", "remote/mijnklantportaal", "remote/filesro", "remote/backoffice",
	}, tests: simulated},
}

var (
	portals      = []string{"remote/remotetest", "remote/sandbox", "remote/sandbox/..."}
	sandboxShelf = []string{"remote/sandbox/mischief", "remote/sandbox/shelf", "remote/sandbox/store"}
	simulated    = []string{"remote/box", "remote/mijnklantportaal", "remote/filesro", "remote/backoffice", "remote/rest", "remote/remotetest", "remote/sandbox", "remote/sandbox/...", "syncer/local/simdisk", "syncer/syncertest"}
	belowDaemon  = []string{"config", "state", "remote", "remote/rest", "syncer", "syncer/plan", "syncer/local", "syncer/watch", "daemon/control", "daemon/notice"}
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

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.FromSlash(name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// unheard are settings that the daemon does not read, and why.
var unheard = map[string]string{}

// A setting that nothing obeys is a lie to whoever sets it.
func TestEverySettingIsRead(t *testing.T) {
	read := fieldsRead(t)
	for _, field := range settings(reflect.TypeFor[config.Config]()) {
		if why, excused := unheard[field]; excused == read[field] {
			t.Errorf("setting %s: read by the daemon: %v; excused: %q", field, read[field], why)
		}
	}
}

// settings lists the names of all fields that the file can set.
func settings(t reflect.Type) []string {
	for t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	var names []string
	if t.Kind() != reflect.Struct {
		return nil
	}
	for i := range t.NumField() {
		if key := t.Field(i).Tag.Get("toml"); key != "" && key != "-" {
			names = append(append(names, t.Field(i).Name), settings(t.Field(i).Type)...)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// fieldsRead collects what the daemon's rooms select from anything: a field that is not among it is read by nobody.
func fieldsRead(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	for _, name := range tracked(t) {
		if path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") || !strings.HasPrefix(name, "daemon/") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				names[s.Sel.Name] = true
			}
			return true
		})
	}
	return names
}
