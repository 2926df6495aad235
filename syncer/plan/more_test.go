package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// swapped is the world with its sides exchanged.
func swapped(w World) World {
	m := World{Nodes: map[NodeID]*Node{}}
	for id, n := range w.Nodes {
		c := *n
		c.Side[Local], c.Side[Remote] = n.Side[Remote], n.Side[Local]
		if n.Base != nil {
			b := *n.Base
			b.Name[Local], b.Name[Remote] = n.Base.Name[Remote], n.Base.Name[Local]
			b.Content[Local], b.Content[Remote] = n.Base.Content[Remote], n.Base.Content[Local]
			c.Base = &b
		}
		m.Nodes[id] = &c
	}
	return m
}

// lines are a plan's operations and items, the sides exchanged if told so.
func lines(plan Plan, exchange bool) (ls []string) {
	for _, o := range plan.Ops {
		if exchange && o.Kind != Record && o.Kind != Forget && o.Kind != Compare {
			o.Side = o.Side.Other()
		}
		ls = append(ls, o.String())
	}
	for _, i := range plan.Items {
		ls = append(ls, fmt.Sprintf("item %d %v", i.Node, i.Code))
	}
	slices.Sort(ls)
	return ls
}

// With both sides exchanged, the winner too, the plan is mirrored (P12).
func TestPlansAreSymmetric(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLife(t, plainNames, plainAlphabet)
		l.inStep(8)
		l.perturb(Local, 6)
		l.perturb(Remote, 6)
		pol, mirror := l.policy(), l.policy()
		mirror.Winner = Local
		mirror.Names = [2]Names{plainNames[Remote], plainNames[Local]}
		w := l.look()
		for _, n := range w.Nodes {
			n.Tag = "" // the portal's, which has no mirror image
		}
		a, b := lines(Make(w, pol), false), lines(Make(swapped(w), mirror), true)
		if !slices.Equal(a, b) {
			t.Fatalf("P12:\n%v\nmirrored:\n%v\nof\n%v", strings.Join(a, "\n"), strings.Join(b, "\n"), l)
		}
	})
}

// Without a base nothing is deleted; what is equal costs no transfer; what differs is a conflict, and all is kept (P19).
func TestLostBaseIsAdopted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawAny(t)
		l.inStep(8)
		l.sums = [2]bool{true, true}
		same := rapid.Bool().Draw(t, "same")
		if !same {
			l.perturb(Local, 4)
			l.perturb(Remote, 4)
		}
		for _, id := range slices.Sorted(maps.Keys(l.nodes)) {
			n := l.nodes[id]
			switch {
			case id == Root:
			case n.Side[Local].Sight == Present && n.Side[Remote].Sight == Present:
				l.tear(n)
			case n.Side[Local].Sight == Absent && n.Side[Remote].Sight == Absent:
				delete(l.nodes, id)
			default:
				n.Base = nil
			}
		}
		pol := l.policy()
		pol.Adopt = rapid.Bool().Draw(t, "adopt")
		start, made := l.String(), l.made()
		l.inspect = func(_ World, plan Plan) {
			if count(plan, Delete) > 0 {
				t.Fatalf("P19: %v\n%v", plan.Ops, start)
			}
		}
		plan := l.settle(pol)
		if same && (l.moved > 0 || len(plan.Items) > 0 || l.done[Move]+l.done[Conflict]+l.done[MakeFolder] > 0) {
			t.Fatalf("P19: %d transfers, %v, %v\n%v\n%v", l.moved, l.done, plan.Items, start, l)
		}
		here, there := l.alive(Local), l.alive(Remote)
		for b := range made {
			if !here[b] && !there[b] {
				t.Fatalf("P19: %q is lost\nstart\n%v\nend\n%v", b, start, l)
			}
		}
	})
}

// A portal that was put back to an older state deletes nothing, and overwrites nothing here without a kept copy (P20).
func TestRestoredPortalIsAdopted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := disturbed(t)
		pol := l.policy()
		old := map[NodeID]View{}
		for id, n := range l.nodes {
			old[id] = n.Side[Remote]
		}
		l.settle(pol)
		l.perturb(Local, 3)
		l.settle(pol)
		l.restore(old)
		pol.Adopt = true
		start, mine := l.String(), l.alive(Local)
		l.inspect = func(_ World, plan Plan) {
			if count(plan, Delete) > 0 {
				t.Fatalf("P20: %v\n%v", plan.Ops, start)
			}
		}
		l.settle(pol)
		for b := range mine {
			if !l.alive(Local)[b] {
				t.Fatalf("P20: %q is lost\nstart\n%v\nend\n%v", b, start, l)
			}
		}
	})
}

