package store

import (
	"bytes"
	"crypto/sha1"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// Content is an open content: it can be read from any place, and must be closed.
type Content interface {
	io.ReadSeekCloser
	io.ReaderAt
}

// blobs is where contents are. Both implementations may be used by many goroutines at once.
type blobs interface {
	// temp makes room for a content that comes in at once.
	temp() (room, error)
	// stage opens the room of this name, for a content that comes in pieces; it is made at the first call, and is
	// still there after a restart.
	stage(name string) (room, error)
	forget(stage string)
	open(SHA1) (Content, error)
}

// room is a content on its way in. It ends with exactly one keep, discard or, if it was staged, release.
type room interface {
	io.Writer
	io.WriterAt
	io.ReaderAt
	// keep gives the content its name. What is there under this name already stays.
	keep(SHA1) error
	discard()
	release()
}

// Incoming is a content that was received in full and waits for the decision whether to keep it. Discard after
// Keep does nothing, so that it can be deferred.
type Incoming struct {
	SHA1 SHA1
	Size int64
	room room
}

// Receive reads r to its end. On an error of r it returns what came before the error together with the error, for
// portals that keep torn uploads.
func (s *Store) Receive(r io.Reader) (*Incoming, error) {
	room, err := s.blobs.temp()
	if err != nil {
		return nil, fmt.Errorf("receive content: %w", err)
	}
	sum := sha1.New()
	n, err := io.Copy(io.MultiWriter(sum, room), r)
	return &Incoming{SHA1: digest(sum), Size: n, room: room}, err
}

// Keep puts the content where Open finds it.
func (in *Incoming) Keep() error {
	if in.room == nil {
		return nil
	}
	err := in.room.keep(in.SHA1)
	in.room = nil
	return err
}

// Discard forgets the content unless it was kept.
func (in *Incoming) Discard() {
	if in != nil && in.room != nil {
		in.room.discard()
		in.room = nil
	}
}

// A Stage is a content that comes in pieces, perhaps several at once, perhaps over days. Pieces that overlap are the
// caller's to prevent. Each Stage ends with exactly one Keep or Release.
type Stage struct{ room }

// Stage opens the stage of this name, which must do as a file name.
func (s *Store) Stage(name string) (Stage, error) {
	r, err := s.blobs.stage(name)
	if err != nil {
		return Stage{}, fmt.Errorf("stage content: %w", err)
	}
	return Stage{r}, nil
}

// Keep puts the content where Open finds it, quickly enough for the inside of an Update. Forget the stage afterwards.
func (s Stage) Keep(sum SHA1) error { return s.keep(sum) }

// Forget removes the stage of this name, if it is there.
func (s *Store) Forget(stage string) { s.blobs.forget(stage) }

// Release ends this use of the stage; the content stays staged.
func (s Stage) Release() { s.release() }

// Open opens a content that was kept.
func (s *Store) Open(sum SHA1) (Content, error) { return s.blobs.open(sum) }

func digest(h hash.Hash) (sum SHA1) {
	h.Sum(sum[:0])
	return sum
}

// disk keeps each content in a file named after its digest, in 256 folders.
type disk struct {
	dir     string
	durable bool
}

func openDisk(dir string, durable bool) (*disk, error) {
	d := &disk{dir, durable}
	if err := os.RemoveAll(d.tempDir()); err != nil { // left over from a killed process
		return nil, err
	}
	for _, sub := range []string{d.tempDir(), d.stageDir()} {
		if err := os.MkdirAll(sub, 0o700); err != nil {
			return nil, err
		}
	}
	for i := range 256 {
		if err := os.MkdirAll(filepath.Join(dir, fmt.Sprintf("%02x", i)), 0o700); err != nil {
			return nil, err
		}
	}
	return d, nil
}

func (d *disk) tempDir() string { return filepath.Join(d.dir, "incoming") }

func (d *disk) stageDir() string { return filepath.Join(d.dir, "staged") }

func (d *disk) stage(name string) (room, error) {
	f, err := os.OpenFile(filepath.Join(d.stageDir(), filepath.Base(name)), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	return &diskRoom{f, d, true}, nil
}

func (d *disk) forget(stage string) { os.Remove(filepath.Join(d.stageDir(), filepath.Base(stage))) }

func (d *disk) path(sum SHA1) string {
	name := sum.String()
	return filepath.Join(d.dir, name[:2], name[2:])
}

func (d *disk) open(sum SHA1) (Content, error) { return os.Open(d.path(sum)) }

func (d *disk) temp() (room, error) {
	f, err := os.CreateTemp(d.tempDir(), "")
	if err != nil {
		return nil, err
	}
	return &diskRoom{f, d, false}, nil
}

type diskRoom struct {
	*os.File
	disk   *disk
	staged bool
}

func (r *diskRoom) keep(sum SHA1) error {
	var err error
	if r.disk.durable {
		err = r.Sync()
	}
	if err = errors.Join(err, r.Close()); err != nil {
		return err
	}
	if r.staged && os.Link(r.Name(), r.disk.path(sum)) == nil {
		return nil // the stage stays until the change that refers to it is on disk
	}
	return os.Rename(r.Name(), r.disk.path(sum))
}

func (r *diskRoom) discard() {
	r.Close()
	os.Remove(r.Name())
}

func (r *diskRoom) release() { r.Close() }

// memory keeps contents in memory, for tests.
type memory struct {
	mu       sync.RWMutex
	contents map[SHA1][]byte
	staged   map[string]*memoryRoom
}

func newMemory() *memory {
	return &memory{contents: map[SHA1][]byte{}, staged: map[string]*memoryRoom{}}
}

func (m *memory) temp() (room, error) { return &memoryRoom{memory: m}, nil }

func (m *memory) stage(name string) (room, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.staged[name] == nil {
		m.staged[name] = &memoryRoom{memory: m}
	}
	return m.staged[name], nil
}

func (m *memory) open(sum SHA1) (Content, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	b, ok := m.contents[sum]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: sum.String(), Err: fs.ErrNotExist}
	}
	return memoryContent{bytes.NewReader(b)}, nil
}

func (m *memory) forget(stage string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.staged, stage)
}

type memoryContent struct{ *bytes.Reader }

func (memoryContent) Close() error { return nil }

type memoryRoom struct {
	memory *memory

	mu sync.Mutex
	b  []byte
}

func (r *memoryRoom) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.b = append(r.b, p...)
	return len(p), nil
}

func (r *memoryRoom) WriteAt(p []byte, off int64) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if grow := off + int64(len(p)) - int64(len(r.b)); grow > 0 {
		r.b = append(r.b, make([]byte, grow)...)
	}
	return copy(r.b[off:], p), nil
}

func (r *memoryRoom) ReadAt(p []byte, off int64) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return bytes.NewReader(r.b).ReadAt(p, off)
}

func (r *memoryRoom) keep(sum SHA1) error {
	r.memory.mu.Lock()
	defer r.memory.mu.Unlock()
	r.memory.contents[sum] = r.b
	return nil
}

func (*memoryRoom) discard() {}

func (*memoryRoom) release() {}
