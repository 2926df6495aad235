package state

import (
	"strings"
	"testing"
)

func TestAFuseMountIsFoundByItsDevice(t *testing.T) {
	const mounts = `22 27 0:20 / /proc rw,nosuid shared:12 - proc proc rw
36 27 0:55 / /home/jan/My\040Drive rw,nosuid,nodev shared:200 - fuse.sshfs jan@host:/ rw,user_id=1000
37 27 8:17 / /media/usb rw shared:201 master:3 - fuseblk /dev/sdb1 rw
`
	for device, want := range map[[2]uint64]string{{0, 55}: "fuse.sshfs", {8, 17}: "fuseblk", {0, 99}: "fuse"} {
		if got := mountType(strings.NewReader(mounts), device[0], device[1]); got != want {
			t.Errorf("device %v is %q, want %q", device, got, want)
		}
	}
	if localFuse["fuse.sshfs"] || localFuse["fuse"] || !localFuse["fuseblk"] {
		t.Error("sshfs and what is not known must count as a network drive, a USB disk must not")
	}
}

func TestATemporaryDirectoryIsNoNetworkDrive(t *testing.T) {
	if kind, network, err := driveKind(t.TempDir()); network || err != nil {
		t.Errorf("%q, %v, %v", kind, network, err)
	}
	if _, _, err := driveKind("/nowhere/at/all"); err == nil {
		t.Error("a directory that is not there has a drive")
	}
}
