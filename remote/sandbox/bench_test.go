package sandbox_test

import (
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"dossier/remote/sandbox"
)

// Benchmarks of the sandbox itself, over loopback and on disk: it must not be what limits a benchmark of dossier.
// The floor of each is the same traffic against a handler that does nothing but read and hash.

func served(b *testing.B) (*sandbox.Server, sandbox.PortalInfo, *http.Client) {
	b.Helper()
	s, err := sandbox.New(sandbox.Options{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	running, err := s.Serve(b.Context(), "")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		running.Close()
		s.Close()
	})
	return s, running.Info.Portals[sandbox.Box], &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8}, CheckRedirect: withoutToken}
}

// withoutToken keeps the token from the download origin: to net/http another port of a host is the same host.
func withoutToken(r *http.Request, _ []*http.Request) error {
	r.Header.Del("Authorization")
	return nil
}

func send(b *testing.B, client *http.Client, method, url, token string, body io.Reader, header ...string) []byte {
	req, err := http.NewRequest(method, url, body)
	if err != nil {
		b.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := client.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode >= 400 {
		b.Fatal(resp.StatusCode, string(raw), err)
	}
	return raw
}

func BenchmarkUploadSmall(b *testing.B) {
	_, box, client := served(b)
	floor := http.NewServeMux()
	floor.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		io.Copy(sha1.New(), r.Body)
		w.Write([]byte("{}"))
	})
	bare, stop := listen(b, floor)
	defer stop()
	for name, url := range map[string]string{"sandbox": box.URL, "floor": bare} {
		b.Run(name, func(b *testing.B) {
			var n atomic.Int64
			content := strings.Repeat("x", 10_000)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					i := fmt.Sprintf("%s %d %d", name, b.N, n.Add(1))
					body, kind := form("attributes", inFolder(i, box.Folder), "file", i+content)
					send(b, client, "POST", url+"/api/2.0/files/content", box.Token, body, "Content-Type", kind)
				}
			})
		})
	}
}

func listen(b *testing.B, h http.Handler) (url string, stop func()) {
	b.Helper()
	server := &http.Server{Addr: "127.0.0.1:0", Handler: h}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		server.Serve(l)
		close(done)
	}()
	return "http://" + l.Addr().String(), func() {
		server.Close()
		<-done
	}
}

// A page of 1,000 entries out of 10,000, with the fields a mirror asks for.
func BenchmarkListPage(b *testing.B) {
	s, box, client := served(b)
	for i := range 10_000 {
		if _, err := s.Put(sandbox.Box, fmt.Sprintf("Clients/%d.txt", i), strings.NewReader("x"), time.Time{}); err != nil {
			b.Fatal(err)
		}
	}
	url := box.URL + "/2.0/folders/" + box.Folder + "/items?usemarker=true&limit=1000&fields=type,id,sequence_id,etag,sha1,name,size,content_modified_at,item_status,parent,file_version"
	for b.Loop() {
		b.SetBytes(int64(len(send(b, client, "GET", url, box.Token, nil))))
	}
}

// 64 MiB in parts of 8, and down again.
func BenchmarkLargeFile(b *testing.B) {
	s, box, client := served(b)
	const partSize, size = 8 << 20, 64 << 20
	chunk := bytes.Repeat([]byte("0123456789abcdef"), partSize/16)
	sum := sha1.Sum(chunk)
	whole := sha1.Sum(bytes.Repeat(chunk, size/partSize))
	digest := func(sum [20]byte) string { return "sha=" + base64.StdEncoding.EncodeToString(sum[:]) }
	n := 0
	up := func(b *testing.B) {
		n++
		made := answer{body: string(send(b, client, "POST", box.URL+"/api/2.0/files/upload_sessions", box.Token,
			strings.NewReader(fmt.Sprintf(`{"folder_id":%q,"file_name":"big %d","file_size":%d}`, box.Folder, n, size))))}
		at := made.str("session_endpoints", "upload_part")
		for from := 0; from < size; from += partSize {
			send(b, client, "PUT", at, box.Token, bytes.NewReader(chunk), "Digest", digest(sum), "Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, from+partSize-1, size))
		}
		parts := answer{body: string(send(b, client, "GET", at+"/parts", box.Token, nil))}
		list := strings.SplitAfterN(parts.body, `"entries":`, 2)[1]
		list = list[:strings.Index(list, "]")+1]
		send(b, client, "POST", at+"/commit", box.Token, strings.NewReader(`{"parts":`+list+`}`), "Digest", digest(whole))
	}
	b.Run("up", func(b *testing.B) {
		b.SetBytes(size)
		for b.Loop() {
			up(b)
		}
	})
	b.Run("down", func(b *testing.B) {
		id := s.Tree(sandbox.Box)["Clients/big 1"].ID
		b.SetBytes(size)
		for b.Loop() {
			req, err := http.NewRequest("GET", box.URL+"/2.0/files/"+id+"/content", nil)
			if err != nil {
				b.Fatal(err)
			}
			req.Header.Set("Authorization", "Bearer "+box.Token)
			resp, err := client.Do(req)
			if err != nil {
				b.Fatal(err)
			}
			if n, err := io.Copy(io.Discard, resp.Body); n != size || err != nil {
				b.Fatal(n, err)
			}
			resp.Body.Close()
		}
	})
}
