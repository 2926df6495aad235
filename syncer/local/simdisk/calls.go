package simdisk

import (
	"bytes"
	"io"
	"io/fs"
	"slices"
	"strings"

	"dossier/syncer/local"
)

// Lstat implements [local.Disk].
func (d *Disk) Lstat(p local.Path) (info local.Info, err error) {
	err = d.do("lstat", p, func() error {
		n, err := d.find(p)
		if err == nil {
			info = d.info(n)
		}
		return err
	})
	return info, err
}

// ReadDir implements [local.Disk].
func (d *Disk) ReadDir(p local.Path) (list []local.Named, err error) {
	err = d.do("readdir", p, func() error {
		n, err := d.find(p)
		switch {
		case err != nil:
			return err
		case n.kind == local.Symlink:
			return local.ErrLink
		case n.kind != local.Dir:
			return fs.ErrNotExist
		case n.denied:
			return fs.ErrPermission
		}
		for _, e := range n.kids {
			list = append(list, local.Named{Name: e.name, Info: d.info(e.node)})
		}
		slices.SortFunc(list, func(a, b local.Named) int { return strings.Compare(a.Name, b.Name) })
		return nil
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// Open implements [local.Disk].
func (d *Disk) Open(p local.Path) (local.Reader, error) {
	var f *file
	err := d.do("open", p, func() error {
		n, err := d.find(p)
		switch {
		case err != nil:
			return err
		case n.kind == local.Symlink:
			return local.ErrLink
		case n.kind != local.File:
			return local.ErrRefused
		case n.denied:
			return fs.ErrPermission
		}
		f = &file{disk: d, node: n, path: p, life: d.life}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return f, nil
}

// Create implements [local.Disk].
func (d *Disk) Create(p local.Path) (local.Writer, error) {
	var f *file
	err := d.do("create", p, func() error {
		n, err := d.add(p, local.File)
		f = &file{disk: d, node: n, path: p, life: d.life}
		return err
	})
	if err != nil {
		return nil, err
	}
	return f, nil
}

// add makes a new node at a free name.
func (d *Disk) add(p local.Path, kind local.Kind) (*node, error) {
	dir, name, err := d.parent(p)
	if err != nil {
		return nil, err
	}
	if _, taken := dir.kids[d.key(name)]; taken {
		return nil, fs.ErrExist
	}
	n := d.newNode(kind)
	d.apply(edit{dir: dir, name: name, node: n})
	return n, nil
}

// Append implements [local.Disk].
func (d *Disk) Append(p local.Path) (local.Writer, error) {
	var f *file
	err := d.do("append", p, func() error {
		n, err := d.find(p)
		switch {
		case p.Area != local.House:
			return local.ErrRefused
		case err != nil:
			return err
		case n.kind != local.File:
			return local.ErrRefused
		}
		f = &file{disk: d, node: n, path: p, life: d.life, at: int64(len(n.now.data))}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return f, nil
}

// Mkdir implements [local.Disk].
func (d *Disk) Mkdir(p local.Path) error {
	return d.do("mkdir", p, func() error {
		_, err := d.add(p, local.Dir)
		return err
	})
}

// RenameNoReplace implements [local.Disk].
func (d *Disk) RenameNoReplace(from, to local.Path) error {
	return d.do("rename", from, func() error { return d.rename(from, to, false) })
}

// Replace implements [local.Disk].
func (d *Disk) Replace(from, to local.Path) error {
	return d.do("replace", to, func() error {
		ours := to.Area == local.House && to.Rel != "" || to == local.In(local.MarkerName)
		if from.Area != local.House || !ours {
			return local.ErrRefused
		}
		return d.rename(from, to, true)
	})
}

func (d *Disk) rename(from, to local.Path, replace bool) error {
	fromDir, fromName, err := d.parent(from)
	if err != nil {
		return err
	}
	toDir, toName, err := d.parent(to)
	if err != nil {
		return err
	}
	entry, ok := fromDir.kids[d.key(fromName)]
	if !ok {
		return fs.ErrNotExist
	}
	if below(entry.node, toDir) {
		return fs.ErrInvalid
	}
	if old, taken := toDir.kids[d.key(toName)]; taken && !d.mayReplace(entry.node, old.node, replace) {
		return fs.ErrExist
	}
	away := edit{dir: fromDir, name: entry.name, was: entry.node}
	here := edit{dir: toDir, name: toName, node: entry.node}
	if d.opt.HalfRenames && entry.node.kind != local.Dir && (fromDir != toDir || d.key(fromName) != d.key(toName)) {
		d.apply(here)
		d.apply(away)
	} else {
		d.apply(away, here)
	}
	entry.node.ctime = d.now()
	return nil
}

func (d *Disk) mayReplace(n, old *node, replace bool) bool {
	if replace {
		return old.kind == local.File || n == old
	}
	return d.opt.ReplacesEmpty && n.kind == local.Dir && old.kind == local.Dir && n != old && len(old.kids) == 0
}

// below reports whether dir is n or somewhere below it.
func below(n, dir *node) bool {
	if n == dir {
		return true
	}
	for _, e := range n.kids {
		if below(e.node, dir) {
			return true
		}
	}
	return false
}

// Remove implements [local.Disk].
func (d *Disk) Remove(p local.Path) error {
	return d.do("remove", p, func() error {
		if p.Area != local.House {
			return local.ErrRefused
		}
		dir, name, err := d.parent(p)
		if err != nil {
			return err
		}
		entry, ok := dir.kids[d.key(name)]
		if !ok {
			return fs.ErrNotExist
		}
		if len(entry.node.kids) > 0 {
			return fs.ErrExist
		}
		d.used -= int64(len(entry.node.now.data))
		d.apply(edit{dir: dir, name: entry.name})
		return nil
	})
}

// Chtimes implements [local.Disk].
func (d *Disk) Chtimes(p local.Path, mtime int64) error {
	return d.do("chtimes", p, func() error {
		n, err := d.find(p)
		if err != nil {
			return err
		}
		if g := int64(d.opt.Granularity); g > 0 {
			mtime -= mtime % g
		}
		n.now.mtime, n.ctime = mtime, d.now()
		return nil
	})
}

// Chmod implements [local.Disk].
func (d *Disk) Chmod(p local.Path, mode fs.FileMode) error {
	return d.do("chmod", p, func() error {
		n, err := d.find(p)
		if err != nil {
			return err
		}
		if p.Area != local.House {
			return local.ErrRefused
		}
		n.now.mode, n.ctime = mode.Perm(), d.now()
		return nil
	})
}

// SyncDir implements [local.Disk]. As with the journals of ext4, XFS and Btrfs, a synced folder has a name itself: its own and
// those above it become durable too.
func (d *Disk) SyncDir(p local.Path) error {
	return d.do("syncdir", p, func() error {
		n, err := d.find(p)
		if err != nil {
			return err
		}
		if n.kind != local.Dir {
			return fs.ErrNotExist
		}
		above := d.above(p)
		d.commit(func(c *change) bool {
			return slices.ContainsFunc(c.edits, func(e edit) bool { return e.dir == n || e.node != nil && above[e.node] })
		})
		return nil
	})
}

// InUse implements [local.Disk].
func (d *Disk) InUse(p local.Path) (use local.Use, err error) {
	err = d.do("inuse", p, func() error {
		n, err := d.find(p)
		switch {
		case err != nil || d.opt.NoUseInfo:
		case n.writers > 0:
			use = local.InUse
		default:
			use = local.Free
		}
		return err
	})
	return use, err
}

// Space implements [local.Disk]. A disk without limit says that it has 1 TB.
func (d *Disk) Space() (space local.Space, err error) {
	err = d.do("space", local.InHouse(""), func() error {
		space = local.Space{Free: 1 << 40, Total: 1 << 40}
		if d.opt.Space > 0 {
			space = local.Space{Free: d.opt.Space - d.used, Total: d.opt.Space}
		}
		return nil
	})
	return space, err
}

// Identity implements [local.Disk].
func (d *Disk) Identity() (id string, err error) {
	err = d.do("identity", local.In(""), func() error {
		switch {
		case d.gone:
			return local.ErrRootMissing
		case d.areas[local.Client] != d.held:
			return local.ErrRootReplaced
		}
		id = d.info(d.held).FileID
		return nil
	})
	return id, err
}

// Close does nothing: the disk lives on for the next run.
func (d *Disk) Close() error { return nil }

// file is an open file. It follows its node, wherever that is renamed to.
type file struct {
	disk *Disk
	node *node
	path local.Path
	life int
	at   int64
}

func (f *file) do(op string, effect func() error) error {
	return f.disk.do(op, f.path, func() error {
		if f.life != f.disk.life {
			return ErrCrashed
		}
		return effect()
	})
}

func (f *file) Read(p []byte) (n int, err error) {
	n, err = f.ReadAt(p, f.at)
	f.at += int64(n)
	if n > 0 && err == io.EOF {
		err = nil
	}
	return n, err
}

func (f *file) ReadAt(p []byte, off int64) (n int, err error) {
	end := false
	err = f.do("read", func() error {
		data := f.node.now.data
		n = copy(p, data[min(off, int64(len(data))):])
		end = n < len(p)
		return nil
	})
	if err == nil && end {
		err = io.EOF
	}
	return n, err
}

func (f *file) Seek(offset int64, whence int) (int64, error) {
	f.disk.mu.Lock()
	r := bytes.NewReader(f.node.now.data)
	f.disk.mu.Unlock()
	if whence == io.SeekCurrent {
		offset, whence = f.at+offset, io.SeekStart
	}
	at, err := r.Seek(offset, whence)
	if err == nil {
		f.at = at
	}
	return at, err
}

func (f *file) Write(p []byte) (n int, err error) {
	err = f.do("write", func() error {
		if err := f.disk.write(f.node, f.at, p); err != nil {
			return err
		}
		f.at += int64(len(p))
		return nil
	})
	if err != nil {
		return 0, err
	}
	return len(p), nil
}

func (f *file) Sync() error { return f.do("sync", func() error { f.node.sync(); return nil }) }

func (f *file) Stat() (info local.Info, err error) {
	err = f.do("stat", func() error { info = f.disk.info(f.node); return nil })
	return info, err
}

func (f *file) Close() error { return nil }
