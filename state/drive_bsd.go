//go:build darwin || freebsd

package state

import "golang.org/x/sys/unix"

// driveKind tells on what kind of drive dir lies, and whether that is a network drive.
func driveKind(dir string) (kind string, network bool, err error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return "", false, err
	}
	return unix.ByteSliceToString(st.Fstypename[:]), uint64(st.Flags)&unix.MNT_LOCAL == 0, nil
}
