package plan

import (
	"cmp"
	"slices"
)

// item is a node while it is planned for. Items of a forest point at one another.
type item struct {
	id   NodeID
	node *Node
	base *Base
	now  [2]View  // by side, as seen; of items that are joined, together
	up   [2]*item // by side: the folder it lies in; nil: it is not there
	was  *item    // the folder it had in the base
	kids [2][]*item
	born []*item   // children in the base
	key  [2]string // by side: its name folded, where it is present

	twin *item // what it takes in: both are one
	more bool  // it takes in another one, in the next plan
	into *item // what takes it in

	still Reason // nothing is decided about it
	pin   Reason // its place stays as it is: something below is busy or held
	held  bool
	quiet bool // private: does not go up

	edited  [2]bool
	shifted [2]bool // moved or renamed
	kept    bool    // it is gone only as its folder is
	keeps   bool    // something below it is kept that is not back yet
	fate    fate
	rooted  [2]bool   // it hangs on the root
	revived [2]bool   // its folders are alive
	to      [2]spot   // where it is to be in the end; up nil: not on that side
	bar     [2]Reason // why its place on a side does not become what both sides would agree on
	aside   bool
	why     Reason // what it waits for
	rule    string // what decided about it, if it was not the plain table

	passing bool    // the name it gets is a passing one
	busy    bool    // an operation of this plan is about it
	going   [2]bool // this plan moves or deletes it on that side
	host    [2]bool // this plan puts something at or below it on that side
}

// spot is a place, while it is planned for.
type spot struct {
	up   *item
	name string
}

// forest holds the items of a World that a plan can be about, and those that may stand in their way.
type forest struct {
	items []*item // by id, without the root
	root  *item
	names [2]Names
}

// grow takes from a World what the plan needs: what is not in step, its ancestors, and its neighbours.
func grow(w World, names [2]Names) *forest {
	f := &forest{names: names}
	needed := needed(w)
	byID := make(map[NodeID]*item, len(needed)+1)
	f.root = &item{id: Root, node: &Node{ID: Root}, fate: alive}
	if n := w.Nodes[Root]; n != nil {
		f.root.node, f.root.base = n, n.Base
		f.root.held, f.root.quiet = n.Held, n.Private
	}
	for s := range f.root.now {
		f.root.now[s] = View{Sight: Present, Kind: Folder}
		if f.root.node.Side[s].Sight == Unseen {
			f.root.now[s].Sight = Unseen
		}
	}
	byID[Root] = f.root
	all := make([]item, len(needed))
	f.items = make([]*item, len(needed))
	for i, n := range needed {
		x := &all[i]
		x.id, x.node, x.base, x.now = n.ID, n, n.Base, n.Side
		x.held, x.quiet = n.Held, n.Private
		f.items[i], byID[n.ID] = x, x
	}
	for _, x := range f.items {
		f.hang(x, byID)
	}
	for s := range f.root.kids {
		f.root.reach(Side(s))
	}
	for _, x := range f.items {
		x.doubt()
	}
	return f
}

// reach marks what hangs on the root, on a side.
func (x *item) reach(s Side) {
	x.rooted[s] = true
	for _, k := range x.kids[s] {
		if k.up[s] == x && !k.rooted[s] {
			k.reach(s)
		}
	}
}

// doubt takes an item that makes no sense out of the plan: one that lies in itself, in a file, or is another kind than it was.
func (x *item) doubt() {
	for s, v := range x.now {
		if x.dim(Side(s)) {
			x.still, x.up[s] = Reason{Code: ReasonUnknown}, nil
			continue
		}
		if up := x.up[s]; up != nil && (!x.rooted[s] || up.id != Root && up.kind() != Folder || v.Kind != x.kind()) {
			x.still = Reason{ReasonUnknown, "what was seen of it makes no sense"}
			x.up[s] = nil
		}
	}
}

// dim tells whether an item lies in a folder that could not be seen on a side: nothing is odd about it, and nothing is known.
func (x *item) dim(s Side) bool {
	for up, n := x.up[s], 0; up != nil && n < deepest; up, n = up.up[s], n+1 {
		if up.id != Root && (up.now[s].Sight == Unseen || up.still == (Reason{Code: ReasonUnknown})) {
			return !x.rooted[s]
		}
	}
	return false
}

