package plan

import (
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// subset draws some of the nodes.
func (l *life) subset(what string) map[NodeID]bool {
	set := map[NodeID]bool{}
	for _, id := range slices.Sorted(maps.Keys(l.nodes)) {
		if id != Root && rapid.IntRange(0, 4).Draw(l.t, what) == 0 {
			set[id] = true
		}
	}
	return set
}

// spread adds what lies below, in the base or on either side.
func (l *life) spread(set map[NodeID]bool) map[NodeID]bool {
	all := maps.Clone(set)
	for grew := true; grew; {
		grew = false
		for id, n := range l.nodes {
			for _, p := range n.parents() {
				if all[p] && !all[id] {
					all[id], grew = true, true
				}
			}
		}
	}
	return all
}

// over are the folders that hold one of a set, in the base or on either side.
func (l *life) over(set map[NodeID]bool) map[NodeID]bool {
	over := map[NodeID]bool{}
	todo := slices.Collect(maps.Keys(set))
	for len(todo) > 0 {
		n := l.nodes[todo[0]]
		todo = todo[1:]
		for _, p := range n.parents() {
			if p != 0 && p != Root && !over[p] {
				over[p] = true
				todo = append(todo, p)
			}
		}
	}
	return over
}

// nodesOf are all nodes that an operation is about.
func nodesOf(o Op) []NodeID { return append([]NodeID{o.Node}, o.Below...) }

func anyOf(set map[NodeID]bool, ids ...NodeID) bool {
	return slices.ContainsFunc(ids, func(id NodeID) bool { return set[id] })
}

// Nothing is done with what is busy, nor below it, nor moves or deletes the folders that it is in.
func TestBusyItemsStayWhereTheyAre(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := disturbed(t)
		busy := l.subset("busy")
		for id := range busy {
			l.nodes[id].Busy = true
		}
		frozen, pinned := l.spread(busy), l.over(busy)
		for _, o := range l.make(l.policy()).Ops {
			if anyOf(frozen, append(nodesOf(o), o.Twin)...) {
				t.Fatalf("%v is about something busy\n%v", o, l)
			}
			if anyOf(pinned, nodesOf(o)...) && (o.Kind == Move || o.Kind == Delete || o.Kind == Aside) {
				t.Fatalf("%v would take something busy with it\n%v", o, l)
			}
			if frozen[o.To.Parent] {
				t.Fatalf("%v goes into something busy\n%v", o, l)
			}
		}
	})
}

// Nothing under a hold is deleted, moved, renamed or overwritten, nor are the folders that it lies in; planning comes to rest (P21).
func TestHeldItemsAreLeftAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := disturbed(t)
		for id := range l.subset("held") {
			l.nodes[id].Held = l.nodes[id].Base != nil
		}
		l.inspect = func(_ World, plan Plan) {
			held := map[NodeID]bool{}
			for id, n := range l.nodes {
				if n.Held {
					held[id] = true
				}
			}
			all := l.spread(held)
			maps.DeleteFunc(all, func(id NodeID, _ bool) bool { return l.nodes[id].Base == nil })
			pinned := l.over(all)
			for _, o := range plan.Ops {
				switch o.Kind {
				case Move, Delete, Aside:
					if anyOf(all, nodesOf(o)...) || anyOf(pinned, nodesOf(o)...) {
						t.Fatalf("P21: %v\n%v", o, l)
					}
				case Update, Conflict:
					if all[o.Node] {
						t.Fatalf("P21: %v\n%v", o, l)
					}
				}
			}
		}
		if apart := l.apart(l.settle(l.policy())); len(apart) > 0 {
			t.Fatalf("P2: not in step and not told:\n%v\nend\n%v", apart, l)
		}
	})
}

