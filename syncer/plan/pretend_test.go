package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// pretend is a client with both its sides in memory. What the sides hold is the truth; look shows it to the planner, do applies an
// operation as the mirror would, and refuses what is not legal.
type pretend struct {
	nodes map[NodeID]*Node
	names [2]Names
	next  NodeID
	saved int             // number of the last revision
	sums  [2]bool         // by side: whether a look tells digests
	known map[string]bool // revisions whose digest a Compare found out
	dim   map[NodeID]bool // nodes that cannot be seen
	moved int             // bytes were transferred so often
	done  map[OpKind]int  // operations done
}

func newPretend(names [2]Names) *pretend {
	p := &pretend{
		nodes: map[NodeID]*Node{}, names: names, next: 2, sums: [2]bool{true, true},
		known: map[string]bool{}, dim: map[NodeID]bool{}, done: map[OpKind]int{},
	}
	p.nodes[Root] = &Node{ID: Root, Base: &Base{Kind: Folder}}
	for s := range p.nodes[Root].Side {
		p.nodes[Root].Side[s] = View{Sight: Present, Kind: Folder}
	}
	return p
}

// add makes an item on a side.
func (p *pretend) add(s Side, up NodeID, name string, k Kind, bytes string) *Node {
	n := &Node{ID: p.next}
	p.next++
	n.Side[s] = View{Sight: Present, Kind: k, Place: Place{up, name}}
	if k == File {
		n.Side[s].Content = p.revision(s, bytes)
	}
	if s == Remote {
		n.Tag = fmt.Sprintf("t%d", n.ID)
	}
	p.nodes[n.ID] = n
	return n
}

// revision is a new revision of some bytes on a side. The truth about the bytes is in it.
func (p *pretend) revision(s Side, bytes string) Content {
	p.saved++
	return Content{Hash: bytes, Rev: fmt.Sprintf("%s.%s.%d", s, bytes, p.saved), Size: int64(len(strings.Trim(bytes, "e")))}
}

// bytesOf is what a content really is.
func bytesOf(c Content) string { return strings.Split(c.Rev, ".")[1] }

// agree puts a node's two sides into its base.
func (p *pretend) agree(n *Node) {
	n.Base = &Base{Kind: n.Side[Local].Kind, Parent: n.Side[Local].Place.Parent}
	for s, v := range n.Side {
		n.Base.Name[s], n.Base.Content[s] = v.Place.Name, v.Content
	}
}

// look is the World as it can be seen.
func (p *pretend) look() World {
	w := World{Nodes: map[NodeID]*Node{}}
	for id, n := range p.nodes {
		m := *n
		if n.Base != nil {
			b := *n.Base
			m.Base = &b
		}
		for s := range m.Side {
			v := &m.Side[s]
			v.Witnessed = v.Sight == Absent
			if v.Sight == Present && !p.sums[s] && !p.known[v.Content.Rev] {
				v.Content.Hash = ""
			}
			if p.dim[id] {
				*v = View{Sight: Unseen}
			}
		}
		w.Nodes[id] = &m
	}
	return w
}

// kids are the items of a folder on a side.
func (p *pretend) kids(s Side, up NodeID) (ns []*Node) {
	for _, id := range slices.Sorted(maps.Keys(p.nodes)) {
		if n := p.nodes[id]; id != Root && n.Side[s].Sight == Present && n.Side[s].Place.Parent == up {
			ns = append(ns, n)
		}
	}
	return ns
}

// below are all items below a folder on a side, parents first.
func (p *pretend) below(s Side, up NodeID) (ns []*Node) {
	for _, n := range p.kids(s, up) {
		ns = append(append(ns, n), p.below(s, n.ID)...)
	}
	return ns
}

// inside tells whether an item is another one, or lies in it, on a side.
func (p *pretend) inside(s Side, id, up NodeID) bool {
	for range len(p.nodes) + 1 {
		if id == up {
			return true
		}
		if id == Root || p.nodes[id] == nil || p.nodes[id].Side[s].Sight != Present {
			return false
		}
		id = p.nodes[id].Side[s].Place.Parent
	}
	return true
}

// free tells whether a name is free in a folder, for an item.
func (p *pretend) free(s Side, at Place, id NodeID) bool {
	for _, n := range p.kids(s, at.Parent) {
		if n.ID != id && p.names[s].Key(n.Side[s].Place.Name) == p.names[s].Key(at.Name) {
			return false
		}
	}
	return true
}

