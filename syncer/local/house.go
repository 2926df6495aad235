package local

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
)

// validID is what an id may be that becomes a name in the house.
var validID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

func checkID(id string) error {
	if !validID.MatchString(id) {
		return fmt.Errorf("check id %q: %w", id, ErrBadPath)
	}
	return nil
}

// ensureDirs makes the directories of the house, outermost first, durably, unless they are there.
func ensureDirs(disk Disk, dirs ...Path) error {
	for _, dir := range dirs {
		if info, err := disk.Lstat(dir); err == nil && info.Kind == Dir {
			continue
		}
		if err := disk.Mkdir(dir); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		if err := disk.SyncDir(dir.Dir()); err != nil {
			return err
		}
	}
	return nil
}

// rename renames without replacing, durably. If the call fails it looks whether it was done all the same.
func rename(disk Disk, from, to Path) error {
	src, err := disk.Lstat(from)
	if err != nil {
		return err
	}
	if err := disk.RenameNoReplace(from, to); err != nil && !renamed(disk, src, from, to) {
		if errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("%w: %w", ErrTaken, err)
		}
		return err
	}
	if err := disk.SyncDir(to.Dir()); err != nil {
		return err
	}
	if from.Dir() == to.Dir() {
		return nil
	}
	return disk.SyncDir(from.Dir())
}

// renamed reports whether what was at from is at to now.
func renamed(disk Disk, src Info, from, to Path) bool {
	if !absent(disk, from) {
		return false
	}
	dst, err := disk.Lstat(to)
	return err == nil && sameNode(src, dst)
}

// absent reports whether it is certain that nothing is at p.
func absent(disk Disk, p Path) bool {
	_, err := disk.Lstat(p)
	return errors.Is(err, fs.ErrNotExist)
}

// sameNode reports whether a and b describe one file, however it is called.
func sameNode(a, b Info) bool {
	if a.FileID != "" || b.FileID != "" {
		return a.FileID == b.FileID
	}
	return a.Kind == b.Kind && a.Size == b.Size && a.MTime == b.MTime
}

// writeNew writes a small file of ours, durably but for its name.
func writeNew(disk Disk, p Path, data []byte) error {
	w, err := disk.Create(p)
	if err != nil {
		return err
	}
	_, err = w.Write(data)
	if err == nil {
		err = w.Sync()
	}
	if closeErr := w.Close(); err == nil {
		err = closeErr
	}
	return err
}

// readSmall reads a small file of ours, at most limit bytes.
func readSmall(disk Disk, p Path, limit int64) ([]byte, error) {
	f, err := disk.Open(p)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("read %q: larger than %d bytes", p.String(), limit)
	}
	return data, nil
}

// removeTree removes p and all below it. It only works in the house.
func removeTree(disk Disk, p Path) error {
	info, err := disk.Lstat(p)
	if err != nil {
		return gone(err)
	}
	if info.Kind == Dir {
		list, err := disk.ReadDir(p)
		if err != nil {
			return gone(err)
		}
		for _, e := range list {
			if err := removeTree(disk, p.Join(e.Name)); err != nil {
				return err
			}
		}
	}
	return gone(disk.Remove(p))
}

// gone turns "not there" into success.
func gone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
