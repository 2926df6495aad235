package remote

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"sync"
)

// Digest is what content sums up to as it flows by: size, SHA-1 and SHA-256. It is an io.Writer that never fails.
type Digest struct {
	size   int64
	sha1   hash.Hash
	sha256 hash.Hash
}

// NewDigest is the digest of nothing yet.
func NewDigest() *Digest { return &Digest{sha1: sha1.New(), sha256: sha256.New()} }

func (d *Digest) Write(p []byte) (int, error) {
	d.size += int64(len(p))
	d.sha1.Write(p)
	d.sha256.Write(p)
	return len(p), nil
}

// Size is the bytes written so far.
func (d *Digest) Size() int64 { return d.size }

// SHA1 is the digest of the bytes written so far, in lower-case hex.
func (d *Digest) SHA1() string { return hex.EncodeToString(d.sha1.Sum(nil)) }

// SHA256 is the digest of the bytes written so far, in lower-case hex.
func (d *Digest) SHA256() string { return hex.EncodeToString(d.sha256.Sum(nil)) }

// Check says whether what was written is the whole content of e, as far as e tells. If not, the error's code is Corrupt.
func (d *Digest) Check(e Entry) error {
	switch {
	case e.Size >= 0 && e.Size != d.size:
		return corrupt("%d bytes came, %d were announced", d.size, e.Size)
	case e.SHA1 != "" && e.SHA1 != d.SHA1(), e.SHA256 != "" && e.SHA256 != d.SHA256():
		return corrupt("other bytes came than were announced")
	}
	return nil
}

// content is a body that comes down: counted, and checked against what was announced.
type content struct {
	op    string
	r     io.ReadCloser
	want  Entry
	at    int64   // bytes of the content before the next Read
	sum   *Digest // of all before at; nil: not known
	end   error   // what every further Read returns
	tally *tally
	slots *slots
	once  sync.Once
}

func (c *content) Read(p []byte) (int, error) {
	if c.end != nil {
		return 0, c.end
	}
	n, err := c.r.Read(p)
	c.at += int64(n)
	c.tally.add(bytesDown, int64(n))
	if c.sum != nil {
		c.sum.Write(p[:n])
	}
	switch {
	case c.want.Size >= 0 && c.at > c.want.Size:
		c.end = wrap(c.op, corrupt("more than the announced %d bytes came", c.want.Size), false)
		return 0, c.end // what came too much must not be taken for content
	case err == io.EOF:
		c.end = c.check()
	case err != nil:
		c.end = wrap(c.op, err, false)
	}
	return n, c.end
}

// check is what a body ends with that the driver calls complete.
func (c *content) check() error {
	var err error
	switch {
	case c.sum != nil:
		err = c.sum.Check(c.want)
	case c.want.Size >= 0 && c.at != c.want.Size:
		err = corrupt("%d bytes came, %d were announced", c.at, c.want.Size)
	}
	if err != nil {
		return wrap(c.op, err, false)
	}
	return io.EOF
}

// Close ends the transfer. It may be called again.
func (c *content) Close() (err error) {
	c.once.Do(func() {
		err = c.r.Close()
		c.slots.release()
	})
	return err
}
