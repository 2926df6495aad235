//go:build unix

package main_test

import (
	"os"
	"runtime"
	"syscall"
)

// mostMemory is the largest resident set that a process had, in bytes.
func mostMemory(p *os.ProcessState) int64 {
	rss := p.SysUsage().(*syscall.Rusage).Maxrss
	if runtime.GOOS == "darwin" {
		return rss
	}
	return rss << 10
}
