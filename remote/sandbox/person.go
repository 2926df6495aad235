package sandbox

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"dossier/remote/sandbox/store"
)

// The methods in this file are a person at work on the portal itself, in its web pages: what he does shows up in
// events as anybody's work does, and is not counted as calls. Paths are slash-separated below the account's root,
// such as "Clients/Bakkerij Jansen/a.pdf"; "" is the root. Errors wrap fs.ErrNotExist and fs.ErrExist.

// MkdirAll makes a folder and those above it, as far as they are not there, and returns its id.
func (s *Server) MkdirAll(portal, at string) (id string, err error) {
	p := s.must(portal)
	folder := p.Root()
	for name := range parts(at) {
		err := s.store.Update(func(tx *store.Tx) error {
			if it := p.named(tx.View, folder, name); it != nil {
				folder = it.ID
				if it.Kind != store.Folder {
					return &fs.PathError{Op: "make folder", Path: at, Err: fs.ErrExist}
				}
				return nil
			}
			it := p.newItem(tx, tx.Item(folder), store.Folder, name)
			p.add(tx, it)
			tx.Log(store.Created, it, it.CreatedBy)
			folder = it.ID
			return nil
		})
		if err != nil {
			return "", err
		}
	}
	return p.ShowID(folder, store.Folder), nil
}

func (p *portal) newItem(tx *store.Tx, up *store.Item, kind store.Kind, name string) *store.Item {
	by := p.Worker()
	return &store.Item{ID: tx.NewID(), Root: up.Root, Parent: up.ID, Kind: kind, Name: name, Created: tx.Now, Modified: tx.Now, CreatedBy: by, ModifiedBy: by}
}

// settler is a portal that has something to add to an item that is put, such as an id of its own.
type settler interface {
	Settle(tx *store.Tx, it *store.Item)
}

func (p *portal) add(tx *store.Tx, it *store.Item) {
	tx.Put(it)
	if s, ok := p.api.(settler); ok {
		s.Settle(tx, it)
	}
}

// Put uploads a file, and makes its folder if need be. Where one of that name is there it gets a new version or, on portals
// without versions, gives way to the new one. modified is the time of the content; zero: none is told.
func (s *Server) Put(portal, at string, content io.Reader, modified time.Time) (Entry, error) {
	if _, err := s.MkdirAll(portal, path.Dir(path.Clean("/"+at))); err != nil {
		return Entry{}, err
	}
	in, err := s.store.Receive(content)
	defer in.Discard()
	if err != nil {
		return Entry{}, fmt.Errorf("put %q: %w", at, err)
	}
	if err := in.Keep(); err != nil {
		return Entry{}, fmt.Errorf("put %q: %w", at, err)
	}
	p := s.must(portal)
	var it *store.Item
	err = s.store.Update(func(tx *store.Tx) (err error) {
		it, err = p.put(tx, at, store.Version{SHA1: in.SHA1, Size: in.Size, By: p.Worker(), At: tx.Now, Modified: modified.UTC().Truncate(time.Second)})
		return err
	})
	if err != nil {
		return Entry{}, err
	}
	return p.entry(it), nil
}

func (p *portal) put(tx *store.Tx, at string, content store.Version) (*store.Item, error) {
	name := path.Base(at)
	up, err := p.find(tx.View, strings.TrimSuffix(strings.Trim(at, "/"), name))
	if err != nil {
		return nil, err
	}
	verb, it := store.Uploaded, (*store.Item)(nil)
	switch old := p.named(tx.View, up.ID, name); {
	case old == nil:
		it = p.newItem(tx, up, store.File, name)
	case old.Kind != store.File:
		return nil, &fs.PathError{Op: "put", Path: at, Err: fs.ErrExist}
	case p.Habits().Versions:
		it, verb = old.Changed(content.By, tx.Now), store.Versioned
		it.Past = append(slices.Clip(slices.Clone(old.Past)), old.Content)
	default:
		it = p.newItem(tx, up, store.File, name)
		p.remove(tx, old)
	}
	it.Content = content
	it.Content.ID, it.Content.Name = tx.NewID(), it.Name
	p.add(tx, it)
	tx.Log(verb, it, content.By)
	return it, nil
}

