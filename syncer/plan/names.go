package plan

import (
	"cmp"
	"slices"
)

// slot is a name in a folder, as a side folds it: room for one item.
type slot struct {
	side Side
	up   *item
	key  string
}

func (f *forest) slot(s Side, at spot) slot { return slot{s, at.up, f.names[s].Key(at.name)} }

// allot gives each item that lives its names, so that no two want one slot. Earlier ones are served first:
//
//	rank 0  what stays where it is
//	rank 1  what is where it belongs on the winner's side, and comes to the other
//	rank 2  what comes to both, its folder from one side and its name from the other
//	rank 3  what is where it belongs on the other side
//
// Who finds a slot taken where it would come to, gets the name of a twin on the disk and waits on the portal, where nothing is
// renamed behind a user's back. Who loses the slot it has goes out of the way under the name of a copy.
func (p *planner) allot() {
	p.taken = make(map[slot]*item, 2*len(p.items))
	var ranks [4][]*item
	for _, x := range p.items {
		if x.fate == alive || x.fate == stays {
			r := p.rank(x)
			ranks[r] = append(ranks[r], x)
		}
	}
	slices.SortStableFunc(ranks[1], p.plainFirst)
	for _, x := range ranks[0] {
		for s := range x.to {
			p.take(x, Side(s))
			p.reserve(x, Side(s))
		}
	}
	l := p.winner.Other()
	for _, x := range ranks[1] {
		if !p.take(x, p.winner) {
			p.settleFor(x, p.winner)
		}
		p.come(x, l)
	}
	for _, x := range ranks[2] {
		p.comeToBoth(x)
	}
	for _, x := range ranks[3] {
		p.hold(x, l)
	}
}

// rank sorts items by how good their claim to a name is.
func (p *planner) rank(x *item) int {
	w, l := p.winner, p.winner.Other()
	comes := [2]bool{x.comes(Local, p.names), x.comes(Remote, p.names)}
	_, one := x.alone()
	switch {
	case x.still.Code != "" || x.held && x.base != nil:
		return 0
	case comes[w] && comes[l] && !one:
		return 2
	case comes[l]:
		return 1
	case comes[w] || x.on(l) && x.bar[w].Code != "":
		return 3
	case one && x.on(l) && x.fate == stays && p.Mode != Up && (p.Mode != Collect || x.base == nil):
		return 3
	}
	return 0
}

// comes tells whether an item is to get a slot on a side that it has not got there.
func (x *item) comes(s Side, names [2]Names) bool {
	to, at := x.to[s], x.at(s)
	if to.up == nil || to == at {
		return false
	}
	return to.up != at.up || names[s].Key(to.name) != x.key[s]
}

// plainFirst orders items that come to one name: who has it in the base keeps it, else the lowest tag gets it.
func (p *planner) plainFirst(a, b *item) int {
	l := p.winner.Other()
	had := func(x *item) int {
		if x.base != nil && x.was == x.to[l].up && p.names[l].Key(x.base.Name[l]) == p.names[l].Key(x.to[l].name) {
			return 0
		}
		return 1
	}
	return cmp.Or(cmp.Compare(had(a), had(b)), cmp.Compare(a.tag(), b.tag()), cmp.Compare(a.id, b.id))
}

// settleFor is for an item whose slot on its own side is taken. If the portal has the name twice, that is how it is; if the item lost
// it while it had a passing name, it gets the name of a copy.
func (p *planner) settleFor(x *item, s Side) {
	if x.now[s].Place.Name == p.name(x, s) {
		x.to[s] = x.at(s)
		return
	}
	x.to[s] = p.copyOf(x, s, x.to[s].up)
	x.to[s.Other()].up = x.to[s].up
	p.spell(x, s.Other(), x.to[s].name)
	p.take(x, s)
	x.rule = RuleClash
}

