package plan

// content merges the content of a file that both sides have.
func (p *planner) content(x *item) {
	likeness := x.likeness()
	if likeness == Equal {
		return
	}
	kind, s, why := p.verdict(x, likeness)
	if kind != 0 {
		p.transfer(x, kind, s)
	} else if why != "" {
		x.wait(Reason{Code: why})
	}
}

// verdict is the table of contents that are not known to be equal: what to do, and on which side; or why nothing.
func (p *planner) verdict(x *item, likeness Likeness) (k OpKind, s Side, why string) {
	both := x.edited[Local] && x.edited[Remote]
	switch p.Mode {
	case Down:
		return p.download(x, likeness)
	case Collect:
		return p.collect(x, likeness)
	case Up:
		if x.edited[Remote] {
			return 0, 0, ReasonReported
		}
		return Update, Remote, ""
	}
	switch {
	case (both || p.Adopt) && likeness == Unknown:
		return Compare, Local, ""
	case both || p.Adopt:
		l := p.winner.Other()
		return p.beside(x, Conflict, l), l, ""
	case x.edited[Local]:
		return Update, Remote, ""
	}
	return Update, Local, ""
}

// download gives the disk what the portal has. What the disk has of its own becomes an unsent copy.
func (p *planner) download(x *item, likeness Likeness) (OpKind, Side, string) {
	switch {
	case !x.edited[Local] && !p.Adopt:
		return Update, Local, ""
	case likeness == Unknown:
		return Compare, Local, ""
	}
	return p.beside(x, Aside, Local), Local, ""
}

// collect brings down what was found under the name of something else; a new version of what came down once is reported.
func (p *planner) collect(x *item, likeness Likeness) (OpKind, Side, string) {
	switch {
	case x.base == nil:
		return p.download(x, likeness)
	case x.edited[Remote]:
		return 0, 0, ReasonReported
	}
	return 0, 0, ""
}

// beside is the operation that keeps what a side has beside what it gets. If it is there already, as after a crash between
// both halves of a conflict, no further copy is made.
func (p *planner) beside(x *item, k OpKind, s Side) OpKind {
	mine := x.now[s].Content
	for _, y := range p.copies(x.up[s], s) {
		if y != x && mine.Hash != "" && y.now[s].Content.Hash == mine.Hash {
			return Update
		}
	}
	return k
}

// copies are the files of a folder that are new on a side alone: what was kept there stays.
func (p *planner) copies(up *item, s Side) (ys []*item) {
	for _, y := range up.kids[s] {
		if y.base == nil && y.gone(s.Other()) && y.kind() == File && y.still.Code == "" && y.twin == nil {
			ys = append(ys, y)
		}
	}
	return ys
}

// transfer emits an operation about a file's content, if it may be done now.
func (p *planner) transfer(x *item, k OpKind, s Side) {
	why := p.may(x, k, s)
	if why.Code == "" && (p.moving(x, Local) || p.moving(x, Remote)) {
		why = Reason{Code: ReasonParent}
	}
	if why.Code == "" && !p.placed(x) {
		why = Reason{Code: ReasonParent}
	}
	if why.Code != "" {
		x.wait(why)
		return
	}
	o := Op{Kind: k, Side: s, Learn: x.base}
	switch k {
	case Conflict, Aside:
		at := p.copyOf(x, s, x.up[s])
		p.taken[p.slot(s, at)] = x
		o.To = Place{at.up.id, at.name}
	}
	if k == Update || k == Conflict {
		o.Learn = p.learn(x, x.now, x.up, x.given(s))
	}
	p.enter(x.up[Local], Local)
	p.enter(x.up[Remote], Remote)
	p.emit(x, o)
}

// placed tells whether an item's folders are what they seem, and whether there is a place that its base could say.
func (p *planner) placed(x *item) bool {
	if x.up[Local].twin != nil || x.up[Remote].twin != nil {
		return false
	}
	return x.base != nil || p.settled(x, x.now, x.up) && p.recorded(x.up[Local])
}
