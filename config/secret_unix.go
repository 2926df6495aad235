//go:build !windows

package config

import (
	"errors"
	"fmt"
	"os"
)

// checkOwnersOnly refuses a secret's file that others may read or write.
func checkOwnersOnly(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return errors.New("it is no ordinary file")
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return fmt.Errorf("others may read or write it (mode %04o); run: chmod 600 %q", mode, f.Name())
	}
	return nil
}

// checkNotForeign refuses a configuration that every user of this machine may write: it says where clients' documents go.
func checkNotForeign(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.Mode().IsRegular() && info.Mode().Perm()&0o002 != 0 {
		return fmt.Errorf("every user of this machine may change it; run: chmod o-w %q", f.Name())
	}
	return nil
}
