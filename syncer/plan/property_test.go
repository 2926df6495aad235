package plan

import (
	"maps"
	"testing"

	"pgregory.net/rapid"
)

// disturbed is a client whose sides were both changed since they were in step.
func disturbed(t *rapid.T) *life {
	l := drawAny(t)
	l.inStep(8)
	l.perturb(Local, 5)
	l.perturb(Remote, 5)
	return l
}

// From any trees, planning and doing comes to an end (P1), where both sides and the base are one but for what is told (P2), with all
// trees whole after each single operation (P3), every deletion vouched for (P7), and no content lost that somebody made (P4, P5,
// P6): not even to the trash. A further plan does nothing and moves no byte (P11).
func TestAnyClientComesToRest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := disturbed(t)
		start, made := l.String(), l.made()
		plan := l.settle(l.policy())
		if apart := l.apart(plan); len(apart) > 0 {
			t.Fatalf("P2: not in step and not told:\n%v\nstart\n%v\nend\n%v\nitems %v", apart, start, l, plan.Items)
		}
		l.survive(made, start, plan)
		if moved := l.moved; len(l.settle(l.policy()).Ops) > 0 || l.moved != moved {
			t.Fatalf("P11: not at rest")
		}
	})
}

// The same when operations fail, are done without being remembered, and both sides go on changing meanwhile.
func TestATroubledClientComesToRest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := disturbed(t)
		l.fails, l.lapses = rapid.IntRange(0, 5).Draw(t, "failures"), rapid.IntRange(0, 5).Draw(t, "lapses")
		more := rapid.IntRange(0, 3).Draw(t, "more")
		l.meanwhile = func() {
			if more > 0 {
				more--
				l.perturb(Local, 1)
				l.perturb(Remote, 1)
			}
		}
		start := l.String()
		plan := l.settle(l.policy())
		if apart := l.apart(plan); len(apart) > 0 {
			t.Fatalf("P2: not in step and not told:\n%v\nstart\n%v\nend\n%v\nitems %v", apart, start, l, plan.Items)
		}
	})
}

// Failures and lapses lose nothing that somebody made (P6).
func TestTroubleLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := disturbed(t)
		l.fails, l.lapses = rapid.IntRange(0, 5).Draw(t, "failures"), rapid.IntRange(0, 5).Draw(t, "lapses")
		start, made := l.String(), l.made()
		l.survive(made, start, l.settle(l.policy()))
	})
}

// made is what either side has and the base has not: the digests that somebody would miss. What came in the place of something that
// is gone, with the same bytes, was not made.
func (l *life) made() map[string]bool {
	made := map[string]bool{}
	gone := [2]map[string]bool{{}, {}}
	for _, n := range l.nodes {
		for s, v := range n.Side {
			if n.Base != nil && n.Base.Kind == File && v.Sight == Absent {
				gone[s][bytesOf(n.Base.Content[s])] = true
			}
		}
	}
	for _, n := range l.nodes {
		for s, v := range n.Side {
			if v.Sight != Present || v.Kind != File {
				continue
			}
			if b := bytesOf(v.Content); n.Base == nil && !gone[s][b] || n.Base != nil && b != bytesOf(n.Base.Content[s]) {
				made[b] = true
			}
		}
	}
	return made
}

// alive is what a side holds, by digest.
func (l *life) alive(s Side) map[string]bool {
	alive := map[string]bool{}
	for _, n := range l.below(s, Root) {
		if n.Side[s].Kind == File {
			alive[bytesOf(n.Side[s].Content)] = true
		}
	}
	return alive
}

// survive checks that what was made is on a side, and on both if nothing waits.
func (l *life) survive(made map[string]bool, start string, plan Plan) {
	here, there := l.alive(Local), l.alive(Remote)
	for b := range made {
		if !here[b] && !there[b] || len(plan.Items) == 0 && (!here[b] || !there[b]) {
			l.t.Fatalf("P6: %q is lost\nstart\n%v\nend\n%v\nitems %v", b, start, l, plan.Items)
		}
	}
}

// tree is what a side holds, by path.
func (l *pretend) tree(s Side) map[string]string {
	tree := map[string]string{}
	for _, n := range l.below(s, Root) {
		bytes := "/"
		if n.Side[s].Kind == File {
			bytes = bytesOf(n.Side[s].Content)
		}
		tree[l.path(s, n.ID)] = bytes
	}
	return tree
}

// copied is another client in the same state.
func (l *life) copied() *life {
	c := *l
	p := *l.pretend
	p.nodes = map[NodeID]*Node{}
	for id, n := range l.nodes {
		m := *n
		p.nodes[id] = &m
	}
	p.known, p.done, p.dim = maps.Clone(l.known), maps.Clone(l.done), maps.Clone(l.dim)
	c.pretend = &p
	return &c
}

// The operations of a plan lead to the same trees in any order (P10).
func TestOrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := disturbed(t)
		for range 20 {
			plan := l.make(l.policy())
			if len(plan.Ops) == 0 {
				return
			}
			other := l.copied()
			l.batch(plan)
			other.batch(plan)
			for _, s := range []Side{Local, Remote} {
				if a, b := l.tree(s), other.tree(s); !maps.Equal(a, b) {
					t.Fatalf("P10: %v\n%v\n%v", plan.Ops, a, b)
				}
			}
		}
	})
}
