package simdisk

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"dossier/syncer/local"
)

// content is what a crash may take back of a node.
type content struct {
	data  []byte
	mtime int64
	mode  fs.FileMode
}

// node is an inode.
type node struct {
	id      int
	kind    local.Kind
	now     content
	durable content
	synced  bool // the data of now are durable; time and mode may not be
	ctime   int64
	birth   int64
	kids    map[string]dirent // by folded name
	lasting map[string]dirent // kids that survive a crash
	writers int               // handles of the user's programs
	denied  bool              // no permission to read
}

// dirent is a name in a directory.
type dirent struct {
	name string
	node *node
}

func (d *Disk) newNode(kind local.Kind) *node {
	t := d.now()
	d.nextID++
	n := &node{id: d.nextID, kind: kind, ctime: t, birth: t, now: content{mtime: t, mode: 0o644}}
	n.durable = content{mtime: t, mode: 0o644}
	if kind == local.Dir {
		n.now.mode, n.durable.mode = 0o755, 0o755
		n.kids, n.lasting = map[string]dirent{}, map[string]dirent{}
	}
	return n
}

func (d *Disk) info(n *node) local.Info {
	info := local.Info{Kind: n.kind, MTime: n.now.mtime, CTime: n.ctime, Links: 1, Mode: n.now.mode}
	if !d.opt.NoFileIDs {
		info.FileID = fmt.Sprintf("sim-%d-%d", n.id, n.birth)
	}
	if n.kind == local.File || n.kind == local.Placeholder {
		info.Size = int64(len(n.now.data))
	}
	return info
}

// find returns the node at p.
func (d *Disk) find(p local.Path) (*node, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	n := d.areas[p.Area]
	if p.Area == local.Client {
		n = d.held
	}
	if p.Rel == "" {
		return n, nil
	}
	for name := range strings.SplitSeq(p.Rel, "/") {
		if n.kind == local.Symlink {
			return nil, local.ErrLink
		}
		entry, ok := n.kids[d.key(name)]
		if !ok {
			return nil, fs.ErrNotExist
		}
		n = entry.node
	}
	return n, nil
}

// parent returns the directory of p.
func (d *Disk) parent(p local.Path) (dir *node, name string, err error) {
	if err := p.Check(); err != nil {
		return nil, "", err
	}
	at, name := p.Split()
	if name == "" {
		return nil, "", local.ErrBadPath
	}
	dir, err = d.find(at)
	switch {
	case err != nil:
		return nil, "", err
	case dir.kind == local.Symlink:
		return nil, "", local.ErrLink
	case dir.kind != local.Dir:
		return nil, "", fs.ErrNotExist
	case dir.denied:
		return nil, "", fs.ErrPermission
	}
	return dir, name, nil
}

// above returns the node at p, and the folders above it but for the area's own.
func (d *Disk) above(p local.Path) map[*node]bool {
	nodes := map[*node]bool{}
	for ; p.Rel != ""; p = p.Dir() {
		if n, err := d.find(p); err == nil {
			nodes[n] = true
		}
	}
	return nodes
}

// edit is one name of one directory that a change sets or, with a nil node, takes away.
type edit struct {
	dir  *node
	name string
	node *node
	was  *node // what is taken away, if it goes elsewhere
}

// change is one atomic change of names that is not durable yet.
type change struct {
	edits []edit
}

// apply makes a change visible and remembers that it is not durable.
func (d *Disk) apply(edits ...edit) *change {
	t := d.now()
	for _, e := range edits {
		d.set(e.dir.kids, e)
		e.dir.now.mtime, e.dir.ctime = t, t
	}
	c := &change{edits}
	d.pending = append(d.pending, c)
	return c
}

func (d *Disk) set(kids map[string]dirent, e edit) {
	if e.node == nil {
		delete(kids, d.key(e.name))
		return
	}
	kids[d.key(e.name)] = dirent{e.name, e.node}
}

// buildsOn reports whether the change c builds on b: they share a name or a node.
func (d *Disk) buildsOn(c, b *change) bool {
	for _, x := range c.edits {
		for _, y := range b.edits {
			sameName := x.dir == y.dir && d.key(x.name) == d.key(y.name)
			if sameName || x.node != nil && x.node == y.node || x.was != nil && x.was == y.node {
				return true
			}
		}
	}
	return false
}

// commit makes the wanted changes durable, and those they build on.
func (d *Disk) commit(wanted func(*change) bool) {
	take := make([]bool, len(d.pending))
	for i := len(d.pending) - 1; i >= 0; i-- {
		take[i] = take[i] || wanted(d.pending[i])
		for j := range i {
			take[j] = take[j] || take[i] && d.buildsOn(d.pending[i], d.pending[j])
		}
	}
	var left []*change
	for i, c := range d.pending {
		if !take[i] {
			left = append(left, c)
			continue
		}
		for _, e := range c.edits {
			d.set(e.dir.lasting, e)
		}
	}
	d.pending = left
}

func (n *node) sync() {
	n.durable = content{slices.Clone(n.now.data), n.now.mtime, n.now.mode}
	n.synced = true
}

// write changes the content and counts the space.
func (d *Disk) write(n *node, at int64, p []byte) error {
	grow := max(0, at+int64(len(p))-int64(len(n.now.data)))
	if d.opt.Space > 0 && d.used+grow > d.opt.Space {
		return local.ErrNoSpace
	}
	d.used += grow
	n.now.data = append(n.now.data, make([]byte, grow)...)
	copy(n.now.data[at:], p)
	d.touch(n)
	return nil
}

func (d *Disk) touch(n *node) {
	n.now.mtime = d.now()
	n.ctime = n.now.mtime
	n.synced = false
}
