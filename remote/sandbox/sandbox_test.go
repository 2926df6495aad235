package sandbox_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"dossier/remote/sandbox"
)

// world is a sandbox in memory with a client that is signed in.
type world struct {
	*testing.T
	*sandbox.Server
	memory *sandbox.Memory
	box    sandbox.PortalInfo
	client *http.Client
	// straight is a world without quirks: its answers must be as Box describes them.
	straight bool
}

func newWorld(t *testing.T, opts sandbox.Options) *world {
	t.Helper()
	if opts.Seed == 0 {
		opts.Seed = 1
	}
	s, err := sandbox.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	m, err := s.InMemory(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	w := &world{T: t, Server: s, memory: m, box: m.Info.Portals[sandbox.Box], client: m.Client(), straight: len(opts.Quirks) == 0}
	t.Cleanup(func() {
		w.client.CloseIdleConnections()
		if err := m.Close(); err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// answer is a response that was read to its end.
type answer struct {
	status int
	header http.Header
	body   string
}

// json digs into a JSON body by keys and indexes.
func (a answer) dig(path ...any) any {
	var v any
	dec := json.NewDecoder(strings.NewReader(a.body))
	dec.UseNumber()
	if dec.Decode(&v) != nil {
		return nil
	}
	for _, step := range path {
		switch at := step.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[at]
		case int:
			list, _ := v.([]any)
			if at >= len(list) {
				return nil
			}
			v = list[at]
		}
	}
	return v
}

func (a answer) str(path ...any) string { return fmt.Sprint(a.dig(path...)) }

// do makes one call to Box. Headers come in pairs; a body that is no reader is sent as JSON.
func (w *world) do(method, path string, body any, header ...string) answer {
	w.Helper()
	a, err := w.try(method, path, body, header...)
	if err != nil {
		w.Fatal(err)
	}
	return a
}

func (w *world) try(method, path string, body any, header ...string) (answer, error) {
	var in io.Reader
	switch b := body.(type) {
	case nil:
	case io.Reader:
		in = b
	case string:
		in = strings.NewReader(b)
	default:
		raw, err := json.Marshal(b)
		if err != nil {
			return answer{}, err
		}
		in = bytes.NewReader(raw)
	}
	if !strings.HasPrefix(path, "http") {
		path = w.box.URL + path
	}
	req, err := http.NewRequest(method, path, in)
	if err != nil {
		return answer{}, err
	}
	if strings.HasPrefix(path, w.box.URL) {
		req.Header.Set("Authorization", "Bearer "+w.box.Token)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
		if header[i+1] == "" {
			req.Header.Del(header[i])
		}
	}
	client := *w.client
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	a := answer{resp.StatusCode, resp.Header, string(raw)}
	if rest, ok := strings.CutPrefix(path, w.box.URL); ok && err == nil && resp.StatusCode < 500 {
		w.described(method, rest, a)
	}
	return a, err
}

// form is a multipart body of the given parts, and its content type.
func form(parts ...string) (io.Reader, string) {
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for i := 0; i < len(parts); i += 2 {
		if parts[i] == "attributes" {
			m.WriteField(parts[i], parts[i+1])
			continue
		}
		part, _ := m.CreateFormFile(parts[i], "file")
		io.WriteString(part, parts[i+1])
	}
	m.Close()
	return &b, m.FormDataContentType()
}

// upload makes a new file.
func (w *world) upload(folder, name, content string, header ...string) answer {
	w.Helper()
	attributes, _ := json.Marshal(map[string]any{"name": name, "parent": map[string]string{"id": folder}})
	body, kind := form("attributes", string(attributes), "file", content)
	return w.do("POST", "/api/2.0/files/content", body, append(header, "Content-Type", kind)...)
}

// version uploads new content of a file.
func (w *world) version(id, name, content string, header ...string) answer {
	w.Helper()
	body, kind := form("attributes", fmt.Sprintf(`{"name":%q}`, name), "file", content)
	return w.do("POST", "/api/2.0/files/"+id+"/content", body, append(header, "Content-Type", kind)...)
}

// fetch downloads a file, over the redirect.
func (w *world) fetch(id string, header ...string) answer {
	w.Helper()
	a := w.do("GET", "/2.0/files/"+id+"/content", nil)
	if a.status != http.StatusFound {
		return a
	}
	return w.do("GET", a.header.Get("Location"), nil, header...)
}

func (w *world) want(a answer, status int) answer {
	w.Helper()
	if a.status != status {
		w.Fatalf("status %d, want %d: %s", a.status, status, a.body)
	}
	return a
}

// wantProblem checks the shape that all of Box's refusals have.
func (w *world) wantProblem(a answer, status int, code string) answer {
	w.Helper()
	w.want(a, status)
	if a.str("type") != "error" || a.str("code") != code || a.str("status") != fmt.Sprint(status) || a.str("request_id") == "" {
		w.Fatalf("no ClientError with code %s: %s", code, a.body)
	}
	return a
}

func TestWhatIsUploadedIsListedAndComesDownAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sandbox.Options{})
		folder := w.want(w.do("POST", "/2.0/folders", `{"name":"2026","parent":{"id":"`+w.box.Folder+`"}}`), 201).str("id")
		file := w.want(w.upload(folder, "a.pdf", "hello"), 201)
		id := file.str("entries", 0, "id")
		list := w.want(w.do("GET", "/2.0/folders/"+folder+"/items?usemarker=true&limit=1000", nil), 200)
		if got := list.str("entries", 0, "id"); got != id {
			t.Errorf("listed %s, want %s", got, id)
		}
		if a := w.want(w.fetch(id), 200); a.body != "hello" {
			t.Errorf("downloaded %q", a.body)
		}
	})
}
