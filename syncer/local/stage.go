package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"
)

// stageDir holds the staged files of all clients of a house, by id.
var stageDir = InHouse("stage")

// stageSync is how many bytes are written between two syncs, so that the disk is not flooded at the end.
const stageSync = 32 << 20

// Want is the content that was announced; zero sums are not compared, a negative size neither.
type Want struct {
	Size   int64
	SHA256 Sum256
	SHA1   Sum1
}

// check compares.
func (w Want) check(got Fingerprint) error {
	switch {
	case w.Size >= 0 && w.Size != got.Size:
		return fmt.Errorf("%w: %d bytes instead of %d", ErrMismatch, got.Size, w.Size)
	case !w.SHA256.IsZero() && w.SHA256 != got.SHA256:
		return fmt.Errorf("%w: sha-256 %v instead of %v", ErrMismatch, got.SHA256, w.SHA256)
	case !w.SHA1.IsZero() && w.SHA1 != got.SHA1:
		return fmt.Errorf("%w: sha-1 %v instead of %v", ErrMismatch, got.SHA1, w.SHA1)
	}
	return nil
}

// Staged is a file being received, in the house, under an id. It survives the process: the next [Stage] with the same id
// goes on where it was. After a power cut its content may not be what was written: [Staged.Finish] finds out if a digest was announced,
// and [Staged.Vouched] tells whether one is needed. It is used by one goroutine.
type Staged struct {
	disk Disk
	path Path
	w    Writer // nil once closed or finished
	sums *sums
	done *Fingerprint // once finished

	unsynced int64

	vouched bool // what is in it is what was written
	marked  bool // a mark may lie beside it
	over    bool // closed, discarded or put in place
}

