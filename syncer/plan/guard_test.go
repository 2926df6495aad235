package plan

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// stock are the guards of the house.
var stock = Guards{Deletes: 25, DeletesPart: 0.1, DeletesMost: 100, DeletesHalf: 0.5, HalfFrom: 20, Changes: 50, ChangesPart: 0.3, Conflicts: 50}

// office is a client with so many files in step, twenty a folder.
func office(files int) *pretend {
	p := newPretend(plainNames)
	up := Root
	for i := range files {
		if i%20 == 0 {
			up = p.both(Root, fmt.Sprintf("folder %d", i/20), Folder, "").ID
		}
		p.both(up, fmt.Sprintf("file %d", i), File, fmt.Sprintf("h%d", i))
	}
	return p
}

// both makes an item that is in step.
func (p *pretend) both(up NodeID, name string, k Kind, bytes string) *Node {
	n := p.add(Local, up, name, k, bytes)
	n.Side[Remote] = n.Side[Local]
	if k == File {
		n.Side[Remote].Content = p.revision(Remote, bytes)
	}
	n.Tag = fmt.Sprintf("t%d", n.ID)
	p.agree(n)
	return n
}

// files are the nodes of files, in the order in which they were made.
func (p *pretend) files() (ns []*Node) {
	for _, id := range slices.Sorted(maps.Keys(p.nodes)) {
		if n := p.nodes[id]; n.Base != nil && n.Base.Kind == File {
			ns = append(ns, n)
		}
	}
	return ns
}

func (p *pretend) guarded() Policy {
	return Policy{Winner: Remote, Names: p.names, Guards: stock, Past: Past{Files: len(p.files())}}
}

func halts(plan Plan) (codes []string) {
	for _, h := range plan.Halts {
		codes = append(codes, h.Code)
	}
	return codes
}

func count(plan Plan, k OpKind) (n int) {
	for _, o := range plan.Ops {
		if o.Kind == k {
			n += len(nodesOf(o))
		}
	}
	return n
}

// The deletion guard, by its numbers. Each row: files in step, deleted here, deleted within the window before; does it halt?
func TestDeletionGuardTripsAtItsNumbers(t *testing.T) {
	for _, row := range []struct {
		files, deleted, before int
		halts                  bool
	}{
		{300, 25, 0, false}, // not above 25
		{300, 26, 0, false}, // not above 10 %
		{300, 31, 0, true},
		{300, 200, 0, true},
		{2000, 99, 0, false}, // above 25, not above 10 %
		{2000, 100, 0, true}, // or 100
		{20, 10, 0, false},   // not above half
		{20, 11, 0, true},
		{19, 11, 0, false}, // half counts from 20 files on
		{19, 19, 0, true},  // everything
		{280, 20, 20, true},
	} {
		p := office(row.files)
		for _, n := range p.files()[:row.deleted] {
			n.Side[Local] = View{}
		}
		pol := p.guarded()
		pol.Past.Deleted = row.before
		plan := Make(p.look(), pol)
		if got := len(plan.Halts) > 0; got != row.halts || got == (count(plan, Delete) > 0) {
			t.Errorf("P9: %+v: halts %v, deletions %d", row, halts(plan), count(plan, Delete))
		}
	}
}

// Deleting in waves of 20 out of 300 trips the guard in the second wave.
func TestWavesOfDeletionsTripTheGuard(t *testing.T) {
	p := office(300)
	past, done := Past{Files: 300}, 0
	for wave := range 15 {
		for _, n := range p.files()[:20] {
			n.Side[Local] = View{}
		}
		pol := p.guarded()
		pol.Past = past
		plan := Make(p.look(), pol)
		if len(plan.Halts) > 0 {
			if wave != 1 || done != 20 {
				t.Fatalf("halted in wave %d after %d deletions", wave, done)
			}
			return
		}
		for _, o := range plan.Ops {
			if err := p.do(o); err != nil {
				t.Fatal(err)
			}
		}
		done += 20
		past = Past{Files: len(p.files()), Deleted: done}
	}
	t.Fatal("never halted")
}

// F27: a rename of many files, or their replacement by new ones, is no deletion.
func TestRenamesAreNoDeletions(t *testing.T) {
	p := office(300)
	for i, n := range p.files()[:200] {
		at := n.Side[Remote].Place
		switch i % 2 {
		case 0:
			n.Side[Remote].Place.Name += ".old"
		default: // a portal that cannot replace: an id gone, a new one in its place
			bytes := bytesOf(n.Side[Remote].Content)
			n.Side[Remote] = View{}
			p.add(Remote, at.Parent, at.Name, File, bytes)
		}
	}
	if plan := Make(p.look(), p.guarded()); len(plan.Halts) > 0 || len(plan.Ops) != 200 || count(plan, Delete) > 0 {
		t.Errorf("%v, %d operations", halts(plan), len(plan.Ops))
	}
}

