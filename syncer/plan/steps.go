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
	if !x.node.agreed() {
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

// remember records what both sides agree on, if the base does not know it yet; and that two items are one, whether they agree or not.
func (p *planner) remember(x *item) {
	o := Op{Kind: Record, Learn: x.base}
	if !x.more && p.settled(x, x.now, x.up) && x.likeness() == Equal {
		o.Learn = p.learn(x, x.now, x.up, x.contents())
	}
	switch {
	case x.twin != nil:
		o.Twin = x.twin.id
	case x.keeps:
		x.wait(Reason{ReasonParent, "not all that lies in it is back"})
		return
	case o.Learn.same(x.base):
		return
	}
	if o.Learn != x.base && !p.recorded(x.up[Local]) {
		x.wait(Reason{Code: ReasonParent})
		return
	}
	p.emit(x, o)
}

// wait notes why nothing is done about an item: the first reason counts.
func (x *item) wait(why Reason) {
	if x.why.Code == "" {
		x.why = why
	}
}

// learn is the base of an item that is seen like this on both sides and holds these contents. A place that they do not agree on
// yet stays as it was.
func (p *planner) learn(x *item, now [2]View, up [2]*item, c [2]Content) *Base {
	b := Base{Kind: x.kind()}
	if x.base != nil {
		b = *x.base
	}
	if x.base == nil || p.settled(x, now, up) {
		b.Parent, b.Name = up[p.winner].id, [2]string{now[Local].Place.Name, now[Remote].Place.Name}
	}
	b.Content = c
	return &b
}

// likeness compares both sides of an item. Folders hold nothing of their own; what neither side changed is as equal as it was.
func (x *item) likeness() Likeness {
	switch {
	case x.kind() == Folder, x.base != nil && !x.edited[Local] && !x.edited[Remote]:
		return Equal
	}
	return x.now[Local].Content.Compare(x.now[Remote].Content, false)
}

// contents are what a base says of an item whose sides are equal: nothing new if neither changed.
func (x *item) contents() [2]Content {
	switch {
	case x.kind() == Folder:
		return [2]Content{}
	case x.base != nil && !x.edited[Local] && !x.edited[Remote]:
		return x.base.Content
	}
	return [2]Content{x.now[Local].Content, x.now[Remote].Content}
}

// settled tells whether an item's two places are one.
func (p *planner) settled(x *item, now [2]View, up [2]*item) bool {
	if up[Local] != up[Remote] || up[Local] == nil || p.Mode == Collect && !p.agree(x) {
		return false
	}
	for s := range x.to {
		if x.to[s] != (spot{up[s], now[s].Place.Name}) || x.bar[s].Code != "" {
			return false
		}
	}
	return x.fate == alive && x.why.Code == "" && !x.keeps
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
	case s == Remote && v[s].Pinned.Code != "" && v[s].Sight == Present:
		return v[s].Pinned
	case s == Remote && k == Delete:
		return p.NoDelete
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
