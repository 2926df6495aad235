package local

import (
	"context"
	"encoding/hex"
	"io"
)

// A mark lies beside a staged file whose writer was closed in order, and tells the SHA-256 of what it had. A power cut may
// leave a file with its length and other bytes; then its mark, whole or torn, does not fit.

// markSuffix cannot stand in an id.
const markSuffix = "~"

func (s *Staged) markPath() Path {
	_, id := s.path.Split()
	return stageDir.Join(id + markSuffix)
}

func (s *Staged) markText() string { return hex.EncodeToString(s.sums.sha256.Sum(nil)) }

// mark notes what was written. Without it the next attempt begins anew, unless the content's digest is known.
func (s *Staged) mark() error {
	if s.sums.size == 0 {
		return nil
	}
	s.marked = true // one may lie there that nobody knows of: its file went without it
	if err := s.unmark(); err != nil {
		return err
	}
	s.marked = true
	return writeNew(s.disk, s.markPath(), []byte(s.markText()))
}

func (s *Staged) unmark() error {
	if !s.marked {
		return nil
	}
	err := gone(s.disk.Remove(s.markPath()))
	s.marked = err != nil
	return err
}

// moved notes that it is no longer in staging. A mark that stays says nothing wrong.
func (s *Staged) moved() {
	s.over = true
	_ = s.unmark()
}

// rehash reads what an earlier opening wrote, and whether its mark fits.
func (s *Staged) rehash(ctx context.Context) error {
	f, err := s.disk.Open(s.path)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err = io.Copy(s.sums, &ctxReader{ctx, f}); err != nil {
		return err
	}
	text, err := readSmall(s.disk, s.markPath(), int64(len(s.markText())))
	s.marked = err == nil || !absent(s.disk, s.markPath())
	s.vouched = s.sums.size == 0 || err == nil && string(text) == s.markText()
	return nil
}
