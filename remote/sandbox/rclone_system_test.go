//go:build system

package sandbox_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"dossier/remote/sandbox"
)

// Box's hosts as clients with no setting for the address have them built in.
var boxHosts = []string{"api.box.com", "upload.box.com", "dl.boxcloud.com"}

// vendor is a sandbox that answers to Box's own names: a proxy on loopback takes what a client would send to Box,
// and a certificate of our own stands for theirs.
type vendor struct {
	*sandbox.Server
	info  sandbox.PortalInfo
	proxy string // URL
	ca    string // file
}

func newVendor(t *testing.T, opts sandbox.Options) *vendor {
	t.Helper()
	s, err := sandbox.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	info, err := s.Info(sandbox.Origins{
		Portals: map[string]string{sandbox.Box: "https://api.box.com"}, Downloads: map[string]string{sandbox.Box: "https://dl.boxcloud.com"},
	})
	if err != nil {
		t.Fatal(err)
	}
	cert, ca := certificate(t)
	byHost := func(w http.ResponseWriter, r *http.Request) {
		if r.Host == "dl.boxcloud.com" {
			s.Downloads(sandbox.Box).ServeHTTP(w, r)
			return
		}
		s.Portal(sandbox.Box).ServeHTTP(w, r)
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(byHost))
	server.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
	server.StartTLS()
	t.Cleanup(server.Close)
	return &vendor{s, info.Portals[sandbox.Box], tunnel(t, server.Listener.Addr().String()), ca}
}

// tunnel is a proxy that connects to one place, whatever is asked for, as long as it is Box.
func tunnel(t *testing.T, to string) string {
	var open sync.WaitGroup
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, _ := net.SplitHostPort(r.Host)
		if r.Method != http.MethodConnect || !strings.Contains(strings.Join(boxHosts, " "), host) {
			http.Error(w, "only to Box", http.StatusForbidden)
			t.Errorf("the client wanted %s %s", r.Method, r.Host)
			return
		}
		far, err := net.Dial("tcp", to)
		if err != nil {
			t.Error(err)
			return
		}
		near, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		io.WriteString(near, "HTTP/1.1 200 OK\r\n\r\n")
		for _, pair := range [][2]net.Conn{{near, far}, {far, near}} {
			open.Go(func() {
				io.Copy(pair[0], pair[1])
				pair[0].Close()
			})
		}
	}))
	t.Cleanup(func() { proxy.Close(); open.Wait() })
	return proxy.URL
}

func certificate(t *testing.T) (tls.Certificate, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "sandbox"}, DNSNames: boxHosts, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, file
}

// needs installs a Debian package if its program is not there.
func needs(t *testing.T, program, debian string) {
	t.Helper()
	if _, err := exec.LookPath(program); err == nil {
		return
	}
	if out, err := exec.Command("sh", "-c", "apt-get update -q && apt-get install -y -q "+debian).CombinedOutput(); err != nil {
		t.Fatalf("install %s: %v\n%s", debian, err, out)
	}
}

func (v *vendor) rclone(t *testing.T, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "rclone", append(args, "--ca-cert", v.ca, "--retries", "1", "--low-level-retries", "3", "--config", "/dev/null")...)
	cmd.Env = append(os.Environ(), "HTTPS_PROXY="+v.proxy, "RCLONE_CONFIG_BOX_TYPE=box", "RCLONE_CONFIG_BOX_ACCESS_TOKEN="+v.info.Token)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("rclone %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// rclone's backend for Box does its work against the sandbox as against Box itself: small files and one in parts, up
// and down, compared by SHA-1, changed, moved, deleted.
func TestRcloneSeesNoDifference(t *testing.T) {
	needs(t, "rclone", "rclone")
	v := newVendor(t, sandbox.Options{Dir: t.TempDir()})
	from, back := t.TempDir(), t.TempDir()
	for i := range 40 {
		write(t, filepath.Join(from, fmt.Sprintf("client %d", i%5), fmt.Sprintf("Rechnung ä %d.txt", i)), strings.Repeat(fmt.Sprint(i), i*100))
	}
	write(t, filepath.Join(from, "big.bin"), strings.Repeat("0123456789abcdef", 60<<20/16))

	v.rclone(t, "copy", from, "box:Clients/office")
	v.rclone(t, "check", from, "box:Clients/office")
	if n := v.Calls(sandbox.Box).Sum("PUT", "upload_sessions"); n != 8 {
		t.Errorf("60 MB went in %d parts of 8 MiB", n)
	}
	v.rclone(t, "copy", "box:Clients/office", back)
	if out, err := exec.Command("diff", "-r", from, back).CombinedOutput(); err != nil {
		t.Errorf("came back different: %s", out)
	}

	write(t, filepath.Join(from, "client 0", "Rechnung ä 0.txt"), "changed")
	v.rclone(t, "sync", from, "box:Clients/office")
	v.rclone(t, "moveto", "box:Clients/office/client 1", "box:Clients/office/klant 1")
	v.rclone(t, "copyto", "box:Clients/office/big.bin", "box:Clients/office/copy.bin")
	v.rclone(t, "purge", "box:Clients/office/client 2")
	v.rclone(t, "cleanup", "box:")
	tree := v.Tree(sandbox.Box)
	if _, ok := tree["Clients/office/klant 1/Rechnung ä 1.txt"]; !ok {
		t.Error("the folder was not moved")
	}
	if tree["Clients/office/copy.bin"].SHA1 != tree["Clients/office/big.bin"].SHA1 {
		t.Error("the file was not copied")
	}
	if _, ok := tree["Clients/office/client 2"]; ok {
		t.Error("the folder was not deleted")
	}
	if left := v.Trashed(sandbox.Box); len(left) > 0 {
		t.Errorf("cleanup left %v in the trash", left)
	}
	t.Logf("rclone about: %s", v.rclone(t, "about", "box:"))
	t.Logf("calls: %v", v.Calls(sandbox.Box))
}

func write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
