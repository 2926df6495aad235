package remotetest

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"time"

	"dossier/remote"
)

// Bytes is a Source of bytes in memory.
type Bytes struct {
	Content []byte
	// Broken is what Check says, and what a read fails with that gets to FailAt, where that is not 0.
	Broken error
	FailAt int64
}

func (b Bytes) Open(offset int64) (io.ReadCloser, error) {
	r := bytes.NewReader(b.Content[offset:])
	if b.FailAt == 0 {
		return io.NopCloser(r), nil
	}
	return io.NopCloser(io.MultiReader(io.LimitReader(r, b.FailAt-offset), failing{b.Broken})), nil
}

func (b Bytes) Size() int64 { return int64(len(b.Content)) }

func (b Bytes) Check() error { return b.Broken }

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// UploadOf is what sends content to a place, with the digests that belong to it.
func UploadOf(at remote.Place, content []byte) remote.Upload {
	one, two := sha1.Sum(content), sha256.Sum256(content)
	return remote.Upload{
		At:       at,
		Source:   Bytes{Content: content},
		SHA1:     hex.EncodeToString(one[:]),
		SHA256:   hex.EncodeToString(two[:]),
		Modified: time.Date(2026, 11, 21, 14, 3, 22, 0, time.UTC),
	}
}
