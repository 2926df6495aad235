//go:build linux || darwin

package local

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// osDisk works on directory handles: a path is resolved from the area's handle, component by component, through no link.
type osDisk struct {
	path   string // of the client's folder, as it was given
	fd     [2]int // handle of each Area's directory
	dev    uint64 // device of the client's folder
	volume string // prefix of its file ids, "" if inodes do not last on this file system

	linkOnly atomic.Bool // the file system has no rename without replacing
}

// OSDisk opens the folder at clientPath, which must exist ([ErrRootMissing]), and our own directory beside it, which is made
// if it is missing: [HouseName] in the folder's parent, or in the folder itself if that is a file system of its own.
func OSDisk(clientPath string) (Disk, error) {
	abs, err := filepath.Abs(clientPath)
	if err != nil {
		return nil, fmt.Errorf("open %q: %w", clientPath, err)
	}
	d := &osDisk{path: abs, fd: [2]int{-1, -1}}
	if err := d.open(); err != nil {
		d.Close()
		return nil, fmt.Errorf("open %q: %w", clientPath, err)
	}
	return d, nil
}

func (d *osDisk) open() (err error) {
	if d.fd[Client], err = openDirPath(d.path); err != nil {
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENOTDIR) {
			return ErrRootMissing
		}
		return err
	}
	var st unix.Stat_t
	if err := unix.Fstat(d.fd[Client], &st); err != nil {
		return err
	}
	d.dev = uint64(st.Dev)
	d.volume = volumeOf(d.fd[Client], d.dev)
	return d.openHouse()
}

// openHouse opens our directory, in the parent of the client's folder if a rename from there can reach the folder.
func (d *osDisk) openHouse() error {
	real, err := filepath.EvalSymlinks(d.path)
	if err != nil {
		return err
	}
	parent, err := openDirPath(filepath.Dir(real))
	if err != nil {
		return err
	}
	defer unix.Close(parent)
	at := parent
	if own, err := d.ownFileSystem(parent); err != nil {
		return err
	} else if own {
		at = d.fd[Client]
	}
	if err := unix.Mkdirat(at, HouseName, 0o700); err != nil && err != unix.EEXIST {
		return fmt.Errorf("make %q beside it: %w", HouseName, err)
	}
	d.fd[House], err = openat(at, HouseName, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return fmt.Errorf("open %q beside it: %w", HouseName, err)
	}
	return nil
}

func (d *osDisk) ownFileSystem(parent int) (bool, error) {
	var st unix.Stat_t
	if err := unix.Fstat(parent, &st); err != nil {
		return false, err
	}
	return uint64(st.Dev) != d.dev || isMount(d.fd[Client]), nil
}

func openDirPath(path string) (int, error) {
	return openat(unix.AT_FDCWD, path, unix.O_RDONLY|unix.O_DIRECTORY, 0)
}

// openat is the system call, again if a signal cut it off.
func openat(fd int, name string, flags int, mode uint32) (int, error) {
	for {
		got, err := unix.Openat(fd, name, flags|unix.O_CLOEXEC, mode)
		if err != unix.EINTR {
			return got, err
		}
	}
}

// walkat opens rel from fd one component at a time, through no link. mode is not used: it makes nothing.
func walkat(fd int, rel string, flags int) (int, error) {
	at, owned := fd, false
	for name := range strings.SplitSeq(filepath.Dir(rel), "/") {
		if name == "." {
			continue
		}
		next, err := openat(at, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW, 0)
		err = sayLink(at, name, err)
		if owned {
			unix.Close(at)
		}
		if err != nil {
			return -1, err
		}
		at, owned = next, true
	}
	got, err := openat(at, filepath.Base(rel), flags|unix.O_NOFOLLOW, 0)
	err = sayLink(at, filepath.Base(rel), err)
	if owned {
		unix.Close(at)
	}
	return got, err
}

