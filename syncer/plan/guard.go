package plan

import (
	"fmt"
	"slices"
)

// guard asks the brakes. What a person admitted passes, and does not count. It comes last: a rename or a replacement is no deletion
// by now.
func (p *planner) guard() {
	p.guardDeletes()
	p.guardChanges()
	p.guardConflicts()
	for _, h := range p.Halts {
		p.plan.Halts = append(p.plan.Halts, h)
		p.withhold(h)
	}
	if slices.ContainsFunc(p.plan.Halts, func(h Halt) bool { return h.All }) {
		p.plan.Ops = nil
	}
}

// withhold takes the operations of a halt out of the plan.
func (p *planner) withhold(h Halt) {
	if len(h.Ops) == 0 {
		return
	}
	held := map[string]bool{}
	for _, o := range h.Ops {
		held[o.Key()] = true
	}
	p.plan.Ops = slices.DeleteFunc(p.plan.Ops, func(o Op) bool { return held[o.Key()] })
}

func (p *planner) admitted(o Op) bool { return p.Admitted != nil && p.Admitted(o.Key()) }

// halt adds a brake that tripped.
func (p *planner) halt(code, detail string, all bool, ops []Op) {
	p.plan.Halts = append(p.plan.Halts, Halt{Reason: Reason{code, detail}, All: all, ID: haltID(code, ops), Ops: ops})
}

// deletion is one item's deletion, as a person admits it: by itself, whatever folder it goes with.
func (x *item) deletion() Op {
	s, _ := x.alone()
	return Op{Kind: Delete, Side: s, Node: x.id, Base: x.base, From: x.now, Rule: RuleDeleted}
}

// guardDeletes holds all deletions back if they are too many. Those that cannot be done yet count as well, and so does each file
// that could not be seen and may be one more: ignorance never slips a deletion under the guard. If only what could not be seen
// makes them too many, they wait without a halt.
func (p *planner) guardDeletes() {
	if p.Guards.AcceptDeletes {
		return
	}
	var ops []Op
	pending := map[NodeID]bool{}
	files := 0
	for _, x := range p.doomed {
		o := x.deletion()
		if p.admitted(o) {
			continue
		}
		ops = append(ops, o)
		pending[x.id] = true
		if x.base.Kind == File {
			files++
		}
	}
	if p.tooMany(files + p.unseen()) {
		ops, files = p.withoutMoved(ops, pending, files)
	}
	if p.refills(ops) || !slices.ContainsFunc(p.plan.Ops, func(o Op) bool { return o.touches(pending) }) {
		return
	}
	strict, perhaps := p.emptied(ops)
	switch {
	case strict != "":
		p.halt(ReasonEmptied, strict, true, ops)
		p.drop(pending, ReasonEmptied)
	case perhaps:
		p.drop(pending, ReasonPending)
	case p.tooMany(files):
		p.halt(ReasonDeletes, fmt.Sprintf("%d files would be deleted", files), false, ops)
		p.drop(pending, ReasonDeletes)
	case p.tooMany(files + p.unseen()):
		p.drop(pending, ReasonPending)
	}
}

// withoutMoved takes out of the deletions that count the files whose bytes lie elsewhere in the client, if the others are not too many
// by themselves.
func (p *planner) withoutMoved(ops []Op, pending map[NodeID]bool, files int) ([]Op, int) {
	if p.Elsewhere == nil {
		return ops, files
	}
	asked := map[NodeID]bool{}
	for _, o := range ops {
		if o.Base.Kind == File {
			asked[o.Node] = true
		}
	}
	moved := p.Elsewhere(asked)
	if p.tooMany(files - len(moved)) {
		return ops, files // a person must look anyway, at all of it
	}
	ops = slices.DeleteFunc(ops, func(o Op) bool { return moved[o.Node] })
	for id := range moved {
		delete(pending, id)
	}
	for i := range p.plan.Ops {
		if o := &p.plan.Ops[i]; o.Kind == Delete {
			o.Moved = slices.DeleteFunc(append([]NodeID{o.Node}, o.Below...), func(id NodeID) bool { return !moved[id] })
		}
	}
	return ops, files - len(moved)
}

// refills halts where the portal has lost all its files, and what was changed here would be sent there again while the rest is only reported:
// without a deletion that could be held back it would go unnoticed.
func (p *planner) refills(deletions []Op) bool {
	var ops []Op
	for _, o := range p.plan.Ops {
		if o.Side == Remote && (o.Kind == Send || o.Kind == MakeFolder) && o.Base != nil && !p.admitted(o) {
			ops = append(ops, o)
		}
	}
	if len(ops) == 0 || len(deletions) > 0 || !slices.ContainsFunc(p.items, (*item).reported) {
		return false
	}
	lost, _ := p.losses()
	if lost[Remote] == 0 || lost[Remote] < p.Past.Files {
		return false
	}
	p.halt(ReasonEmptied, Remote.String(), true, ops)
	return true
}

// reported tells whether a file that is gone from the portal is only reported.
func (x *item) reported() bool {
	return x.fate == stays && x.why.Code == ReasonReported && x.gone(Remote) && x.kind() == File
}

// touches tells whether an operation deletes one of these nodes.
func (o Op) touches(nodes map[NodeID]bool) bool {
	return o.Kind == Delete && (nodes[o.Node] || slices.ContainsFunc(o.Below, func(id NodeID) bool { return nodes[id] }))
}

