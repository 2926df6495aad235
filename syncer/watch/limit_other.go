//go:build !linux

package watch

// systemLimit reads one of the kernel's settings; 0 as it cannot be known here.
func systemLimit(string) int { return 0 }
