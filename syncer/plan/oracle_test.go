package plan

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// merged is what a naive three-way merge makes of one file: its content, and that of its copy. Empty: none.
func merged(base, here, there string) (file, copied string) {
	switch {
	case here == there, here == base:
		return there, ""
	case there == base, there == "":
		return here, ""
	case here == "":
		return there, ""
	}
	return there, here
}

// Small trees of files that do not move end as a naive three-way merge says (E10).
func TestSmallTreesEndAsANaiveMergeSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := newPretend(plainNames)
		want := map[string]string{"d": "/"}
		d := p.both(Root, "d", Folder, "")
		for i := range 4 {
			up, path := Root, ""
			if i%2 == 0 {
				up, path = d.ID, "d/"
			}
			name := fmt.Sprintf("f%d", i)
			of := func(b string) string { return strings.Repeat(fmt.Sprint(b, i), min(len(b), 1)) } // equal bytes beside it would do for a copy
			bytes := rapid.SampledFrom([]string{"", of("x"), of("y"), of("z")})
			base, here, there := bytes.Draw(t, "base"), bytes.Draw(t, "here"), bytes.Draw(t, "there")
			p.oracle(up, name, base, [2]string{here, there}, rapid.Bool().Draw(t, "replaced"))
			file, copied := merged(base, here, there)
			if file != "" {
				want[path+name] = file
			}
			if copied != "" {
				want[path+name+" (copy)"] = copied
			}
		}
		l := &life{pretend: p, t: t}
		start := l.String()
		plan := l.settle(l.policy())
		for s, tree := range []map[string]string{l.tree(Local), l.tree(Remote)} {
			if !maps.Equal(tree, want) || len(plan.Items) > 0 {
				t.Fatalf("E10: %v has %v, want %v\nstart\n%v", Side(s), tree, want, start)
			}
		}
	})
}

// oracle makes one file with a base and what each side has now; replaced: by a new one in its place.
func (p *pretend) oracle(up NodeID, name, base string, now [2]string, replaced bool) {
	var n *Node
	if base != "" {
		n = p.both(up, name, File, base)
	}
	for s, bytes := range now {
		s := Side(s)
		switch {
		case n != nil && bytes == base:
		case n != nil && bytes != "" && !replaced:
			n.Side[s].Content = p.revision(s, bytes)
		default:
			if n != nil {
				n.Side[s] = View{}
			}
			if bytes != "" {
				p.add(s, up, name, File, bytes)
			}
		}
	}
}

// Thirty saves in a row are thirty updates: no copy, no conflict, nothing else (F15, F21).
func TestThirtySaves(t *testing.T) {
	p := newPretend(plainNames)
	n := p.both(Root, "a.xlsx", File, "x")
	for i := range 30 {
		s := Side(i % 2)
		n.Side[s].Content = p.revision(s, fmt.Sprintf("save %d", i))
		plan := Make(p.look(), p.guarded())
		if len(plan.Ops) != 1 || plan.Ops[0].Kind != Update || plan.Ops[0].Side != s.Other() {
			t.Fatalf("save %d: %v", i, plan.Ops)
		}
		if err := p.do(plan.Ops[0]); err != nil {
			t.Fatal(err)
		}
	}
	if p.moved != 30 || len(p.nodes) != 2 {
		t.Errorf("%d transfers, %d items", p.moved, len(p.nodes)-1)
	}
}
