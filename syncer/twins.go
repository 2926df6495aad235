package syncer

import (
	"cmp"
	"slices"
	"time"

	"dossier/state"
	"dossier/syncer/plan"
)

// twinAfter is how long a second item of one name must have been there before it counts as one of its own. Where contents are not
// replaced under their ids, each change shows as two items for a moment: the new one, and the old one that is about to go.
const twinAfter = 3 * time.Minute

// twins lets new items wait that have the name of another one of their folder, until it is clear that both are to stay. What was there
// before us has been there for long.
func (b *worldBuilder) twins() {
	if !b.m.features.Twins || b.adopting {
		return
	}
	for _, same := range b.namesakes() {
		slices.SortFunc(same, func(x, y *plan.Node) int {
			return cmp.Or(-cmp.Compare(hasBase(x), hasBase(y)), cmp.Compare(x.Tag, y.Tag), cmp.Compare(x.ID, y.ID))
		})
		for _, n := range same[1:] {
			if n.Base == nil && b.young(n) {
				n.Side[plan.Remote].Wait = plan.Reason{Code: plan.ReasonTwin, Detail: "has the name of another one on the portal, as if it were about to take its place"}
			}
		}
	}
}

func hasBase(n *plan.Node) int {
	if n.Base != nil {
		return 1
	}
	return 0
}

// namesakes are the items that share a place on the portal with others.
func (b *worldBuilder) namesakes() (groups [][]*plan.Node) {
	names := b.m.planNames()[plan.Remote]
	at := map[plan.Place][]*plan.Node{}
	for _, n := range b.nodes {
		if v := n.Side[plan.Remote]; v.Sight == plan.Present && n.ID != plan.Root {
			place := plan.Place{Parent: v.Place.Parent, Name: names.Key(v.Place.Name)}
			at[place] = append(at[place], n)
		}
	}
	for _, same := range at {
		if len(same) > 1 {
			groups = append(groups, same)
		}
	}
	return groups
}

// young tells whether an item came to the portal only a moment ago.
func (b *worldBuilder) young(n *plan.Node) bool {
	s, ok := b.tx.Seen(b.m.remoteIDs[state.NodeID(n.ID)])
	return ok && b.m.now().Sub(s.Since) < twinAfter
}
