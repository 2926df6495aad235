package store

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"sync"
)

// pack is one file of many small contents, each after a head of its digest and its size. What does not end was being
// written when the process died, and nothing refers to it: it is cut off at the next start.
type pack struct {
	file    *os.File
	durable bool

	mu struct {
		sync.RWMutex
		at  map[SHA1]span
		end int64
	}
}

type span struct{ off, size int64 }

const packHead = len(SHA1{}) + 8

func openPack(name string, durable bool) (*pack, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	p := &pack{file: f, durable: durable}
	p.mu.at = map[SHA1]span{}
	if err := p.scan(); err != nil {
		f.Close()
		return nil, fmt.Errorf("read %q: %w", name, err)
	}
	return p, nil
}

// scan reads the heads.
func (p *pack) scan() error {
	info, err := p.file.Stat()
	if err != nil {
		return err
	}
	in := bufio.NewReaderSize(p.file, 1<<20)
	var head [packHead]byte
	for {
		if _, err := io.ReadFull(in, head[:]); err == io.EOF || err == io.ErrUnexpectedEOF {
			break
		} else if err != nil {
			return err
		}
		s := span{p.mu.end + int64(packHead), int64(binary.BigEndian.Uint64(head[len(SHA1{}):]))}
		if s.size < 0 || s.size > info.Size()-s.off {
			break
		}
		if _, err := in.Discard(int(s.size)); err != nil {
			return err
		}
		p.mu.at[SHA1(head[:len(SHA1{})])] = s
		p.mu.end = s.off + s.size
	}
	return p.file.Truncate(p.mu.end)
}

func (p *pack) put(sum SHA1, b []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, ok := p.mu.at[sum]; ok {
		return nil
	}
	entry := make([]byte, 0, packHead+len(b))
	entry = append(entry, sum[:]...)
	entry = binary.BigEndian.AppendUint64(entry, uint64(len(b)))
	entry = append(entry, b...)
	if _, err := p.file.WriteAt(entry, p.mu.end); err != nil {
		return fmt.Errorf("keep content: %w", err)
	}
	p.mu.at[sum] = span{p.mu.end + int64(packHead), int64(len(b))}
	p.mu.end += int64(len(entry))
	if p.durable {
		return p.file.Sync()
	}
	return nil
}

func (p *pack) open(sum SHA1) (Content, bool) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	s, ok := p.mu.at[sum]
	if !ok {
		return nil, false
	}
	return section{io.NewSectionReader(p.file, s.off, s.size)}, true
}

func (p *pack) close() error { return p.file.Close() }
