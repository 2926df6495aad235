package state

import (
	"errors"
	"fmt"
)

var (
	// ErrLocked: another process has the file open.
	ErrLocked = errors.New("in use by another process")
	// ErrNewer: a later version of dossier wrote the file. See NewerError.
	ErrNewer = errors.New("written by a newer version of dossier")
	// ErrCorrupt: the file is damaged. Close it and open it again: it is set aside then, and a new one made.
	ErrCorrupt = errors.New("damaged")
	// ErrNetwork: the file lies on a network drive, where bbolt's locks and mapped pages cannot be trusted. See NetworkError.
	ErrNetwork = errors.New("on a network drive")
	// ErrReadOnly: the file must be changed (created, migrated), and was opened to be read only.
	ErrReadOnly = errors.New("opened for reading only")
	// ErrNotFound: what the call names is not there.
	ErrNotFound = errors.New("not found")
	// ErrTaken: the remote id belongs to another node already.
	ErrTaken = errors.New("remote id belongs to another node")
	// ErrInvalid: a row that would break the tree (no such parent, a cycle, an id that was never given out, a field too long).
	ErrInvalid = errors.New("not a valid row")
)

// NewerError says which schema a file has and which one we know. It is ErrNewer.
type NewerError struct {
	Path        string
	Have, Known int
}

func (e *NewerError) Error() string {
	return fmt.Sprintf("open state %q: it has schema %d, this version of dossier knows %d: install the newer version again, or restore a backup",
		e.Path, e.Have, e.Known)
}

func (e *NewerError) Unwrap() error { return ErrNewer }

// NetworkError says on what kind of drive a file lies. It is ErrNetwork.
type NetworkError struct {
	Path string
	Kind string // nfs, cifs, fuse.sshfs …
}

func (e *NetworkError) Error() string {
	return fmt.Sprintf("open state %q: it lies on a network drive (%s): choose a folder on a disk of this machine", e.Path, e.Kind)
}

func (e *NetworkError) Unwrap() error { return ErrNetwork }

// CorruptError says what is damaged. It is ErrCorrupt.
type CorruptError struct {
	Path  string
	Where string // the part of the file, such as base
	Cause string
}

func (e *CorruptError) Error() string {
	return fmt.Sprintf("read state %q: %s: %s", e.Path, e.Where, e.Cause)
}

func (e *CorruptError) Unwrap() error { return ErrCorrupt }
