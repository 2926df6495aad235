package box

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"dossier/remote"
	"dossier/remote/rest"
	"dossier/remote/sandbox"
)

// A portal that enforces Box's budget without telling it is kept busy, and hardly ever has to refuse (design §10).
func TestBudgetOfUploadsIsFoundOut(t *testing.T) {
	const files = 6_000
	inWorldOf(t, sandbox.Options{Limits: true}, rest.Options{}, func(w *world) {
		began := time.Now()
		names := make(chan int)
		var wg sync.WaitGroup
		for range parallel {
			wg.Go(func() {
				for i := range names {
					for range 50 {
						_, err := w.Create(w.ctx, w.upload(fmt.Sprint(i), "x"))
						if err == nil {
							break
						}
						if remote.CodeOf(err) != remote.Throttled {
							w.Error(err)
							return
						}
					}
				}
			})
		}
		for i := range files {
			names <- i
		}
		close(names)
		wg.Wait()
		least := time.Duration(files-240) * time.Minute / 240
		used := float64(least) / float64(time.Since(began))
		refused := w.box.Calls(sandbox.Box).Total() - files
		w.Logf("used %.1f %%, refused %d of %d", 100*used, refused, files)
		if len(w.tree()) != files || used < 0.97 || refused*100 > files {
			w.Errorf("%d files, used %.1f %%, refused %d", len(w.tree()), 100*used, refused)
		}
	})
}

// zeros is a large source that takes no memory.
type zeros int64

func (z zeros) Open(offset int64) (io.ReadCloser, error) {
	return io.NopCloser(io.LimitReader(endless{}, int64(z)-offset)), nil
}
func (z zeros) Size() int64  { return int64(z) }
func (z zeros) Check() error { return nil }

type endless struct{}

func (endless) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// A large file takes no more memory than a small one, in a session and whole.
func TestUploadTakesConstantMemory(t *testing.T) {
	const size = 192 << 20
	const someSHA1 = "45837c8efbc8f3d5f1b7f7ae9b7ec1e5d8a0a7f7" // the portal here repeats what it is told
	for _, from := range []int64{1, size + 1} {
		mem := &peak{before: heap()}
		d, err := open(rest.Options{URL: "https://box.test", Token: "tok-123456", ResumeFrom: from, Transport: wrapped(func(r *http.Request) (*http.Response, error) {
			n, _ := io.Copy(mem, r.Body)
			r.Body.Close()
			return obliging(r, n, someSHA1)
		})})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.Create(t.Context(), remote.Upload{At: remote.Place{Parent: "1", Name: "big"}, Source: zeros(size), SHA1: someSHA1}); err != nil {
			t.Fatal(err)
		}
		if mem.passed < size || mem.most > 4<<20 {
			t.Errorf("sessions from %d: %d bytes passed, up to %d bytes of heap more", from, mem.passed, mem.most)
		}
	}
}

// obliging answers as Box would, whatever it is sent.
func obliging(r *http.Request, n int64, sum string) (*http.Response, error) {
	var v any
	file := map[string]any{"entries": []any{map[string]any{"type": "file", "id": "1", "sha1": sum}}}
	at := "https://box.test/api/2.0/files/upload_sessions/S"
	switch {
	case r.Method == http.MethodPut:
		var from, to, total int64
		_, _ = fmt.Sscanf(r.Header.Get("Content-Range"), "bytes %d-%d/%d", &from, &to, &total)
		v = map[string]any{"part": map[string]any{"part_id": "P", "offset": from, "size": n, "sha1": hexOf(r.Header.Get("Digest"))}}
	case strings.HasSuffix(r.URL.Path, "/upload_sessions"):
		v = map[string]any{"id": "S", "part_size": 32 << 20, "session_endpoints": map[string]string{"upload_part": at, "commit": at + "/commit", "abort": at, "list_parts": at + "/parts"}}
	default:
		v = file
	}
	data, err := json.Marshal(v)
	return &http.Response{StatusCode: http.StatusCreated, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(data)), ContentLength: int64(len(data)), Request: r}, err
}

// peak looks at the heap while bytes pass.
type peak struct {
	mu     sync.Mutex
	passed int64
	looked int64
	before int64
	most   int64 // above before
}

func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func (p *peak) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.passed += int64(len(b))
	if p.passed-p.looked > 16<<20 {
		p.looked = p.passed
		p.most = max(p.most, heap()-p.before)
	}
	return len(b), nil
}
