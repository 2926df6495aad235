package control

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"
)

func description(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf("%d.%d", API, Revision); doc.Info.Version != want {
		t.Errorf("it describes %s; this is %s", doc.Info.Version, want)
	}
	return doc
}

func TestEveryRouteIsDescribedAndTheReverse(t *testing.T) {
	var described, served []string
	for path, item := range description(t).Paths.Map() {
		for method, op := range item.Operations() {
			var query []string
			for _, p := range op.Parameters {
				if p.Value.In == "query" {
					query = append(query, p.Value.Name)
				}
			}
			described = append(described, fmt.Sprint(method, " ", path, " ", query))
		}
	}
	for _, r := range (&Server{Daemon: &clerk{}}).routes() {
		served = append(served, fmt.Sprint(r.method, " ", r.path, " ", r.query))
	}
	slices.Sort(described)
	slices.Sort(served)
	if diff := cmp.Diff(described, served); diff != "" {
		t.Errorf("described, and served: %s", diff)
	}
}

// wire are the types that go over the wire, by the names of their schemas.
var wire = map[string]reflect.Type{
	"Nothing": reflect.TypeFor[struct{}](), "Version": reflect.TypeFor[Version](), "ReconcileRequest": reflect.TypeFor[ReconcileRequest](),
	"PauseRequest": reflect.TypeFor[PauseRequest](), "ResumeRequest": reflect.TypeFor[ResumeRequest](), "LogLevelRequest": reflect.TypeFor[LogLevelRequest](),
	"ApproveRequest": reflect.TypeFor[ApproveRequest](), "Approved": reflect.TypeFor[Approved](), "Reloaded": reflect.TypeFor[Reloaded](),
	"Status": reflect.TypeFor[Status](), "ClientStatus": reflect.TypeFor[ClientStatus](), "Watch": reflect.TypeFor[Watch](), "Pause": reflect.TypeFor[Pause](),
	"Counts": reflect.TypeFor[Counts](), "Conflict": reflect.TypeFor[Conflict](), "Problem": reflect.TypeFor[Problem](), "Halt": reflect.TypeFor[Halt](),
	"Budget": reflect.TypeFor[Budget](), "Limit": reflect.TypeFor[Limit](), "Event": reflect.TypeFor[Event](), "Change": reflect.TypeFor[Change](),
	"Line": reflect.TypeFor[line](), "Failure": reflect.TypeFor[failure](), "Error": reflect.TypeFor[Error](),
}

func TestEveryTypeAgreesWithItsSchema(t *testing.T) {
	schemas := description(t).Components.Schemas
	for name, schema := range schemas {
		typ, known := wire[name]
		if !known {
			t.Errorf("schema %s is no type's", name)
			continue
		}
		if diff := cmp.Diff(fieldsOfSchema(schema.Value), fieldsOfType(typ)); diff != "" {
			t.Errorf("schema %s, and its type: %s", name, diff)
		}
		if strict := schema.Value.AdditionalProperties.Has; strings.HasSuffix(name, "Request") && (strict == nil || *strict) {
			t.Errorf("schema %s lets pass what the daemon refuses", name)
		}
	}
	for name := range wire {
		if schemas[name] == nil {
			t.Errorf("type %s has no schema", name)
		}
	}
}

// fieldsOfSchema gives a word for the kind of each field; those that may be absent have a question mark.
func fieldsOfSchema(s *openapi3.Schema) map[string]string {
	fields := map[string]string{}
	for name, p := range s.Properties {
		fields[name] = kindOfSchema(p)
		if !slices.Contains(s.Required, name) {
			fields[name] += "?"
		}
	}
	return fields
}

func kindOfSchema(ref *openapi3.SchemaRef) string {
	if name, ok := strings.CutPrefix(ref.Ref, "#/components/schemas/"); ok {
		return name
	}
	kind := strings.Join(*ref.Value.Type, "|")
	switch {
	case kind == "array":
		return "[]" + kindOfSchema(ref.Value.Items)
	case ref.Value.Format != "":
		return ref.Value.Format
	}
	return kind
}

func fieldsOfType(t reflect.Type) map[string]string {
	fields := map[string]string{}
	for i := range t.NumField() {
		name, option, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		fields[name] = kindOfType(t.Field(i).Type)
		if option != "" {
			fields[name] += "?"
		}
	}
	return fields
}

func kindOfType(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return "date-time"
	case t == reflect.TypeFor[json.RawMessage]():
		return "object"
	case t.Kind() == reflect.Pointer:
		return kindOfType(t.Elem())
	case t.Kind() == reflect.Slice:
		return "[]" + kindOfType(t.Elem())
	case t.Kind() == reflect.Struct:
		return t.Name()
	}
	kinds := map[reflect.Kind]string{reflect.String: "string", reflect.Bool: "boolean", reflect.Int: "integer", reflect.Int64: "integer", reflect.Float64: "number"}
	return kinds[t.Kind()]
}

// witness checks each request and each answer that passes against the description, and notes the operations.
type witness struct {
	t    *testing.T
	doc  *openapi3.T
	next http.RoundTripper

	mu   sync.Mutex
	seen map[string]bool
}

