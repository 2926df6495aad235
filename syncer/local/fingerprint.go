package local

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"
)

// Sum256 is a SHA-256; the zero value means not known.
type Sum256 [sha256.Size]byte

// String returns the sum in hex, "" if it is not known.
func (s Sum256) String() string { b, _ := s.MarshalText(); return string(b) }

// IsZero reports whether the sum is not known.
func (s Sum256) IsZero() bool { return s == Sum256{} }

// MarshalText returns the sum in hex, empty if it is not known.
func (s Sum256) MarshalText() ([]byte, error) {
	if s.IsZero() {
		return nil, nil
	}
	return hex.AppendEncode(nil, s[:]), nil
}

// UnmarshalText reads what MarshalText wrote.
func (s *Sum256) UnmarshalText(text []byte) error { return unhex(s[:], text) }

// Sum1 is a SHA-1, which some portals speak; the zero value means not known.
type Sum1 [sha1.Size]byte

// String returns the sum in hex, "" if it is not known.
func (s Sum1) String() string { b, _ := s.MarshalText(); return string(b) }

// IsZero reports whether the sum is not known.
func (s Sum1) IsZero() bool { return s == Sum1{} }

// MarshalText returns the sum in hex, empty if it is not known.
func (s Sum1) MarshalText() ([]byte, error) {
	if s.IsZero() {
		return nil, nil
	}
	return hex.AppendEncode(nil, s[:]), nil
}

// UnmarshalText reads what MarshalText wrote.
func (s *Sum1) UnmarshalText(text []byte) error { return unhex(s[:], text) }

// unhex fills sum from hex; an empty text is the zero sum.
func unhex(sum, text []byte) error {
	clear(sum)
	if len(text) == 0 {
		return nil
	}
	if hex.DecodedLen(len(text)) != len(sum) {
		return fmt.Errorf("read checksum %q: wrong length", text)
	}
	_, err := hex.Decode(sum, text)
	return err
}

// Fingerprint is what we remember of a file's content and how to see quickly that it is still the same.
type Fingerprint struct {
	Size   int64  // bytes
	MTime  int64  // Unix nanoseconds, as the disk gave it back
	CTime  int64  // Unix nanoseconds
	FileID string // see [Info]
	SHA256 Sum256
	SHA1   Sum1

	// Racy means that the file was hashed within [RacyWindow] of its modification: another write of the same size may
	// bear the same time. Equal times then prove nothing, and the file is hashed again next time.
	Racy bool
}

// RacyWindow is how long after a modification the same size and times do not prove the same content: the coarsest clock
// in use (FAT) ticks every 2 s.
const RacyWindow = 2 * time.Second

// Hash reads the file at p once and returns its fingerprint. If the file changed while it was read, it returns
// [ErrChanged].
func Hash(ctx context.Context, disk Disk, p Path) (Fingerprint, error) {
	return hashTo(ctx, disk, p, io.Discard)
}

// hashTo also copies what it reads to w.
func hashTo(ctx context.Context, disk Disk, p Path, w io.Writer) (Fingerprint, error) {
	f, err := disk.Open(p)
	if err != nil {
		return Fingerprint{}, err
	}
	defer f.Close()
	before, err := f.Stat()
	if err != nil {
		return Fingerprint{}, err
	}
	sum := newSums()
	n, err := io.CopyBuffer(io.MultiWriter(sum, w), &ctxReader{ctx, f}, make([]byte, hashBuffer))
	if err != nil {
		return Fingerprint{}, fmt.Errorf("hash %q: %w", p.String(), err)
	}
	if err := unchanged(disk, p, f, before, n); err != nil {
		return Fingerprint{}, err
	}
	return sum.fingerprint(before, time.Now()), nil
}

// hashBuffer is how much is read at once.
const hashBuffer = 256 << 10

// unchanged compares before with the opened file and with what now has the name.
func unchanged(disk Disk, p Path, f Reader, before Info, n int64) error {
	after, err := f.Stat()
	if err != nil {
		return err
	}
	named, err := disk.Lstat(p)
	if err != nil {
		return err
	}
	if after != before || named != before || n != before.Size {
		return fmt.Errorf("hash %q: %w", p.String(), ErrChanged)
	}
	return nil
}

// Matches reports whether info, by itself, shows the file that f describes: same size, times and id, and f is not Racy.
// When it does not, the content may still be the same.
func (f Fingerprint) Matches(info Info) bool {
	return !f.Racy && info.Kind == File && info.Size == f.Size && info.MTime == f.MTime && info.CTime == f.CTime &&
		info.FileID == f.FileID
}

// SameContent reports whether f and g are known to have, or known not to have, the same content.
func (f Fingerprint) SameContent(g Fingerprint) (same, known bool) {
	switch {
	case f.Size != g.Size:
		return false, true
	case !f.SHA256.IsZero() && !g.SHA256.IsZero():
		return f.SHA256 == g.SHA256, true
	case !f.SHA1.IsZero() && !g.SHA1.IsZero():
		return f.SHA1 == g.SHA1, true
	}
	return false, false
}

var errStopped = errors.New("stopped")

// ctxReader stops reading when its context does.
type ctxReader struct {
	ctx context.Context
	r   io.Reader
}

func (r *ctxReader) Read(p []byte) (int, error) {
	if r.ctx.Err() != nil {
		return 0, fmt.Errorf("%w: %w", errStopped, context.Cause(r.ctx))
	}
	return r.r.Read(p)
}
