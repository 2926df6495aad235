package plan

// fate is what becomes of an item.
type fate uint8

const (
	void   fate = iota // nothing is left of it, not even a base
	alive              // it is to be on both sides
	doomed             // deleted on one side, unchanged on the other: it is to go there too
	gone               // gone on both sides
	stays              // it stays as each side has it
)

// merge decides for each item on its own what becomes of it and where it is to be: existence, folder, and name, each three-way
// against the base.
func (p *planner) merge() {
	for _, x := range p.items {
		p.differ(x)
	}
	for _, x := range p.items {
		p.keep(x)
	}
	for _, x := range p.items {
		x.fate = p.fateOf(x)
		p.place(x)
	}
}

// differ notes what each side changed.
func (p *planner) differ(x *item) {
	if x.base == nil {
		file := x.kind() == File // there is nothing that it could be unchanged from
		x.edited = [2]bool{file && x.on(Local), file && x.on(Remote)}
		return
	}
	for s, v := range x.now {
		if s := Side(s); x.on(s) {
			x.edited[s] = x.base.edited(s, v)
			x.shifted[s] = x.up[s] != x.was || p.name(x, s) != x.base.Name[s]
		}
	}
}

// name is what a side calls an item. A parked name stands for that of the base.
func (p *planner) name(x *item, s Side) string {
	name := x.now[s].Place.Name
	if x.base != nil && name != x.base.Name[s] && name == p.names[s].Park(x.base.Name[s], x.id) {
		return x.base.Name[s]
	}
	return name
}

// keep saves what is in a folder that one side deleted and the other moved or renamed: it is gone only as its folder is. The
// base does not learn the folder's new place before all of it is back: until then it shows that the folder was moved.
func (p *planner) keep(x *item) {
	if x.base == nil || x.base.Kind != Folder || x.still.Code != "" {
		return
	}
	for s := range x.shifted {
		s, o := Side(s), Side(s).Other()
		if x.shifted[s] && (x.gone(o) || x.shifted[o] && p.agree(x)) && p.keepBelow(x, s) {
			x.keeps = true
		}
	}
}

// keepBelow saves what is gone below a folder, and tells whether there is any.
func (p *planner) keepBelow(x *item, s Side) (any bool) {
	todo := []*item{x}
	for len(todo) > 0 {
		x := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, k := range x.born {
			if k.up[s] != x {
				continue
			}
			if k.gone(s.Other()) {
				k.kept, any = true, true
			}
			todo = append(todo, k)
		}
	}
	return any
}

// fateOf is the table of existence.
func (p *planner) fateOf(x *item) fate {
	side, one := x.alone()
	switch {
	case x.into != nil:
		return void
	case x.still.Code != "":
		return stays
	case x.on(Local) && x.on(Remote):
		return alive
	case !one && x.base == nil:
		return void
	case x.unvouched() && (!one || x.differs(side)):
		return x.stay(ReasonPending)
	case !one:
		return gone
	case x.base == nil:
		return p.fresh(x, side)
	}
	return p.bereft(x, side)
}

// fresh decides about an item that is new, on one side.
func (p *planner) fresh(x *item, on Side) fate {
	switch {
	case on == Local && (p.Mode == Down || p.Mode == Collect):
		return x.stay(ReasonUnsent)
	case on == Remote && p.Mode == Up:
		return x.stay(ReasonReported)
	}
	return alive
}

// bereft decides about an item of the base that one side alone still has.
func (p *planner) bereft(x *item, on Side) fate {
	changed := x.differs(on)
	switch {
	case x.held:
		return x.stay(ReasonHeld)
	case p.Mode == Collect:
		return stays
	case p.Mode == Down && on == Remote:
		return alive
	case p.Mode == Down && (changed || p.Adopt):
		return x.stay(ReasonUnsent)
	case p.Mode == Up && on == Remote && (changed || p.Adopt):
		return x.stay(ReasonReported)
	case p.Mode == Up && on == Local && !changed && !p.Adopt:
		return x.stay(ReasonReported)
	case changed || p.Adopt:
		return alive
	}
	return doomed
}

// differs tells whether an item that one side alone still has is not there as base has it, or is gone from the other only as its folder is.
func (x *item) differs(on Side) bool { return x.edited[on] || x.shifted[on] || x.kept }

// unvouched tells that an item of the base is not to be seen on a side, and that nobody vouches for its absence. It is neither forgotten nor
// made there again: it may be back at the next look, and would be there twice.
func (x *item) unvouched() bool {
	for s, v := range x.now {
		if x.base != nil && x.gone(Side(s)) && !v.Witnessed {
			return true
		}
	}
	return false
}

func (x *item) stay(code string) fate {
	x.why = Reason{Code: code}
	return stays
}

