package state

import (
	"path/filepath"
	"strings"

	"golang.org/x/sys/windows"
)

// driveKind tells on what kind of drive dir lies, and whether that is a network drive.
func driveKind(dir string) (kind string, network bool, err error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", false, err
	}
	volume := filepath.VolumeName(abs)
	if strings.HasPrefix(volume, `\\`) && !strings.HasPrefix(volume, `\\?\`) && !strings.HasPrefix(volume, `\\.\`) {
		return "unc", true, nil
	}
	root, err := windows.UTF16PtrFromString(volume + `\`)
	if err != nil {
		return "", false, err
	}
	return "mapped drive", windows.GetDriveType(root) == windows.DRIVE_REMOTE, nil
}