// reserve keeps the slot that an item has in the base, where it could not be seen.
func (p *planner) reserve(x *item, s Side) {
	if x.now[s].Sight == Unseen && x.base != nil && x.was != nil {
		if k := p.slot(s, spot{x.was, x.base.Name[s]}); p.taken[k] == nil {
			p.taken[k] = x
		}
	}
}

// take takes an item's slot if nobody has it.
func (p *planner) take(x *item, s Side) bool {
	to := x.to[s]
	if to.up == nil {
		return true
	}
	k := p.slot(s, to)
	if other := p.taken[k]; other != nil && other != x {
		return false
	}
	p.taken[k] = x
	return true
}

// come takes a slot for an item that comes to a side, or says why it cannot.
func (p *planner) come(x *item, s Side) {
	if p.take(x, s) || p.takeTwin(x, s) {
		return
	}
	x.bar[s] = p.because(x.to[s], s)
	x.to[s] = x.at(s)
	p.take(x, s)
}

// takeTwin takes the slot of a twin's name, on the disk.
func (p *planner) takeTwin(x *item, s Side) bool {
	other := p.taken[p.slot(s, x.to[s])]
	if s != Local || x.tag() == "" || other.still.Code != "" { // it may be this very item that could not be seen
		return false
	}
	plain := x.to[s].name
	x.to[s].name = p.names[s].Twin(plain, x.tag())
	if p.take(x, s) {
		return true
	}
	x.to[s].name = plain
	return false
}

// because says why a slot is not to be had.
func (p *planner) because(at spot, s Side) Reason {
	other := p.taken[p.slot(s, at)]
	if other != nil && other.still.Code != "" {
		return other.still
	}
	return Reason{ReasonTaken, at.name}
}

// comeToBoth takes a slot on both sides for an item that has it on neither. If one is taken, the winner's place counts.
func (p *planner) comeToBoth(x *item) {
	w, l := p.winner, p.winner.Other()
	if p.vacant(x, w) && p.vacant(x, l) {
		p.take(x, w)
		p.take(x, l)
		return
	}
	name := x.now[w].Place.Name
	x.to = [2]spot{{up: x.up[w]}, {up: x.up[w]}}
	x.to[w].name = name
	p.spell(x, l, name)
	p.take(x, w)
	p.come(x, l)
}

func (p *planner) vacant(x *item, s Side) bool {
	other := p.taken[p.slot(s, x.to[s])]
	return other == nil || other == x
}

// hold lets an item keep the slot that it has on the loser's side, and come to the other. If another one gets that slot, it goes
// out of the way first, and comes later.
func (p *planner) hold(x *item, l Side) {
	w := l.Other()
	if x.to[l].up != nil && !p.take(x, l) && p.taken[p.slot(l, x.to[l])].comes(l, p.names) {
		p.dodge(x, l)
		return
	}
	p.come(x, w)
}

// dodge sends an item out of the way: as what it is, if the other side has it too; else as an item of its own.
func (p *planner) dodge(x *item, l Side) {
	w := l.Other()
	x.to[l] = p.copyOf(x, l, x.to[l].up)
	p.take(x, l)
	x.to[w] = x.at(w)
	x.bar[w] = Reason{ReasonTaken, x.now[l].Place.Name} // it follows in the next plan, so no base learns this
	p.take(x, w)
	x.aside = !x.on(w)
	x.rule = RuleClash
}

// copyOf is a place for a copy of what a side has as an item, in a folder: free on both sides.
func (p *planner) copyOf(x *item, s Side, up *item) spot {
	o := s.Other()
	at := spot{up: up}
	for n := range len(p.items) + 1 { // one of so many names is free
		at.name = p.names[s].Copy(p.name(x, s), n)
		there, _, ok := p.names[o].From(at.name)
		if p.open(s, at) && (!ok || p.open(o, spot{up, there})) {
			break
		}
	}
	return at
}

// open tells whether a slot is neither used now nor wanted.
func (p *planner) open(s Side, at spot) bool {
	k := p.slot(s, at)
	return p.taken[k] == nil && p.used[k] == nil
}
