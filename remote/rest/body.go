package rest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"dossier/remote"
)

// Exact gives the bytes of rc and ends with an error of code Corrupt unless they are exactly n.
func Exact(rc io.ReadCloser, n int64) io.ReadCloser { return &exact{rc: rc, want: n} }

type exact struct {
	rc        io.ReadCloser
	want, got int64
}

func (e *exact) Read(p []byte) (int, error) {
	if int64(len(p)) > e.want-e.got+1 {
		p = p[:e.want-e.got+1] // one more than is due is enough to know
	}
	n, err := e.rc.Read(p)
	e.got += int64(n)
	switch {
	case e.got > e.want:
		n -= int(e.got - e.want)
		e.got = e.want
		return n, tooLong(e.want)
	case err == io.EOF && e.got < e.want, err == io.ErrUnexpectedEOF:
		return n, &remote.Error{Op: "download", Code: remote.Corrupt,
			Err: fmt.Errorf("the content ends after %d of %d bytes: %w", e.got, e.want, io.ErrUnexpectedEOF)}
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return n, &remote.Error{Op: "download", Err: err}
	case err != nil && err != io.EOF:
		return n, &remote.Error{Op: "download", Code: remote.Unavailable, Err: errorText("%v", withoutURL(err))}
	}
	return n, err
}

func tooLong(want int64) error {
	return &remote.Error{Op: "download", Code: remote.Corrupt, Err: fmt.Errorf("the content goes on after the announced %d bytes", want)}
}

func (e *exact) Close() error { return e.rc.Close() }

// Sent gives the n bytes of a source from offset on, and fails as our own fault, not the portal's, if there are fewer.
// If check is not nil it is asked after the last byte and before the end is told, so that content which has changed
// meanwhile is never sent whole. progress may be nil.
func Sent(src remote.Source, offset, n int64, check func() error, progress *Progress) (io.ReadCloser, error) {
	rc, err := src.Open(offset)
	if err != nil {
		return nil, own(err)
	}
	return &sent{rc: rc, left: n, check: check, progress: progress}, nil
}

type sent struct {
	rc       io.ReadCloser
	left     int64
	check    func() error
	progress *Progress
}

func (s *sent) Read(p []byte) (int, error) {
	if s.left == 0 {
		return 0, s.end()
	}
	if int64(len(p)) > s.left {
		p = p[:s.left]
	}
	n, err := s.rc.Read(p)
	s.left -= int64(n)
	s.progress.Add(int64(n))
	switch {
	case err == io.EOF && s.left > 0:
		return n, changed(fmt.Errorf("the file is %d bytes shorter than it was", s.left))
	case err != nil && err != io.EOF:
		return n, own(err)
	}
	return n, nil
}

func (s *sent) end() error {
	if s.check == nil {
		return io.EOF
	}
	if err := s.check(); err != nil {
		return changed(err)
	}
	s.check = nil
	return io.EOF
}

func (s *sent) Close() error { return s.rc.Close() }

func changed(err error) error {
	return own(&remote.Error{Op: "read", Code: remote.Changed, Err: err})
}

// Progress tells of bytes as they are sent, and takes back what has to be sent again.
type Progress struct {
	tell func(int64)
	told atomic.Int64
}

// NewProgress reports to tell, which may be nil.
func NewProgress(tell func(n int64)) *Progress { return &Progress{tell: tell} }

// Add tells of n bytes more.
func (p *Progress) Add(n int64) {
	if p == nil || p.tell == nil || n == 0 {
		return
	}
	p.told.Add(n)
	p.tell(n)
}

// Undo takes back all that was told.
func (p *Progress) Undo() {
	if p == nil {
		return
	}
	if n := p.told.Swap(0); n != 0 {
		p.tell(-n)
	}
}
