package plan

// repair makes one tree of what was decided item by item: no folder inside itself, and living folders for all that lives. The names
// come last (see names.go), when it is known what lives.
func (p *planner) repair() {
	for _, s := range [...]Side{p.winner.Other(), p.winner, p.winner.Other()} { // once more: the second may undo for both sides
		p.untangle(s)
	}
	for _, x := range p.items {
		switch {
		case x.fate == alive:
			p.revive(x)
		case x.fate == stays && x.why.Code == ReasonUnsent && x.on(Local):
			p.retain(x.up[Local])
		}
	}
}

// retain leaves the folders of what stays on disk where they are, unsent.
func (p *planner) retain(t *item) {
	for ; t != nil && t.fate == doomed; t = t.up[Local] {
		t.fate = t.stay(ReasonUnsent)
		p.place(t)
	}
}

// revive restores the folders that a living item needs.
func (p *planner) revive(x *item) {
	for s := range x.to {
		for t := x.to[s].up; t != nil && t != p.root; t = t.to[s].up {
			switch {
			case t.unvouched() && t.fate == doomed:
				t.fate = t.stay(ReasonPending)
				p.place(t)
			case t.unvouched():
			case t.fate == doomed || t.fate == stays && !t.on(Side(s)) && t.still.Code == "":
				t.fate, t.why = alive, Reason{}
				p.place(t)
			}
			if t.to[s].up == nil || t.revived[s] {
				break
			}
			t.revived[s] = true
		}
	}
}

// untangle finds folders that would lie inside themselves on a side, since each side moved one into the other. The winner's move
// stands; the other is undone.
func (p *planner) untangle(s Side) {
	const walking, done = 1, 2
	state := make(map[*item]uint8)
	for _, x := range p.items {
		if !x.strays(s) || state[x] != 0 {
			continue
		}
		for again := true; again; {
			again = false
			var path []*item
			t := x
			for ; t != nil && t != p.root && state[t] == 0; t = t.to[s].up {
				state[t] = walking
				path = append(path, t)
			}
			if t != nil && t != p.root && state[t] == walking {
				p.cut(cycle(path, t), s)
				again = true
			}
			for _, t := range path {
				state[t] = done
				if again {
					state[t] = 0
				}
			}
		}
	}
}

// strays tells whether an item is to lie in another folder than now: each tangle has one.
func (x *item) strays(s Side) bool { return x.to[s].up != nil && x.to[s].up != x.up[s] }

// cycle is the end of a path that begins where it came back to.
func cycle(path []*item, start *item) []*item {
	for i, x := range path {
		if x == start {
			return path[i:]
		}
	}
	return path
}

// cut undoes one move of a tangle: the one that the other side made, of the item with the lowest id; or if there is none, the
// item just waits where it is.
func (p *planner) cut(tangle []*item, s Side) {
	w := p.winner
	var undo, wait *item
	for _, x := range tangle {
		if x.strays(s) && (wait == nil || x.id < wait.id) {
			wait = x
		}
		if p.Mode != Up && x.on(w) && x.fate != stays && x.to[s].up != x.up[w] && (undo == nil || x.id < undo.id) {
			undo = x
		}
	}
	if undo == nil {
		wait.to[s] = wait.at(s)
		wait.bar[s] = Reason{Code: ReasonParent, Detail: "its folder would lie inside itself"}
		return
	}
	undo.to = [2]spot{{up: undo.up[w]}, {up: undo.up[w]}}
	named := [2]bool{}
	named[w] = undo.base == nil || p.name(undo, w) != undo.base.Name[w]
	p.rename(undo, named)
	undo.rule = RuleCycle
}
