package local

import (
	"errors"
	"fmt"
	"io/fs"
)

// probeDir is where Probe works.
var probeDir = InHouse("probe")

// Probe finds out by trying, in the house, how the file system under the client's folder folds names and rounds times, and
// whether a rename that may not replace is refused.
func Probe(disk Disk) (Folding, error) {
	var f Folding
	if err := removeTree(disk, probeDir); err != nil {
		return f, fmt.Errorf("probe: %w", err)
	}
	if err := disk.Mkdir(probeDir); err != nil {
		return f, fmt.Errorf("probe: %w", err)
	}
	err := f.probe(disk)
	if err := errors.Join(err, removeTree(disk, probeDir)); err != nil {
		return Folding{}, fmt.Errorf("probe: %w", err)
	}
	return f, nil
}

func (f *Folding) probe(disk Disk) (err error) {
	if f.Case, err = sameName(disk, "case-a", "CASE-A"); err != nil {
		return err
	}
	if f.Unicode, err = sameName(disk, "nfc-\u00e4", "nfc-a\u0308"); err != nil {
		return err
	}
	if f.Granularity, err = granularity(disk, "case-a"); err != nil {
		return err
	}
	if f.NoReplace, err = refuses(disk, "file", func(p Path) error { return writeNew(disk, p, nil) }); err != nil {
		return err
	}
	f.NoReplaceIn, err = refuses(disk, "folder", disk.Mkdir)
	return err
}

// sameName makes a file under one name and looks for it under the other.
func sameName(disk Disk, name, other string) (bool, error) {
	if err := writeNew(disk, probeDir.Join(name), nil); err != nil {
		return false, err
	}
	_, err := disk.Lstat(probeDir.Join(other))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return true, err
}

// granularity sets a time with all digits and counts those that stay.
func granularity(disk Disk, name string) (int64, error) {
	const odd = 1_700_000_001_123_456_789 // 2023, an odd second
	if err := disk.Chtimes(probeDir.Join(name), odd); err != nil {
		return 0, err
	}
	info, err := disk.Lstat(probeDir.Join(name))
	if err != nil {
		return 0, err
	}
	for _, g := range []int64{1, 100, 1e3, 1e6, 10e6, 1e9, 2e9} {
		if off := odd - info.MTime; -g < off && off < g {
			return g, nil
		}
	}
	return 2e9, nil
}

// refuses makes two things and tries to rename one onto the other.
func refuses(disk Disk, name string, create func(Path) error) (bool, error) {
	a, b := probeDir.Join(name+"-1"), probeDir.Join(name+"-2")
	if err := errors.Join(create(a), create(b)); err != nil {
		return false, err
	}
	err := disk.RenameNoReplace(a, b)
	if errors.Is(err, fs.ErrExist) {
		return true, nil
	}
	return false, err
}
