package doctor

import (
	"io/fs"
	"os"
	"strconv"
	"strings"
)

// watchLimits reads the kernel's bounds on watching; false: there are none, or none that can be read.
func watchLimits() (l limits, ok bool) {
	var err1, err2 error
	l.watches, err1 = readNumber("/proc/sys/fs/inotify/max_user_watches")
	l.instances, err2 = readNumber("/proc/sys/fs/inotify/max_user_instances")
	return l, err1 == nil && err2 == nil
}

func readNumber(path string) (int, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(text)))
}

// isPlaceholder tells whether a file's content is in a cloud only, which no program for Linux shows in the file system.
func isPlaceholder(string, fs.FileInfo) bool { return false }
