package plan

import "slices"

// Make decides what may be done now.
//
// It joins what is one item seen twice, merges what both sides did to each item, makes one tree of that, takes the steps that are
// legal in the trees as they are, and asks the guards.
func Make(w World, pol Policy) Plan {
	p := newPlanner(w, pol)
	p.settle()
	p.unify(p.Mode, p.winner)
	p.merge()
	p.repair()
	p.occupy()
	p.allot()
	p.steps()
	p.deletes()
	p.guard()
	p.report()
	return p.plan
}

// planner is one plan in the making.
type planner struct {
	*forest
	Policy
	winner Side
	taken  map[slot]*item // who is to have a slot in the end
	used   map[slot]*item // who has it now
	shared map[slot]bool  // slots that the portal has given to several
	doomed []*item        // deletions that the guards count
	plan   Plan
}

func newPlanner(w World, pol Policy) *planner {
	p := &planner{forest: grow(w, pol.Names), Policy: pol, winner: pol.Winner}
	if p.Mode != TwoWay {
		p.winner = Remote
	}
	return p
}

// occupy notes what has which slot now.
func (p *planner) occupy() {
	p.used = make(map[slot]*item, 2*len(p.items))
	p.shared = map[slot]bool{}
	for _, x := range p.items {
		for s := range x.now {
			k := slot{Side(s), x.up[s], x.key[s]}
			switch {
			case x.into != nil || x.now[s].Sight == Absent:
				continue
			case x.up[s] != nil:
			case x.base != nil && x.was != nil:
				k = p.slot(Side(s), spot{x.was, x.base.Name[s]})
			default:
				continue
			}
			if p.used[k] != nil {
				p.shared[k] = true
				continue
			}
			p.used[k] = x
		}
	}
}

// emit puts an operation about an item into the plan.
func (p *planner) emit(x *item, o Op) {
	o.Node, o.Base, o.From = x.id, x.base, x.now
	if o.Rule = x.rule; o.Rule == "" {
		o.Rule = p.ruleOf(x, o)
	}
	x.busy = true
	p.plan.Ops = append(p.plan.Ops, o)
}

// report tells of each item that is not in step and for which nothing is done.
func (p *planner) report() {
	for _, x := range p.items {
		for s := range x.bar {
			if x.bar[s].Code != "" {
				x.wait(x.bar[s])
			}
		}
		if !x.busy && x.into == nil && x.why.Code != "" {
			p.plan.Items = append(p.plan.Items, Item{x.id, x.why})
		}
	}
	slices.SortStableFunc(p.plan.Ops, func(a, b Op) int { return slices.Index(order, a.Kind) - slices.Index(order, b.Kind) })
}

// order is how a plan lists its operations, for those who do one after the other.
var order = []OpKind{Record, Forget, MakeFolder, Move, Aside, Conflict, Compare, Update, Send, Delete}
