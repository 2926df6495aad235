//go:build linux && system

package control

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// nobody is a user that has no business here.
const nobody = 65534

// asNobody calls fn on a thread that is nobody's. The thread ends with it.
func asNobody(t *testing.T, fn func() error) error {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Fatal("only root can be somebody else")
	}
	ended := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // and never unlocked
		if _, _, errno := unix.RawSyscall(unix.SYS_SETRESUID, nobody, nobody, nobody); errno != 0 {
			ended <- errno
			return
		}
		ended <- fn()
	}()
	return <-ended
}

// openTo lets everybody come near the state folder, as a careless administrator might.
func openTo(t *testing.T, dir string, mode os.FileMode) {
	t.Helper()
	for _, d := range []string{filepath.Dir(dir), dir} {
		if err := os.Chmod(d, mode); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAnotherUserIsRefusedByTheSocketAndBehindIt(t *testing.T) {
	d := &clerk{asked: make(chan any, 1)}
	r := run(t, d)
	openTo(t, r.dir, 0o755)
	err := asNobody(t, func() error { return second(connect(t.Context(), r.dir)) })
	if CodeOf(err) != NotAllowed {
		t.Errorf("the socket says %v", err)
	}
	if err := os.Chmod(Path(r.dir), 0o666); err != nil {
		t.Fatal(err)
	}
	var conn net.Conn
	err = asNobody(t, func() (err error) {
		conn, err = connect(t.Context(), r.dir)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /v1/stop HTTP/1.1\r\nHost: %s\r\n\r\n", host)
	resp, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: "POST", URL: &url.URL{Path: "/v1/stop"}})
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := refused(t.Context(), resp); resp.StatusCode != http.StatusForbidden || CodeOf(err) != NotAllowed || !resp.Close {
		t.Errorf("behind the socket: %s, %v", resp.Status, err)
	}
	if len(d.asked) > 0 {
		t.Error("another user has stopped the daemon")
	}
	r.client(t) // root is let in
}

func TestASocketThatAnotherUserHasPutThereIsNotBelieved(t *testing.T) {
	dir := t.TempDir()
	openTo(t, dir, 0o777)
	var l net.Listener
	err := asNobody(t, func() (err error) {
		l, err = net.Listen("unix", Path(dir))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, err = Find(t.Context(), dir)
	if e, ok := errors.AsType[*Error](err); !ok || e.Code != NotAllowed || !strings.Contains(e.Message, "nobody") {
		t.Errorf("found: %v", err)
	}
}
