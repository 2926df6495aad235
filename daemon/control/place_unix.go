//go:build unix

package control

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Path is where the socket of a state folder lies: always in it, however long its path is (see reach).
func Path(stateDir string) string { return filepath.Join(stateDir, socketName) }

const socketName = "control.sock"

// addressSize is how many bytes an address has for a path and the zero after it: 108 on Linux, 104 elsewhere.
const addressSize = len(unix.RawSockaddrUnix{}.Path)

// reach calls fn with a path to the folder's socket that fits into an address. One that is too long is reached through a link to the
// folder, in a directory of our own that lasts as long as the call. So the socket's place depends on nothing but the state folder:
// neither on who asks, nor on an environment that root and a user do not share.
func reach(dir string, fn func(path string) error) error {
	if path := Path(dir); len(path) < addressSize {
		return fn(path)
	}
	tmp, err := os.MkdirTemp(shortTemp(os.TempDir()), "dossier-")
	if err != nil {
		return fmt.Errorf("make a short path to %q: %w", dir, err)
	}
	defer os.RemoveAll(tmp)
	link := filepath.Join(tmp, "s")
	if err := os.Symlink(dir, link); err != nil {
		return fmt.Errorf("make a short path to %q: %w", dir, err)
	}
	return fn(Path(link))
}

// shortTemp is a directory for temporary files in which a link to a socket fits into an address.
func shortTemp(dir string) string {
	const rest = len("/dossier-4294967295/s/" + socketName)
	if len(dir)+rest < addressSize {
		return dir
	}
	return "/tmp"
}

// listen takes the socket. The caller has claimed the folder: nobody else who keeps to that comes in between.
func listen(dir string) (net.Listener, error) {
	if err := sweep(dir); err != nil {
		return nil, err
	}
	var l *net.UnixListener
	err := reach(dir, func(path string) (err error) {
		l, err = net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("%w; the state folder must be on a disk of this computer that can hold sockets (`state` in the configuration)", err)
	}
	l.SetUnlinkOnClose(false) // it may be known under another path
	s := &socket{UnixListener: l, path: Path(dir)}
	if err := os.Chmod(s.path, 0o600); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// sweep removes the socket of a dead daemon. Someone may have removed the lock of a living one: so it is called before.
func sweep(dir string) error {
	path := Path(dir)
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode().Type() != fs.ModeSocket {
		return fmt.Errorf("%q is in the way; move it elsewhere", path)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	conn, err := connect(ctx, dir)
	if err == nil {
		served, _ := peerOf(conn) // that somebody answers is enough to know
		return errors.Join(&RunningError{PID: served.PID}, conn.Close())
	}
	if !errors.Is(err, ErrNotRunning) {
		return err
	}
	return os.Remove(path)
}

// socket is a listener that takes its socket away when it is closed.
type socket struct {
	*net.UnixListener
	path string
	once sync.Once
	err  error
}

func (s *socket) Close() error {
	s.once.Do(func() { s.err = errors.Join(os.Remove(s.path), s.UnixListener.Close()) })
	return s.err
}

// connect reaches whoever serves the folder's socket. If nobody does the error is ErrNotRunning.
func connect(ctx context.Context, dir string) (conn net.Conn, err error) {
	if _, err := os.Lstat(Path(dir)); errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotRunning
	}
	err = reach(dir, func(path string) error {
		conn, err = new(net.Dialer).DialContext(ctx, "unix", path)
		return err
	})
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return nil, ErrNotRunning
	case errors.Is(err, fs.ErrPermission):
		return nil, notOurs(dir)
	}
	return conn, err
}

func tryLock(f *os.File) (bool, error) {
	err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}
