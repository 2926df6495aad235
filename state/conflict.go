package state

import (
	"fmt"
	"time"
)

// Conflict is a copy that a conflict left: it counts until somebody resolves it, or the copy is gone.
type Conflict struct {
	Copy string    `json:"copy"` // path of the copy
	Path string    `json:"path"` // path of the file that kept its name
	When time.Time `json:"when"`
	Node NodeID    `json:"node,omitempty"` // of the file
	Twin NodeID    `json:"twin,omitempty"` // of the copy
}

// PutConflict notes a conflict, under the path of its copy.
func (tx *Tx) PutConflict(c Conflict) error {
	if c.When.IsZero() {
		c.When = tx.Now()
	}
	return tx.putJSON(conflictBucket, []byte(c.Copy), c)
}

// Conflicts lists what conflicts left, by the paths of the copies.
func (tx *Tx) Conflicts() []Conflict { return listJSON[Conflict](tx, conflictBucket) }

// DropConflict forgets one.
func (tx *Tx) DropConflict(copyPath string) error {
	if tx.in(conflictBucket).Get([]byte(copyPath)) == nil {
		return fmt.Errorf("drop conflict %q: %w", copyPath, ErrNotFound)
	}
	return tx.drop(conflictBucket, []byte(copyPath))
}
