package store

import (
	"bytes"
	"crypto/sha1"
	"fmt"
	"io"
)

// Content is an open content: it can be read from any place, and must be closed.
type Content interface {
	io.ReadSeekCloser
	io.ReaderAt
}

// blobs is where contents are. Both implementations may be used by many goroutines at once.
type blobs interface {
	// put keeps a small content.
	put(SHA1, []byte) error
	// temp makes room for a content that comes in at once.
	temp() (room, error)
	// stage opens the room of this name, for a content that comes in pieces; it is made at the first call, and is
	// still there after a restart.
	stage(name string) (room, error)
	forget(stage string)
	open(SHA1) (Content, error)
	close() error
}

// room is a content on its way in. It ends with exactly one keep, discard or, if it was staged, release.
type room interface {
	io.Writer
	io.WriterAt
	io.ReaderAt
	size() (int64, error)
	// keep gives the content its name. What is there under this name already stays.
	keep(SHA1) error
	discard()
	release()
}

// Incoming is a content that was received in full and waits for the decision whether to keep it. Discard after
// Keep does nothing, so that it can be deferred.
type Incoming struct {
	SHA1 SHA1
	Size int64

	blobs blobs
	small []byte // the content, if room is nil
	room  room
}

// smallContent is up to where a content is held in memory while it comes in. Creating a file can take a file system
// a millisecond, which is more than all the rest of a small upload.
const smallContent = 64 << 10

// Receive reads r to its end. On an error of r it returns what came before the error together with the error, for
// portals that keep torn uploads.
func (s *Store) Receive(r io.Reader) (*Incoming, error) {
	in := &Incoming{blobs: s.blobs}
	var head bytes.Buffer
	_, err := head.ReadFrom(io.LimitReader(r, smallContent))
	if err != nil || head.Len() < smallContent {
		in.small, in.SHA1, in.Size = head.Bytes(), sha1.Sum(head.Bytes()), int64(head.Len())
		return in, err
	}
	if in.room, err = s.blobs.temp(); err != nil {
		return nil, fmt.Errorf("receive content: %w", err)
	}
	sum := sha1.New()
	in.Size, err = io.Copy(io.MultiWriter(sum, in.room), io.MultiReader(&head, r))
	sum.Sum(in.SHA1[:0])
	return in, err
}

// Keep puts the content where Open finds it.
func (in *Incoming) Keep() error {
	if in.room == nil {
		return in.blobs.put(in.SHA1, in.small)
	}
	err := in.room.keep(in.SHA1)
	in.room = nil
	return err
}

// AppendTo adds the content, which was not kept, to what is staged. It is the caller's to let no other piece of the stage come in meanwhile.
func (in *Incoming) AppendTo(s Stage) error {
	end, err := s.size()
	if err != nil {
		return err
	}
	_, err = io.Copy(io.NewOffsetWriter(s, end), in.reader())
	return err
}

func (in *Incoming) reader() io.Reader {
	if in.room == nil {
		return bytes.NewReader(in.small)
	}
	return io.NewSectionReader(in.room, 0, in.Size)
}

// Discard forgets the content unless it was kept.
func (in *Incoming) Discard() {
	if in != nil && in.room != nil {
		in.room.discard()
		in.room = nil
	}
}

// A Stage is a content that comes in pieces, perhaps several at once, perhaps over days. Pieces that overlap are the
// caller's to prevent. Each Stage ends with exactly one Keep or Release.
type Stage struct{ room }

// Stage opens the stage of this name, which must do as a file name.
func (s *Store) Stage(name string) (Stage, error) {
	r, err := s.blobs.stage(name)
	if err != nil {
		return Stage{}, fmt.Errorf("stage content: %w", err)
	}
	return Stage{r}, nil
}

// Sum reads all that is staged, and returns its digest and length.
func (s Stage) Sum() (sum SHA1, size int64, err error) {
	if size, err = s.size(); err != nil {
		return sum, 0, err
	}
	h := sha1.New()
	_, err = io.Copy(h, io.NewSectionReader(s, 0, size))
	h.Sum(sum[:0])
	return sum, size, err
}

// Keep puts the content where Open finds it, quickly enough for the inside of an Update. Forget the stage afterwards.
func (s Stage) Keep(sum SHA1) error { return s.keep(sum) }

// Forget removes the stage of this name, if it is there.
func (s *Store) Forget(stage string) { s.blobs.forget(stage) }

// Release ends this use of the stage; the content stays staged.
func (s Stage) Release() { s.release() }

// Open opens a content that was kept.
func (s *Store) Open(sum SHA1) (Content, error) { return s.blobs.open(sum) }