// restore puts the portal back, as far as its old folders can be, with the ids that it had.
func (l *life) restore(old map[NodeID]View) {
	for _, n := range l.below(Remote, Root) {
		n.Side[Remote] = View{}
	}
	for grew := true; grew; {
		grew = false
		for _, id := range slices.Sorted(maps.Keys(old)) {
			v := old[id]
			up := l.nodes[v.Place.Parent]
			if id == Root || v.Sight != Present || up == nil || up.Side[Remote].Sight != Present || up.Side[Remote].Kind != Folder {
				continue
			}
			n := l.nodes[id]
			if n == nil {
				n = &Node{ID: id, Tag: fmt.Sprintf("t%d", id)}
			}
			if n.Side[Remote].Sight == Present || l.open(Remote, v.Place, id) != nil || n.Base != nil && n.Base.Kind != v.Kind {
				continue
			}
			n.Side[Remote], l.nodes[id], grew = v, n, true
		}
	}
	for id, n := range l.nodes {
		if n.Base == nil && n.Side[Local].Sight == Absent && n.Side[Remote].Sight == Absent {
			delete(l.nodes, id)
		}
	}
}

// Times are in the revisions of a disk: other ones leave the plan as it is while digests are equal (P18).
func TestTimesDoNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := disturbed(t)
		l.sums = [2]bool{true, true}
		pol := l.policy()
		w := l.look()
		plan := Make(w, pol)
		touched := l.look()
		for _, id := range slices.Sorted(maps.Keys(touched.Nodes)) {
			if n := touched.Nodes[id]; n.Side[Local].Sight == Present && n.Side[Local].Kind == File && rapid.Bool().Draw(t, "touched") {
				n.Side[Local].Content.Rev += " touched"
			}
		}
		after := Make(touched, pol)
		if a, b := lines(plan, false), lines(after, false); !slices.Equal(a, b) {
			t.Fatalf("P18: %v\n%v\n%v", a, b, l)
		}
		for i, o := range plan.Ops {
			if o.Key() != after.Ops[i].Key() {
				t.Fatalf("P18: another key for %v", o)
			}
		}
	})
}

// Rounds of conflicting edits make at most one copy each; a copy's copy is named from the original; equal bytes make none (P15, F9).
func TestConflictsAreBounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLife(t, plainNames, plainAlphabet)
		l.both(Root, "a.txt", File, "x")
		rounds, equal := rapid.IntRange(1, 4).Draw(t, "rounds"), 0
		for range rounds {
			n := pick(l, "item", l.below(Local, Root))
			mine, theirs := l.bytes(), l.bytes()
			n.Side[Local].Content = l.revision(Local, mine)
			n.Side[Remote].Content = l.revision(Remote, theirs)
			if mine == theirs {
				equal++
			}
			l.lapses, l.fails = rapid.IntRange(0, 2).Draw(t, "lapses"), rapid.IntRange(0, 2).Draw(t, "failures")
			l.settle(l.policy())
		}
		all := l.below(Local, Root)
		if len(all) > 1+rounds-equal {
			t.Fatalf("P15: %d rounds, %d with equal bytes, made\n%v", rounds, equal, l)
		}
		for _, n := range all {
			if strings.Count(n.Side[Local].Place.Name, "copy") > 1 {
				t.Fatalf("P15: a copy's copy\n%v", l)
			}
		}
	})
}

// A folder that is moved or renamed with all that is in it is one operation, on either side, however much it holds (P13).
func TestFolderRenameIsOneOperation(t *testing.T) {
	for _, s := range []Side{Local, Remote} {
		p := office(1000)
		n := p.nodes[p.files()[0].Base.Parent]
		n.Side[s].Place.Name = "renamed"
		m := p.nodes[p.files()[500].Base.Parent]
		m.Side[s].Place.Parent = n.ID
		plan := Make(p.look(), p.guarded())
		if len(plan.Ops) != 1 || plan.Ops[0].Kind != Move || plan.Ops[0].Node != n.ID {
			t.Fatalf("P13: %v", plan.Ops)
		}
		if err := p.do(plan.Ops[0]); err != nil {
			t.Fatal(err)
		}
		plan = Make(p.look(), p.guarded())
		if len(plan.Ops) != 1 || plan.Ops[0].Kind != Move || plan.Ops[0].Node != m.ID || plan.Ops[0].Side != s.Other() {
			t.Fatalf("P13: %v", plan.Ops)
		}
	}
}

