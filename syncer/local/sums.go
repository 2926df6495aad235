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
	f := stamp(info)
	f.Racy = recent(info.MTime, hashed) || recent(info.CTime, hashed)
	s.sha256.Sum(f.SHA256[:0])
	s.sha1.Sum(f.SHA1[:0])
	return f
}

// stamp is a fingerprint without digests.
func stamp(info Info) Fingerprint {
	return Fingerprint{Size: info.Size, MTime: info.MTime, CTime: info.CTime, FileID: info.FileID}
}

// recent reports whether a change after now could bear the same time t. A time ahead of our clock is recent: the disk has
// another clock.
func recent(t int64, now time.Time) bool { return t > now.Add(-RacyWindow).UnixNano() }
