package store

import (
	"errors"
	"io"
	"os"
	"path/filepath"
)

// disk keeps small contents in one pack, and each larger one in a file named after its digest.
type disk struct {
	dir     string
	durable bool
	pack    *pack
}

func openDisk(dir string, durable bool) (*disk, error) {
	d := &disk{dir: dir, durable: durable}
	if err := os.RemoveAll(d.tempDir()); err != nil { // left over from a killed process
		return nil, err
	}
	for _, sub := range []string{d.tempDir(), d.stageDir(), d.largeDir()} {
		if err := os.MkdirAll(sub, 0o700); err != nil {
			return nil, err
		}
	}
	var err error
	d.pack, err = openPack(filepath.Join(dir, "small"), durable)
	return d, err
}

func (d *disk) tempDir() string  { return filepath.Join(d.dir, "incoming") }
func (d *disk) stageDir() string { return filepath.Join(d.dir, "staged") }
func (d *disk) largeDir() string { return filepath.Join(d.dir, "large") }

func (d *disk) path(sum SHA1) string { return filepath.Join(d.largeDir(), sum.String()) }

func (d *disk) put(sum SHA1, b []byte) error { return d.pack.put(sum, b) }

func (d *disk) open(sum SHA1) (Content, error) {
	if c, ok := d.pack.open(sum); ok {
		return c, nil
	}
	return os.Open(d.path(sum))
}

func (d *disk) close() error { return d.pack.close() }

func (d *disk) temp() (room, error) {
	f, err := os.CreateTemp(d.tempDir(), "")
	if err != nil {
		return nil, err
	}
	return &diskRoom{f, d, false}, nil
}

func (d *disk) stage(name string) (room, error) {
	f, err := os.OpenFile(filepath.Join(d.stageDir(), filepath.Base(name)), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	return &diskRoom{f, d, true}, nil
}

func (d *disk) forget(stage string) { os.Remove(filepath.Join(d.stageDir(), filepath.Base(stage))) }

type diskRoom struct {
	*os.File
	disk   *disk
	staged bool
}

func (r *diskRoom) size() (int64, error) {
	info, err := r.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func (r *diskRoom) keep(sum SHA1) error {
	var err error
	if r.disk.durable {
		err = r.Sync()
	}
	if err = errors.Join(err, r.Close()); err != nil {
		return err
	}
	at := r.disk.path(sum)
	switch _, err := os.Lstat(at); {
	case err == nil && r.staged:
		return nil
	case err == nil: // somebody may be reading it, and Windows does not replace an open file
		return os.Remove(r.Name())
	case r.staged && os.Link(r.Name(), at) == nil:
		return nil // the stage stays until the change that refers to it is on disk
	}
	return os.Rename(r.Name(), at)
}

func (r *diskRoom) discard() {
	r.Close()
	os.Remove(r.Name())
}

func (r *diskRoom) release() { r.Close() }

// section is a content within a larger file, which stays open.
type section struct{ *io.SectionReader }

func (section) Close() error { return nil }
