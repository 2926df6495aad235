package filesro

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"

	"dossier/remote"
)

// sealed is a source that sums up what is read of it, chunk after chunk, and fails its check if that is not what was promised.
type sealed struct {
	remote.Source
	want   string
	before hash.Hash // of the chunks that have passed
	now    hash.Hash // with what was read of this one
}

func newSealed(u remote.Upload) *sealed {
	return &sealed{Source: u.Source, want: u.SHA256, before: sha256.New(), now: sha256.New()}
}

// Open begins the present chunk, again if need be.
func (s *sealed) Open(offset int64) (io.ReadCloser, error) {
	rc, err := s.Source.Open(offset)
	if err != nil {
		return nil, err
	}
	if s.now, err = copyOf(s.before); err != nil {
		_ = rc.Close()
		return nil, err
	}
	return &summed{ReadCloser: rc, sum: s.now}, nil
}

// pass says that the present chunk is over.
func (s *sealed) pass() { s.before = s.now }

// check is asked after the last byte of the last chunk, before its end is told.
func (s *sealed) check() error {
	if err := s.Source.Check(); err != nil {
		return err
	}
	if hex.EncodeToString(s.now.Sum(nil)) != s.want {
		return errors.New("other bytes were read than were promised")
	}
	return nil
}

type summed struct {
	io.ReadCloser
	sum hash.Hash
}

func (s *summed) Read(p []byte) (int, error) {
	n, err := s.ReadCloser.Read(p)
	s.sum.Write(p[:n])
	return n, err
}

func copyOf(h hash.Hash) (hash.Hash, error) {
	c, ok := h.(hash.Cloner)
	if !ok {
		return nil, errors.New("a digest that cannot be copied")
	}
	return c.Clone()
}
