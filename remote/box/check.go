package box

import (
	"context"

	"dossier/remote"
)

var _ remote.Checker = (*Driver)(nil)

// Check finds out about A1: whether deletions go to the trash. That shows only by deleting something, so nothing is sent unless
// write is set.
func (d *Driver) Check(ctx context.Context, folder remote.ID, write bool) ([]remote.Finding, error) {
	f := remote.Finding{ID: "A1", Seen: "only a folder that is made and deleted shows it"}
	if !write {
		return []remote.Finding{f}, nil
	}
	has, err := d.HasTrash(ctx, folder)
	if err != nil {
		return nil, err
	}
	f.Seen = "a folder that was deleted lay in the trash"
	if !has {
		f.Seen = "a folder that was deleted was gone for good"
	}
	f.Verdict = remote.Held
	if has != d.trash {
		f.Verdict, f.Setting, f.Value = remote.Differs, assumeTrash, has
	}
	return []remote.Finding{f}, nil
}
