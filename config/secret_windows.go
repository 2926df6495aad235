package config

import (
	"errors"
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/windows"
)

// checkOwnersOnly refuses a secret's file whose access list lets everyone, all users or all signed-in users read it.
func checkOwnersOnly(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return errors.New("it is no ordinary file")
	}
	open, err := openTo(f, windows.FILE_READ_DATA|windows.GENERIC_READ)
	if err != nil {
		return err
	}
	if open {
		return fmt.Errorf(`other users may read it; run: icacls "%s" /inheritance:r /grant:r "%%USERNAME%%:F"`, f.Name())
	}
	return nil
}

// checkNotForeign refuses a configuration that every user of this machine may write: it says where clients' documents go.
func checkNotForeign(f *os.File) error {
	open, err := openTo(f, windows.FILE_WRITE_DATA|windows.GENERIC_WRITE)
	if err != nil {
		return err
	}
	if open {
		return fmt.Errorf("every user of this machine may change %q; take the right to write from Users and Everyone", f.Name())
	}
	return nil
}

// openTo tells whether a group that holds every user is allowed one of the rights. No access list at all allows all.
func openTo(f *os.File, rights windows.ACCESS_MASK) (bool, error) {
	sd, err := windows.GetSecurityInfo(windows.Handle(f.Fd()), windows.SE_FILE_OBJECT, windows.DACL_SECURITY_INFORMATION)
	if err != nil {
		return false, fmt.Errorf("read its access list: %w", err)
	}
	dacl, _, err := sd.DACL()
	if err != nil || dacl == nil {
		return true, nil
	}
	for i := range uint32(dacl.AceCount) {
		var ace *windows.ACCESS_ALLOWED_ACE
		if err := windows.GetAce(dacl, i, &ace); err != nil {
			return false, fmt.Errorf("read its access list: %w", err)
		}
		if ace.Header.AceType != windows.ACCESS_ALLOWED_ACE_TYPE || (ace.Mask&(rights|windows.GENERIC_ALL)) == 0 {
			continue
		}
		if everybody((*windows.SID)(unsafe.Pointer(&ace.SidStart))) {
			return true, nil
		}
	}
	return false, nil
}

func everybody(sid *windows.SID) bool {
	for _, group := range []windows.WELL_KNOWN_SID_TYPE{windows.WinWorldSid, windows.WinBuiltinUsersSid, windows.WinAuthenticatedUserSid} {
		if sid.IsWellKnown(group) {
			return true
		}
	}
	return false
}
