package local

import "context"

// Placed is the outcome of a change on disk.
type Placed struct {
	Fingerprint        // of what now has the name; zero if nothing has
	Vaulted     string // id of what went into the vault, "" if nothing did
}

// Commit puts a finished staged file at target. expect is what must be there now, nil if the name must be free.
//
// Errors: [ErrTaken], the name is not free (if something came between, what was there before stays in the vault, and
// Placed.Vaulted names it); [ErrChanged], what is there is not what was expected, and stays; [ErrInUse], try later, the
// staged file is kept; [ErrVaultFull].
func Commit(ctx context.Context, disk Disk, staged *Staged, target Path, expect *Fingerprint, vault *Vault) (Placed, error) {
	return Placed{}, errTodo
}

// Move renames a file or folder of the client, without replacing; letter case alone may change. expect is what must be at
// from: a file's fingerprint, or nil for a folder.
func Move(ctx context.Context, disk Disk, from, to Path, expect *Fingerprint, vault *Vault) (Placed, error) {
	return Placed{}, errTodo
}

// MoveAside renames whatever file is at target to name beside it, whatever its content, as for a conflict copy. It returns the
// fingerprint of the copy as hashed after the rename.
func MoveAside(ctx context.Context, disk Disk, target Path, name string) (Placed, error) {
	return Placed{}, errTodo
}

// Mkdir makes one folder, durably. [ErrTaken] if something is there.
func Mkdir(disk Disk, p Path) (Info, error) { return Info{}, errTodo }

// Remove moves the file at p, which must be as expected, into the vault.
func Remove(ctx context.Context, disk Disk, p Path, expect Fingerprint, vault *Vault) (Placed, error) {
	return Placed{}, errTodo
}

// Verdict is what a caller of [RemoveDir] thinks of an entry below the folder.
type Verdict uint8

const (
	Unexpected Verdict = iota // the folder may not go
	Expected                  // known: goes with the folder, if it is as expected
	Junk                      // not worth keeping the folder for
)

// RemoveDir moves a folder with all that is in it into the vault, in one rename, if it holds exactly what is expected, and
// looks again there. judge is asked about each entry below, rel being relative to p; for an expected file it returns its
// fingerprint. If something else is found the folder is, or goes back, in its place, and the error is [ErrNotEmpty].
func RemoveDir(ctx context.Context, disk Disk, p Path, judge func(rel string, info Info) (Verdict, *Fingerprint), vault *Vault) (Placed, error) {
	return Placed{}, errTodo
}
