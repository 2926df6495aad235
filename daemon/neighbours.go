package daemon

import (
	"context"
	"path/filepath"
	"time"

	"dossier/state"
	"dossier/syncer/local"
)

// neighbours are all clients of this installation but one. It answers from their states and folders as they are now.
//
// BUG(daemon): a client that another process is at work on, and goes on being for longer than peek, is passed over.
type neighbours struct {
	of   string
	all  []Client
	held held
}

// peek is how long the state of a client that is not in this run is waited for.
const peek = time.Second

// Known names, of the files given by id with what they hold, those that another client's base has, or whose bytes it had.
func (n *neighbours) Known(files map[string]state.SHA256) map[string]string {
	found := map[string]string{}
	for _, c := range n.others() {
		n.known(c, files, func(id string) { found[id] = c.Name })
	}
	return found
}

func (n *neighbours) others() []Client {
	var others []Client
	for _, c := range n.all {
		if c.Name != n.of {
			others = append(others, c)
		}
	}
	return others
}

// known tells of the files that a client's base has, or whose bytes it had. A damaged state knows nothing.
func (n *neighbours) known(c Client, files map[string]state.SHA256, found func(id string)) {
	look := func(tx *state.Tx) error {
		for id, sum := range files {
			if len(tx.ByFile(id)) > 0 || !sum.IsZero() && len(tx.BuriedContent(sum)) > 0 {
				found(id)
			}
		}
		return nil
	}
	if own, chosen := n.held[c.Name]; chosen {
		if own.state != nil {
			_ = own.state.View(look)
		}
		return
	}
	st, err := state.OpenClient(c.StatePath, state.Options{ReadOnly: true, LockWait: peek})
	if err != nil {
		return
	}
	defer st.Close()
	_ = st.View(look)
}

// Now looks through the other clients' folders for files with these ids.
func (n *neighbours) Now(ctx context.Context, fileIDs []string) map[string]string {
	wanted := make(map[string]bool, len(fileIDs))
	for _, id := range fileIDs {
		wanted[id] = true
	}
	found := map[string]string{}
	for _, c := range n.others() {
		if len(found) == len(wanted) || missing(c.Path) || missing(filepath.Join(c.Path, local.MarkerName)) {
			continue
		}
		disk, err := local.OSDisk(c.Path)
		if err != nil {
			continue
		}
		seek(ctx, disk, local.In(""), wanted, func(id string) { found[id] = c.Name })
		disk.Close()
	}
	return found
}

// seek walks down a folder and tells of each wanted file. What cannot be read holds nothing.
func seek(ctx context.Context, disk local.Disk, at local.Path, wanted map[string]bool, found func(id string)) {
	entries, err := disk.ReadDir(at)
	if err != nil {
		return
	}
	for _, e := range entries {
		if ctx.Err() != nil {
			return
		}
		switch {
		case e.Info.Kind == local.Dir:
			seek(ctx, disk, at.Join(e.Name), wanted, found)
		case wanted[e.Info.FileID]:
			found(e.Info.FileID)
		}
	}
}