// open says why nothing can come to a place.
func (p *pretend) open(s Side, at Place, id NodeID) error {
	switch up := p.nodes[at.Parent]; {
	case up == nil || up.Side[s].Sight != Present:
		return fmt.Errorf("no folder %d on %v", at.Parent, s)
	case up.Side[s].Kind != Folder:
		return fmt.Errorf("%d is no folder on %v", at.Parent, s)
	case at.Name == "":
		return fmt.Errorf("no name for %d", id)
	case !p.free(s, at, id):
		return fmt.Errorf("name %q in %d is taken on %v", at.Name, at.Parent, s)
	}
	return nil
}

// do does an operation, or says why it is not legal.
func (p *pretend) do(o Op) error {
	n := p.nodes[o.Node]
	if n == nil {
		return fmt.Errorf("no node %d", o.Node)
	}
	p.done[o.Kind]++
	act := map[OpKind]func(*Node, Op) error{
		Record: p.record, Forget: p.forget, MakeFolder: p.make, Send: p.make, Update: p.update, Move: p.move,
		Delete: p.delete, Conflict: p.conflict, Aside: p.aside, Compare: p.compare,
	}
	return act[o.Kind](n, o)
}

func (p *pretend) record(n *Node, o Op) error {
	if o.Twin != 0 {
		if err := p.join(n, o.Twin); err != nil {
			return err
		}
	}
	return p.store(n, o.Learn)
}

// join makes two nodes one.
func (p *pretend) join(n *Node, twin NodeID) error {
	t := p.nodes[twin]
	if t == nil || t.Base != nil {
		return fmt.Errorf("%d cannot be joined", twin)
	}
	for s, v := range t.Side {
		if v.Sight == Present {
			if n.Side[s].Sight != Absent {
				return fmt.Errorf("%d and %d are both on %v", n.ID, twin, Side(s))
			}
			n.Side[s] = v
		}
	}
	if n.Tag == "" {
		n.Tag = t.Tag
	}
	delete(p.nodes, twin)
	for _, k := range p.nodes {
		for s := range k.Side {
			if k.Side[s].Sight == Present && k.Side[s].Place.Parent == twin {
				k.Side[s].Place.Parent = n.ID
			}
		}
	}
	return nil
}

// store puts a base into a node, its own content where the operation could not tell the revision.
func (p *pretend) store(n *Node, b *Base) error {
	if b == nil {
		n.Base = nil
		return nil
	}
	if up := p.nodes[b.Parent]; up == nil || up.Base == nil {
		return fmt.Errorf("the base of %d has no folder %d", n.ID, b.Parent)
	}
	c := *b
	for s := range c.Content {
		if c.Kind == File && c.Content[s].Rev == "" && c.Content[s].Size >= 0 {
			c.Content[s] = n.Side[s].Content
		}
	}
	n.Base = &c
	return nil
}

func (p *pretend) forget(n *Node, _ Op) error {
	if n.Side[Local].Sight != Absent || n.Side[Remote].Sight != Absent {
		return fmt.Errorf("%d is not gone", n.ID)
	}
	return p.drop(n)
}

func (p *pretend) drop(n *Node) error {
	for _, k := range p.nodes {
		if k.Base != nil && k.ID != Root && k.Base.Parent == n.ID {
			return fmt.Errorf("%d still has %d in the base", n.ID, k.ID)
		}
	}
	delete(p.nodes, n.ID)
	return nil
}

func (p *pretend) make(n *Node, o Op) error {
	from := n.Side[o.Side.Other()]
	if n.Side[o.Side].Sight != Absent || from.Sight != Present {
		return fmt.Errorf("%d cannot be made on %v", n.ID, o.Side)
	}
	if (o.Kind == Send) != (from.Kind == File) {
		return fmt.Errorf("%d is of another kind", n.ID)
	}
	if err := p.open(o.Side, o.To, n.ID); err != nil {
		return err
	}
	v := View{Sight: Present, Kind: from.Kind, Place: o.To}
	if v.Kind == File {
		v.Content = p.revision(o.Side, bytesOf(from.Content))
		p.moved++
	}
	n.Side[o.Side] = v
	if n.Tag == "" {
		n.Tag = fmt.Sprintf("t%d", n.ID)
	}
	return p.store(n, o.Learn)
}

func (p *pretend) update(n *Node, o Op) error {
	v, from := &n.Side[o.Side], n.Side[o.Side.Other()]
	if v.Sight != Present || from.Sight != Present || v.Kind != File || from.Kind != File {
		return fmt.Errorf("%d cannot be updated", n.ID)
	}
	v.Content = p.revision(o.Side, bytesOf(from.Content))
	p.moved++
	return p.store(n, o.Learn)
}