// Nothing that is private goes up, nor what lies in it on disk.
func TestPrivateItemsNeverGoUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := disturbed(t)
		private := l.subset("private")
		for id := range private {
			l.nodes[id].Private = true
		}
		l.inspect = func(w World, plan Plan) {
			for _, o := range plan.Ops {
				for id := range private {
					if o.Side == Remote && o.Kind != Record && o.Kind != Forget && o.Kind != Compare && l.nodes[id] != nil && l.inside(Local, o.Node, id) {
						t.Fatalf("%v: %d is private\n%v", o, id, l)
					}
				}
			}
		}
		if apart := l.apart(l.settle(l.policy())); len(apart) > 0 {
			t.Fatalf("P2: not in step and not told:\n%v\nend\n%v", apart, l)
		}
	})
}

// What waits is neither read, changed nor replaced on its side; all else goes on, and planning comes to rest.
func TestWaitingItemsAreLeftAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := disturbed(t)
		waits := [2]map[NodeID]bool{l.subset("wait"), l.subset("wait")}
		for s := range waits {
			for id := range waits[s] {
				l.nodes[id].Side[s].Wait = Reason{Code: "in-use"}
			}
		}
		l.inspect = func(w World, plan Plan) {
			for _, o := range plan.Ops {
				for _, id := range nodesOf(o) {
					for s, v := range w.Nodes[id].Side {
						if v.Wait.Code != "" && o.Kind != Record && o.Kind != Forget && (o.Kind != Aside || o.Side == Side(s)) {
							t.Fatalf("%v: %d waits on %v\n%v", o, id, Side(s), l)
						}
					}
				}
			}
		}
		if apart := l.apart(l.settle(l.policy())); len(apart) > 0 {
			t.Fatalf("P2: not in step and not told:\n%v\nend\n%v", apart, l)
		}
	})
}

// An ignore rule that comes or goes changes nothing else and deletes nothing (P16): what is in step stays so, and of what is not,
// nothing hidden is touched and nothing more is deleted.
func TestIgnoreRulesAreNeutral(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawAny(t)
		l.inStep(8)
		hide := func() map[NodeID]bool {
			hidden := l.subset("hidden")
			for id := range hidden {
				if l.nodes[id].Base == nil {
					delete(hidden, id)
					continue
				}
				l.nodes[id].Hidden = true
				n := l.nodes[id]
				n.Side[Local] = View{Sight: Unseen, Place: n.Side[Local].Place}
				if n.Side[Local].Place.Parent == n.Base.Parent {
					n.Side[Local] = View{} // an ignored name is not scanned
				}
			}
			return hidden
		}
		before := l.copied()
		hide()
		if plan := Make(l.look(), l.policy()); len(plan.Ops) > 0 {
			t.Fatalf("P16: %v\n%v", plan.Ops, l)
		}
		l = before
		l.perturb(Local, 4)
		l.perturb(Remote, 4)
		could, start := l.copied().deletes(l.policy()), l.String()
		hidden := l.spread(hide())
		for _, o := range l.make(l.policy()).Ops {
			if anyOf(hidden, append(nodesOf(o), o.Twin)...) && l.nodes[o.Node].Base != nil {
				t.Fatalf("P16: %v is hidden\n%v", o, l)
			}
			if o.Kind == Delete && !subset(nodesOf(o), could) {
				t.Fatalf("P16: %v was not deleted before\n%v\nbefore\n%v", o, l, start)
			}
		}
	})
}

// deletes settles the client, and tells what that deletes.
func (l *life) deletes(pol Policy) map[NodeID]bool {
	all := map[NodeID]bool{}
	l.inspect = func(_ World, plan Plan) { maps.Copy(all, deleted(plan)) }
	l.settle(pol)
	return all
}

// deleted are all nodes that a plan deletes.
func deleted(plan Plan) map[NodeID]bool {
	set := map[NodeID]bool{}
	for _, o := range plan.Ops {
		if o.Kind == Delete {
			for _, id := range nodesOf(o) {
				set[id] = true
			}
		}
	}
	return set
}

func subset(ids []NodeID, of map[NodeID]bool) bool {
	return !slices.ContainsFunc(ids, func(id NodeID) bool { return !of[id] })
}
