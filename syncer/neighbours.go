package syncer

import (
	"dossier/state"
	"dossier/syncer/plan"
)

// ancestors adds the folders above every node, in base and on both sides.
func (b *worldBuilder) ancestors() {
	var todo []*plan.Node
	for _, n := range b.nodes {
		todo = append(todo, n)
	}
	for len(todo) > 0 {
		n := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, id := range parents(n) {
			if _, ok := b.nodes[id]; !ok {
				todo = append(todo, b.node(state.NodeID(id)))
			}
		}
	}
}

// parents are the folders in which a node lies, or lay.
func parents(n *plan.Node) []plan.NodeID {
	var ids []plan.NodeID
	if n.ID == plan.Root {
		return nil
	}
	if n.Base != nil {
		ids = append(ids, n.Base.Parent)
	}
	for _, v := range n.Side {
		if v.Sight != plan.Absent && v.Place.Parent != 0 {
			ids = append(ids, v.Place.Parent)
		}
	}
	return ids
}

// nameIndex finds the rows of a folder by the names they have on either side.
type nameIndex [2]map[string][]state.Node

// neighbours adds the rows of base that have a name which some node has, would get, or had.
func (b *worldBuilder) neighbours() {
	names := b.m.planNames()
	for _, n := range b.all() {
		for _, folder := range parents(n) {
			x := b.index(state.NodeID(folder), names)
			if x == nil {
				continue
			}
			for side := range 2 {
				for _, name := range spellings(n, plan.Side(side), names) {
					for _, row := range x[side][names[side].Key(name)] {
						b.node(row.ID)
					}
				}
			}
		}
	}
}

func (b *worldBuilder) all() []*plan.Node {
	out := make([]*plan.Node, 0, len(b.nodes))
	for _, n := range b.nodes {
		out = append(out, n)
	}
	return out
}

// spellings are the names that a node has, had, or may get on a side.
func spellings(n *plan.Node, side plan.Side, names [2]plan.Names) []string {
	var out []string
	if n.Base != nil {
		out = append(out, n.Base.Name[side])
	}
	if v := n.Side[side]; v.Sight == plan.Present {
		out = append(out, v.Place.Name)
	}
	if v := n.Side[side.Other()]; v.Sight == plan.Present {
		if name, _, ok := names[side].From(v.Place.Name); ok {
			out = append(out, name, names[side].Twin(name, n.Tag))
		}
	}
	return out
}

func (b *worldBuilder) index(folder state.NodeID, names [2]plan.Names) *nameIndex {
	if x, ok := b.folders[folder]; ok {
		return x
	}
	var x *nameIndex
	if rows := b.tx.Children(folder); len(rows) > 0 {
		x = &nameIndex{map[string][]state.Node{}, map[string][]state.Node{}}
		for _, r := range rows {
			l, p := names[plan.Local].Key(r.Local), names[plan.Remote].Key(r.Remote)
			x[plan.Local][l] = append(x[plan.Local][l], r)
			x[plan.Remote][p] = append(x[plan.Remote][p], r)
		}
	}
	b.folders[folder] = x
	return x
}
