package plan

import (
	"testing"

	"pgregory.net/rapid"
)

// Worlds that make no sense, with folders that lie in themselves, in files or nowhere, and items of two kinds, make no plan panic
// or run for ever (P3), and delete nothing that makes no sense.
func TestNonsenseDoesNoHarm(t *testing.T) {
	id := rapid.Uint64Range(0, 9)
	text := rapid.SampledFrom([]string{"", "a", "b", "A"})
	t.Run("", rapid.MakeCheck(func(t *rapid.T) {
		content := func() Content {
			return Content{Hash: text.Draw(t, "hash"), Rev: text.Draw(t, "rev"), Size: rapid.Int64Range(-1, 2).Draw(t, "size")}
		}
		w := World{Nodes: map[NodeID]*Node{}}
		for range rapid.IntRange(0, 8).Draw(t, "nodes") {
			n := &Node{ID: NodeID(id.Draw(t, "id")), Tag: text.Draw(t, "tag"), Busy: rapid.Bool().Draw(t, "busy"), Held: rapid.Bool().Draw(t, "held")}
			for s := range n.Side {
				n.Side[s] = View{
					Sight: Sight(rapid.IntRange(0, 2).Draw(t, "sight")), Kind: Kind(rapid.IntRange(0, 2).Draw(t, "kind")),
					Place: Place{NodeID(id.Draw(t, "up")), text.Draw(t, "name")}, Content: content(), Witnessed: true,
				}
			}
			if rapid.Bool().Draw(t, "known") {
				n.Base = &Base{Kind: Kind(rapid.IntRange(0, 2).Draw(t, "was")), Parent: NodeID(id.Draw(t, "in"))}
				for s := range n.Base.Name {
					n.Base.Name[s], n.Base.Content[s] = text.Draw(t, "called"), content()
				}
			}
			w.Nodes[n.ID] = n
		}
		pol := Policy{Winner: Remote, Names: spellings(true, true), Mode: Mode(rapid.IntRange(0, 3).Draw(t, "mode"))}
		pol.Adopt, pol.Guards.AcceptDeletes = rapid.Bool().Draw(t, "adopt"), rapid.Bool().Draw(t, "accept")
		for _, o := range Make(w, pol).Ops {
			if n := w.Nodes[o.Node]; o.Kind == Delete && (n.Base == nil || n.Base.Kind != n.Side[o.Side].Kind) {
				t.Fatalf("%v deletes %v", o, describe(n))
			}
		}
	}))
}