// sayLink turns "not a directory" into "a link is in the way" if that is the cause.
func sayLink(at int, name string, err error) error {
	var st unix.Stat_t
	if err == unix.ENOTDIR && unix.Fstatat(at, name, &st, unix.AT_SYMLINK_NOFOLLOW) == nil && st.Mode&unix.S_IFMT == unix.S_IFLNK {
		return unix.ELOOP
	}
	return err
}

// parent opens the directory that p is in. done releases it.
func (d *osDisk) parent(p Path) (fd int, name string, done func(), err error) {
	if err := p.Check(); err != nil {
		return -1, "", nil, err
	}
	dir, name := p.Split()
	if name == "" {
		return -1, "", nil, fmt.Errorf("%w: the folder itself", ErrBadPath)
	}
	if dir.Rel == "" {
		return d.fd[p.Area], name, func() {}, nil
	}
	fd, err = resolve(d.fd[p.Area], dir.Rel, dirOnly)
	return fd, name, func() { unix.Close(fd) }, err
}

// openIn opens p itself, which must exist.
func (d *osDisk) openIn(p Path, flags int) (int, error) {
	if err := p.Check(); err != nil {
		return -1, err
	}
	if p.Rel == "" {
		return openat(d.fd[p.Area], ".", flags, 0)
	}
	return resolve(d.fd[p.Area], p.Rel, flags)
}

func (d *osDisk) fail(op string, p Path, err error) error {
	if err == nil {
		return nil
	}
	return &DiskError{op, p, err}
}

// Is answers for the errors of package local and for those of io/fs that a system call's number does not.
func (e *DiskError) Is(target error) bool {
	no, ok := e.Err.(unix.Errno)
	if !ok {
		return false
	}
	switch no {
	case unix.ELOOP:
		return target == ErrLink
	case unix.ENOSPC, unix.EDQUOT:
		return target == ErrNoSpace
	case unix.EBUSY, unix.ETXTBSY:
		return target == ErrInUse
	case unix.ENOTDIR:
		return target == fs.ErrNotExist
	case unix.ENOTSUP, unix.ENOSYS, unix.EXDEV:
		return target == ErrNotSupported
	}
	return false
}

func (d *osDisk) Lstat(p Path) (Info, error) {
	if p.Rel == "" {
		info, err := d.fstat(d.fd[p.Area])
		return info, d.fail("lstat", p, err)
	}
	fd, name, done, err := d.parent(p)
	if err != nil {
		return Info{}, d.fail("lstat", p, err)
	}
	defer done()
	info, err := d.statat(fd, name)
	return info, d.fail("lstat", p, err)
}

func (d *osDisk) Open(p Path) (Reader, error) {
	fd, err := d.openIn(p, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_NOFOLLOW)
	if err != nil {
		return nil, d.fail("open", p, err)
	}
	f := newFile(uintptr(fd), p, d)
	if info, err := f.Stat(); err != nil || info.Kind != File {
		f.Close()
		if err == nil {
			err = fmt.Errorf("%w: a %v", ErrRefused, info.Kind)
		}
		return nil, d.fail("open", p, err)
	}
	return f, nil
}

func (d *osDisk) Create(p Path) (Writer, error) {
	fd, name, done, err := d.parent(p)
	if err != nil {
		return nil, d.fail("create", p, err)
	}
	defer done()
	got, err := openat(fd, name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW, 0o666)
	if err != nil {
		return nil, d.fail("create", p, err)
	}
	return newFile(uintptr(got), p, d), nil
}

func (d *osDisk) Append(p Path) (Writer, error) {
	if p.Area != House {
		return nil, d.fail("append", p, ErrRefused)
	}
	fd, err := d.openIn(p, unix.O_WRONLY|unix.O_APPEND|unix.O_NOFOLLOW|unix.O_NONBLOCK)
	if err != nil {
		return nil, d.fail("append", p, err)
	}
	return newFile(uintptr(fd), p, d), nil
}

