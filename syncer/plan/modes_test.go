package plan

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// One side is never changed in a mode of one direction, nor the portal if it is only to be read; and planning comes to rest.
func TestOneWayModesChangeOneSideOnly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := disturbed(t)
		pol := l.policy()
		pol.Mode = rapid.SampledFrom([]Mode{TwoWay, Down, Up, Collect}).Draw(t, "mode")
		pol.ReadOnly = pol.Mode == TwoWay || rapid.Bool().Draw(t, "read only")
		pol.Adopt = rapid.Bool().Draw(t, "adopt")
		never := Remote
		if pol.Mode == Up {
			never = Local
		}
		start, made, mine := l.String(), l.made(), l.tree(never)
		l.inspect = func(_ World, plan Plan) {
			for _, o := range plan.Ops {
				if o.Side == never && o.Kind != Record && o.Kind != Forget && o.Kind != Compare {
					t.Fatalf("%v in mode %v\n%v", o, pol.Mode, l)
				}
				if pol.Mode == Collect && (o.Kind == Delete || o.Kind == Update && o.Base != nil || o.Kind == Move && o.Rule != RuleClash) {
					t.Fatalf("%v: what came down stays as it is\n%v", o, l)
				}
			}
		}
		plan := l.settle(pol)
		if now := l.tree(never); len(now) != len(mine) {
			t.Fatalf("%v changed in mode %v: %v, was %v", never, pol.Mode, now, mine)
		}
		here, there := l.alive(Local), l.alive(Remote)
		for b := range made {
			if !here[b] && !there[b] {
				t.Fatalf("P6: %q is lost in mode %v\nstart\n%v\nend\n%v\nitems %v", b, pol.Mode, start, l, plan.Items)
			}
		}
		if pol.Mode == Collect {
			return // differences are its nature
		}
		if apart := l.apart(plan); len(apart) > 0 {
			t.Fatalf("P2: not in step and not told in mode %v:\n%v\nstart\n%v\nend\n%v\nitems %v", pol.Mode, apart, start, l, plan.Items)
		}
	})
}

// In mode down, the disk ends up with all that the portal has.
func TestDownBringsDownAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLife(t, plainNames, plainAlphabet)
		l.inStep(8)
		l.perturb(Local, 5)
		l.perturb(Remote, 5)
		pol := l.policy()
		pol.Mode = Down
		start := l.String()
		plan := l.settle(pol)
		if slices.ContainsFunc(plan.Items, func(i Item) bool { return i.Code == ReasonTaken }) {
			return // something unsent had its place in a folder that is to go, and keeps it
		}
		here, there := l.tree(Local), l.tree(Remote)
		for path, bytes := range there {
			if here[path] != bytes {
				t.Fatalf("%q is %q on the portal and %q here\nstart\n%v\nend\n%v", path, bytes, here[path], start, l)
			}
		}
	})
}

// In mode collect, each file that is new on the portal comes down.
func TestCollectBringsDownWhatIsNew(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLife(t, plainNames, plainAlphabet)
		l.inStep(8)
		l.perturb(Local, 5)
		l.perturb(Remote, 5)
		pol := l.policy()
		pol.Mode = Collect
		want := map[string]bool{}
		for _, n := range l.nodes {
			if v := n.Side[Remote]; n.Base == nil && v.Sight == Present && v.Kind == File && l.made()[bytesOf(v.Content)] {
				want[bytesOf(v.Content)] = true
			}
		}
		start := l.String()
		plan := l.settle(pol)
		here := l.alive(Local)
		for b := range want {
			if !here[b] {
				t.Fatalf("%q did not come down\nstart\n%v\nend\n%v\nitems %v", b, start, l, plan.Items)
			}
		}
	})
}
