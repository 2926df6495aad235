package control

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Place is a state folder that belongs to this process alone, as far as daemons go.
type Place struct {
	dir  string
	lock *os.File // locked as long as it is open
}

// Claim makes this process the one daemon of a state folder, until Close. While another process is, the error is a *RunningError.
// The folder is made if it is missing.
func Claim(stateDir string) (*Place, error) {
	dir, err := filepath.Abs(stateDir)
	if err != nil {
		return nil, fmt.Errorf("claim state folder: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("claim state folder: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(dir, "control.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("claim state folder: %w", err)
	}
	if err := hold(lock); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return &Place{dir: dir, lock: lock}, nil
}

// hold locks the file for this process and writes down whose it is. The file stays when the lock goes: to remove it would let two
// processes lock two files of one name.
func hold(lock *os.File) error {
	ok, err := tryLock(lock)
	if err != nil {
		return fmt.Errorf("lock %q: %w", lock.Name(), err)
	}
	if !ok {
		return &RunningError{PID: holder(lock)}
	}
	if err := lock.Truncate(0); err != nil {
		return fmt.Errorf("note who has the state folder: %w", err)
	}
	if _, err := lock.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0); err != nil {
		return fmt.Errorf("note who has the state folder: %w", err)
	}
	return nil
}

// holder reads which process has the lock; 0: it has not said so yet.
func holder(lock *os.File) int {
	text := make([]byte, 32)
	n, _ := lock.ReadAt(text, 0) // io.EOF, as it is shorter
	pid, err := strconv.Atoi(strings.TrimSpace(string(text[:n])))
	if err != nil {
		return 0
	}
	return pid
}

// Listen opens the socket, in place of what a dead daemon may have left. The listener's Close removes it. Connections are not checked
// yet; Serve does that.
func (p *Place) Listen() (net.Listener, error) {
	l, err := listen(p.dir)
	if err != nil {
		return nil, fmt.Errorf("listen for commands: %w", err)
	}
	return l, nil
}

// Close lets another process have the state folder. The listener is to be closed before.
func (p *Place) Close() error { return p.lock.Close() }