// part is what a World must hold, and not more.
func (l *life) part(w World) World {
	part := World{Nodes: map[NodeID]*Node{Root: w.Nodes[Root]}}
	for id, n := range w.Nodes {
		if !n.inStep() {
			part.Nodes[id] = n
		}
	}
	wanted := [2]map[Place]bool{{}, {}}
	for _, n := range part.Nodes {
		for s := range wanted {
			for _, name := range l.spellings(n, Side(s)) {
				for _, up := range n.parents() {
					wanted[s][Place{up, l.names[s].Key(name)}] = true
				}
			}
		}
	}
	for id, n := range w.Nodes {
		for s := range wanted {
			if id != Root && n.Base != nil && wanted[s][Place{n.Base.Parent, l.names[s].Key(n.Base.Name[s])}] {
				part.Nodes[id] = n
			}
		}
	}
	for grew := true; grew; {
		grew = false
		for _, n := range maps.Clone(part.Nodes) {
			for _, up := range n.parents() {
				if up != 0 && part.Nodes[up] == nil {
					part.Nodes[up], grew = w.Nodes[up], true
				}
			}
		}
	}
	return part
}

// spellings are the names that a node has, had or may get on a side.
func (l *life) spellings(n *Node, s Side) (names []string) {
	if n.Base != nil {
		names = append(names, n.Base.Name[s], l.names[s].Park(n.Base.Name[s], n.ID))
	}
	for o, v := range n.Side {
		if v.Sight != Present || n.ID == Root {
			continue
		}
		name := v.Place.Name
		for i := range 4 {
			names = append(names, l.names[o].Copy(name, i))
			if c, _, ok := l.names[s].From(l.names[o].Copy(name, i)); ok {
				names = append(names, c)
			}
		}
		if spelled, _, ok := l.names[s].From(name); ok {
			names = append(names, spelled, l.names[s].Twin(spelled, n.Tag))
		}
		names = append(names, name)
	}
	return names
}

// A plan made from the part of the trees that is needed is the plan made from the whole.
func TestPartOfTheWorldIsEnough(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawAny(t)
		l.inStep(12)
		l.perturb(Local, 3)
		l.perturb(Remote, 3)
		pol := l.policy()
		pol.Guards = Guards{Deletes: 1, DeletesPart: 0.1, Changes: 2, ChangesPart: 0.1, Conflicts: 1}
		pol.Past.Files = len(l.files())
		w := l.look()
		part := l.part(w)
		a, b := Make(w, pol), Make(part, pol)
		if x, y := fmt.Sprint(lines(a, false), halts(a)), fmt.Sprint(lines(b, false), halts(b)); x != y {
			t.Fatalf("whole %v\npart %v\nof\n%v", x, y, l)
		}
	})
}

// A folder that one side deletes and the other moves or renames lives, with all that was in it, whatever else fails or is forgotten.
func TestMovedFoldersKeepWhatIsInThem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLife(t, plainNames, plainAlphabet)
		d, e := l.both(Root, "d", Folder, ""), l.both(Root, "e", Folder, "")
		l.both(d.ID, "s", Folder, "")
		up := []NodeID{d.ID, 4}
		want := map[string]bool{}
		for i := range rapid.IntRange(1, 4).Draw(t, "files") {
			bytes := fmt.Sprintf("kept %d", i)
			l.both(up[i%2], fmt.Sprintf("f%d", i), File, bytes)
			want[bytes] = true
		}
		s := rapid.SampledFrom([]Side{Local, Remote}).Draw(t, "side")
		l.erase(s.Other(), d)
		d.Side[s].Place = rapid.SampledFrom([]Place{{Root, "n"}, {e.ID, "d"}, {e.ID, "n"}}).Draw(t, "place")
		l.fails, l.lapses = rapid.IntRange(0, 3).Draw(t, "failures"), rapid.IntRange(0, 3).Draw(t, "lapses")
		start := l.String()
		plan := l.settle(l.policy())
		here, there := l.alive(Local), l.alive(Remote)
		if !maps.Equal(here, want) || !maps.Equal(there, want) || len(plan.Items) > 0 {
			t.Fatalf("here %v, there %v\nstart\n%v\nend\n%v", here, there, start, l)
		}
	})
}
