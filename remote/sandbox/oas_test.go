package sandbox_test

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// oas checks answers against Box's own description of its API, if DOSSIER_BOX_OPENAPI names the file.
type oas struct {
	doc   *openapi3.T
	paths []oasPath
}

type oasPath struct {
	pattern *regexp.Regexp
	item    *openapi3.PathItem
}

var loadOAS = sync.OnceValues(func() (*oas, error) {
	file := os.Getenv("DOSSIER_BOX_OPENAPI")
	if file == "" {
		return nil, nil
	}
	doc, err := openapi3.NewLoader().LoadFromFile(file)
	if err != nil {
		return nil, err
	}
	for name, schema := range doc.Components.Schemas {
		relax(schema.Value, map[*openapi3.Schema]bool{})
		if name == "ClientError" {
			schema.Value.Properties["code"].Value.Enum = nil // lacks most of the codes that Box documents elsewhere
		}
	}
	o := &oas{doc: doc}
	parameter := regexp.MustCompile(`\\\{[a-z_]+\\\}`)
	for path, item := range doc.Paths.Map() {
		if !strings.Contains(path, "#") { // variants of other operations
			pattern := "^" + parameter.ReplaceAllString(regexp.QuoteMeta(path), "[^/]+") + "$"
			o.paths = append(o.paths, oasPath{regexp.MustCompile(pattern), item})
		}
	}
	return o, nil
})

// relax repairs how the description says "or null": Box says it in one of several allOf parts, where only the whole
// counts.
func relax(s *openapi3.Schema, seen map[*openapi3.Schema]bool) {
	if s == nil || seen[s] {
		return
	}
	seen[s] = true
	for _, part := range s.AllOf {
		relax(part.Value, seen)
		s.Nullable = s.Nullable || part.Ref == "" && part.Value.Nullable
	}
	for _, property := range s.Properties {
		relax(property.Value, seen)
	}
	if s.Items != nil {
		relax(s.Items.Value, seen)
	}
}

// undescribed are calls that the description leaves out, or answers that it gives another shape than Box.
var undescribed = map[string]string{
	"OPTIONS /files/{id}/content": "only in the guide on preflight",
	"GET /subscribe":              "only in the guide on polling",
}

// check validates one answer. It says which operations it knows nothing of.
func (o *oas) check(method, path string, status int, body string) error {
	path, _, _ = strings.Cut(path, "?")
	path = strings.TrimPrefix(strings.TrimPrefix(path, "/api"), "/2.0")
	if path != "/oauth2/token" && path != "/oauth2/revoke" {
		path = strings.TrimSuffix(path, "/")
	}
	op := o.operation(method, path)
	if op == nil {
		return fmt.Errorf("%s %s is not described", method, path)
	}
	response := op.Responses.Status(status)
	if response == nil {
		response = op.Responses.Default()
	}
	media := response.Value.Content.Get("application/json")
	if media == nil {
		if body != "" && status < 300 {
			return fmt.Errorf("%s %s: %d has a body, and should have none: %s", method, path, status, body)
		}
		return nil
	}
	var value any
	if err := json.Unmarshal([]byte(body), &value); err != nil {
		return fmt.Errorf("%s %s: %d: %w", method, path, status, err)
	}
	if err := media.Schema.Value.VisitJSON(value, openapi3.VisitAsResponse()); err != nil {
		return fmt.Errorf("%s %s: %d %s: %w", method, path, status, body, err)
	}
	return nil
}

// operation finds the description of a call, the one with the most literal path.
func (o *oas) operation(method, path string) (found *openapi3.Operation) {
	longest := -1
	for _, p := range o.paths {
		if op := p.item.GetOperation(method); op != nil && p.pattern.MatchString(path) {
			if literal := -strings.Count(p.pattern.String(), "[^/]+"); found == nil || literal > longest {
				found, longest = op, literal
			}
		}
	}
	return found
}

// described validates an answer of Box's API, unless nothing describes it or a quirk bends it.
func (w *world) described(method, path string, a answer) {
	w.Helper()
	o, err := loadOAS()
	if err != nil {
		w.Fatal(err)
	}
	if o == nil || !w.straight {
		return
	}
	for call := range undescribed {
		known, route, _ := strings.Cut(call, " ")
		pattern := "^(/api)?(/2.0)?" + strings.ReplaceAll(route, "{id}", "[^/]+") + `/?(\?.*)?$`
		if method == known && regexp.MustCompile(pattern).MatchString(path) {
			return
		}
	}
	if err := o.check(method, path, a.status, a.body); err != nil {
		w.Errorf("not as Box describes it: %v", err)
	}
}

func TestBoxsDescriptionIsReadable(t *testing.T) {
	if o, err := loadOAS(); err != nil {
		t.Fatal(err)
	} else if o != nil && o.operation("GET", "/folders/trash/items") == o.operation("GET", "/folders/1/items") {
		t.Error("the trash is taken for a folder")
	}
}