// drop takes the deletions of these nodes out of the plan.
func (p *planner) drop(nodes map[NodeID]bool, code string) {
	dropped := map[NodeID]bool{}
	p.plan.Ops = slices.DeleteFunc(p.plan.Ops, func(o Op) bool {
		if !o.touches(nodes) {
			return false
		}
		for _, id := range append([]NodeID{o.Node}, o.Below...) {
			dropped[id] = true
		}
		return true
	})
	for _, x := range p.doomed {
		if dropped[x.id] {
			x.busy = false
			x.wait(Reason{Code: code})
		}
	}
}

// tooMany asks the numbers of the deletion guard: files deleted in the window and now, of what the client had before.
func (p *planner) tooMany(now int) bool {
	g, n := p.Guards, p.Past.Deleted+now
	had := p.Past.Files + p.Past.Deleted
	part := float64(n) / float64(max(had, 1))
	switch {
	case now == 0:
		return false
	case now >= p.Past.Files:
		return true
	case g.Deletes > 0 && n > g.Deletes && part > g.DeletesPart:
		return true
	case g.DeletesMost > 0 && n >= g.DeletesMost:
		return true
	}
	return g.DeletesHalf > 0 && had >= g.HalfFrom && part > g.DeletesHalf
}

// unseen counts the files that would perhaps be deleted if they were seen: those of the base that are not known to be changed.
func (p *planner) unseen() int {
	n := p.Past.Unseen
	for _, x := range p.items {
		if x.still.Code == ReasonUnknown && x.base != nil && x.base.Kind == File && !x.edited[Local] && !x.edited[Remote] {
			n++
		}
	}
	return n
}

// emptied names a side that has lost all its files; and tells whether one perhaps has, with those that could not be seen.
func (p *planner) emptied(ops []Op) (side string, perhaps bool) {
	lost, unseen := p.losses()
	dooms := [2]bool{}
	for _, o := range ops {
		dooms[o.Side.Other()] = true
	}
	for s := range lost {
		switch {
		case lost[s] == 0 && (unseen[s] == 0 || !dooms[s]):
		case dooms[s] && lost[s] > 0 && lost[s] >= p.Past.Files:
			side = Side(s).String()
		case lost[s]+unseen[s] >= p.Past.Files:
			perhaps = true
		}
	}
	return side, perhaps
}

// losses counts, by side, the files of the base that are gone, and those that could not be seen. A side that has any file is not empty, and
// nothing is counted there.
func (p *planner) losses() (lost, unseen [2]int) {
	unseen, has := [2]int{p.Past.Unseen, p.Past.Unseen}, [2]bool{}
	for _, x := range p.items {
		for s := range x.now {
			switch s := Side(s); {
			case x.kind() == Folder || x.into != nil:
			case x.on(s):
				has[s] = true
			case x.base == nil:
			case x.gone(s):
				lost[s]++
			default:
				unseen[s]++
			}
		}
	}
	for s := range lost {
		if has[s] {
			lost[s], unseen[s] = 0, 0
		}
	}
	return lost, unseen
}

// guardChanges stops the client if too many contents change, as when something encrypts them.
func (p *planner) guardChanges() {
	g := p.Guards
	if g.Changes == 0 {
		return
	}
	var ops []Op
	for _, x := range p.items {
		if x.base == nil || !x.changed() {
			continue
		}
		if o, ok := p.change(x); ok && !p.admitted(o) {
			ops = append(ops, o)
		}
	}
	n := p.Past.Changed + len(ops)
	if len(ops) > 0 && n > g.Changes && float64(n) > g.ChangesPart*float64(p.Past.Files) {
		p.halt(ReasonChanges, fmt.Sprintf("%d files would be changed", len(ops)), true, ops)
	}
}

// changed tells whether a side changed the content of an item.
func (x *item) changed() bool { return x.edited[Local] || x.edited[Remote] }

// change is the operation that would carry a changed content over, whether it may be done now or not.
func (p *planner) change(x *item) (Op, bool) {
	likeness := x.likeness()
	if x.fate != alive || !x.on(Local) || !x.on(Remote) || likeness == Equal {
		return Op{}, false
	}
	k, s, _ := p.verdict(x, likeness)
	o := Op{Kind: k, Side: s, Node: x.id, Base: x.base, From: x.now}
	o.Rule = p.ruleOf(x, o)
	return o, k == Update || k == Conflict
}

// guardConflicts stops the making of copies if there are too many in one run.
func (p *planner) guardConflicts() {
	var ops []Op
	pending := map[NodeID]bool{}
	for _, o := range p.plan.Ops {
		if o.Kind == Conflict && !p.admitted(o) {
			ops = append(ops, o)
			pending[o.Node] = true
		}
	}
	if g := p.Guards.Conflicts; g == 0 || p.Past.Conflicts+len(ops) <= g || len(ops) == 0 {
		return
	}
	p.halt(ReasonConflicts, fmt.Sprintf("%d copies would be made", len(ops)), false, ops)
	p.plan.Ops = slices.DeleteFunc(p.plan.Ops, func(o Op) bool { return o.Kind == Conflict && pending[o.Node] })
	for _, x := range p.items {
		if pending[x.id] {
			x.busy = false
			x.wait(Reason{Code: ReasonConflicts})
		}
	}
}
