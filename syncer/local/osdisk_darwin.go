package local

import (
	"io/fs"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

const (
	utimeOmit = -2 // UTIME_OMIT in sys/stat.h
	dirOnly   = unix.O_RDONLY | unix.O_DIRECTORY | unix.O_NOFOLLOW

	// sfDataless (SF_DATALESS in sys/stat.h) marks a file whose content is in iCloud.
	sfDataless = 0x40000000
)

func resolve(fd int, rel string, flags int) (int, error) { return walkat(fd, rel, flags) }

func renameExcl(fromDir int, from string, toDir int, to string) error {
	return unix.RenameatxNp(fromDir, from, toDir, to, unix.RENAME_EXCL)
}

func (d *osDisk) fstat(fd int) (Info, error) {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return Info{}, err
	}
	return d.info(&st), nil
}

func (d *osDisk) statat(fd int, name string) (Info, error) {
	var st unix.Stat_t
	if err := unix.Fstatat(fd, name, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return Info{}, err
	}
	return d.info(&st), nil
}

func (d *osDisk) info(st *unix.Stat_t) Info {
	info := Info{
		MTime: st.Mtim.Nano(),
		CTime: st.Ctim.Nano(),
		Links: int(st.Nlink),
		Mode:  fs.FileMode(st.Mode & 0o777),
	}
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFREG:
		info.Kind, info.Size = File, st.Size
	case unix.S_IFDIR:
		info.Kind = Dir
		if uint64(st.Dev) != d.dev {
			info.Kind = Mount
		}
	case unix.S_IFLNK:
		info.Kind = Symlink
	default:
		info.Kind = Other
	}
	if st.Flags&sfDataless != 0 && (info.Kind == File || info.Kind == Dir) {
		info.Kind = Placeholder
	}
	if d.volume != "" {
		info.FileID = d.volume + "-" + strconv.FormatUint(st.Ino, 36) + "-" + strconv.FormatInt(st.Btim.Nano(), 36)
	}
	return info
}

// isMount is answered by the device alone here.
func isMount(int) bool { return false }

// volumeOf returns the type of the file system where inodes last (APFS, HFS+), else "". Its number may be another after a
// reboot; inode and birth time distinguish enough.
func volumeOf(fd int, _ uint64) string {
	var st unix.Statfs_t
	if err := unix.Fstatfs(fd, &st); err != nil {
		return ""
	}
	switch name := unix.ByteSliceToString(st.Fstypename[:]); name {
	case "apfs", "hfs":
		return name
	}
	return ""
}

// ReadDir lists the directory, and again if it changed meanwhile: an entry that is renamed during the reading may be
// missed, and would look deleted.
func (d *osDisk) ReadDir(p Path) ([]Named, error) {
	for range 3 {
		fd, err := d.openIn(p, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW)
		if err != nil {
			return nil, d.fail("readdir", p, err)
		}
		list, steady, err := d.readDir(os.NewFile(uintptr(fd), p.String()))
		if err != nil || steady {
			return list, d.fail("readdir", p, err)
		}
	}
	return nil, d.fail("readdir", p, ErrChanged)
}

func (d *osDisk) readDir(f *os.File) (list []Named, steady bool, err error) {
	defer f.Close()
	fd := int(f.Fd())
	before, err := d.fstat(fd)
	if err != nil {
		return nil, false, err
	}
	names, err := f.Readdirnames(-1)
	if err != nil {
		return nil, false, err
	}
	for _, name := range names {
		info, err := d.statat(fd, name)
		if err == unix.ENOENT {
			continue
		}
		list = append(list, Named{name, info, err})
	}
	sortNamed(list)
	after, err := d.fstat(fd)
	return list, before == after, err
}

// InUse cannot be asked here.
func (d *osDisk) InUse(p Path) (Use, error) { _, err := d.Lstat(p); return UseUnknown, err }
