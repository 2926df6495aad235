package plan

// steps takes the steps that are legal now: places first, then contents, then what is merely to be remembered.
func (p *planner) steps() {
	for _, x := range p.items {
		if x.twin != nil {
			p.remember(x)
		}
	}
	l, w := p.winner.Other(), p.winner
	free := [2][]*item{}
	for _, s := range [...]Side{l, w} {
		free[s] = p.places(s)
	}
	for _, s := range [...]Side{l, w} {
		p.makeAll(free[s], s)
	}
	for _, x := range p.items {
		if x.busy || x.twin != nil || x.into != nil {
			continue
		}
		switch {
		case x.still.Code != "":
			p.standStill(x)
		case x.fate == gone:
			p.forget(x)
		case x.fate == alive && x.on(Local) && x.on(Remote):
			p.content(x)
			if !x.busy {
				p.remember(x)
			}
		}
	}
}

// standStill says why nothing is done about an item, if it is not in step.
func (p *planner) standStill(x *item) {
	n := *x.node
	n.Busy, n.Held, n.Hidden = false, false, false
	if !n.inStep() {
		x.why = x.still
	}
}

// forget lets go of an item that is gone on both sides, when nothing is left that had its place in it.
func (p *planner) forget(x *item) {
	if len(x.born) == 0 {
		p.emit(x, Op{Kind: Forget})
	}
}

// recorded tells whether the base has a folder: only then can it have what lies in it.
func (p *planner) recorded(up *item) bool { return up == p.root || up.base != nil && up.twin == nil }

// remember records what both sides agree on, if the base does not know it yet.
func (p *planner) remember(x *item) {
	learn, up := p.learn(x, x.now, x.up)
	if x.twin == nil && learn.same(x.base) {
		return
	}
	if up == nil || !p.recorded(up) {
		x.wait(Reason{Code: ReasonParent})
		return
	}
	o := Op{Kind: Record, Learn: learn}
	if x.twin != nil {
		o.Twin = x.twin.id
	}
	p.emit(x, o)
}

// wait notes why nothing is done about an item: the first reason counts.
func (x *item) wait(why Reason) {
	if x.why.Code == "" {
		x.why = why
	}
}

// learn is the base that an item has once it is seen like this, and the base's folder. What the sides do not agree on stays as it
// was; an item without a base gets one as soon as both sides have it, if need be with a content that is not known.
func (p *planner) learn(x *item, now [2]View, up [2]*item) (*Base, *item) {
	if up[Local] == nil || up[Remote] == nil {
		return x.base, x.was
	}
	b, in := Base{Kind: x.kind(), Content: [2]Content{none, none}}, x.was
	if x.base != nil {
		b = *x.base
	}
	if x.base == nil || p.settled(x, now, up) {
		in = up[p.winner]
		b.Parent, b.Name = in.id, [2]string{now[Local].Place.Name, now[Remote].Place.Name}
	}
	switch {
	case b.Kind == Folder:
		b.Content = [2]Content{}
	case now[Local].Content.Compare(now[Remote].Content, false) == Equal &&
		(x.base == nil || b.edited(Local, now[Local]) || b.edited(Remote, now[Remote])):
		b.Content = [2]Content{now[Local].Content, now[Remote].Content}
	}
	return &b, in
}

// settled tells whether an item's two places are one.
func (p *planner) settled(x *item, now [2]View, up [2]*item) bool {
	if up[Local] != up[Remote] || up[Local] == nil {
		return false
	}
	for s := range x.to {
		if x.to[s] != (spot{up[s], now[s].Place.Name}) || x.bar[s].Code != "" {
			return false
		}
	}
	return x.fate == alive && x.why.Code == ""
}

// same tells whether two bases say the same.
func (b *Base) same(c *Base) bool { return b == c || b != nil && c != nil && *b == *c }

// may says why an operation about an item must wait, or that it may be done.
func (p *planner) may(x *item, k OpKind, s Side) Reason {
	v := x.now
	switch {
	case x.still.Code != "":
		return x.still
	case s == Remote && p.ReadOnly:
		return Reason{Code: ReasonUnsent}
	case s == Remote && x.quiet:
		return Reason{Code: ReasonPrivate}
	case s == Remote && (p.Mode == Down || p.Mode == Collect):
		return Reason{Code: ReasonUnsent}
	case s == Local && p.Mode == Up:
		return Reason{Code: ReasonReported}
	case x.held && x.base != nil:
		return Reason{Code: ReasonHeld}
	case x.pin.Code != "" && (k == Move || k == Delete || k == Aside):
		return x.pin
	case v[s].Wait.Code != "":
		return v[s].Wait
	case v[s.Other()].Wait.Code != "" && k != Aside:
		return v[s.Other()].Wait
	}
	return Reason{}
}

// moving tells whether this plan moves or deletes an item, or a folder that it lies in, on a side.
func (p *planner) moving(x *item, s Side) bool {
	for ; x != nil && x != p.root; x = x.up[s] {
		if x.going[s] {
			return true
		}
	}
	return false
}

// enter notes that something is done at or below a folder.
func (p *planner) enter(up *item, s Side) {
	for ; up != nil && !up.host[s]; up = up.up[s] {
		up.host[s] = true
	}
}
