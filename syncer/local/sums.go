package local

import (
	"crypto/sha1"
	"crypto/sha256"
	"hash"
	"time"
)

// sums computes both digests in one pass.
type sums struct {
	sha256, sha1 hash.Hash
	size         int64
}

func newSums() *sums { return &sums{sha256: sha256.New(), sha1: sha1.New()} }

// Write never fails.
func (s *sums) Write(p []byte) (int, error) {
	s.sha256.Write(p)
	s.sha1.Write(p)
	s.size += int64(len(p))
	return len(p), nil
}

// fingerprint is info with the digests of what was written to s. hashed is when the reading ended.
func (s *sums) fingerprint(info Info, hashed time.Time) Fingerprint {
	f := Fingerprint{Size: info.Size, MTime: info.MTime, CTime: info.CTime, FileID: info.FileID, Racy: racy(info, hashed)}
	s.sha256.Sum(f.SHA256[:0])
	s.sha1.Sum(f.SHA1[:0])
	return f
}

// racy reports whether a write after now could leave the times of info as they are. A time ahead of our clock is racy: the
// disk has another clock.
func racy(info Info, now time.Time) bool {
	limit := now.Add(-RacyWindow).UnixNano()
	return info.MTime > limit || info.CTime > limit
}
