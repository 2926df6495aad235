package plan

import "slices"

// deletes carries deletions to the other side: whole folders at once where all that lies in them goes, else what goes of them.
func (p *planner) deletes() {
	for _, x := range p.items {
		s, _ := x.alone()
		if x.fate == doomed && !x.busy && (x.up[s] == p.root || x.up[s].fate != doomed) {
			p.fell(x, s)
		}
	}
}

// fell deletes an item on a side, with all that lies in it; or as much of it as is to go.
func (p *planner) fell(x *item, s Side) {
	all, whole := p.tree(x, s)
	if !whole {
		x.wait(Reason{ReasonPending, "something in it stays"})
		for _, k := range x.kids[s] {
			if k.fate == doomed {
				p.fell(k, s)
			}
		}
		return
	}
	p.doomed = append(p.doomed, all...)
	if why := p.clear(all, s); why.Code != "" {
		for _, y := range all {
			y.wait(why)
		}
		return
	}
	if s == Remote && p.Leaves && len(all) > 1 {
		p.fellLeaves(all)
		return
	}
	o := Op{Kind: Delete, Side: s, Tree: len(all) > 1}
	for _, y := range all[1:] {
		o.Below = append(o.Below, y.id)
		y.busy = true
	}
	p.emit(x, o)
}

// fellLeaves deletes on the portal, one by one, what nothing lies in; the folders follow when they are empty.
func (p *planner) fellLeaves(all []*item) {
	for _, y := range all {
		if len(y.kids[Remote]) > 0 {
			y.wait(Reason{Code: ReasonParent})
			continue
		}
		p.emit(y, Op{Kind: Delete, Side: Remote})
	}
}

// tree lists an item and all that lies in it on a side, parents first, and tells whether all of it is to go. What has its place there
// in the base and stays, wherever it is, keeps the folder.
func (p *planner) tree(x *item, s Side) (all []*item, whole bool) {
	all = []*item{x}
	for i := 0; i < len(all); i++ {
		for _, k := range all[i].kids[s] {
			if k.fate != doomed || k.busy {
				return nil, false
			}
			all = append(all, k)
		}
		if slices.ContainsFunc(all[i].born, (*item).lasting) {
			return nil, false
		}
	}
	return all, true
}

// lasting tells whether an item stays as it is until a person does something: whoever waits for it waits long.
func (x *item) lasting() bool {
	return x.fate == stays || x.bar[Local].Code != "" || x.bar[Remote].Code != ""
}

// clear says why what is to go cannot go now: someone must have vouched for it, and nothing that had its place there may be pending.
func (p *planner) clear(all []*item, s Side) Reason {
	for _, x := range all {
		if why := p.may(x, Delete, s); why.Code != "" {
			return why
		}
		if !x.now[s.Other()].Witnessed {
			return Reason{Code: ReasonPending}
		}
		for _, k := range x.born {
			if k.fate != doomed || k.up[s] != x {
				return Reason{Code: ReasonParent}
			}
		}
		if x.twin != nil || x.up[s].twin != nil || p.moving(x, s) || x.host[s] {
			return Reason{Code: ReasonParent}
		}
	}
	return Reason{}
}
