package local

import (
	"context"
	"fmt"
)

// Keep moves a finished staged file into the vault, as what belongs at rel in the client's folder: bytes that are about to be
// deleted where nothing brings them back. It returns the item's id.
func (v *Vault) Keep(ctx context.Context, staged *Staged, rel string, why Why) (id string, err error) {
	if staged.done == nil {
		return "", fmt.Errorf("keep %q: %w", rel, ErrMismatch)
	}
	if err := ctx.Err(); err != nil {
		return "", err
	}
	fp := *staged.done
	h, err := v.open(Item{Path: rel, Why: why, Kind: File, Size: fp.Size, Files: []ItemFile{itemFile("", fp)}})
	if err != nil {
		return "", err
	}
	// The note goes to its final place before the bytes: what Recover finds in the open part it would put back into the folder.
	if err := h.keep(); err != nil {
		return "", err
	}
	if err := rename(v.disk, staged.path, v.place(h.item.ID).Join(itemName)); err != nil {
		return "", err
	}
	staged.moved()
	v.add(fp.Size)
	return h.item.ID, nil
}
