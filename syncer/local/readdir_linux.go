package local

import (
	"encoding/binary"
	"slices"
	"strings"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"
)

// dirBuffers are used to read directories.
var dirBuffers = sync.Pool{New: func() any { b := make([]byte, 64<<10); return &b }}

// readDirTries bounds how often a directory is read again that changes while it is read.
const readDirTries = 3

// ReadDir reads the directory, and again if it changed meanwhile: an entry that is renamed during the reading may be
// missed, and would look deleted.
func (d *osDisk) ReadDir(p Path) ([]Named, error) {
	for range readDirTries {
		fd, err := d.openIn(p, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW)
		if err != nil {
			return nil, d.fail("readdir", p, err)
		}
		list, steady, err := d.readDir(fd)
		unix.Close(fd)
		if err != nil || steady {
			return list, d.fail("readdir", p, err)
		}
	}
	return nil, d.fail("readdir", p, ErrChanged)
}

func (d *osDisk) readDir(fd int) (list []Named, steady bool, err error) {
	var before, after unix.Stat_t
	if err := unix.Fstat(fd, &before); err != nil {
		return nil, false, err
	}
	names, err := dirNames(fd)
	if err != nil {
		return nil, false, err
	}
	list = d.statAll(fd, names)
	if err := unix.Fstat(fd, &after); err != nil {
		return nil, false, err
	}
	return list, before.Mtim == after.Mtim && before.Ctim == after.Ctim, nil
}

// dirNames returns the names in the directory, sorted. They share one allocation, each followed by a NUL.
func dirNames(fd int) ([]string, error) {
	buf := dirBuffers.Get().(*[]byte)
	defer dirBuffers.Put(buf)
	var all strings.Builder
	var ends []int
	for {
		n, err := unix.Getdents(fd, *buf)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return nil, err
		}
		if n <= 0 {
			break
		}
		for rest := (*buf)[:n]; len(rest) > 0; {
			size := binary.NativeEndian.Uint16(rest[unsafe.Offsetof(unix.Dirent{}.Reclen):])
			name := rest[unsafe.Offsetof(unix.Dirent{}.Name):size]
			name = name[:clen(name)]
			rest = rest[size:]
			if s := string(name); s != "." && s != ".." {
				all.Write(name)
				all.WriteByte(0)
				ends = append(ends, all.Len()-1)
			}
		}
	}
	return cut(all.String(), ends), nil
}

func cut(all string, ends []int) []string {
	names := make([]string, len(ends))
	start := 0
	for i, end := range ends {
		names[i] = all[start:end]
		start = end + 1
	}
	slices.Sort(names)
	return names
}

func clen(b []byte) int {
	if i := slices.Index(b, 0); i >= 0 {
		return i
	}
	return len(b)
}

// statAll describes each name. What vanished meanwhile is left out.
func (d *osDisk) statAll(fd int, names []string) []Named {
	list := make([]Named, 0, len(names))
	ids := make([]byte, 0, 40*len(names))
	ends := make([]int, 0, len(names))
	var st unix.Statx_t
	for _, name := range names {
		err := statxNul(fd, name, &st)
		if err == unix.ENOENT {
			continue
		}
		entry := Named{Name: name}
		if err != nil {
			entry.Err = err
		} else {
			entry.Info = d.infoNoID(&st)
			if d.volume != "" {
				ids = d.appendFileID(ids, &st)
			}
		}
		list, ends = append(list, entry), append(ends, len(ids))
	}
	start, all := 0, string(ids)
	for i, end := range ends {
		list[i].Info.FileID = all[start:end]
		start = end
	}
	return list
}

// statxNul is unix.Statx for a name of dirNames: that a NUL follows it saves a copy for each file of a scan.
func statxNul(fd int, name string, st *unix.Statx_t) error {
	_, _, errno := unix.Syscall6(unix.SYS_STATX, uintptr(fd), uintptr(unsafe.Pointer(unsafe.StringData(name))),
		statFlags, statMask, uintptr(unsafe.Pointer(st)), 0)
	if errno != 0 {
		return errno
	}
	return nil
}
