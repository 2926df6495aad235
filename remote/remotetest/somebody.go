package remotetest

import (
	"fmt"
	"path"
	"strings"
	"time"

	"dossier/remote"
)

// Somebody is a person who works on the portal itself, behind the driver's back. Paths are slash-separated, from the fixture's
// root, and none of the calls is counted by Calls.
type Somebody interface {
	// Put makes a file, or gives it other content, and makes the folders above it. It returns the file's id.
	Put(path string, content []byte) (remote.ID, error)
	// MkdirAll makes a folder and those above it, as far as they are missing.
	MkdirAll(path string) (remote.ID, error)
	// Rename gives an item another name in its folder.
	Rename(path, name string) error
	// Move puts an item into another folder, under its name.
	Move(path, folder string) error
	// Trash deletes an item, with all below it: into the trash where there is one.
	Trash(path string) error
	// Calls is how many calls of the driver have arrived at the portal so far, each page and each part counted.
	Calls() int
}

// Somebody works on the portal, from MemoryRoot.
func (m *Memory) Somebody() Somebody { return person{m} }

type person struct{ m *Memory }

func (p person) Calls() int {
	p.m.mu.Lock()
	defer p.m.mu.Unlock()
	return p.m.calls
}

func (p person) Put(file string, content []byte) (remote.ID, error) {
	p.m.mu.Lock()
	defer p.m.mu.Unlock()
	parent, err := p.mkdirAll(path.Dir(file))
	if err != nil {
		return "", err
	}
	at := remote.Place{Parent: parent, Name: path.Base(file)}
	it := p.m.named(at, "")
	switch {
	case it == nil:
		it = p.m.add(at, remote.File)
	case it.Kind != remote.File:
		return "", fmt.Errorf("put %q: a folder is there", file)
	case !p.m.features.Replace: // a new one in the place of the old
		p.m.remove(it)
		it = p.m.add(at, remote.File)
	}
	p.m.fill(it, content, time.Time{})
	p.m.note(it, false)
	return it.ID, nil
}

func (p person) MkdirAll(folder string) (remote.ID, error) {
	p.m.mu.Lock()
	defer p.m.mu.Unlock()
	return p.mkdirAll(folder)
}

func (p person) mkdirAll(folder string) (remote.ID, error) {
	parent := MemoryRoot
	for name := range strings.SplitSeq(folder, "/") {
		if name == "." || name == "" {
			continue
		}
		at := remote.Place{Parent: parent, Name: name}
		it := p.m.named(at, "")
		if it == nil {
			it = p.m.add(at, remote.Folder)
			p.m.note(it, false)
		}
		if it.Kind != remote.Folder {
			return "", fmt.Errorf("make folder %q: a file is there", folder)
		}
		parent = it.ID
	}
	return parent, nil
}

func (p person) Rename(file, name string) error {
	return p.change(file, func(it *item) error { return p.put(it, remote.Place{Parent: it.Parent, Name: name}) })
}

func (p person) Move(file, folder string) error {
	return p.change(file, func(it *item) error {
		to, err := p.mkdirAll(folder)
		if err != nil {
			return err
		}
		return p.put(it, remote.Place{Parent: to, Name: it.Name})
	})
}

func (p person) Trash(file string) error {
	return p.change(file, func(it *item) error {
		p.m.remove(it)
		return nil
	})
}

func (p person) put(it *item, at remote.Place) error {
	if err := p.m.free(at, it.ID); err != nil {
		return err
	}
	p.m.place(it, at)
	p.m.note(it, false)
	return nil
}

// change finds an item by its path and does something with it.
func (p person) change(file string, do func(*item) error) error {
	p.m.mu.Lock()
	defer p.m.mu.Unlock()
	it := p.m.tree.items[MemoryRoot]
	for name := range strings.SplitSeq(file, "/") {
		if it = p.m.named(remote.Place{Parent: it.ID, Name: name}, ""); it == nil {
			return fmt.Errorf("find %q: no %q", file, name)
		}
	}
	return do(it)
}
