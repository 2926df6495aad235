package plan

import (
	"cmp"
	"slices"
)

// places makes, moves and renames on a side what can be: where the folder is there and the name free.
//
// What must wait for something names its blocker. Where these go round in a circle, as when two names are swapped, one item gets a
// passing name.
//
// It returns what is to be made there, which waits until all is moved that can be.
func (p *planner) places(s Side) (free []*item) {
	blocker := map[*item]*item{}
	for _, x := range p.items {
		if !p.wanders(x, s) {
			continue
		}
		switch b, why := p.blocked(x, s); {
		case why.Code != "":
			x.wait(why)
		case b != nil:
			blocker[x] = b
			x.wait(p.waitsFor(x, b, s))
		default:
			free = append(free, x)
		}
	}
	p.drain(blocker, s)
	parked := p.park(blocker, s)
	depth := map[*item]int{}
	byDepth := func(a, b *item) int { return cmp.Compare(p.depth(a, s, depth), p.depth(b, s, depth)) }
	slices.SortStableFunc(free, byDepth)
	for _, x := range free {
		if x.on(s) {
			p.move(x, s)
		}
	}
	for _, x := range parked {
		p.move(x, s)
	}
	return free
}

// makeAll makes what is not on a side yet.
func (p *planner) makeAll(free []*item, s Side) {
	for _, x := range free {
		if !x.on(s) {
			p.create(x, s)
		}
	}
}

// wanders tells whether an item is to be made, moved or renamed on a side.
func (p *planner) wanders(x *item, s Side) bool {
	return x.to[s].up != nil && x.to[s] != x.at(s) && !x.busy && x.twin == nil && (x.fate == alive || x.aside)
}

// blocked finds out what an item must wait for on a side: a reason, or another item.
func (p *planner) blocked(x *item, s Side) (*item, Reason) {
	if why := p.may(x, p.placing(x, s), s); why.Code != "" {
		return nil, why
	}
	t := x.to[s].up
	switch {
	case t.still.Code == ReasonBusy:
		return nil, Reason{Code: ReasonParent}
	case t != p.root && !t.on(s):
		return t, Reason{}
	case t.twin != nil || t != x.up[s] && !p.recorded(t):
		return nil, Reason{Code: ReasonParent}
	}
	if b, in := p.inside(x, t, s); b != nil {
		return b, Reason{}
	} else if in {
		return nil, Reason{Code: ReasonParent}
	}
	k := p.slot(s, x.to[s])
	if m := p.used[k]; m != nil && (m != x || p.shared[k]) {
		return m, Reason{}
	}
	return nil, Reason{}
}

// placing is the operation that brings an item to its place on a side.
func (p *planner) placing(x *item, s Side) OpKind {
	switch {
	case x.aside:
		return Aside
	case x.on(s):
		return Move
	case x.kind() == Folder:
		return MakeFolder
	}
	return Send
}

// inside tells whether the folder that x is to go into lies in it as yet, and what may get out of it first.
func (p *planner) inside(x, t *item, s Side) (out *item, in bool) {
	for ; t != nil && t != p.root; t = t.up[s] {
		if t == x {
			return out, true
		}
		if out == nil && p.wanders(t, s) {
			out = t
		}
	}
	return nil, false
}

func (p *planner) waitsFor(x, b *item, s Side) Reason {
	if b == x.to[s].up {
		return Reason{Code: ReasonParent}
	}
	return Reason{ReasonTaken, x.to[s].name}
}

// drain names, for each folder that is to be deleted on a side, something that must get out of it first: what lies in it, or has
// its place there in the base still.
func (p *planner) drain(blocker map[*item]*item, s Side) {
	for _, x := range p.items {
		if blocker[x] == nil || x.fate == doomed {
			continue
		}
		for up := x.up[s]; up != nil && up != p.root; up = up.up[s] {
			if up.fate == doomed && blocker[up] == nil {
				blocker[up] = x
			}
		}
		if x.was != nil && x.was.fate == doomed && blocker[x.was] == nil {
			blocker[x.was] = x
		}
	}
}

// park breaks each circle: an item that has the slot of another one gets a passing name.
func (p *planner) park(blocker map[*item]*item, s Side) (parked []*item) {
	state := map[*item]int{}
	for i, x := range p.items {
		round := i + 1
		t := x
		for ; t != nil && state[t] == 0 && blocker[t] != nil; t = blocker[t] {
			state[t] = round
		}
		if t == nil || blocker[t] == nil || state[t] != round {
			continue
		}
		if victim, at := p.victim(t, blocker, s); victim != nil {
			victim.to[s], victim.passing = at, true
			parked = append(parked, victim)
		}
	}
	return parked
}

