package daemon

import (
	"context"
	"fmt"

	"dossier/remote"
	"dossier/state"
)

// nestedError tells that a client's folder lies inside another's on the portal, which the configuration alone does not show.
type nestedError struct{ inner, outer string }

func (e *nestedError) Error() string {
	return fmt.Sprintf("on the portal, the folder of client %q lies inside that of client %q: clients' folders must lie beside one another", e.inner, e.outer)
}

// deepest bounds how far up a folder's ancestors are asked for.
const deepest = 64

// findNested asks for the ancestors of all folders of an account on which a client is new, or has another folder than before. It
// returns, by name, why a client must not run: both of a nested pair. What cannot be asked is left to the mirror to report.
func (h *house) findNested(ctx context.Context) map[string]error {
	fresh := map[string]bool{}
	byFolder := map[string]map[remote.ID]string{}
	for _, c := range h.clients {
		if byFolder[c.Portal] == nil {
			byFolder[c.Portal] = map[remote.ID]string{}
		}
		byFolder[c.Portal][c.folder()] = c.Name
		fresh[c.Portal] = fresh[c.Portal] || lastFolder(c) != c.folder()
	}
	nested := map[string]error{}
	for portal, owners := range byFolder {
		acct := h.accounts[portal]
		if acct == nil || !fresh[portal] || len(owners) < 2 {
			continue
		}
		up := ancestors{portal: acct.portal, parent: map[remote.ID]remote.ID{}}
		for folder, name := range owners {
			if outer, inside := up.owner(ctx, folder, owners); inside {
				err := &nestedError{inner: name, outer: outer}
				nested[name], nested[outer] = err, err
			}
		}
	}
	return nested
}

// lastFolder is the folder that a client was mirrored with; empty: it never was, or another process has it.
func lastFolder(c Client) (folder remote.ID) {
	if missing(c.StatePath) {
		return ""
	}
	st, err := state.OpenClient(c.StatePath, state.Options{ReadOnly: true, LockWait: peek})
	if err != nil {
		return c.folder() // it will not run now
	}
	defer st.Close()
	_ = st.View(func(tx *state.Tx) error { // damage is found by the mirror
		folder = remote.ID(tx.Meta().Folder)
		return nil
	})
	return folder
}

// ancestors asks for each folder's parent once.
type ancestors struct {
	portal *remote.Portal
	parent map[remote.ID]remote.ID
}

// owner names the client in whose folder this one lies.
func (a *ancestors) owner(ctx context.Context, folder remote.ID, owners map[remote.ID]string) (name string, inside bool) {
	for range deepest {
		up, known := a.parent[folder]
		if !known {
			e, err := a.portal.Get(ctx, folder, remote.Folder)
			if err != nil {
				return "", false
			}
			up, a.parent[folder] = e.Parent, e.Parent
		}
		if up == "" {
			return "", false
		}
		if name, inside = owners[up]; inside {
			return name, true
		}
		folder = up
	}
	return "", false
}
