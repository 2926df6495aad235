//go:build system

package plan

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestMutantsAreCaught breaks the planner in each way that testdata/mutants.txt says, and sees its tests fail (E9).
func TestMutantsAreCaught(t *testing.T) {
	text, err := os.ReadFile("testdata/mutants.txt")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "== ")
	for _, m := range strings.Split(rest, "\n== ") {
		lines := strings.SplitN(strings.TrimSpace(m), "\n", 4)
		t.Run(lines[0], func(t *testing.T) {
			mutate(t, lines[1], strings.TrimPrefix(lines[2], "- "), strings.ReplaceAll(strings.TrimPrefix(lines[3], "+ "), "\n+ ", "\n"))
		})
	}
}

var failed = regexp.MustCompile(`(?m)^--- FAIL: (\w+)`)

// mutate runs the tests with one place of one file changed.
func mutate(t *testing.T, file, from, to string) {
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(src), from); n != 1 {
		t.Fatalf("%q is %d times in %s", from, n, file)
	}
	dir := t.TempDir()
	mutant, overlay := filepath.Join(dir, file), filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(mutant, []byte(strings.Replace(string(src), from, to, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	here, err := filepath.Abs(file)
	if err != nil {
		t.Fatal(err)
	}
	replace, err := json.Marshal(map[string]any{"Replace": map[string]string{here: mutant}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(overlay, replace, 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("go", "test", "-vet=off", "-failfast", "-overlay", overlay, "-rapid.nofailfile", "-rapid.shrinktime=1ms", "-timeout=120s", ".").CombinedOutput()
	caught := failed.FindSubmatch(out)
	switch {
	case err == nil:
		t.Errorf("survived")
	case caught == nil && !strings.Contains(string(out), "panic:"):
		t.Errorf("did not run: %s", out)
	case caught != nil:
		fmt.Printf("%-60s caught by %s\n", t.Name(), caught[1])
	}
}
