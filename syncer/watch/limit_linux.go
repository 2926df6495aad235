package watch

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// systemLimit reads one of the kernel's settings; 0 if it cannot be known.
func systemLimit(name string) int {
	text, err := os.ReadFile(filepath.Join("/proc/sys", strings.ReplaceAll(name, ".", "/")))
	if err != nil {
		return 0
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0
	}
	return n
}