// place decides where an item is to be on each side.
func (p *planner) place(x *item) {
	s, one := x.alone()
	switch {
	case x.fate == void || x.fate == gone:
	case x.fate == stays:
		x.rest()
	case one:
		x.to[s] = x.at(s)
		p.cross(x, s)
	case x.held && x.base != nil && (x.shifted[Local] || x.shifted[Remote]):
		x.rest()
		x.why = Reason{Code: ReasonHeld}
	default:
		p.meetHalfway(x)
	}
}

// rest leaves an item where it is.
func (x *item) rest() {
	x.to = [2]spot{x.at(Local), x.at(Remote)}
}

// cross gives an item, on the other side, the place that it has on side s.
func (p *planner) cross(x *item, s Side) {
	o := s.Other()
	if x.base != nil && p.name(x, s) == x.base.Name[s] {
		x.to[s].name, x.to[o] = x.base.Name[s], spot{x.up[s], x.base.Name[o]}
		return
	}
	x.to[o].up = x.up[s]
	p.spell(x, o, x.now[s].Place.Name)
}

// spell gives an item the name, on side s, that the other side has for it. A name that the side cannot hold leaves it where it is.
func (p *planner) spell(x *item, s Side, name string) {
	spelled, why, ok := p.names[s].From(name)
	if !ok {
		x.to[s] = x.at(s)
		x.bar[s] = Reason{ReasonRefused, why}
		return
	}
	x.to[s].name = spelled
}

// meetHalfway merges the folder and the name of an item that both sides have.
func (p *planner) meetHalfway(x *item) {
	moved, named := p.relocated(x)
	switch p.Mode {
	case Down:
		moved[Local], named[Local] = false, false
	case Collect:
		x.rest()
		return
	case Up:
		if moved[Remote] || named[Remote] {
			x.rest()
			if !p.agree(x) {
				x.why = Reason{Code: ReasonReported}
			}
			return
		}
	}
	from := x.was
	if s, any := p.prevails(moved); any {
		from = x.up[s]
	}
	if from == nil {
		from = x.up[p.winner]
	}
	x.to = [2]spot{{up: from}, {up: from}}
	p.rename(x, named)
}

// relocated tells, by side, whether an item got another folder, and another name.
func (p *planner) relocated(x *item) (moved, named [2]bool) {
	for s := range x.now {
		moved[s] = x.base != nil && x.up[s] != x.was
		named[s] = x.base != nil && p.name(x, Side(s)) != x.base.Name[s]
	}
	return moved, named
}

// prevails tells whose change counts.
func (p *planner) prevails(changed [2]bool) (s Side, any bool) {
	switch {
	case changed[Local] && changed[Remote]:
		return p.winner, true
	case changed[Local]:
		return Local, true
	}
	return Remote, changed[Remote]
}

// rename merges the name of an item that both sides have.
func (p *planner) rename(x *item, named [2]bool) {
	s, any := p.prevails(named)
	switch {
	case x.base == nil && !p.sameName(x) && !p.sameKey(x):
		x.to[p.winner].name = x.now[p.winner].Place.Name
		p.spell(x, p.winner.Other(), x.now[p.winner].Place.Name)
	case x.base == nil || named[Local] && named[Remote] && p.sameName(x):
		for s := range x.to {
			x.to[s].name = x.now[s].Place.Name
		}
	case !any:
		x.to[Local].name, x.to[Remote].name = x.base.Name[Local], x.base.Name[Remote]
	default:
		x.to[s].name = x.now[s].Place.Name
		p.spell(x, s.Other(), x.now[s].Place.Name)
	}
}

// sameName tells whether both sides' names of an item are spellings of one.
func (p *planner) sameName(x *item) bool {
	l, r := x.now[Local].Place.Name, x.now[Remote].Place.Name
	here, _, ok := p.names[Local].From(r)
	there, _, back := p.names[Remote].From(l)
	return ok && (here == l || p.names[Local].Twin(here, x.tag()) == l) || back && there == r
}

// sameKey tells whether both sides' names of an item fold to one, on either side.
func (p *planner) sameKey(x *item) bool {
	here, _, ok := p.names[Local].From(x.now[Remote].Place.Name)
	there, _, back := p.names[Remote].From(x.now[Local].Place.Name)
	return ok && p.names[Local].Key(here) == x.key[Local] || back && p.names[Remote].Key(there) == x.key[Remote]
}

// agree tells whether both sides have an item in one place.
func (p *planner) agree(x *item) bool {
	if x.up[Local] != x.up[Remote] || x.up[Local] == nil {
		return false
	}
	return x.base != nil && x.now[Local].Place.Name == x.base.Name[Local] && x.now[Remote].Place.Name == x.base.Name[Remote] || p.sameName(x)
}
