package local_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"dossier/syncer/local"
)

// ignoreRules and ignorePaths are matched with each other; testdata/ignore.txt has git's answers.
var ignoreRules = [][]string{
	{"*.bak"}, {"foo"}, {"/foo"}, {"foo/"}, {"foo/*"}, {"foo/**"}, {"**/foo"}, {"a/**/b"}, {"a/**b"}, {"**"}, {"*"}, {"/*"},
	{"a?c"}, {"[a-c]x"}, {"[!a]x"}, {"[^a]x"}, {"[[:digit:]]*"}, {"[]-]x"}, {"[]]x"}, {`\*x`}, {`\!x`}, {`\#x`}, {"#x"},
	{`foo\ `}, {"foo "}, {"foo/bar"}, {"foo/bar/"}, {"/foo/**/bar"}, {"**/bar/"}, {"*.[oa]"}, {"f*o"}, {"foo**bar"},
	{"**foo"}, {"a/*/b"}, {"a/b/**"}, {`[\]]x`}, {"[a-z]*"}, {"*o"}, {"?"}, {"[[:upper:]]x"}, {"***/foo"}, {"foo/**/"},
	{"é*"}, {"[é]x"}, {"/a/b"}, {"a//b"}, {"/"}, {"x/ "}, {"[!]a]x"}, {"[a-]x"}, {"[--/]x"}, {"[[:alpha:][:digit:]]x"}, {"a*/b"},
	{"**/a/**/b"}, {"*a*b*"}, {"[[:]]"}, {"[[:]x]"}, {"[[:a]:]"}, {"[a[:]x"}, {"[[:digit]x"}, {"[b-a]x"}, {"[a-c-e]x"}, {`[a\-c]x`}, {"a**/b"}, {"foo/**b"}, {`\a\b\c`}, {"foo/bar/**"}, {"foo?bar"}, {"foo[/]bar"}, {"foo*bar"},
	{"*", "!*.bak"}, {"/*", "!/foo"}, {"foo/*", "!foo/bar"}, {"*.bak", "!x.bak"}, {"foo/", "!foo/bar"}, {"*", "!*/", "!*.o"},
	{"!foo", "foo"}, {"foo", "!foo", "foo/bar"},
}

var ignorePaths = []string{
	"foo", "foo/bar", "foo/bar/baz", "a/foo", "a/b/foo", "a/b", "a/x/b", "a/x/y/b", "a/xb", "x.bak", "d/x.bak", "abc", "a/c",
	"ax", "bx", "dx", "]x", "-x", "*x", "!x", "#x", "foo ", "foo/x/bar", "1x", "Xx", "foobar", "barfoo", "x.o", "x.a", "a", "b/a",
	"é", "éx", "a/bar/q", "bar/q", "foo/a/b", "x", "x/y", ".x", "z/a/q/b",
}

// answers returns, for each rule set, the paths that are ignored.
func answers(ignored func(rules []string) []string) string {
	var b strings.Builder
	for _, rules := range ignoreRules {
		b.WriteString(strings.Join(rules, " , ") + "\n\t" + strings.Join(ignored(rules), "\n\t") + "\n")
	}
	return b.String()
}

// ours asks as a walk does: a folder that is ignored is not looked into. All that has something below it is a folder.
func ours(t *testing.T) func(rules []string) []string {
	return func(rules []string) []string {
		g, err := local.NewIgnore(rules)
		if err != nil {
			t.Fatal(err)
		}
		var ignored []string
		for _, path := range ignorePaths {
			names := strings.Split(path, "/")
			for i := range names {
				if g.Match(strings.Join(names[:i+1], "/"), i+1 < len(names)) != "" {
					ignored = append(ignored, path)
					break
				}
			}
		}
		return ignored
	}
}

// The rules mean what git says that they mean.
func TestIgnoreAnswersAsGit(t *testing.T) {
	want, err := os.ReadFile("testdata/ignore.txt")
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Split(answers(ours(t)), "\n")
	for i, line := range strings.Split(string(want), "\n") {
		if i >= len(got) || got[i] != line {
			t.Fatalf("line %d: got %q, git says %q", i+1, got[min(i, len(got)-1)], line)
		}
	}
}

// The file of answers is git's own, where there is a git to ask; DOSSIER_UPDATE=1 writes it.
func TestIgnoreFileIsGits(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Log("no git here: the answers were not asked for again")
		return
	}
	dir := t.TempDir()
	if out, err := exec.Command("git", "init", "-q", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	got := answers(func(rules []string) []string { return askGit(t, dir, rules) })
	if os.Getenv("DOSSIER_UPDATE") != "" {
		if err := os.WriteFile("testdata/ignore.txt", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/ignore.txt")
	if err != nil || got != string(want) {
		t.Errorf("git answers otherwise than testdata/ignore.txt (%v)", err)
	}
}

func askGit(t *testing.T, dir string, rules []string) []string {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, ".git/info/exclude"), []byte(strings.Join(rules, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	c := exec.Command("git", "-C", dir, "-c", "core.excludesFile=", "check-ignore", "--no-index", "-v", "-n", "-z", "--stdin")
	c.Stdin = strings.NewReader(strings.Join(ignorePaths, "\x00") + "\x00")
	out, err := c.Output()
	if err != nil && c.ProcessState.ExitCode() != 1 { // 1: nothing is ignored
		t.Fatal(err)
	}
	fields := bytes.Split(out, []byte{0})
	var ignored []string
	for i, path := range ignorePaths {
		if rule := string(fields[4*i+2]); rule != "" && rule[0] != '!' {
			ignored = append(ignored, path)
		}
	}
	return ignored
}

func TestIgnoreRefusesWhatMatchesNothing(t *testing.T) {
	_, err := local.NewIgnore([]string{"ok", "[ab", `a\`, "two\nlines", "[[:bad:]]x", "# comment", ""})
	if err == nil || strings.Count(err.Error(), "ignore rule") != 4 {
		t.Errorf("not all faults are told: %v", err)
	}
}

func TestIgnoreWithoutCase(t *testing.T) {
	g, err := local.NewIgnore([]string{"*.BAK", "/Temp/", "[A-C]x"})
	if err != nil {
		t.Fatal(err)
	}
	folded := g.WithoutCase()
	for _, path := range []string{"a.bak", "A.Bak", "ax", "Bx"} {
		if folded.Match(path, false) == "" {
			t.Errorf("%q is not ignored", path)
		}
	}
	if folded.Match("TEMP", true) == "" || g.Match("a.bak", false) != "" || folded.Match("dx", false) != "" {
		t.Error("letter case")
	}
}

// A bad pattern must not keep the scan for ever.
func FuzzIgnore(f *testing.F) {
	for _, rules := range ignoreRules {
		f.Add(rules[0], "foo/bar")
	}
	f.Fuzz(func(t *testing.T, rule, path string) {
		if len(rule) > 30 || len(path) > 60 {
			return
		}
		if g, err := local.NewIgnore([]string{rule}); err == nil {
			g.Match(path, false)
			g.WithoutCase().Match(path, true)
		}
	})
}
