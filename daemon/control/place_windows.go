package control

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"

	"github.com/Microsoft/go-winio"
	"golang.org/x/sys/windows"
)

// Path is the name of the pipe of a state folder.
func Path(stateDir string) string {
	if abs, err := filepath.Abs(stateDir); err == nil {
		stateDir = abs
	}
	return pipeName(stateDir)
}

// listen opens the pipe. Its first instance must be new: a name that another program has taken is refused by the system.
func listen(dir string) (net.Listener, error) {
	me, err := ownSID()
	if err != nil {
		return nil, err
	}
	l, err := winio.ListenPipe(Path(dir), &winio.PipeConfig{SecurityDescriptor: descriptor(me)})
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("another program has the pipe %s: %w", Path(dir), err)
	}
	return l, err
}

// connect reaches whoever serves the folder's pipe. If nobody does the error is ErrNotRunning.
func connect(ctx context.Context, dir string) (net.Conn, error) {
	conn, err := winio.DialPipeContext(ctx, Path(dir))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, ErrNotRunning
	case errors.Is(err, fs.ErrPermission):
		return nil, notOurs(dir)
	}
	return conn, err
}

// lockedAt is which byte of the file is locked: one that is not there, as what is locked cannot be read by others.
const lockedAt = 1 << 30

func tryLock(f *os.File) (bool, error) {
	const flags = windows.LOCKFILE_EXCLUSIVE_LOCK | windows.LOCKFILE_FAIL_IMMEDIATELY
	err := windows.LockFileEx(windows.Handle(f.Fd()), flags, 0, 1, 0, &windows.Overlapped{Offset: lockedAt})
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) || errors.Is(err, windows.ERROR_IO_PENDING) {
		return false, nil
	}
	return err == nil, err
}
