package state

import (
	"bufio"
	"io"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// networkMagic are the file systems of statfs(2) that lie on another machine. 9p is what virtual machines and WSL share with.
var networkMagic = map[int64]string{
	unix.NFS_SUPER_MAGIC: "nfs", unix.SMB_SUPER_MAGIC: "smb", unix.SMB2_SUPER_MAGIC: "smb2", unix.CIFS_SUPER_MAGIC: "cifs",
	unix.AFS_SUPER_MAGIC: "afs", unix.CODA_SUPER_MAGIC: "coda", unix.V9FS_MAGIC: "9p", unix.CEPH_SUPER_MAGIC: "ceph",
	0x6b414653: "kafs", 0x564c: "ncp", 0x0bd00bd0: "lustre", 0x786f4256: "vboxsf", 0xbacbacbc: "vmhgfs",
}

// localMagic names the usual file systems of a disk of this machine; others have no name here.
var localMagic = map[int64]string{
	unix.EXT4_SUPER_MAGIC: "ext4", unix.XFS_SUPER_MAGIC: "xfs", unix.BTRFS_SUPER_MAGIC: "btrfs", unix.TMPFS_MAGIC: "tmpfs",
	unix.OVERLAYFS_SUPER_MAGIC: "overlay", unix.F2FS_SUPER_MAGIC: "f2fs", unix.MSDOS_SUPER_MAGIC: "vfat", unix.ECRYPTFS_SUPER_MAGIC: "ecryptfs",
	unix.EXFAT_SUPER_MAGIC: "exfat", 0x2fc12fc1: "zfs", 0x7366746e: "ntfs3", 0x5346544e: "ntfs",
}

// localFuse are the file systems in user space that keep to a disk of this machine.
var localFuse = map[string]bool{"fuseblk": true, "fuse.ntfs-3g": true, "fuse.bindfs": true, "fuse.mergerfs": true, "fuse.gocryptfs": true,
	"fuse.encfs": true, "fuse.fuse-overlayfs": true, "fuse.lxcfs": true}

// driveKind tells on what kind of drive dir lies, and whether that is a network drive. A FUSE it does not know counts as one.
func driveKind(dir string) (kind string, network bool, err error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return "", false, err
	}
	magic := int64(uint32(st.Type))
	if magic == unix.FUSE_SUPER_MAGIC {
		kind = fuseKind(dir)
		return kind, !localFuse[kind], nil
	}
	if kind, network = networkMagic[magic]; !network {
		kind = localMagic[magic]
	}
	return kind, network, nil
}

// fuseKind asks the kernel's list of mounts for the type under which dir's file system was mounted.
func fuseKind(dir string) string {
	var st unix.Stat_t
	mounts, err := os.Open("/proc/self/mountinfo")
	if err != nil || unix.Stat(dir, &st) != nil {
		return "fuse"
	}
	defer mounts.Close()
	return mountType(mounts, uint64(unix.Major(uint64(st.Dev))), uint64(unix.Minor(uint64(st.Dev))))
}

// mountType finds a device's type in the form of proc_pid_mountinfo(5): "36 35 98:0 /mnt1 /mnt2 rw master:1 - ext3 /dev/root rw".
func mountType(mounts io.Reader, major, minor uint64) string {
	want := strconv.FormatUint(major, 10) + ":" + strconv.FormatUint(minor, 10)
	for lines := bufio.NewScanner(mounts); lines.Scan(); {
		mount, source, _ := strings.Cut(lines.Text(), " - ")
		if fields := strings.Fields(mount); len(fields) > 2 && fields[2] == want {
			kind, _, _ := strings.Cut(source, " ")
			return kind
		}
	}
	return "fuse"
}
