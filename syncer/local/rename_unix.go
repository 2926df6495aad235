//go:build linux || darwin

package local

import (
	"strings"

	"golang.org/x/sys/unix"
)

func (d *osDisk) RenameNoReplace(from, to Path) error {
	fromDir, fromName, done, err := d.parent(from)
	if err != nil {
		return d.fail("rename", from, err)
	}
	defer done()
	toDir, toName, doneTo, err := d.parent(to)
	if err != nil {
		return d.fail("rename", to, err)
	}
	defer doneTo()
	if !d.linkOnly.Load() {
		err = renameExcl(fromDir, fromName, toDir, toName)
		if err != unix.EINVAL && err != unix.ENOSYS && err != unix.ENOTSUP {
			return d.fail("rename", pathOf(err, from, to), err)
		}
		if err == unix.EINVAL && insideItself(from, to) {
			return d.fail("rename", to, err)
		}
		d.linkOnly.Store(true)
	}
	return d.fail("rename", from, renameByLink(fromDir, fromName, toDir, toName))
}

// pathOf is the path an error is about.
func pathOf(err error, from, to Path) Path {
	if err == unix.EEXIST {
		return to
	}
	return from
}

// insideItself reports whether to is below from, which no file system can do.
func insideItself(from, to Path) bool {
	return from.Area == to.Area && strings.HasPrefix(to.Rel, from.Rel+"/")
}

// renameByLink renames without replacing on a file system that has no such call (NFS, some FUSE): a second link under the
// new name, which never replaces, then the old name away.
//
// BUG(local): a folder cannot be linked, so that it is looked whether its new name is free and renamed: an empty folder that
// comes there in between is replaced (rename replaces nothing else by a folder). [Folding] says so.
func renameByLink(fromDir int, fromName string, toDir int, toName string) error {
	var st unix.Stat_t
	if err := unix.Fstatat(fromDir, fromName, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return err
	}
	if st.Mode&unix.S_IFMT != unix.S_IFDIR {
		if err := unix.Linkat(fromDir, fromName, toDir, toName, 0); err != nil {
			return err
		}
		return unix.Unlinkat(fromDir, fromName, 0)
	}
	switch err := unix.Fstatat(toDir, toName, &st, unix.AT_SYMLINK_NOFOLLOW); err {
	case unix.ENOENT:
		return unix.Renameat(fromDir, fromName, toDir, toName)
	case nil:
		return unix.EEXIST
	default:
		return err
	}
}

func (d *osDisk) Replace(from, to Path) error {
	if from.Area != House || !replaceable(to) {
		return d.fail("replace", to, ErrRefused)
	}
	fromDir, fromName, done, err := d.parent(from)
	if err != nil {
		return d.fail("replace", from, err)
	}
	defer done()
	toDir, toName, doneTo, err := d.parent(to)
	if err != nil {
		return d.fail("replace", to, err)
	}
	defer doneTo()
	return d.fail("replace", to, unix.Renameat(fromDir, fromName, toDir, toName))
}