// remove puts an item into the trash or, where there is none, out of the world.
func (p *portal) remove(tx *store.Tx, it *store.Item) {
	next := it.Changed(p.Worker(), tx.Now)
	if !p.Habits().Bin {
		tx.Purge(it)
		tx.Log(store.Purged, next, next.ModifiedBy)
		return
	}
	next.Trashed = tx.Now
	tx.Put(next)
	tx.Log(store.Binned, next, next.ModifiedBy)
}

// Rename gives an item another name in the same folder.
func (s *Server) Rename(portal, at, name string) error {
	return s.move(portal, at, path.Join(path.Dir(strings.Trim(at, "/")), name))
}

// Move puts an item into another folder, under the last part of to.
func (s *Server) Move(portal, at, to string) error { return s.move(portal, at, to) }

func (s *Server) move(portal, at, to string) error {
	p := s.must(portal)
	return s.store.Update(func(tx *store.Tx) error {
		it, err := p.find(tx.View, at)
		if err != nil {
			return err
		}
		up, err := p.find(tx.View, path.Dir("/"+strings.Trim(to, "/")))
		if err != nil {
			return err
		}
		if it.ID == up.ID || slices.ContainsFunc(tx.Path(up), func(above *store.Item) bool { return above.ID == it.ID }) {
			return &fs.PathError{Op: "move", Path: to, Err: fs.ErrInvalid}
		}
		next := it.Changed(p.Worker(), tx.Now)
		next.Parent, next.Name = up.ID, path.Base(to)
		if there := p.named(tx.View, up.ID, next.Name); there != nil && there.ID != it.ID && !p.Habits().Twins {
			return &fs.PathError{Op: "move", Path: to, Err: fs.ErrExist}
		}
		verb := store.Renamed
		if next.Parent != it.Parent {
			verb = store.Moved
		}
		tx.Put(next)
		tx.Log(verb, next, next.ModifiedBy)
		return nil
	})
}

// Trash deletes an item: into the trash, where there is one.
func (s *Server) Trash(portal, at string) error {
	p := s.must(portal)
	return s.store.Update(func(tx *store.Tx) error {
		it, err := p.find(tx.View, at)
		if err == nil {
			p.remove(tx, it)
		}
		return err
	})
}

// Restore takes the item of this id out of the trash.
func (s *Server) Restore(portal, id string) error {
	p := s.must(portal)
	return s.store.Update(func(tx *store.Tx) error {
		it := tx.Item(p.ReadID(id))
		if it == nil || it.Trashed.IsZero() {
			return &fs.PathError{Op: "restore", Path: id, Err: fs.ErrNotExist}
		}
		next := it.Changed(p.Worker(), tx.Now)
		next.Trashed = time.Time{}
		tx.Put(next)
		tx.Log(store.Restored, next, next.ModifiedBy)
		return nil
	})
}

// Trashed lists what was put into the trash, by name.
func (s *Server) Trashed(portal string) (list []struct{ ID, Name string }) {
	p := s.must(portal)
	s.store.View(func(v store.View) {
		for _, it := range v.Trash(p.Root()) {
			list = append(list, struct{ ID, Name string }{p.ShowID(it.ID, it.Kind), it.Name})
		}
	})
	slices.SortFunc(list, func(a, b struct{ ID, Name string }) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

// Purge removes an item for good, past the trash.
func (s *Server) Purge(portal, at string) error {
	p := s.must(portal)
	return s.store.Update(func(tx *store.Tx) error {
		it, err := p.find(tx.View, at)
		if err != nil {
			return err
		}
		if it.Parent == 0 {
			return errors.New("purge: the root stays")
		}
		tx.Purge(it)
		return nil
	})
}

// AddLink makes a bookmark: it has no content, but it occupies a name.
func (s *Server) AddLink(portal, at, url string) error {
	p := s.must(portal)
	return s.store.Update(func(tx *store.Tx) error {
		up, err := p.find(tx.View, path.Dir("/"+strings.Trim(at, "/")))
		if err != nil {
			return err
		}
		it := p.newItem(tx, up, store.Link, path.Base(at))
		it.URL = url
		p.add(tx, it)
		tx.Log(store.Created, it, it.CreatedBy)
		return nil
	})
}

// AddAccount adds a user to a portal, with a tree of his own or one who sees what the first user sees, and returns
// how to sign in as him.
func (s *Server) AddAccount(portal, name string, ownTree bool) (PortalInfo, error) {
	p := s.must(portal)
	cred, err := p.AddAccount(name, ownTree)
	return infoOf(cred, p.ShowID(p.Root(), store.Folder)), err
}
