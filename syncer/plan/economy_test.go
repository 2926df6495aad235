package plan

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// A folder that is renamed or moved, with whatever is in it and wherever it goes, is one operation on the other side and no transfer, and
// is then in exactly one place on both (P13).
func TestAMovedFolderIsOneOperation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, folders := anyTree(t)
		moved := rapid.SampledFrom(folders).Draw(t, "moved")
		s := Side(rapid.IntRange(0, 1).Draw(t, "side"))
		to := rapid.SampledFrom(append([]*Node{p.nodes[Root]}, folders...)).Draw(t, "to")
		if to == moved || p.inside(s, to.ID, moved.ID) {
			to = p.nodes[moved.Side[s].Place.Parent]
		}
		moved.Side[s].Place = Place{to.ID, "moved"}
		var ops []Op
		for plan := Make(p.look(), p.guarded()); len(plan.Ops) > 0; plan = Make(p.look(), p.guarded()) {
			if ops = append(ops, plan.Ops...); len(ops) > 1 {
				t.Fatalf("P13: %v", ops)
			}
			if err := p.do(plan.Ops[0]); err != nil {
				t.Fatal(err)
			}
		}
		if len(ops) != 1 || ops[0].Kind != Move || ops[0].Side != s.Other() || ops[0].Node != moved.ID || p.moved != 0 {
			t.Fatalf("P13: %v, %d transfers", ops, p.moved)
		}
		if err := p.check(); err != nil {
			t.Fatal(err)
		}
		if here, there := moved.Side[Local].Place, moved.Side[Remote].Place; here != there || here != (Place{to.ID, "moved"}) {
			t.Fatalf("P13: it is at %v and at %v", here, there)
		}
	})
}

// anyTree is a client in step with up to forty items, and its folders.
func anyTree(t *rapid.T) (p *pretend, folders []*Node) {
	p = newPretend(plainNames)
	folders = []*Node{p.both(Root, "first", Folder, "")}
	for i := range rapid.IntRange(0, 40).Draw(t, "items") {
		up := rapid.SampledFrom(append([]*Node{p.nodes[Root]}, folders...)).Draw(t, "in")
		if rapid.Bool().Draw(t, "folder") {
			folders = append(folders, p.both(up.ID, fmt.Sprint("folder ", i), Folder, ""))
		} else {
			p.both(up.ID, fmt.Sprint("file ", i), File, fmt.Sprint("h", i%5))
		}
	}
	return p, folders
}
