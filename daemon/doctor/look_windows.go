package doctor

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/windows"
)

// watchLimits: Windows has none.
func watchLimits() (limits, bool) { return limits{}, false }

// mayWrite: only trying tells, as access lists are more than a mode.
func mayWrite(string) access { return notTold }

func spaceOf(dir string) (space, error) {
	path, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return space{}, err
	}
	var free, total, all uint64
	if err := windows.GetDiskFreeSpaceEx(path, &free, &total, &all); err != nil {
		return space{}, err
	}
	return space{free: int64(free), total: int64(total), volume: filepath.VolumeName(dir)}, nil
}

// openToOthers is not told by a mode here; the folder of a user is his own.
func openToOthers(os.FileInfo) bool { return false }

// Attributes of files that OneDrive and its like fetch when they are read.
const recalled = windows.FILE_ATTRIBUTE_OFFLINE | windows.FILE_ATTRIBUTE_RECALL_ON_OPEN | windows.FILE_ATTRIBUTE_RECALL_ON_DATA_ACCESS

// isPlaceholder tells whether a file's content is in a cloud only.
func isPlaceholder(_ string, info fs.FileInfo) bool {
	data, ok := info.Sys().(*syscall.Win32FileAttributeData)
	return ok && data.FileAttributes&recalled != 0
}
