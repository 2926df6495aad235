package local

import (
	"context"
	"errors"
	"fmt"
)

// Move renames a file or folder of the client, without replacing ([ErrTaken]); letter case alone may change. expect is what
// must be at from: a file's fingerprint, or nil for a folder, of which the name and kind alone are checked.
func Move(ctx context.Context, disk Disk, from, to Path, expect *Fingerprint, vault *Vault) (Placed, error) {
	if err := errors.Join(checkTarget(from), checkTarget(to)); err != nil {
		return Placed{}, err
	}
	if err := checkSource(ctx, disk, from, expect); err != nil {
		return Placed{}, err
	}
	err := rename(disk, from, to)
	if errors.Is(err, ErrTaken) && alias(disk, from, to) {
		err = vault.moveInTwoSteps(disk, from, to)
	}
	if err != nil {
		return Placed{}, fmt.Errorf("move %q to %q: %w", from.String(), to.String(), err)
	}
	if expect == nil {
		return Placed{}, nil
	}
	return placed(disk, to, *expect)
}

func checkSource(ctx context.Context, disk Disk, from Path, expect *Fingerprint) error {
	if expect != nil {
		return check(ctx, disk, from, *expect, false)
	}
	info, err := disk.Lstat(from)
	if err != nil {
		return err
	}
	if info.Kind != Dir {
		return fmt.Errorf("check %q: %w: it is a %v", from.String(), ErrChanged, info.Kind)
	}
	return nil
}

// alias reports whether to may be another spelling of from on this file system: both are the same file. So are two hard links
// of one file; for these the second of the two steps is refused, and the first undone.
func alias(disk Disk, from, to Path) bool {
	a, errA := disk.Lstat(from)
	b, errB := disk.Lstat(to)
	return errA == nil && errB == nil && from.Dir() == to.Dir() && sameNode(a, b)
}

// moveInTwoSteps goes through the vault, so that a crash in between is repaired by [Recover].
func (v *Vault) moveInTwoSteps(disk Disk, from, to Path) error {
	info, err := disk.Lstat(from)
	if err != nil {
		return err
	}
	h, err := v.take(Item{Path: from.Rel, To: to.Rel, Why: Renaming, Kind: info.Kind})
	if err != nil {
		return err
	}
	if err := rename(disk, h.path(), to); err != nil {
		return errors.Join(err, h.putBack())
	}
	return removeTree(disk, h.at)
}

// MoveAside renames whatever file is at target to name beside it, whatever its content, as for a conflict copy; without
// replacing ([ErrTaken]). It returns the fingerprint of the copy, hashed after the rename; without sums if a program is
// writing into it.
func MoveAside(ctx context.Context, disk Disk, target Path, name string) (Placed, error) {
	to := target.Dir().Join(name)
	if err := errors.Join(checkTarget(target), checkTarget(to)); err != nil {
		return Placed{}, err
	}
	info, err := disk.Lstat(target)
	if err != nil {
		return Placed{}, err
	}
	if info.Kind != File {
		return Placed{}, fmt.Errorf("check %q: %w: it is a %v", target.String(), ErrChanged, info.Kind)
	}
	if err := rename(disk, target, to); err != nil {
		return Placed{}, fmt.Errorf("move %q aside: %w", target.String(), err)
	}
	got, err := Hash(ctx, disk, to)
	if errors.Is(err, ErrChanged) {
		return placed(disk, to, Fingerprint{Size: -1})
	}
	return Placed{Fingerprint: got}, err
}
