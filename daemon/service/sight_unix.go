//go:build !windows

package service

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// mayWrite asks the system whether this user may list a folder and make things in it, without making any.
func mayWrite(dir string) error {
	if err := unix.Access(dir, unix.R_OK|unix.W_OK|unix.X_OK); err != nil {
		return fmt.Errorf("open and write to %s: %w", dir, err)
	}
	return nil
}
