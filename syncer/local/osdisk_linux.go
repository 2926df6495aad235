package local

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

const (
	utimeOmit = unix.UTIME_OMIT
	dirOnly   = unix.O_PATH | unix.O_DIRECTORY | unix.O_NOFOLLOW

	statMask  = unix.STATX_BASIC_STATS | unix.STATX_BTIME
	statFlags = unix.AT_SYMLINK_NOFOLLOW | unix.AT_NO_AUTOMOUNT
)

// noOpenat2 is set once the kernel (before 5.6) or a sandbox has refused the call.
var noOpenat2 atomic.Bool

// resolve opens rel from fd through no link and not above fd.
func resolve(fd int, rel string, flags int) (int, error) {
	how := unix.OpenHow{
		Flags:   uint64(flags&^unix.O_NOFOLLOW | unix.O_CLOEXEC), // with it a link that comes last is "not a directory"
		Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_NO_MAGICLINKS,
	}
	for try := 0; !noOpenat2.Load(); {
		got, err := unix.Openat2(fd, rel, &how)
		switch {
		case err == unix.EINTR:
		case err == unix.EAGAIN && try < 16: // something was renamed while it looked
			try++
		case err == unix.ENOSYS, err == unix.EPERM, err == unix.EAGAIN:
			if err == unix.ENOSYS {
				noOpenat2.Store(true)
			}
			return walkat(fd, rel, flags)
		default:
			return got, err
		}
	}
	return walkat(fd, rel, flags)
}

func renameExcl(fromDir int, from string, toDir int, to string) error {
	return unix.Renameat2(fromDir, from, toDir, to, unix.RENAME_NOREPLACE)
}

func (d *osDisk) fstat(fd int) (Info, error) {
	var st unix.Statx_t
	if err := unix.Statx(fd, "", unix.AT_EMPTY_PATH|statFlags, statMask, &st); err != nil {
		return Info{}, err
	}
	st.Attributes &^= unix.STATX_ATTR_MOUNT_ROOT // a directory that we hold open is not a boundary
	return d.info(&st), nil
}

func (d *osDisk) statat(fd int, name string) (Info, error) {
	var st unix.Statx_t
	if err := unix.Statx(fd, name, statFlags, statMask, &st); err != nil {
		return Info{}, err
	}
	return d.info(&st), nil
}

func (d *osDisk) info(st *unix.Statx_t) Info {
	info := d.infoNoID(st)
	if d.volume != "" {
		info.FileID = string(d.appendFileID(nil, st))
	}
	return info
}

// infoNoID leaves out the file id, whose text [osDisk.ReadDir] makes for a whole directory at once.
func (d *osDisk) infoNoID(st *unix.Statx_t) Info {
	info := Info{
		MTime: nanos(st.Mtime),
		CTime: nanos(st.Ctime),
		Links: int(st.Nlink),
		Mode:  fs.FileMode(st.Mode & 0o777),
	}
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFREG:
		info.Kind, info.Size = File, int64(st.Size)
	case unix.S_IFDIR:
		info.Kind = Dir
		if st.Attributes&unix.STATX_ATTR_MOUNT_ROOT != 0 || unix.Mkdev(st.Dev_major, st.Dev_minor) != d.dev {
			info.Kind = Mount
		}
	case unix.S_IFLNK:
		info.Kind = Symlink
	default:
		info.Kind = Other
	}
	return info
}

func nanos(t unix.StatxTimestamp) int64 { return t.Sec*1e9 + int64(t.Nsec) }

// appendFileID appends volume, inode and birth time.
func (d *osDisk) appendFileID(b []byte, st *unix.Statx_t) []byte {
	b = append(b, d.volume...)
	b = append(b, '-')
	b = strconv.AppendUint(b, st.Ino, 36)
	if st.Mask&unix.STATX_BTIME != 0 {
		b = append(b, '-')
		b = strconv.AppendInt(b, nanos(st.Btime), 36)
	}
	return b
}

func isMount(fd int) bool {
	var st unix.Statx_t
	err := unix.Statx(fd, "", unix.AT_EMPTY_PATH|statFlags, statMask, &st)
	return err == nil && st.Attributes&unix.STATX_ATTR_MOUNT_ROOT != 0
}

// lastingInodes are the file systems whose inode numbers mean the same file after the disk was mounted again. FAT, 9P,
// most of FUSE and of the network ones make them up.
var lastingInodes = map[int64]bool{
	unix.EXT4_SUPER_MAGIC: true, unix.XFS_SUPER_MAGIC: true, unix.BTRFS_SUPER_MAGIC: true, unix.F2FS_SUPER_MAGIC: true,
	unix.TMPFS_MAGIC: true, unix.OVERLAYFS_SUPER_MAGIC: true, unix.NFS_SUPER_MAGIC: true,
	0x2fc12fc1: true, // ZFS
	0x7366746e: true, // NTFS3
}

// volumeOf names the file system of fd so that the name is the same after a reboot: by its UUID if the system tells, else by
// its type; inode and birth time distinguish enough. The numbers of devices and of statfs may be others next time.
func volumeOf(fd int, dev uint64) string {
	var st unix.Statfs_t
	if err := unix.Fstatfs(fd, &st); err != nil || !lastingInodes[int64(st.Type)] {
		return ""
	}
	return cmp.Or(uuidOf(dev), strconv.FormatUint(uint64(uint32(st.Type)), 16))
}

func uuidOf(dev uint64) string {
	const dir = "/dev/disk/by-uuid"
	links, err := os.ReadDir(dir)
	if err != nil {
		return ""
	}
	for _, link := range links {
		var st unix.Stat_t
		if unix.Stat(filepath.Join(dir, link.Name()), &st) == nil && uint64(st.Rdev) == dev {
			return link.Name()
		}
	}
	return ""
}

// InUse asks for a lease, which the kernel grants only while nobody has the file open for writing, and gives it back.
func (d *osDisk) InUse(p Path) (Use, error) {
	fd, err := d.openIn(p, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK)
	if err != nil {
		return UseUnknown, d.fail("inuse", p, err)
	}
	defer unix.Close(fd)
	switch _, err := unix.FcntlInt(uintptr(fd), unix.F_SETLEASE, unix.F_RDLCK); {
	case errors.Is(err, unix.EAGAIN):
		return InUse, nil
	case err != nil: // not ours, or a file system without leases
		return UseUnknown, nil
	}
	_, err = unix.FcntlInt(uintptr(fd), unix.F_SETLEASE, unix.F_UNLCK)
	return Free, d.fail("inuse", p, err)
}