func (p *pretend) move(n *Node, o Op) error {
	if n.Side[o.Side].Sight != Present {
		return fmt.Errorf("%d is not on %v", n.ID, o.Side)
	}
	if p.inside(o.Side, o.To.Parent, n.ID) {
		return fmt.Errorf("%d would lie in itself on %v", n.ID, o.Side)
	}
	if err := p.open(o.Side, o.To, n.ID); err != nil {
		return err
	}
	n.Side[o.Side].Place = o.To
	return p.store(n, o.Learn)
}

func (p *pretend) delete(n *Node, o Op) error {
	all := append([]*Node{n}, p.below(o.Side, n.ID)...)
	want := append([]NodeID{n.ID}, o.Below...)
	if o.Tree != (len(o.Below) > 0) || len(all) != len(want) {
		return fmt.Errorf("%d holds %d on %v, expected %d", n.ID, len(all), o.Side, len(want))
	}
	for _, m := range all {
		if !slices.Contains(want, m.ID) {
			return fmt.Errorf("%d was not expected", m.ID)
		}
	}
	slices.Reverse(all)
	for _, m := range all {
		if err := p.drop(m); err != nil {
			return err
		}
	}
	return nil
}

// split makes what a side has as a node an item of its own.
func (p *pretend) split(n *Node, o Op) (*Node, error) {
	v := n.Side[o.Side]
	if v.Sight != Present {
		return nil, fmt.Errorf("%d is not on %v", n.ID, o.Side)
	}
	if err := p.open(o.Side, o.To, 0); err != nil {
		return nil, err
	}
	c := &Node{ID: p.next}
	p.next++
	v.Place = o.To
	c.Side[o.Side] = v
	if o.Side == Remote {
		c.Tag, n.Tag = n.Tag, ""
	}
	p.nodes[c.ID] = c
	for _, k := range p.kids(o.Side, n.ID) {
		k.Side[o.Side].Place.Parent = c.ID
	}
	n.Side[o.Side] = View{}
	return c, nil
}

func (p *pretend) conflict(n *Node, o Op) error {
	at := n.Side[o.Side].Place
	if _, err := p.split(n, o); err != nil {
		return err
	}
	return p.make(n, Op{Kind: Send, Side: o.Side, To: at, Learn: o.Learn})
}

func (p *pretend) aside(n *Node, o Op) error {
	if _, err := p.split(n, o); err != nil {
		return err
	}
	if n.Base == nil && n.Side[Local].Sight == Absent && n.Side[Remote].Sight == Absent {
		return p.drop(n)
	}
	return p.store(n, o.Learn)
}

func (p *pretend) compare(n *Node, _ Op) error {
	for _, v := range n.Side {
		p.known[v.Content.Rev] = true
	}
	return nil
}

// check finds what is wrong with the trees (P3).
func (p *pretend) check() error {
	for id, n := range p.nodes {
		if id != Root && n.Base != nil {
			if up := p.nodes[n.Base.Parent]; up == nil || up.Base == nil || up.Base.Kind != Folder {
				return fmt.Errorf("base: %d lies in %d, which is no folder", id, n.Base.Parent)
			}
		}
		for s, v := range n.Side {
			if v.Sight != Present || id == Root {
				continue
			}
			if !p.inside(Side(s), id, Root) {
				return fmt.Errorf("%v: %d does not lie in the root", Side(s), id)
			}
			if err := p.open(Side(s), v.Place, id); err != nil {
				return fmt.Errorf("%v: %d: %w", Side(s), id, err)
			}
		}
		if n.Base == nil && n.Side[Local].Sight == Absent && n.Side[Remote].Sight == Absent {
			return fmt.Errorf("%d is nowhere", id)
		}
	}
	return nil
}

// path is where an item lies on a side, for people.
func (p *pretend) path(s Side, id NodeID) string {
	if id == Root {
		return ""
	}
	v := p.nodes[id].Side[s]
	return strings.TrimPrefix(p.path(s, v.Place.Parent)+"/"+v.Place.Name, "/")
}

// String shows all three trees.
func (p *pretend) String() string {
	var b strings.Builder
	for _, id := range slices.Sorted(maps.Keys(p.nodes)) {
		if n := p.nodes[id]; id != Root {
			fmt.Fprintln(&b, describe(n))
		}
	}
	return b.String()
}

// describe shows a node in one line.
func describe(n *Node) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d", n.ID)
	if n.Base != nil {
		fmt.Fprintf(&b, "  base %d/%q %v", n.Base.Parent, n.Base.Name, n.Base.Content[Local].Hash)
	}
	for s, v := range n.Side {
		switch v.Sight {
		case Present:
			fmt.Fprintf(&b, "  %v %d/%q %v %s", Side(s), v.Place.Parent, v.Place.Name, v.Kind, v.Content.Rev)
		case Unseen:
			fmt.Fprintf(&b, "  %v ?", Side(s))
		}
	}
	return b.String()
}