// What a person admits is done, and nothing else; it does not count any more.
func TestApprovalAdmitsExactlyWhatWasShown(t *testing.T) {
	p := office(300)
	for _, n := range p.files()[:200] {
		n.Side[Local] = View{}
	}
	pol := p.guarded()
	plan := Make(p.look(), pol)
	if len(plan.Halts) != 1 || len(plan.Halts[0].Ops) < 200 {
		t.Fatalf("%v", halts(plan))
	}
	shown := map[string]bool{}
	for _, o := range plan.Halts[0].Ops {
		shown[o.Key()] = true
	}
	pol.Admitted = func(key string) bool { return shown[key] }
	if plan := Make(p.look(), pol); len(plan.Halts) > 0 || count(plan, Delete) < 200 {
		t.Errorf("admitted: %v, %d deletions", halts(plan), count(plan, Delete))
	}
	for _, n := range p.files()[200:260] {
		n.Side[Local] = View{}
	}
	plan = Make(p.look(), pol)
	if got := halts(plan); !slices.Equal(got, []string{ReasonDeletes}) || len(plan.Halts[0].Ops) < 60 || len(plan.Halts[0].Ops) >= 200 {
		t.Errorf("60 more: %v", got)
	}
	if n := count(plan, Delete); n < 200 || n >= 220 {
		t.Errorf("60 more: %d deletions", n)
	}
	// another version of an admitted file is not what was shown
	n := p.files()[0]
	n.Base.Content[Remote] = p.revision(Remote, "hX")
	n.Base.Content[Local] = n.Base.Content[Remote]
	n.Side[Remote].Content = n.Base.Content[Remote]
	for _, o := range Make(p.look(), pol).Halts[0].Ops {
		if o.Node == n.ID {
			return
		}
	}
	t.Error("another version was admitted")
}

// A side that has lost all its files stops the client; all opened with accept.
func TestEmptiedSideStopsTheClient(t *testing.T) {
	for _, s := range []Side{Local, Remote} {
		p := office(40)
		for _, n := range p.nodes {
			if n.ID != Root {
				n.Side[s] = View{}
			}
		}
		p.add(s.Other(), Root, "new", File, "new")
		pol := p.guarded()
		plan := Make(p.look(), pol)
		if !slices.Contains(halts(plan), ReasonEmptied) || len(plan.Ops) > 0 {
			t.Errorf("%v: %v, %d operations", s, halts(plan), len(plan.Ops))
		}
		pol.Guards.AcceptDeletes = true
		if plan := Make(p.look(), pol); len(plan.Halts) > 0 || count(plan, Delete) != 42 {
			t.Errorf("%v accepted: %v, %d deletions", s, halts(plan), count(plan, Delete))
		}
	}
}

// Where all that is seen of a side is gone, no deletion is done at all, not even of a folder on the other side (P8): what could not be
// seen may be gone as well.
func TestPerhapsEmptiedSideDeletesNothing(t *testing.T) {
	p := newPretend(plainNames)
	a, b := p.both(Root, "a", File, "a"), p.both(Root, "b", File, "b")
	c := p.both(Root, "c", Folder, "")
	a.Side = [2]View{}
	c.Side[Remote] = View{}
	b.Side[Local] = View{}
	if plan := Make(p.look(), p.guarded()); !slices.Equal(halts(plan), []string{ReasonEmptied}) {
		t.Errorf("seen: %v, %v", plan.Ops, halts(plan))
	}
	p.dim[b.ID] = true
	if plan := Make(p.look(), p.guarded()); count(plan, Delete) > 0 || len(plan.Halts) > 0 {
		t.Errorf("not seen: %v, %v", plan.Ops, halts(plan))
	}
}

// Too many changed contents stop the client; too many conflicts stop the copies.
func TestChangesAndConflictsTripTheirGuards(t *testing.T) {
	p := office(160)
	for i, n := range p.files()[:51] {
		n.Side[Local].Content = p.revision(Local, fmt.Sprintf("changed %d", i))
	}
	if plan := Make(p.look(), p.guarded()); !slices.Equal(halts(plan), []string{ReasonChanges}) || len(plan.Ops) > 0 || len(plan.Halts[0].Ops) != 51 {
		t.Errorf("51 of 160 changed: %v, %d operations", halts(plan), len(plan.Ops))
	}
	p.files()[0].Side[Local].Content = p.files()[0].Base.Content[Local]
	if plan := Make(p.look(), p.guarded()); len(plan.Halts) > 0 || len(plan.Ops) != 50 {
		t.Errorf("50 of 160 changed: %v, %d operations", halts(plan), len(plan.Ops))
	}
	p = office(1000)
	for i, n := range p.files()[:51] {
		n.Side[Local].Content = p.revision(Local, fmt.Sprintf("mine %d", i))
		n.Side[Remote].Content = p.revision(Remote, fmt.Sprintf("theirs %d", i))
	}
	p.add(Local, Root, "new", File, "new")
	if plan := Make(p.look(), p.guarded()); !slices.Equal(halts(plan), []string{ReasonConflicts}) || len(plan.Ops) != 1 {
		t.Errorf("51 conflicts: %v, %d operations", halts(plan), len(plan.Ops))
	}
}

