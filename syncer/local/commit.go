package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
)

// Placed is the outcome of a change on disk.
type Placed struct {
	Fingerprint        // of what now has the name; zero if nothing has
	Vaulted     string // id of what went into the vault, "" if nothing did
}

// Commit puts a finished staged file at target. expect is what must be there now, nil if the name must be free. The file
// that was there goes into the vault; its permissions stay.
//
// Errors: [ErrTaken], the name is not free (if something came between, what was there before is in the vault, and
// Placed.Vaulted names it); [ErrChanged], what is there is not what was expected, and stays; [ErrInUse], try later, the
// staged file is kept; [ErrVaultFull].
func Commit(ctx context.Context, disk Disk, staged *Staged, target Path, expect *Fingerprint, vault *Vault) (Placed, error) {
	if staged.done == nil {
		return Placed{}, fmt.Errorf("place %q: the staged file is not finished", target.String())
	}
	if err := checkTarget(target); err != nil {
		return Placed{}, err
	}
	if expect == nil {
		return staged.place(target)
	}
	return staged.replace(ctx, target, *expect, vault)
}

// place renames the staged file to a free name.
func (s *Staged) place(target Path) (Placed, error) {
	if err := rename(s.disk, s.path, target); err != nil {
		return Placed{}, fmt.Errorf("place %q: %w", target.String(), err)
	}
	s.moved()
	return placed(s.disk, target, *s.done)
}

// replace moves what is at target into the vault and puts the staged file in its place, or the other one back.
func (s *Staged) replace(ctx context.Context, target Path, expect Fingerprint, vault *Vault) (Placed, error) {
	if err := s.keepMode(target); err != nil {
		return Placed{}, err
	}
	h, err := vault.takeFile(ctx, target, expect, Replaced, "")
	if err != nil {
		return left(h, err)
	}
	got, err := s.place(target)
	if err != nil { // if target is taken, by somebody or by the staged file after all, it stays in the vault
		return left(h, errors.Join(err, h.putBack()))
	}
	got.Vaulted = h.item.ID
	return got, h.keep()
}

// left is the outcome of a step that failed: if its thing could not go back, it is in the vault.
func left(h held, err error) (Placed, error) {
	if h.v != nil {
		if _, _, findErr := h.v.find(h.item.ID); findErr == nil {
			return Placed{Vaulted: h.item.ID}, err
		}
	}
	return Placed{}, err
}

// keepMode gives the staged file the permissions of the one it replaces.
func (s *Staged) keepMode(target Path) error {
	old, err := s.disk.Lstat(target)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("place %q: %w: it is gone: %w", target.String(), ErrChanged, err)
	}
	if err != nil {
		return err
	}
	return s.disk.Chmod(s.path, old.Mode)
}

// placed reads back what stands at p after a rename; known is its content. If it was written to meanwhile, the sums are no
// longer known.
func placed(disk Disk, p Path, known Fingerprint) (Placed, error) {
	info, err := disk.Lstat(p)
	if err != nil {
		return Placed{}, err
	}
	got := stamp(info)
	if got.Size == known.Size && got.MTime == known.MTime {
		got.SHA256, got.SHA1, got.Racy = known.SHA256, known.SHA1, known.Racy
	}
	return Placed{Fingerprint: got}, nil
}

// Remove moves the file at p, which must be as expected, into the vault. Errors as for [Commit].
func Remove(ctx context.Context, disk Disk, p Path, expect Fingerprint, vault *Vault) (Placed, error) {
	if err := checkTarget(p); err != nil {
		return Placed{}, err
	}
	h, err := vault.takeFile(ctx, p, expect, Deleted, "")
	if err != nil {
		return left(h, err)
	}
	return Placed{Vaulted: h.item.ID}, h.keep()
}

// Mkdir makes one folder, durably. If something is there it returns [ErrTaken] and what it is; a folder that is there is
// durable then, whoever made it.
func Mkdir(disk Disk, p Path) (Info, error) {
	if err := checkTarget(p); err != nil {
		return Info{}, err
	}
	err := disk.Mkdir(p)
	taken := errors.Is(err, fs.ErrExist)
	if err != nil && !taken {
		return Info{}, err
	}
	if err := disk.SyncDir(p.Dir()); err != nil {
		return Info{}, err
	}
	info, statErr := disk.Lstat(p)
	if statErr == nil && taken {
		return info, fmt.Errorf("%w: %w", ErrTaken, err)
	}
	return info, statErr
}
