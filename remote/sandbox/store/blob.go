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
	// temp makes room for a content that comes in.
	temp() (room, error)
	open(SHA1) (Content, error)
}

// room is a content on its way in. It ends with exactly one keep or discard.
type room interface {
	io.Writer
	io.WriterAt
	io.ReaderAt
	// keep gives the content its name. What is there under this name already stays.
	keep(SHA1) error
	discard()
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
	if err := os.MkdirAll(d.tempDir(), 0o700); err != nil {
		return nil, err
	}
	for i := range 256 {
		if err := os.MkdirAll(filepath.Join(dir, fmt.Sprintf("%02x", i)), 0o700); err != nil {
			return nil, err
		}
	}
	return d, nil
}

func (d *disk) tempDir() string { return filepath.Join(d.dir, "incoming") }

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
	return &diskRoom{f, d}, nil
}

type diskRoom struct {
	*os.File
	disk *disk
}

func (r *diskRoom) keep(sum SHA1) error {
	var err error
	if r.disk.durable {
		err = r.Sync()
	}
	if err = errors.Join(err, r.Close()); err != nil {
		os.Remove(r.Name())
		return err
	}
	return os.Rename(r.Name(), r.disk.path(sum))
}

func (r *diskRoom) discard() {
	r.Close()
	os.Remove(r.Name())
}

// memory keeps contents in memory, for tests.
type memory struct {
	mu       sync.RWMutex
	contents map[SHA1][]byte
}

func newMemory() *memory { return &memory{contents: map[SHA1][]byte{}} }

func (m *memory) temp() (room, error) { return &memoryRoom{memory: m}, nil }

func (m *memory) open(sum SHA1) (Content, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	b, ok := m.contents[sum]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: sum.String(), Err: fs.ErrNotExist}
	}
	return memoryContent{bytes.NewReader(b)}, nil
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

func (r *memoryRoom) discard() {}
