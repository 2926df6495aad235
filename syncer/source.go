package syncer

import (
	"fmt"
	"io"

	"dossier/remote"
	"dossier/syncer/local"
)

// fileSource is a file on disk as it was hashed. If it is another one by now, opening fails; if it changed while it was read, Check
// does.
type fileSource struct {
	disk local.Disk
	at   local.Path
	fp   local.Fingerprint
}

func (s *fileSource) Size() int64 { return s.fp.Size }

func (s *fileSource) Open(offset int64) (io.ReadCloser, error) {
	r, err := s.disk.Open(s.at)
	if err != nil {
		return nil, err
	}
	info, err := r.Stat()
	if err == nil && !sameFile(s.fp, info) {
		err = s.changed()
	}
	if err == nil {
		_, err = r.Seek(offset, io.SeekStart)
	}
	if err != nil {
		_ = r.Close()
		return nil, err
	}
	return r, nil
}

// Check looks by name: what was opened and renamed away meanwhile is not what is to be sent.
func (s *fileSource) Check() error {
	info, err := s.disk.Lstat(s.at)
	if err != nil {
		return err
	}
	if !sameFile(s.fp, info) {
		return s.changed()
	}
	return nil
}

func (s *fileSource) changed() error {
	return &remote.Error{Op: fmt.Sprintf("read %q", s.at.Rel), Code: remote.Changed, Err: local.ErrChanged}
}

// sameFile compares what a look without reading can tell. Times prove nothing about a file hashed right after its modification;
// the digest that goes with the upload does.
func sameFile(fp local.Fingerprint, info local.Info) bool {
	fp.Racy = false
	return fp.Matches(info)
}

// stagedSource is a snapshot.
type stagedSource struct {
	st   *local.Staged
	size int64
}

func (s *stagedSource) Size() int64  { return s.size }
func (s *stagedSource) Check() error { return nil }

func (s *stagedSource) Open(offset int64) (io.ReadCloser, error) {
	r, err := s.st.Open()
	if err != nil {
		return nil, err
	}
	if _, err := r.Seek(offset, io.SeekStart); err != nil {
		_ = r.Close()
		return nil, err
	}
	return r, nil
}
