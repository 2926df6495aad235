package local

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// osDisk works on directory handles: a path is opened relative to the area's handle, and no component may be a link
// (OBJ_DONT_REPARSE, Windows 10 1709).
type osDisk struct {
	path   string // of the client's folder, as it was given
	root   [2]windows.Handle
	volume uint32 // serial number
	serial string // prefix of file ids
}

// OSDisk opens the folder at clientPath, which must exist ([ErrRootMissing]), and our own directory beside it, which is made
// if it is missing: [HouseName] in the folder's parent, or in the folder itself if that is a volume of its own.
func OSDisk(clientPath string) (Disk, error) {
	abs, err := filepath.Abs(clientPath)
	if err != nil {
		return nil, fmt.Errorf("open %q: %w", clientPath, err)
	}
	d := &osDisk{path: abs}
	if err := d.open(); err != nil {
		d.Close()
		return nil, fmt.Errorf("open %q: %w", clientPath, err)
	}
	return d, nil
}

func (d *osDisk) open() (err error) {
	var info windows.ByHandleFileInformation
	if d.root[Client], info, err = openDirPath(d.path); err != nil {
		if errors.Is(err, fs.ErrNotExist) || err == windows.ERROR_DIRECTORY {
			return ErrRootMissing
		}
		return err
	}
	d.volume = info.VolumeSerialNumber
	d.serial = fmt.Sprintf("%08x", d.volume)
	real, err := filepath.EvalSymlinks(d.path)
	if err != nil {
		return err
	}
	at := filepath.Dir(real)
	parent, info, err := openDirPath(at)
	if err != nil {
		return err
	}
	windows.CloseHandle(parent)
	if info.VolumeSerialNumber != d.volume || at == real {
		at = real
	}
	return d.openHouse(filepath.Join(at, HouseName))
}

func (d *osDisk) openHouse(path string) (err error) {
	if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("open %q: %w", path, ErrRefused)
	}
	if name, err := windows.UTF16PtrFromString(path); err == nil {
		windows.SetFileAttributes(name, windows.FILE_ATTRIBUTE_HIDDEN) // only for looks
	}
	d.root[House], _, err = openDirPath(path)
	return err
}

func openDirPath(path string) (h windows.Handle, info windows.ByHandleFileInformation, err error) {
	name, err := windows.UTF16PtrFromString(longPath(path))
	if err != nil {
		return 0, info, err
	}
	h, err = windows.CreateFile(name, windows.FILE_LIST_DIRECTORY|windows.FILE_TRAVERSE|windows.FILE_READ_ATTRIBUTES, shareAll, nil,
		windows.OPEN_EXISTING, windows.FILE_FLAG_BACKUP_SEMANTICS, 0)
	if err != nil {
		return 0, info, err
	}
	err = windows.GetFileInformationByHandle(h, &info)
	if err == nil && info.FileAttributes&windows.FILE_ATTRIBUTE_DIRECTORY == 0 {
		err = windows.ERROR_DIRECTORY
	}
	if err != nil {
		windows.CloseHandle(h)
		return 0, info, err
	}
	return h, info, nil
}