// Stage opens the staging file of id, new or left over, and hashes what it has. id is letters, digits, dot, dash, underscore,
// at most 100, and the same for all clients of a house.
func Stage(ctx context.Context, disk Disk, id string) (*Staged, error) {
	if err := checkID(id); err != nil {
		return nil, err
	}
	s := &Staged{disk: disk, path: stageDir.Join(id), sums: newSums()}
	var err error
	s.w, err = disk.Append(s.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return s, s.create()
	case err != nil:
		return nil, err
	}
	shared, err := s.shared()
	if err == nil && shared {
		return s, s.Restart()
	}
	if err == nil {
		err = s.rehash(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// shared reports whether the file has another name as well. Where renaming is linking and unlinking, a crash in between leaves
// a placed file under its staged name too: it is the client's, and must not be written to.
func (s *Staged) shared() (bool, error) {
	info, err := s.w.Stat()
	return info.Links > 1, err
}

func (s *Staged) create() (err error) {
	if err := ensureDirs(s.disk, stageDir); err != nil {
		return err
	}
	s.w, err = s.disk.Create(s.path)
	s.vouched, s.over = true, false
	return err
}

// Offset returns how many bytes it has.
func (s *Staged) Offset() int64 { return s.sums.size }

// Vouched reports whether it certainly has what was written to it, which is not so after a crash.
func (s *Staged) Vouched() bool { return s.vouched }

// Write appends.
func (s *Staged) Write(p []byte) (int, error) {
	n, err := s.w.Write(p)
	s.sums.Write(p[:n])
	s.unsynced += int64(n)
	if err == nil && s.unsynced >= stageSync {
		s.unsynced, err = 0, s.w.Sync()
	}
	return n, err
}

// Restart throws away what it has.
func (s *Staged) Restart() error {
	if err := s.Discard(); err != nil {
		return err
	}
	s.sums, s.done, s.unsynced = newSums(), nil, 0
	return s.create()
}

// Finish checks the content ([ErrMismatch] if it is not as announced), makes it durable, sets mtime (unless zero) and reads it
// back. It returns the fingerprint. It may be called again after an error.
func (s *Staged) Finish(want Want, mtime time.Time) (Fingerprint, error) {
	if s.w != nil {
		if err := s.w.Sync(); err != nil {
			return Fingerprint{}, err
		}
		if err := s.release(); err != nil { // before the time is set: Windows sets it anew when the writer closes
			return Fingerprint{}, err
		}
	}
	if !mtime.IsZero() {
		if err := s.disk.Chtimes(s.path, mtime.UnixNano()); err != nil {
			return Fingerprint{}, err
		}
	}
	info, err := s.disk.Lstat(s.path)
	if err != nil {
		return Fingerprint{}, err
	}
	got := s.sums.fingerprint(info, time.Now())
	got.Racy = recent(info.MTime, time.Now()) // nobody else writes here, so that its time of change says nothing
	if info.Size != s.sums.size {
		return Fingerprint{}, fmt.Errorf("stage %q: %w: %d bytes on disk, %d written", s.path.String(), ErrMismatch, info.Size, s.sums.size)
	}
	if err := want.check(got); err != nil {
		return Fingerprint{}, fmt.Errorf("stage %q: %w", s.path.String(), err)
	}
	s.done = &got
	return got, nil
}

// Close releases the file and keeps its content for later.
func (s *Staged) Close() error {
	err := s.release()
	if s.vouched && !s.over {
		err = errors.Join(err, s.mark())
	}
	s.over = true
	return err
}

func (s *Staged) release() error {
	if s.w == nil {
		return nil
	}
	w := s.w
	s.w = nil
	return w.Close()
}

// Print is the fingerprint of what was finished; zero before that.
func (s *Staged) Print() Fingerprint {
	if s.done == nil {
		return Fingerprint{}
	}
	return *s.done
}

// Discard removes the file.
func (s *Staged) Discard() error {
	s.over = true
	err := errors.Join(s.release(), s.unmark())
	return errors.Join(err, gone(s.disk.Remove(s.path)))
}

// Open opens what is staged for reading.
func (s *Staged) Open() (Reader, error) { return s.disk.Open(s.path) }

// Snapshot copies the client's file at src into staging, so that a save meanwhile is never sent torn. It returns
// [ErrChanged] if src changed while it was read. The returned fingerprint is that of src. A snapshot is not made durable.
func Snapshot(ctx context.Context, disk Disk, src Path, id string) (*Staged, Fingerprint, error) {
	if err := DiscardStaged(disk, id); err != nil {
		return nil, Fingerprint{}, err
	}
	s, err := Stage(ctx, disk, id)
	if err != nil {
		return nil, Fingerprint{}, err
	}
	got, err := hashTo(ctx, disk, src, s.w)
	if closeErr := s.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return nil, Fingerprint{}, errors.Join(err, s.Discard())
	}
	return s, got, nil
}

// StagedIDs lists what is in staging, of all clients.
func StagedIDs(disk Disk) ([]string, error) {
	list, err := disk.ReadDir(stageDir)
	if err != nil {
		return nil, gone(err)
	}
	var ids []string
	for _, e := range list {
		if !strings.HasSuffix(e.Name, markSuffix) {
			ids = append(ids, e.Name)
		}
	}
	return ids, nil
}

// SweepStaged removes what nobody wrote to since a time, of all clients: its content is no longer asked for under that id. It returns
// how many bytes that freed.
func SweepStaged(disk Disk, since time.Time) (freed int64, err error) {
	list, err := disk.ReadDir(stageDir)
	if err != nil {
		return 0, gone(err)
	}
	for _, e := range list {
		if e.Err != nil || max(e.Info.MTime, e.Info.CTime) >= since.UnixNano() {
			continue
		}
		if err := gone(disk.Remove(stageDir.Join(e.Name))); err != nil {
			return freed, err
		}
		freed += e.Info.Size
	}
	return freed, nil
}

// DiscardStaged removes the staging file of id; none is no error.
func DiscardStaged(disk Disk, id string) error {
	if err := checkID(id); err != nil {
		return err
	}
	return errors.Join(gone(disk.Remove(stageDir.Join(id+markSuffix))), gone(disk.Remove(stageDir.Join(id))))
}