// A halt from outside that stops the client leaves no operation (P9); one that holds some operations leaves the others.
func TestHaltsFromOutside(t *testing.T) {
	p := office(20)
	a, b := p.add(Local, Root, "a", File, "a"), p.add(Local, Root, "b", File, "b")
	pol := p.guarded()
	pol.Halts = []Halt{{Reason: Reason{Code: ReasonAccount}, All: true}}
	if plan := Make(p.look(), pol); len(plan.Ops) > 0 || !slices.Equal(halts(plan), []string{ReasonAccount}) {
		t.Errorf("P9: %v %v", plan.Ops, halts(plan))
	}
	pol.Halts = nil
	ops := slices.Clone(Make(p.look(), pol).Ops)
	pol.Halts = []Halt{{Reason: Reason{Code: "elsewhere"}, Ops: ops[:1]}}
	if plan := Make(p.look(), pol); len(ops) != 2 || len(plan.Ops) != 1 || plan.Ops[0].Node == ops[0].Node {
		t.Errorf("%d and %d: %v", a.ID, b.ID, plan.Ops)
	}
}

// unknown makes a folder and all that is or was in it on that side unseen there, as an incomplete listing does.
func (l *life) unknown(s Side, up NodeID) {
	for id := range l.spread(map[NodeID]bool{up: true}) {
		l.nodes[id].Side[s] = View{Sight: Unseen, Place: l.nodes[id].Side[s].Place}
	}
}

// Not to see a part of the trees takes deletions out of the plan and never brings one in, also not by slipping under a guard (P8, P9);
// and nothing is done about what cannot be seen.
func TestIgnoranceDeletesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := disturbed(t)
		l.alphabet = plainAlphabet
		pol := l.policy()
		pol.Guards = Guards{
			Deletes: rapid.IntRange(0, 3).Draw(t, "deletes"), DeletesPart: rapid.Float64Range(0, 1).Draw(t, "part"),
			DeletesMost: rapid.IntRange(0, 5).Draw(t, "most"), DeletesHalf: 0.5, HalfFrom: rapid.IntRange(0, 8).Draw(t, "from"),
		}
		pol.Past.Files = len(l.files())
		full := Make(l.look(), pol)
		tripped := slices.ContainsFunc(full.Halts, func(h Halt) bool { return h.Code == ReasonDeletes || h.Code == ReasonEmptied })
		if tripped && count(full, Delete) > 0 {
			t.Fatalf("P9: %v\n%v", full, l)
		}
		could, whole := l.copied().deletes(pol), l.String()
		unknown := map[NodeID]bool{}
		for range rapid.IntRange(1, 3).Draw(t, "unknown") {
			s := rapid.SampledFrom([]Side{Local, Remote}).Draw(t, "side")
			var folders []NodeID
			for id, n := range l.nodes {
				if n.Base != nil && n.Base.Kind == Folder && id != Root {
					folders = append(folders, id)
				}
			}
			if len(folders) == 0 {
				return
			}
			slices.Sort(folders)
			up := rapid.SampledFrom(folders).Draw(t, "folder")
			unknown[up] = true
			l.unknown(s, up)
		}
		part := Make(l.look(), pol)
		for id := range deleted(part) {
			if !could[id] {
				t.Fatalf("P8: %d is deleted only since a part is not seen\n%v\nseen:\n%v\ncould %v, halts %v", id, l, whole, could, halts(full))
			}
		}
		all := l.spread(unknown)
		for _, o := range part.Ops {
			if anyOf(all, append(nodesOf(o), o.To.Parent)...) {
				t.Fatalf("%v is about something that was not seen\n%v", o, l)
			}
		}
	})
}

// Halts have one name for one set of operations.
func TestHaltIDNamesItsOperations(t *testing.T) {
	p := office(40)
	for _, n := range p.files()[:30] {
		n.Side[Local] = View{}
	}
	one, two := Make(p.look(), p.guarded()), Make(p.look(), p.guarded())
	if !reflect.DeepEqual(one, two) || one.Halts[0].ID == "" {
		t.Error("two names for one halt")
	}
	p.files()[30].Side[Local] = View{}
	if three := Make(p.look(), p.guarded()); three.Halts[0].ID == one.Halts[0].ID {
		t.Error("one name for two halts")
	}
}
