package doctor

import (
	"io/fs"
	"path/filepath"
	"strings"
	"syscall"
)

// watchLimits: macOS has none of its own.
func watchLimits() (limits, bool) { return limits{}, false }

// sfDataless (SF_DATALESS in sys/stat.h) marks a file whose content is in iCloud.
const sfDataless = 0x40000000

// isPlaceholder tells whether a file's content is in a cloud only. Older systems have a file ".NAME.icloud" in its place.
func isPlaceholder(path string, info fs.FileInfo) bool {
	name := filepath.Base(path)
	if strings.HasPrefix(name, ".") && strings.HasSuffix(name, ".icloud") {
		return true
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && st.Flags&sfDataless != 0
}