func (w *witness) RoundTrip(r *http.Request) (*http.Response, error) {
	op := w.operation(r)
	if op == nil {
		w.t.Errorf("%s %s is not described", r.Method, r.URL.Path)
		return w.next.RoundTrip(r)
	}
	if r.Body != nil {
		text, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(text))
		w.check(op.OperationID+" request", op.RequestBody.Value.Content["application/json"], text)
	}
	resp, err := w.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	text, _ := io.ReadAll(resp.Body)
	resp.Body = io.NopCloser(bytes.NewReader(text))
	described := op.Responses.Value(strconv.Itoa(resp.StatusCode))
	if described == nil {
		described = op.Responses.Default()
	}
	name := op.OperationID + " answer"
	if resp.StatusCode != http.StatusOK {
		name = op.OperationID + " refusal"
	}
	w.check(name, described.Value.Content[resp.Header.Get("Content-Type")], text)
	return resp, nil
}

func (w *witness) operation(r *http.Request) *openapi3.Operation {
	path := r.URL.Path
	if strings.HasPrefix(path, "/v1/ask/") {
		path = "/v1/ask/{verb}"
	}
	item := w.doc.Paths.Value(path)
	if item == nil {
		return nil
	}
	return item.GetOperation(r.Method)
}

// check takes each JSON value of a text for one of the schema's.
func (w *witness) check(what string, media *openapi3.MediaType, text []byte) {
	w.mu.Lock()
	w.seen[what] = true
	w.mu.Unlock()
	if media == nil {
		w.t.Errorf("%s: its content type is not described: %.200s", what, text)
		return
	}
	for d := json.NewDecoder(bytes.NewReader(text)); ; {
		var v any
		if err := d.Decode(&v); err == io.EOF {
			return
		} else if err != nil {
			w.t.Errorf("%s: %v", what, err)
			return
		}
		if err := media.Schema.Value.VisitJSON(v, openapi3.EnableFormatValidation()); err != nil {
			w.t.Errorf("%s: %v", what, err)
		}
	}
}

func TestWhatGoesOverTheWireIsAsDescribed(t *testing.T) {
	d := &clerk{}
	r := run(t, d)
	c := r.client(t)
	w := &witness{t: t, doc: description(t), next: c.http.Transport, seen: map[string]bool{}}
	inner := c.http.Transport.(*http.Transport)
	c.http.Transport = w
	t.Cleanup(inner.CloseIdleConnections)
	everything(t, c)
	d.fault = Errorf(Refused, "wait", "not now")
	_ = c.Pause(t.Context(), PauseRequest{})
	_, _ = c.Reconcile(t.Context(), ReconcileRequest{}, nil)
	for _, change := range []Change{ofClient("a", 1), {Kind: OfClient, Client: new(fullClient())}, {Kind: Gone, Name: "a"}, {Kind: OfBudget, Budget: &Budget{Portal: "office"}}} {
		r.feed.Publish(change)
	}
	r.stopSoon(t, c)
	for path, item := range w.doc.Paths.Map() {
		for _, op := range item.Operations() {
			if op.OperationID != "describe" && !w.seen[op.OperationID+" answer"] {
				t.Errorf("%s was not exercised", path)
			}
			if op.RequestBody != nil && !w.seen[op.OperationID+" request"] {
				t.Errorf("%s was sent no request", path)
			}
		}
	}
	if !w.seen["pause refusal"] {
		t.Error("nothing was refused")
	}
}

// stopSoon reads all news while the daemon stops, as the witness reads a stream to its end before it hands it on.
func (r *running) stopSoon(t *testing.T, c *Client) {
	t.Helper()
	kinds := make(chan []string, 1)
	go func() {
		var all []string
		for change := range c.Events(t.Context(), r.feed.life+"-0") {
			all = append(all, change.Kind)
		}
		kinds <- all
	}()
	eventually(t, r.feed.heard)
	r.stop()
	if diff := cmp.Diff([]string{Hello, OfClient, Gone, OfBudget, Stopping}, <-kinds); diff != "" {
		t.Errorf("heard: %s", diff)
	}
}

func (f *Feed) heard() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.listeners) > 0
}

// everything makes each call once, with all that it can say.
func everything(t *testing.T, c *Client) {
	t.Helper()
	ctx := t.Context()
	for name, err := range map[string]error{
		"version":   c.call(ctx, "GET", "/v1/version", nil, nil),
		"status":    second(c.Status(ctx, "A")),
		"reconcile": second(c.Reconcile(ctx, ReconcileRequest{Clients: []string{"A"}, DryRun: true, AcceptDeletes: true}, nil)),
		"pause":     c.Pause(ctx, PauseRequest{Clients: []string{"A"}, Until: noon, Reason: "r"}),
		"resume":    c.Resume(ctx, ResumeRequest{Clients: []string{"A"}}),
		"reload":    second(c.Reload(ctx)),
		"stop":      c.Stop(ctx),
		"level":     c.LogLevel(ctx, "warn"),
		"approve":   second(c.Approve(ctx, ApproveRequest{Plan: "7f"})),
		"ask":       c.Ask(ctx, "vault.list", map[string]any{"clients": []string{"A"}}, nil),
	} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The codes are read from the source: one that is added has a status, and is described.
func TestEachCodeHasAStatusAndIsDescribed(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "errors.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	described := description(t).Components.Schemas["Error"].Value.Properties["code"].Value.Description
	found := 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if typ, is := func() (*ast.Ident, bool) {
			if !ok {
				return nil, false
			}
			id, is := spec.Type.(*ast.Ident)
			return id, is
		}(); is && typ.Name == "Code" {
			text, _ := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			found++
			if statusOf[Code(text)] == 0 || !strings.Contains(described, text) {
				t.Errorf("code %s has status %d; described is %q", text, statusOf[Code(text)], described)
			}
		}
		return true
	})
	if found != len(statusOf) {
		t.Errorf("%d codes, %d statuses", found, len(statusOf))
	}
}
