package local

import (
	"context"
	"time"
)

// Want is the content that was announced; zero sums are not compared, a negative size neither.
type Want struct {
	Size   int64
	SHA256 Sum256
	SHA1   Sum1
}

// Staged is a file being received, in the house, under an id. It survives the process: the next [Stage] with the same id
// goes on where it was. It is used by one goroutine.
type Staged struct{ id string }

// Stage opens the staging file of id, new or left over, and hashes what it has.
func Stage(ctx context.Context, disk Disk, id string) (*Staged, error) { return nil, errTodo }

// Offset returns how many bytes it has.
func (s *Staged) Offset() int64 { return 0 }

// Write appends.
func (s *Staged) Write(p []byte) (int, error) { return 0, errTodo }

// Restart throws away what it has.
func (s *Staged) Restart() error { return errTodo }

// Finish checks the content ([ErrMismatch] if it is not as announced), makes it durable, sets mtime (unless zero) and reads it
// back. It returns the fingerprint.
func (s *Staged) Finish(want Want, mtime time.Time) (Fingerprint, error) {
	return Fingerprint{}, errTodo
}

// Close releases the file and keeps its content for later.
func (s *Staged) Close() error { return errTodo }

// Discard removes the file.
func (s *Staged) Discard() error { return errTodo }

// Open opens what is staged and finished for reading.
func (s *Staged) Open() (Reader, error) { return nil, errTodo }

// Snapshot copies the client's file at src into staging, so that a save meanwhile is never sent torn. It returns
// [ErrChanged] if src changed while it was read. The returned fingerprint is that of src.
func Snapshot(ctx context.Context, disk Disk, src Path, id string) (*Staged, Fingerprint, error) {
	return nil, Fingerprint{}, errTodo
}

// StagedIDs lists what is in staging.
func StagedIDs(disk Disk) ([]string, error) { return nil, errTodo }

// DiscardStaged removes the staging file of id; none is no error.
func DiscardStaged(disk Disk, id string) error { return errTodo }
