package local

import (
	"context"
	"errors"
	"time"
)

var errTodo = errors.New("not written yet")

// VaultOptions says whose vault it is and how much it may hold.
type VaultOptions struct {
	Client string        // id of the client: letters, digits, dash
	Run    string        // id of the run, noted with each item
	Term   time.Duration // how long an item is kept, of running time; 0 is 30 days
	Cap    int64         // bytes that all clients' vaults in this house may hold together; 0 is 10 % of the disk
	Staged int64         // reserve: bytes of the disk that must stay free; 0 is none
}

// Vault keeps what left a client's folder.
type Vault struct{ opt VaultOptions }

// OpenVault returns the vault of a client. Nothing is written until something goes in.
func OpenVault(disk Disk, opt VaultOptions) (*Vault, error) { return nil, errTodo }

// Why an item went into the vault.
type Why string

const (
	Replaced Why = "replaced"
	Deleted  Why = "deleted"
	Renaming Why = "renaming" // on its way to another name, never for long
)

// Item is one thing in the vault and where it belongs.
type Item struct {
	ID     string    `json:"-"`
	Path   string    `json:"path"` // in the client's folder, names on disk
	When   time.Time `json:"when"`
	Why    Why       `json:"why"`
	Run    string    `json:"run,omitempty"`
	Kind   Kind      `json:"kind"`
	Size   int64     `json:"size"` // bytes, of all files if a folder
	SHA256 Sum256    `json:"sha256,omitzero"`
	MTime  int64     `json:"mtime"` // Unix nanoseconds
	FileID string    `json:"file_id,omitempty"`
}

// List returns the items, oldest first.
func (v *Vault) List() ([]Item, error) { return nil, errTodo }

// Restore moves an item back, to its own place or to another one, never replacing anything ([ErrTaken]). The folder it goes
// into must exist.
func (v *Vault) Restore(ctx context.Context, id string, to Path) (Placed, error) {
	return Placed{}, errTodo
}

// Empty removes items for good, whatever their age.
func (v *Vault) Empty(ctx context.Context, ids ...string) error { return errTodo }

// Expire removes the items that are beyond their term. running tells how long the program ran since a time. Each item is
// checked once more before: one that changed in the vault is not removed but returned.
func (v *Vault) Expire(ctx context.Context, running func(since time.Time) time.Duration) (removed, changed []Item, err error) {
	return nil, nil, errTodo
}

// Recheck looks again at the items that came in since a time, for writes through handles opened before (E13), and returns those
// that differ from what they were when they came in. The caller brings them back as copies ([Vault.Restore]).
func (v *Vault) Recheck(ctx context.Context, since time.Time) (changed []Item, err error) {
	return nil, errTodo
}

// Recovered is what [Recover] found unfinished.
type Recovered struct {
	Back    []Item // put back in their place
	Kept    []Item // left in the vault: the step had been done
	Changed []Item // left in the vault, but not as expected: bring them back as copies
}

// Recover settles what a crash left unfinished for this client. It must run before any other change of the run.
func Recover(ctx context.Context, disk Disk, vault *Vault) (Recovered, error) {
	return Recovered{}, errTodo
}
