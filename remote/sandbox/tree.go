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
	p := s.must(portal)
	s.store.View(func(v store.View) { p.addTree(v, tree, p.Root(), "") })
	return tree
}

func (p *portal) addTree(v store.View, tree map[string]Entry, folder store.ID, prefix string) {
	for it := range v.Children(folder, store.Place{}) {
		at := prefix + it.Name
		if _, twice := tree[at]; twice {
			at += "#" + p.ShowID(it.ID, it.Kind)
		}
		tree[at] = p.entry(it)
		if it.Kind == store.Folder {
			p.addTree(v, tree, it.ID, at+"/")
		}
	}
}

func (p *portal) entry(it *store.Item) Entry {
	e := Entry{ID: p.ShowID(it.ID, it.Kind), Kind: it.Kind.String(), Etag: strconv.FormatInt(it.Rev, 10)}
	if it.Kind == store.File {
		e.SHA1, e.Size, e.Version, e.Modified = it.Content.SHA1.String(), it.Content.Size, strconv.FormatUint(uint64(it.Content.ID), 10), it.Content.Modified
	}
	return e
}

// Open opens the current content of a file. The caller must close it.
func (s *Server) Open(portal, at string) (io.ReadCloser, error) {
	var sum store.SHA1
	var err error
	s.store.View(func(v store.View) {
		var it *store.Item
		if it, err = s.must(portal).find(v, at); err == nil {
			sum = it.Content.SHA1
		}
	})
	if err != nil {
		return nil, err
	}
	return s.store.Open(sum)
}

// find walks down a path; parts are compared as the portal compares names. Of twins the first counts.
func (p *portal) find(v store.View, at string) (*store.Item, error) {
	it := v.Item(p.Root())
	for name := range parts(at) {
		next := p.named(v, it.ID, name)
		if next == nil {
			return nil, &fs.PathError{Op: "find", Path: at, Err: fs.ErrNotExist}
		}
		it = next
	}
	return it, nil
}

// named is the item of a folder that has a name, or nil.
func (p *portal) named(v store.View, folder store.ID, name string) *store.Item {
	for _, it := range v.Named(folder, name) {
		if !p.Habits().Twins || it.Name == name {
			return it
		}
	}
	return nil
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
