//go:build !windows

package doctor

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// mayWrite asks the system whether this user may make things in a folder, without making any.
func mayWrite(dir string) access {
	if unix.Access(dir, unix.W_OK|unix.X_OK) == nil {
		return may
	}
	return mayNot
}

func spaceOf(dir string) (space, error) {
	var fs unix.Statfs_t
	var st unix.Stat_t
	if err := unix.Statfs(dir, &fs); err != nil {
		return space{}, err
	}
	if err := unix.Stat(dir, &st); err != nil {
		return space{}, err
	}
	size := int64(fs.Bsize)
	return space{free: int64(fs.Bavail) * size, total: int64(fs.Blocks) * size, volume: fmt.Sprint(st.Dev)}, nil
}

// openToOthers tells whether other users may read what is in a folder.
func openToOthers(info os.FileInfo) bool { return info.Mode().Perm()&0o077 != 0 }
