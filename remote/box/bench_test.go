package box

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"sync"
	"testing"
	"time"

	"dossier/remote"
	"dossier/remote/remotetest"
	"dossier/remote/rest"
	"dossier/remote/sandbox"
)

// BenchmarkSmallFiles prints how fast the driver uploads small files, as a share of what a bare client does that sends the same
// requests (design §10: at least 0.9).
func BenchmarkSmallFiles(b *testing.B) {
	const files = 3000
	content := bytes.Repeat([]byte("x"), 10_000)
	upload := remotetest.UploadOf(remote.Place{}, content) // the mirror knows the digests already
	var ours, bare time.Duration
	for b.Loop() {
		info := served(b)
		bare += timed(func() { inParallel(files, bareUpload(b, info, content)) })
		d, root := driverAt(b, served(b))
		ours += timed(func() {
			inParallel(files, func(i int) error {
				u := upload
				u.At = remote.Place{Parent: root, Name: fmt.Sprint(i)}
				_, err := d.Create(b.Context(), u)
				return err
			})
		})
	}
	b.ReportMetric(bare.Seconds()/ours.Seconds(), "of-bare")
	b.ReportMetric(files*float64(b.N)/ours.Seconds(), "files/s")
}

// BenchmarkLargeFile prints the rate of one large file, up in a session and down, as a share of what a bare client does that
// computes the same digests (design §10: at least 0.95).
func BenchmarkLargeFile(b *testing.B) {
	const size = 512 << 20
	var ours, bare time.Duration
	sum := hex.EncodeToString(digested(zeros(size)).Sum(nil))
	for b.Loop() {
		at := sink(b)
		bare += timed(func() { bareParts(b, at, size) })
		d, err := open(rest.Options{URL: at, Token: "tok-123456"})
		if err != nil {
			b.Fatal(err)
		}
		u := remote.Upload{At: remote.Place{Parent: "1", Name: "big"}, Source: zeros(size), SHA1: sum}
		ours += timed(func() {
			if _, err := d.Create(b.Context(), u); err != nil {
				b.Fatal(err)
			}
		})
		d.Close()
	}
	b.ReportMetric(bare.Seconds()/ours.Seconds(), "of-bare")
	b.ReportMetric(size/1e6*float64(b.N)/ours.Seconds(), "MB/s")
}

func timed(f func()) time.Duration {
	began := time.Now()
	f()
	return time.Since(began)
}

func inParallel(n int, f func(i int) error) {
	next := make(chan int)
	var wg sync.WaitGroup
	for range parallel {
		wg.Go(func() {
			for i := range next {
				if err := f(i); err != nil {
					panic(err)
				}
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
}

func served(b *testing.B) sandbox.PortalInfo {
	b.Helper()
	server, err := sandbox.New(sandbox.Options{})
	if err != nil {
		b.Fatal(err)
	}
	r, err := server.Serve(b.Context(), "")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { r.Close(); server.Close() })
	return r.Info.Portals[sandbox.Box]
}

func driverAt(b *testing.B, info sandbox.PortalInfo) (*Driver, remote.ID) {
	b.Helper()
	d, err := open(rest.Options{URL: info.URL, Token: rest.Secret(info.Token)})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { d.Close() })
	return d, remote.ID(info.Folder)
}

func bareClient() *http.Client {
	return &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16, WriteBufferSize: 64 << 10, ReadBufferSize: 64 << 10}}
}

// bareUpload sends what the driver sends, and nothing else.
func bareUpload(b *testing.B, info sandbox.PortalInfo, content []byte) func(int) error {
	client := bareClient()
	return func(i int) error {
		var body bytes.Buffer
		w := multipart.NewWriter(&body)
		_ = w.WriteField("attributes", fmt.Sprintf(`{"name":"%d","parent":{"id":%q},"content_modified_at":"2026-11-21T14:03:22Z"}`, i, info.Folder))
		part, _ := w.CreatePart(textproto.MIMEHeader{"Content-Disposition": {`form-data; name="file"; filename="x"`}})
		_, _ = part.Write(content)
		_ = w.Close()
		sum := sha1.Sum(content)
		req, err := http.NewRequestWithContext(b.Context(), http.MethodPost, info.URL+"/api/2.0/files/content?fields="+fields, &body)
		if err != nil {
			return err
		}
		req.Header = http.Header{"Authorization": {"Bearer " + info.Token}, "Content-Type": {w.FormDataContentType()}, "Content-Md5": {hex.EncodeToString(sum[:])}}
		resp, err := client.Do(req)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != http.StatusCreated {
			return fmt.Errorf("%s: %v", resp.Status, err)
		}
		return nil
	}
}

func digested(z zeros) hash.Hash {
	h := sha1.New()
	rc, _ := z.Open(0)
	_, _ = io.Copy(h, rc)
	return h
}

// sink is a portal that takes parts and forgets them.
func sink(b *testing.B) string {
	b.Helper()
	var url string
	server := newSink(func(w http.ResponseWriter, r *http.Request) {
		n, _ := io.Copy(io.Discard, r.Body)
		resp, err := obliging(r, n, "")
		if err != nil {
			panic(err)
		}
		data, _ := io.ReadAll(resp.Body)
		w.WriteHeader(resp.StatusCode)
		_, _ = w.Write(bytes.ReplaceAll(data, []byte("https://box.test"), []byte(url)))
	})
	url = server.URL
	b.Cleanup(server.Close)
	return url
}

// bareParts sends a file in parts of the same size, as many at once, with a digest each.
func bareParts(b *testing.B, at string, size int64) {
	const part = 32 << 20
	client := bareClient()
	offsets := make(chan int64)
	var wg sync.WaitGroup
	for range partsAbreast {
		wg.Go(func() {
			buf := make([]byte, part)
			for offset := range offsets {
				rc, _ := zeros(size).Open(offset)
				n, _ := io.ReadFull(rc, buf)
				sum := sha1.Sum(buf[:n])
				req, _ := http.NewRequestWithContext(b.Context(), http.MethodPut, at, bytes.NewReader(buf[:n]))
				req.Header.Set("Digest", digest(hex.EncodeToString(sum[:])))
				req.Header.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", offset, offset+int64(n)-1, size))
				resp, err := client.Do(req)
				if err != nil {
					panic(err)
				}
				_, _ = io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
			}
		})
	}
	for offset := int64(0); offset < size; offset += part {
		offsets <- offset
	}
	close(offsets)
	wg.Wait()
}