// victim picks what to park in a circle. What has another one's slot and is to go elsewhere steps aside in its own folder; if a
// folder has the slot that is to be deleted once it is empty, what is to get out of it goes to its new folder under a passing name.
func (p *planner) victim(start *item, blocker map[*item]*item, s Side) (victim *item, at spot) {
	n := start
	for first := true; first || n != start; n, first = blocker[n], false {
		m := blocker[n]
		if !p.holds(m, n, s) {
			continue
		}
		v, up := m, m.up[s]
		if m.fate == doomed {
			v, up = n, n.to[s].up
		}
		if v.base == nil || !v.on(s) || v.pin.Code != "" || victim != nil && victim.id < v.id {
			continue
		}
		if to := (spot{up, p.names[s].Park(v.base.Name[s], v.id)}); p.open(s, to) {
			victim, at = v, to
		}
	}
	return victim, at
}

// holds tells whether m has the slot that n is to get, and could leave it.
func (p *planner) holds(m, n *item, s Side) bool {
	if n.to[s].up == nil || !m.on(s) || m.up[s] != n.to[s].up || m.key[s] != p.names[s].Key(n.to[s].name) {
		return false
	}
	return m.fate != doomed || m.now[s.Other()].Witnessed && p.may(m, Delete, s).Code == ""
}

func (p *planner) depth(x *item, s Side, known map[*item]int) int {
	if x == nil || x == p.root {
		return 0
	}
	if d, ok := known[x]; ok {
		return d
	}
	d := 1 + p.depth(x.up[s], s, known)
	known[x] = d
	return d
}

// move emits a move, if no other operation of this plan works below or above it.
func (p *planner) move(x *item, s Side) {
	t := x.to[s].up
	if x.busy || x.host[s] || p.moving(x, s) || p.moving(t, s) || x.aside && x.dooms(s) {
		x.wait(Reason{Code: ReasonParent})
		return
	}
	x.going[s] = true
	p.enter(t, s)
	p.enter(x.up[s], s)
	o := Op{Kind: p.placing(x, s), Side: s, To: Place{t.id, x.to[s].name}, Park: x.passing, Learn: x.base}
	switch {
	case o.Kind != Move:
	case x.passing:
		o.Learn = x.underway(s)
	default:
		o.Learn = p.after(x, s)
	}
	p.emit(x, o)
}

// dooms tells whether something in a folder is to be deleted: an item of its own would save it.
func (x *item) dooms(s Side) bool {
	for _, k := range x.kids[s] {
		if k.fate == doomed || k.dooms(s) {
			return true
		}
	}
	return false
}

// create emits the making of a folder or file that the other side has.
func (p *planner) create(x *item, s Side) {
	t, o := x.to[s].up, s.Other()
	if x.busy || p.moving(t, s) || p.moving(x, o) {
		x.wait(Reason{Code: ReasonParent})
		return
	}
	p.enter(t, s)
	p.enter(x.up[o], o)
	p.emit(x, Op{Kind: p.placing(x, s), Side: s, To: Place{t.id, x.to[s].name}, Learn: p.after(x, s)})
}

// after is the base of an item that came to its place on a side. What was made there is equal to the other side's; a move changes
// no content, so what the sides did not agree on stays as it was, and an item that has no base gets none.
func (p *planner) after(x *item, s Side) *Base {
	now, up := x.now, x.up
	now[s].Place, up[s] = Place{x.to[s].up.id, x.to[s].name}, x.to[s].up
	c := [2]Content{}
	switch {
	case !x.on(s):
		c = x.given(s)
	case x.base == nil:
		return nil
	default:
		c = x.base.Content
	}
	if up[s.Other()] == nil {
		return x.base // it is on one side still
	}
	return p.learn(x, now, up, c)
}

// underway is the base of an item that gets a passing name: its folder, if both sides have it there now, but not the name.
func (x *item) underway(s Side) *Base {
	if x.base == nil || x.to[s].up != x.up[s.Other()] {
		return x.base
	}
	b := *x.base
	b.Parent = x.to[s].up.id
	return &b
}

// given is what an item holds, on both sides, when one got the other's content. The revision there is not known yet.
func (x *item) given(s Side) (c [2]Content) {
	o := s.Other()
	c[o] = x.now[o].Content
	c[s] = c[o]
	c[s].Rev = ""
	return c
}
