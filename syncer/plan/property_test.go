package plan

import (
	"testing"

	"pgregory.net/rapid"
)

// From any trees, planning and doing comes to an end (P1), where both sides and the base are one but for what is told (P2), with all
// trees whole after each single operation (P3).
func TestAnyClientComesToRest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawAny(t)
		l.inStep(8)
		l.perturb(Local, 5)
		l.perturb(Remote, 5)
		start := l.String()
		plan := l.settle(l.policy())
		if apart := l.apart(plan); len(apart) > 0 {
			t.Fatalf("P2: not in step and not told:\n%v\nstart\n%v\nend\n%v\nitems %v", apart, start, l, plan.Items)
		}
	})
}
