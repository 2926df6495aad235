package simdisk

import (
	"fmt"

	"maps"
	"slices"

	"dossier/syncer/local"
)

// User is the person at the machine and his programs. What he does passes no hook, and is durable at once. Paths are relative
// to the client's folder. What cannot be done panics: it is the test's mistake.
type User struct{ d *Disk }

// User returns the user.
func (d *Disk) User() User { return User{d} }

func (u User) must(err error, what string, rel string) {
	if err != nil {
		panic(fmt.Sprintf("simdisk: user cannot %s %q: %v", what, rel, err))
	}
}

// change runs an action of the user and makes it durable.
func (u User) change(what, rel string, action func() error) {
	u.d.mu.Lock()
	defer u.d.mu.Unlock()
	known := map[*change]bool{}
	for _, c := range u.d.pending {
		known[c] = true
	}
	err := action()
	above := u.d.above(local.In(rel))
	u.d.commit(func(c *change) bool {
		return !known[c] || slices.ContainsFunc(c.edits, func(e edit) bool { return above[e.node] })
	})
	u.must(err, what, rel)
}

// WriteFile writes the file in place, as a simple editor does: same inode. It makes the file if there is none.
func (u User) WriteFile(rel, data string) {
	u.change("write", rel, func() error {
		n, err := u.d.find(local.In(rel))
		if err != nil {
			if n, err = u.d.add(local.In(rel), local.File); err != nil {
				return err
			}
		}
		u.d.used -= int64(len(n.now.data))
		n.now.data = nil
		err = u.d.write(n, 0, []byte(data))
		u.keep(n)
		return err
	})
}

// keep makes a node, its content and its names durable.
func (u User) keep(n *node) {
	n.sync()
	u.d.commit(func(c *change) bool {
		return slices.ContainsFunc(c.edits, func(e edit) bool { return e.node == n })
	})
}

// SaveByRename writes a new file and renames it over the old one, as office programs do: new inode.
func (u User) SaveByRename(rel, data string) {
	u.Remove(rel)
	u.WriteFile(rel, data)
}

// Mkdir makes a folder.
func (u User) Mkdir(rel string) { u.make(rel, local.Dir) }

// Symlink makes a symbolic link.
func (u User) Symlink(rel string) { u.make(rel, local.Symlink) }

// Placeholder makes a file whose content is in a cloud.
func (u User) Placeholder(rel string) { u.make(rel, local.Placeholder) }

// Device makes a special file.
func (u User) Device(rel string) { u.make(rel, local.Other) }

// MountPoint makes a folder where another disk is mounted.
func (u User) MountPoint(rel string) { u.make(rel, local.Mount) }

func (u User) make(rel string, kind local.Kind) {
	u.change("make", rel, func() error {
		_, err := u.d.add(local.In(rel), kind)
		return err
	})
}

// Rename renames a file or folder; a file at to is replaced.
func (u User) Rename(from, to string) {
	u.change("rename", from, func() error {
		return u.d.rename(local.In(from), local.In(to), true)
	})
}

// Remove removes a file, or a folder with all that is in it.
func (u User) Remove(rel string) {
	u.change("remove", rel, func() error {
		dir, name, err := u.d.parent(local.In(rel))
		if err != nil {
			return err
		}
		u.d.apply(edit{dir: dir, name: name})
		return nil
	})
}

// SetTime sets the time of modification, Unix nanoseconds.
func (u User) SetTime(rel string, mtime int64) {
	u.change("set time of", rel, func() error {
		n, err := u.d.find(local.In(rel))
		if err == nil {
			n.now.mtime, n.ctime = mtime, u.d.now()
			n.sync()
		}
		return err
	})
}

// Deny takes away, or gives back, the permission to read a file or folder.
func (u User) Deny(rel string, denied bool) {
	u.change("deny", rel, func() error {
		n, err := u.d.find(local.In(rel))
		if err == nil {
			n.denied = denied
		}
		return err
	})
}

// ReplaceRoot puts another, empty folder where the client's folder was.
func (u User) ReplaceRoot() {
	u.d.mu.Lock()
	defer u.d.mu.Unlock()
	u.d.areas[local.Client] = u.d.newNode(local.Dir)
}

// RemoveRoot takes the client's folder away (true), as when a disk is unplugged, or brings it back.
func (u User) RemoveRoot(gone bool) {
	u.d.mu.Lock()
	defer u.d.mu.Unlock()
	u.d.gone = gone
}

// Handle is a file that a program of the user holds open for writing.
type Handle struct {
	u    User
	node *node
}

// Open opens a file for writing, and keeps it open.
func (u User) Open(rel string) *Handle {
	u.d.mu.Lock()
	defer u.d.mu.Unlock()
	n, err := u.d.find(local.In(rel))
	u.must(err, "open", rel)
	n.writers++
	return &Handle{u, n}
}

// WriteAt writes into the file, wherever it is by now.
func (h *Handle) WriteAt(data string, at int64) {
	h.u.d.mu.Lock()
	defer h.u.d.mu.Unlock()
	h.u.must(h.u.d.write(h.node, at, []byte(data)), "write into", "an open file")
	h.u.keep(h.node)
}

// Close closes the file.
func (h *Handle) Close() {
	h.u.d.mu.Lock()
	defer h.u.d.mu.Unlock()
	h.node.writers--
}

// ReadFile returns a file's content, and whether there is such a file.
func (u User) ReadFile(rel string) (string, bool) {
	u.d.mu.Lock()
	defer u.d.mu.Unlock()
	n, err := u.d.find(local.In(rel))
	if err != nil || n.kind != local.File {
		return "", false
	}
	return string(n.now.data), true
}

// Tree returns the content of all files of an area by path; folders end in a slash and have none.
func (d *Disk) Tree(area local.Area) map[string]string {
	d.mu.Lock()
	defer d.mu.Unlock()
	tree := map[string]string{}
	root := d.areas[area]
	if area == local.Client {
		root = d.held
	}
	collect(root, "", tree)
	return tree
}

func collect(n *node, at string, tree map[string]string) {
	for _, e := range n.kids {
		if e.node.kind == local.Dir {
			tree[at+e.name+"/"] = ""
			collect(e.node, at+e.name+"/", tree)
			continue
		}
		tree[at+e.name] = string(e.node.now.data)
	}
}

// Paths returns the sorted paths of a tree.
func Paths(tree map[string]string) []string { return slices.Sorted(maps.Keys(tree)) }
