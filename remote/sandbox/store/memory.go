package store

import (
	"bytes"
	"io/fs"
	"sync"
)

// memory keeps contents in memory, for tests.
type memory struct {
	mu       sync.RWMutex
	contents map[SHA1][]byte
	staged   map[string]*memoryRoom
}

func newMemory() *memory {
	return &memory{contents: map[SHA1][]byte{}, staged: map[string]*memoryRoom{}}
}

func (m *memory) put(sum SHA1, b []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.contents[sum] = b
	return nil
}

func (m *memory) close() error { return nil }

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

func (r *memoryRoom) size() (int64, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return int64(len(r.b)), nil
}

func (r *memoryRoom) keep(sum SHA1) error {
	r.memory.mu.Lock()
	defer r.memory.mu.Unlock()
	r.memory.contents[sum] = r.b
	return nil
}

func (*memoryRoom) discard() {}

func (*memoryRoom) release() {}