func (d *osDisk) Mkdir(p Path) error {
	fd, name, done, err := d.parent(p)
	if err != nil {
		return d.fail("mkdir", p, err)
	}
	defer done()
	mode := uint32(0o777)
	if p.Area == House {
		mode = 0o700
	}
	return d.fail("mkdir", p, unix.Mkdirat(fd, name, mode))
}

func (d *osDisk) Remove(p Path) error {
	if p.Area != House {
		return d.fail("remove", p, ErrRefused)
	}
	fd, name, done, err := d.parent(p)
	if err != nil {
		return d.fail("remove", p, err)
	}
	defer done()
	err = unix.Unlinkat(fd, name, 0)
	if err == unix.EISDIR || err == unix.EPERM { // a directory; macOS says EPERM
		err = unix.Unlinkat(fd, name, unix.AT_REMOVEDIR)
	}
	return d.fail("remove", p, err)
}

func (d *osDisk) Chtimes(p Path, mtime int64) error {
	fd, name, done, err := d.parent(p)
	if err != nil {
		return d.fail("chtimes", p, err)
	}
	defer done()
	ts := []unix.Timespec{{Nsec: utimeOmit}, unix.NsecToTimespec(mtime)}
	return d.fail("chtimes", p, unix.UtimesNanoAt(fd, name, ts, unix.AT_SYMLINK_NOFOLLOW))
}

func (d *osDisk) Chmod(p Path, mode fs.FileMode) error {
	if p.Area != House {
		return d.fail("chmod", p, ErrRefused)
	}
	fd, err := d.openIn(p, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK)
	if err != nil {
		return d.fail("chmod", p, err)
	}
	defer unix.Close(fd)
	return d.fail("chmod", p, unix.Fchmod(fd, uint32(mode.Perm())))
}

func (d *osDisk) SyncDir(p Path) error {
	fd, err := d.openIn(p, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW)
	if err != nil {
		return d.fail("syncdir", p, err)
	}
	defer unix.Close(fd)
	err = unix.Fsync(fd)
	if err == unix.EINVAL || err == unix.ENOTSUP { // network file systems cannot; there is nothing else to do
		err = nil
	}
	return d.fail("syncdir", p, err)
}

func (d *osDisk) Space() (Space, error) {
	var st unix.Statfs_t
	if err := unix.Fstatfs(d.fd[House], &st); err != nil {
		return Space{}, d.fail("space", InHouse(""), err)
	}
	size := int64(st.Bsize)
	return Space{Free: int64(st.Bavail) * size, Total: int64(st.Blocks) * size}, nil
}

func (d *osDisk) Identity() (string, error) {
	var now, held unix.Stat_t
	if err := unix.Stat(d.path, &now); err != nil {
		if err == unix.ENOENT || err == unix.ENOTDIR {
			return "", d.fail("identity", In(""), ErrRootMissing)
		}
		return "", d.fail("identity", In(""), err)
	}
	if err := unix.Fstat(d.fd[Client], &held); err != nil {
		return "", d.fail("identity", In(""), err)
	}
	if now.Mode&unix.S_IFMT != unix.S_IFDIR {
		return "", d.fail("identity", In(""), ErrRootMissing)
	}
	if now.Dev != held.Dev || now.Ino != held.Ino {
		return "", d.fail("identity", In(""), ErrRootReplaced)
	}
	info, err := d.fstat(d.fd[Client])
	return info.FileID, d.fail("identity", In(""), err)
}

func (d *osDisk) Close() error {
	var errs []error
	for i, fd := range d.fd {
		if fd >= 0 {
			errs = append(errs, unix.Close(fd))
			d.fd[i] = -1
		}
	}
	return errors.Join(errs...)
}

func (f *osFile) stat() (info Info, err error) {
	raw, err := f.file.SyscallConn()
	if err != nil {
		return info, err
	}
	var statErr error
	err = raw.Control(func(fd uintptr) { info, statErr = f.disk.fstat(int(fd)) })
	return info, cmp.Or(err, statErr)
}
