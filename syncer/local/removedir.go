package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// Verdict is what a caller of [RemoveDir] thinks of an entry below the folder.
type Verdict uint8

const (
	Unexpected Verdict = iota // the folder may not go
	Expected                  // known: goes with the folder, if it is as expected
	Junk                      // not worth keeping the folder for; a folder, with all that is in it
)

// Judge is asked about each entry below a folder, rel being relative to it. For an expected file it returns its fingerprint.
type Judge func(rel string, info Info) (Verdict, *Fingerprint)

// RemoveDir moves a folder with all that is in it into the vault, in one rename, if it holds exactly what is expected, and
// looks again there. If something else is found, the folder is, or goes back, in its place, and the error is [ErrNotEmpty]. If
// it cannot go back because its name is taken by then, the error is [ErrTaken] too, and Placed.Vaulted names it: the caller
// brings it back under another name.
func RemoveDir(ctx context.Context, disk Disk, p Path, judge Judge, vault *Vault) (Placed, error) {
	if err := checkTarget(p); err != nil {
		return Placed{}, err
	}
	info, err := disk.Lstat(p)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Kind != Dir {
		return Placed{}, fmt.Errorf("remove %q: %w: no folder there", p.String(), ErrChanged)
	}
	if err != nil {
		return Placed{}, err
	}
	files, size, err := survey(ctx, disk, p, judge)
	if err != nil {
		return Placed{}, fmt.Errorf("remove %q: %w", p.String(), err)
	}
	h, err := vault.take(Item{Path: p.Rel, Why: Deleted, Kind: Dir, Size: size, Files: files})
	if err != nil {
		return Placed{}, fmt.Errorf("remove %q: %w", p.String(), err)
	}
	if _, _, err := survey(ctx, disk, h.path(), judge); err != nil {
		return left(h, fmt.Errorf("remove %q: %w", p.String(), errors.Join(err, h.putBack())))
	}
	return Placed{Vaulted: h.item.ID}, h.keep()
}

// survey returns all files below p and their bytes, or [ErrNotEmpty] if something is not as expected.
func survey(ctx context.Context, disk Disk, p Path, judge Judge) (files []ItemFile, size int64, err error) {
	junk := "\x00" // the junk folder we are in
	err = walk(disk, p, "", func(rel string, info Info) (bool, error) {
		verdict, expect := Junk, (*Fingerprint)(nil)
		if !strings.HasPrefix(rel, junk) {
			verdict, expect = judge(rel, info)
		}
		if verdict == Junk && info.Kind == Dir && !strings.HasPrefix(rel, junk) {
			junk = rel + "/"
		}
		if verdict == Expected && info.Kind == File {
			if expect == nil {
				verdict = Unexpected
			} else if err := check(ctx, disk, p.Join(rel), *expect, false); err != nil {
				return false, fmt.Errorf("%w: %q: %w", ErrNotEmpty, rel, err)
			}
		}
		if verdict == Unexpected {
			return false, fmt.Errorf("%w: %q", ErrNotEmpty, rel)
		}
		if info.Kind != Dir {
			got := stamp(info)
			if expect != nil {
				got.SHA256 = expect.SHA256
			}
			files, size = append(files, itemFile(rel, got)), size+info.Size
		}
		return true, nil
	})
	return files, size, err
}
