package sandbox

import (
	"io"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"dossier/remote/sandbox/store"
)

// Entry is one line of a Tree.
type Entry struct {
	ID       string    `json:"id"`
	Kind     string    `json:"kind"` // folder, file or link
	SHA1     string    `json:"sha1,omitempty"`
	Size     int64     `json:"size,omitempty"`
	Etag     string    `json:"etag"`
	Version  string    `json:"version,omitempty"`
	Modified time.Time `json:"modified,omitzero"` // of the content, as the uploader told it
}

// Tree returns everything on a portal but the trash, by path. Where two items have the same path, as with the quirk
// duplicate-names, "#" and the id are appended to all but the first.
func (s *Server) Tree(portal string) map[string]Entry {
	tree := map[string]Entry{}
	s.store.View(func(v store.View) { addTree(v, tree, s.root(portal), "") })
	return tree
}

func addTree(v store.View, tree map[string]Entry, folder store.ID, prefix string) {
	for it := range v.Children(folder, store.Place{}) {
		at := prefix + it.Name
		if _, twice := tree[at]; twice {
			at += "#" + formatID(it.ID)
		}
		tree[at] = entry(it)
		if it.Kind == store.Folder {
			addTree(v, tree, it.ID, at+"/")
		}
	}
}

func entry(it *store.Item) Entry {
	e := Entry{ID: formatID(it.ID), Kind: it.Kind.String(), Etag: strconv.FormatInt(it.Rev, 10)}
	if it.Kind == store.File {
		e.SHA1, e.Size, e.Version, e.Modified = it.Content.SHA1.String(), it.Content.Size, formatID(it.Content.ID), it.Content.Modified
	}
	return e
}

// Open opens the current content of a file. The caller must close it.
func (s *Server) Open(portal, at string) (io.ReadCloser, error) {
	var sum store.SHA1
	var err error
	s.store.View(func(v store.View) {
		var it *store.Item
		if it, err = find(v, s.root(portal), at); err == nil {
			sum = it.Content.SHA1
		}
	})
	if err != nil {
		return nil, err
	}
	return s.store.Open(sum)
}

func formatID(id store.ID) string { return strconv.FormatUint(uint64(id), 10) }

func (s *Server) root(portal string) store.ID {
	mustBePortal(portal)
	return s.box.Main().Root
}

// find walks down a path; parts are compared as the portal compares names.
func find(v store.View, root store.ID, at string) (*store.Item, error) {
	it := v.Item(root)
	for name := range parts(at) {
		named := v.Named(it.ID, name)
		if len(named) == 0 {
			return nil, &fs.PathError{Op: "find", Path: at, Err: fs.ErrNotExist}
		}
		it = named[0]
	}
	return it, nil
}

func parts(at string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for name := range strings.SplitSeq(strings.Trim(at, "/"), "/") {
			if name != "" && !yield(name) {
				return
			}
		}
	}
}
