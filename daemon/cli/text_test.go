package cli

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"dossier/remote"
)

// reasons reads the constants from the source, so that a new one cannot be forgotten here.
func reasons(t *testing.T, dir string) []string {
	files, err := filepath.Glob(dir + "/*.go")
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 || !strings.HasPrefix(strings.ToLower(spec.Names[0].Name), "reason") {
				return true
			}
			if text, ok := spec.Values[0].(*ast.BasicLit); ok && text.Kind == token.STRING {
				code, err := strconv.Unquote(text.Value)
				if err != nil {
					t.Fatal(err)
				}
				codes = append(codes, code)
			}
			return true
		})
	}
	return codes
}

func TestEveryReasonAndErrorHasAText(t *testing.T) {
	codes := append(reasons(t, "../../syncer/plan"), reasons(t, "../../syncer")...)
	if len(codes) < 20 {
		t.Fatalf("only %d reasons found: %v", len(codes), codes)
	}
	for c := remote.Unknown; !strings.HasPrefix(c.String(), "code "); c++ {
		codes = append(codes, c.String())
	}
	for _, code := range codes {
		if texts[code].what == "" {
			t.Errorf("%q has no text", code)
		}
	}
	for code, x := range texts {
		if x.do != "" && !strings.HasSuffix(x.do, ".") || strings.HasSuffix(x.what, ".") {
			t.Errorf("%q: what is a phrase, do is made of sentences: %+v", code, x)
		}
	}
}