// longPath lifts the limit of 260 characters.
func longPath(path string) string {
	switch {
	case strings.HasPrefix(path, `\\?\`):
		return path
	case strings.HasPrefix(path, `\\`):
		return `\\?\UNC\` + path[2:]
	}
	return `\\?\` + path
}

const (
	shareAll  = windows.FILE_SHARE_READ | windows.FILE_SHARE_WRITE | windows.FILE_SHARE_DELETE
	openFlags = windows.FILE_SYNCHRONOUS_IO_NONALERT | windows.FILE_OPEN_FOR_BACKUP_INTENT | windows.FILE_OPEN_REPARSE_POINT
)

// nt opens p relative to its area.
func (d *osDisk) nt(p Path, access, share, disposition, options uint32) (windows.Handle, error) {
	if err := p.Check(); err != nil {
		return 0, err
	}
	name, err := windows.NewNTUnicodeString(strings.ReplaceAll(p.Rel, "/", `\`))
	if err != nil {
		return 0, err
	}
	oa := windows.OBJECT_ATTRIBUTES{
		RootDirectory: d.root[p.Area],
		ObjectName:    name,
		Attributes:    windows.OBJ_CASE_INSENSITIVE | windows.OBJ_DONT_REPARSE,
	}
	oa.Length = uint32(unsafe.Sizeof(oa))
	var h windows.Handle
	var status windows.IO_STATUS_BLOCK
	err = windows.NtCreateFile(&h, access|windows.SYNCHRONIZE, &oa, &status, nil, windows.FILE_ATTRIBUTE_NORMAL, share, disposition,
		openFlags|options, 0, 0)
	return h, ntError(err)
}

// ntError turns a status into the number package syscall knows.
func ntError(err error) error {
	status, ok := err.(windows.NTStatus)
	switch {
	case !ok:
		return err
	case status == windows.STATUS_REPARSE_POINT_ENCOUNTERED:
		return ErrLink
	}
	return status.Errno()
}

func (d *osDisk) fail(op string, p Path, err error) error {
	if err == nil {
		return nil
	}
	return &DiskError{op, p, err}
}

// Is answers for the errors of package local that a system call's number does not know of.
func (e *DiskError) Is(target error) bool {
	no, ok := e.Err.(syscall.Errno)
	if !ok {
		return false
	}
	switch no {
	case windows.ERROR_SHARING_VIOLATION, windows.ERROR_LOCK_VIOLATION, windows.ERROR_USER_MAPPED_FILE:
		return target == ErrInUse
	case windows.ERROR_DISK_FULL, windows.ERROR_HANDLE_DISK_FULL, windows.ERROR_DISK_QUOTA_EXCEEDED:
		return target == ErrNoSpace
	case windows.ERROR_NOT_SUPPORTED, windows.ERROR_INVALID_FUNCTION, windows.ERROR_NOT_SAME_DEVICE:
		return target == ErrNotSupported
	case windows.ERROR_CANT_ACCESS_FILE, windows.ERROR_STOPPED_ON_SYMLINK:
		return target == ErrLink
	case windows.ERROR_DIRECTORY:
		return target == fs.ErrNotExist
	}
	return false
}

func (d *osDisk) Lstat(p Path) (Info, error) {
	h, err := d.nt(p, windows.FILE_READ_ATTRIBUTES, shareAll, windows.FILE_OPEN, 0)
	if err != nil {
		return Info{}, d.fail("lstat", p, err)
	}
	defer windows.CloseHandle(h)
	info, err := d.stat(h)
	return info, d.fail("lstat", p, err)
}

func (d *osDisk) Open(p Path) (Reader, error) {
	h, err := d.nt(p, windows.FILE_GENERIC_READ, shareAll, windows.FILE_OPEN, windows.FILE_NON_DIRECTORY_FILE)
	if err != nil {
		return nil, d.fail("open", p, err)
	}
	f := newFile(uintptr(h), p, d)
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
	h, err := d.nt(p, windows.FILE_GENERIC_WRITE|windows.FILE_READ_ATTRIBUTES, shareAll, windows.FILE_CREATE, windows.FILE_NON_DIRECTORY_FILE)
	if err != nil {
		return nil, d.fail("create", p, err)
	}
	return newFile(uintptr(h), p, d), nil
}

func (d *osDisk) Append(p Path) (Writer, error) {
	if p.Area != House {
		return nil, d.fail("append", p, ErrRefused)
	}
	h, err := d.nt(p, windows.FILE_GENERIC_WRITE|windows.FILE_READ_ATTRIBUTES, shareAll, windows.FILE_OPEN, windows.FILE_NON_DIRECTORY_FILE)
	if err != nil {
		return nil, d.fail("append", p, err)
	}
	f := newFile(uintptr(h), p, d)
	if _, err := f.Seek(0, io.SeekEnd); err != nil {
		f.Close()
		return nil, d.fail("append", p, err)
	}
	return f, nil
}

func (d *osDisk) Mkdir(p Path) error {
	h, err := d.nt(p, windows.FILE_LIST_DIRECTORY, shareAll, windows.FILE_CREATE, windows.FILE_DIRECTORY_FILE)
	if err != nil {
		return d.fail("mkdir", p, err)
	}
	return d.fail("mkdir", p, windows.CloseHandle(h))
}

func (d *osDisk) RenameNoReplace(from, to Path) error { return d.rename("rename", from, to, false) }

func (d *osDisk) Replace(from, to Path) error {
	if from.Area != House || !replaceable(to) {
		return d.fail("replace", to, ErrRefused)
	}
	return d.rename("replace", from, to, true)
}

func (d *osDisk) rename(op string, from, to Path, replace bool) error {
	if err := to.Check(); err != nil {
		return d.fail(op, to, err)
	}
	toDir, toName := to.Split()
	if from.Rel == "" || toName == "" {
		return d.fail(op, to, fmt.Errorf("%w: the folder itself", ErrBadPath))
	}
	access := uint32(windows.DELETE | windows.FILE_READ_ATTRIBUTES)
	if to == In(MarkerName) {
		access |= windows.FILE_WRITE_ATTRIBUTES
	}
	src, err := d.nt(from, access, shareAll, windows.FILE_OPEN, windows.FILE_WRITE_THROUGH)
	if err != nil {
		return d.fail(op, from, err)
	}
	defer windows.CloseHandle(src)
	dir, err := d.nt(toDir, windows.FILE_TRAVERSE|windows.FILE_READ_ATTRIBUTES, shareAll, windows.FILE_OPEN, windows.FILE_DIRECTORY_FILE)
	if err != nil {
		return d.fail(op, to, err)
	}
	defer windows.CloseHandle(dir)
	if to == In(MarkerName) { // nobody should be tempted to tidy it away; only for looks
		setAttribute(src, windows.FILE_ATTRIBUTE_HIDDEN, true)
	}
	return d.fail(op, to, renameHandle(src, dir, toName, replace))
}

// renameHandle fills a FILE_RENAME_INFORMATION.
func renameHandle(src, dir windows.Handle, name string, replace bool) error {
	utf16, err := windows.UTF16FromString(name)
	if err != nil {
		return err
	}
	utf16 = utf16[:len(utf16)-1]
	type header struct {
		replace bool
		root    windows.Handle
		length  uint32
		name    [1]uint16
	}
	at := unsafe.Offsetof(header{}.name)
	buf := make([]uint64, (int(at)+2*len(utf16))/8+2)
	h := (*header)(unsafe.Pointer(&buf[0]))
	h.replace, h.root, h.length = replace, dir, uint32(2*len(utf16))
	copy(unsafe.Slice(&h.name[0], len(utf16)), utf16)
	var status windows.IO_STATUS_BLOCK
	return ntError(windows.NtSetInformationFile(src, &status, (*byte)(unsafe.Pointer(&buf[0])), uint32(len(buf)*8),
		windows.FileRenameInformation))
}

func (d *osDisk) Remove(p Path) error {
	if p.Area != House || p.Rel == "" {
		return d.fail("remove", p, ErrRefused)
	}
	h, err := d.nt(p, windows.DELETE|windows.FILE_READ_ATTRIBUTES|windows.FILE_WRITE_ATTRIBUTES, shareAll, windows.FILE_OPEN, 0)
	if err != nil {
		return d.fail("remove", p, err)
	}
	defer windows.CloseHandle(h)
	if err := setReadOnly(h, false); err != nil {
		return d.fail("remove", p, err)
	}
	remove := byte(1)
	var status windows.IO_STATUS_BLOCK
	err = windows.NtSetInformationFile(h, &status, &remove, 1, windows.FileDispositionInformation)
	return d.fail("remove", p, ntError(err))
}

func (d *osDisk) Chtimes(p Path, mtime int64) error {
	h, err := d.nt(p, windows.FILE_WRITE_ATTRIBUTES, shareAll, windows.FILE_OPEN, 0)
	if err != nil {
		return d.fail("chtimes", p, err)
	}
	defer windows.CloseHandle(h)
	t := windows.NsecToFiletime(mtime)
	return d.fail("chtimes", p, windows.SetFileTime(h, nil, nil, &t))
}

// Chmod knows only whether a file is read-only.
func (d *osDisk) Chmod(p Path, mode fs.FileMode) error {
	if p.Area != House {
		return d.fail("chmod", p, ErrRefused)
	}
	h, err := d.nt(p, windows.FILE_READ_ATTRIBUTES|windows.FILE_WRITE_ATTRIBUTES, shareAll, windows.FILE_OPEN, 0)
	if err != nil {
		return d.fail("chmod", p, err)
	}
	defer windows.CloseHandle(h)
	return d.fail("chmod", p, setReadOnly(h, mode&0o200 == 0))
}

func setReadOnly(h windows.Handle, readOnly bool) error {
	return setAttribute(h, windows.FILE_ATTRIBUTE_READONLY, readOnly)
}

func setAttribute(h windows.Handle, attribute uint32, set bool) error {
	var b basicInfo
	if err := getInfo(h, windows.FileBasicInfo, unsafe.Pointer(&b), unsafe.Sizeof(b)); err != nil {
		return err
	}
	want := b.attributes &^ attribute
	if set {
		want = b.attributes | attribute
	}
	if want == b.attributes {
		return nil
	}
	b = basicInfo{attributes: want} // a zero time stays as it is
	return windows.SetFileInformationByHandle(h, windows.FileBasicInfo, (*byte)(unsafe.Pointer(&b)), uint32(unsafe.Sizeof(b)))
}

// SyncDir flushes the directory where the file system allows it. NTFS keeps a journal of names, and a rename here is written
// through.
func (d *osDisk) SyncDir(p Path) error {
	h, err := d.nt(p, windows.FILE_GENERIC_WRITE, shareAll, windows.FILE_OPEN, windows.FILE_DIRECTORY_FILE)
	if err != nil {
		if errors.Is(err, fs.ErrPermission) {
			return nil
		}
		return d.fail("syncdir", p, err)
	}
	defer windows.CloseHandle(h)
	err = windows.FlushFileBuffers(h)
	if err == windows.ERROR_ACCESS_DENIED || err == windows.ERROR_INVALID_FUNCTION || err == windows.ERROR_INVALID_HANDLE {
		err = nil
	}
	return d.fail("syncdir", p, err)
}

// InUse tries to open the file so that nobody else may write: it is refused if somebody does.
func (d *osDisk) InUse(p Path) (Use, error) {
	h, err := d.nt(p, windows.FILE_READ_DATA, windows.FILE_SHARE_READ|windows.FILE_SHARE_DELETE, windows.FILE_OPEN, windows.FILE_NON_DIRECTORY_FILE)
	switch {
	case err == windows.ERROR_SHARING_VIOLATION:
		return InUse, nil
	case err != nil:
		return UseUnknown, d.fail("inuse", p, err)
	}
	return Free, windows.CloseHandle(h)
}

func (d *osDisk) Space() (space Space, err error) {
	name, err := windows.UTF16PtrFromString(longPath(d.path))
	if err != nil {
		return space, d.fail("space", In(""), err)
	}
	var free, total, allFree uint64
	err = windows.GetDiskFreeSpaceEx(name, &free, &total, &allFree)
	return Space{int64(free), int64(total)}, d.fail("space", In(""), err)
}

func (d *osDisk) Identity() (string, error) {
	now, info, err := openDirPath(d.path)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) || err == windows.ERROR_DIRECTORY {
			err = ErrRootMissing
		}
		return "", d.fail("identity", In(""), err)
	}
	defer windows.CloseHandle(now)
	var held windows.ByHandleFileInformation
	if err := windows.GetFileInformationByHandle(d.root[Client], &held); err != nil {
		return "", d.fail("identity", In(""), err)
	}
	if held.VolumeSerialNumber != info.VolumeSerialNumber || index(&held) != index(&info) {
		return "", d.fail("identity", In(""), ErrRootReplaced)
	}
	got, err := d.stat(now)
	return got.FileID, d.fail("identity", In(""), err)
}

func (d *osDisk) Close() error {
	var errs []error
	for i, h := range d.root {
		if h != 0 {
			errs = append(errs, windows.CloseHandle(h))
			d.root[i] = 0
		}
	}
	return errors.Join(errs...)
}

func (f *osFile) stat() (Info, error) { return f.disk.stat(windows.Handle(f.file.Fd())) }
