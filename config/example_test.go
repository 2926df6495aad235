package config

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func TestTheExampleLoads(t *testing.T) {
	cfg, err := parse("example.toml", []byte(Example()), testMachine(t))
	if err != nil {
		t.Fatal(err)
	}
	if len(cfg.Clients) != 1 || cfg.Clients[0].Name != "Bakkerij Jansen" || cfg.Clients[0].Mode != TwoWay {
		t.Errorf("clients = %+v, want Bakkerij Jansen, two-way", cfg.Clients)
	}
	if got, want := cfg.Guards, Defaults().Guards; got != want || cfg.Clients[0].Guards != want {
		t.Errorf("guards = %+v, want the defaults %+v", got, want)
	}
}

// Whoever takes the "#:" off a line gets a file that still loads: examples that do not work teach nothing.
func TestTheExampleLoadsWithEveryLineInUse(t *testing.T) {
	text := regexp.MustCompile(`(?m)^#: `).ReplaceAllString(Example(), "")
	m := testMachine(t)
	ca := filepath.Join(m.home, "office.pem")
	if err := os.WriteFile(ca, []byte(testCertificate), 0o600); err != nil {
		t.Fatal(err)
	}
	text = strings.Replace(text, "/etc/ssl/office.pem", filepath.ToSlash(ca), 1)
	cfg, err := parse("example.toml", []byte(text), m)
	if err != nil {
		t.Fatal(err)
	}
	d := Defaults()
	if cfg.Guards != d.Guards || cfg.Vault != d.Vault || cfg.Disk != d.Disk {
		t.Errorf("the numbers in the example are not the defaults:\n%+v %+v %+v\nwant\n%+v %+v %+v",
			cfg.Guards, cfg.Vault, cfg.Disk, d.Guards, d.Vault, d.Disk)
	}
	if n := cfg.Notices; n.Desktop != d.Notices.Desktop || n.Digest != d.Notices.Digest || n.Every != d.Notices.Every ||
		n.Remind != d.Notices.Remind || n.OutOfStep != d.Notices.OutOfStep {
		t.Errorf("the example's notices are not the defaults:\n%+v\nwant\n%+v", n, d.Notices)
	}
	if len(cfg.Portals) != 5 || len(cfg.Discover) != 1 || cfg.Clients[0].Guards.DeleteMost != 500 {
		t.Errorf("portals %v, discover %d, delete_most %d; want 5, 1, 500", cfg.PortalNames(), len(cfg.Discover), cfg.Clients[0].Guards.DeleteMost)
	}
}

func TestTheExampleNamesEveryKey(t *testing.T) {
	for _, key := range allKeys(reflect.TypeFor[Config]()) {
		if !regexp.MustCompile(`(?m)(^|[\[{,. ])` + key + `( *=|\.|\])`).MatchString(Example()) {
			t.Errorf("the example does not show %s", key)
		}
	}
}

func allKeys(t reflect.Type) []string {
	for t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || t == reflect.TypeFor[Secret]() || t == reflect.TypeFor[Duration]() {
		return nil
	}
	var keys []string
	for i := range t.NumField() {
		if key := t.Field(i).Tag.Get("toml"); key != "-" {
			keys = append(append(keys, key), allKeys(t.Field(i).Type)...)
		}
	}
	return keys
}

// The fields' comments are the manual, so a field without one is a key without a manual.
func TestEveryKeyHasAComment(t *testing.T) {
	seen := 0
	for _, file := range []string{"config.go", "portal.go", "notices.go"} {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			field, ok := n.(*ast.Field)
			if !ok || field.Tag == nil {
				return true
			}
			seen++
			tag, _ := strconv.Unquote(field.Tag.Value)
			if strings.TrimSpace(field.Doc.Text()) == "" {
				t.Errorf("%s: the field of %s has no comment", file, tag)
			}
			return true
		})
	}
	if want := len(allKeys(reflect.TypeFor[Config]())) - 2*len(allKeys(reflect.TypeFor[Guards]())) + 1; seen < 40 || seen != want {
		t.Errorf("saw %d fields, want %d", seen, want)
	}
}