// deepest is how many folders may lie in one another: what is seen may go round in circles.
const deepest = 1000

// hang ties an item to its folders. One that names a folder that is not there is not decided about.
func (f *forest) hang(x *item, byID map[NodeID]*item) {
	lost := Reason{ReasonUnknown, "its folder is not known"}
	if x.base != nil {
		if x.was = byID[x.base.Parent]; x.was == nil {
			x.still = lost
		} else {
			x.was.born = append(x.was.born, x)
		}
	}
	for s, v := range x.now {
		if up := byID[v.Place.Parent]; v.Sight == Unseen && up != nil {
			up.kids[s] = append(up.kids[s], x) // where it was seen last: it may be there still
		}
		if v.Sight != Present {
			continue
		}
		if x.up[s] = byID[v.Place.Parent]; x.up[s] == nil {
			x.still = lost
			continue
		}
		x.key[s] = f.names[s].Key(v.Place.Name)
		x.up[s].kids[s] = append(x.up[s].kids[s], x)
	}
}

// neighbour is a node that is in step, and its folder: looked at once, for there may be a million.
type neighbour struct {
	*Node
	in NodeID
}

// needed picks the nodes that are not in step, their ancestors, and what lies beside any of them, ordered by id.
func needed(w World) []*Node {
	folders := map[NodeID]bool{}
	picked := make(map[NodeID]bool)
	var list []*Node
	pick := func(n *Node) {
		if !picked[n.ID] {
			picked[n.ID] = true
			list = append(list, n)
		}
	}
	quiet := make([]neighbour, 0, len(w.Nodes))
	for id, n := range w.Nodes {
		switch {
		case id == Root:
		case n.inStep():
			quiet = append(quiet, neighbour{n, n.Base.Parent})
		default:
			pick(n)
			for _, p := range n.parents() {
				folders[p] = true
			}
		}
	}
	for _, n := range quiet {
		if folders[n.in] {
			pick(n.Node)
		}
	}
	for i := 0; i < len(list); i++ {
		for _, p := range list[i].parents() {
			if n := w.Nodes[p]; n != nil && p != Root {
				pick(n)
			}
		}
	}
	slices.SortFunc(list, func(a, b *Node) int { return cmp.Compare(a.ID, b.ID) })
	return list
}

// inStep tells whether there is nothing to do about a node, and nothing that others must heed but its names.
func (n *Node) inStep() bool { return !n.Busy && !n.Held && !n.Hidden && n.agreed() }

// agreed tells whether both sides of a node are as in the base.
func (n *Node) agreed() bool {
	b := n.Base
	if b == nil {
		return false
	}
	for s, v := range n.Side {
		if v.Sight != Present || v.Place.Parent != b.Parent || v.Place.Name != b.Name[s] || b.edited(Side(s), v) {
			return false
		}
	}
	return true
}

// parents are the folders that a node has or had, 0 where there is none.
func (n *Node) parents() (ps [3]NodeID) {
	for s, v := range n.Side {
		if v.Sight != Absent {
			ps[s] = v.Place.Parent
		}
	}
	if n.Base != nil {
		ps[2] = n.Base.Parent
	}
	return ps
}

// on tells whether an item is on a side.
func (x *item) on(s Side) bool { return x.up[s] != nil }

// gone tells whether a complete look at a side did not find the item.
func (x *item) gone(s Side) bool { return x.now[s].Sight == Absent }

// kind is what the item is, wherever that is known.
func (x *item) kind() Kind {
	switch {
	case x.base != nil:
		return x.base.Kind
	case x.now[Local].Sight == Present:
		return x.now[Local].Kind
	}
	return x.now[Remote].Kind
}

// at is where an item lies on a side.
func (x *item) at(s Side) spot {
	if !x.on(s) {
		return spot{}
	}
	return spot{x.up[s], x.now[s].Place.Name}
}

// alone tells the only side that an item is on.
func (x *item) alone() (Side, bool) {
	switch {
	case x.on(Local) && !x.on(Remote):
		return Local, true
	case x.on(Remote) && !x.on(Local):
		return Remote, true
	}
	return 0, false
}

// tag is the portal's, from whichever of two joined nodes is there.
func (x *item) tag() string {
	if x.node.Tag == "" && x.twin != nil {
		return x.twin.node.Tag
	}
	return x.node.Tag
}
