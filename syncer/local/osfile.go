package local

import (
	"errors"
	"io"
	"io/fs"
	"os"
)

// osFile is an open file of an osDisk. Its errors are DiskErrors.
type osFile struct {
	file *os.File
	path Path
	disk *osDisk
}

func newFile(fd uintptr, p Path, disk *osDisk) *osFile {
	return &osFile{os.NewFile(fd, p.String()), p, disk}
}

// said returns err as a DiskError, but for the end of the file.
func (f *osFile) said(op string, err error) error {
	if err == nil || err == io.EOF {
		return err
	}
	var inner *fs.PathError
	if errors.As(err, &inner) {
		err = inner.Err
	}
	return &DiskError{op, f.path, err}
}

func (f *osFile) Read(p []byte) (int, error) {
	n, err := f.file.Read(p)
	return n, f.said("read", err)
}

func (f *osFile) ReadAt(p []byte, off int64) (int, error) {
	n, err := f.file.ReadAt(p, off)
	return n, f.said("read", err)
}

func (f *osFile) Seek(offset int64, whence int) (int64, error) {
	at, err := f.file.Seek(offset, whence)
	return at, f.said("seek", err)
}

func (f *osFile) Write(p []byte) (int, error) {
	n, err := f.file.Write(p)
	return n, f.said("write", err)
}

func (f *osFile) Sync() error  { return f.said("sync", f.file.Sync()) }
func (f *osFile) Close() error { return f.said("close", f.file.Close()) }

func (f *osFile) Stat() (Info, error) {
	info, err := f.stat()
	return info, f.said("stat", err)
}
