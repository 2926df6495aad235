package main_test

import (
	"bytes"
	"fmt"
	"os"
)

// mostMemory is the largest resident set that a running process has had so far, in bytes; 0: it has ended. What the system tells of an
// ended process will not do: that begins with the memory of the process that started it.
func mostMemory(pid int) int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	var kb int64
	if _, line, ok := bytes.Cut(status, []byte("VmHWM:")); ok {
		_, _ = fmt.Sscan(string(line), &kb)
	}
	return kb << 10
}
