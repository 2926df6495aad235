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

// twins lets new items wait that have the name of another one of their folder, until it is clear that both are to stay: until nothing came or
// went under that name for a while. What was there before us has been there for long.
func (b *worldBuilder) twins() {
	if !b.m.features.Twins || b.adopting {
		return
	}
	for _, same := range b.namesakes() {
		if !b.unsettled(same) {
			continue
		}
		for _, n := range b.rivals(same) {
			n.Side[plan.Remote].Wait = plan.Reason{Code: plan.ReasonTwin, Detail: "has the name of another one on the portal, as if it were about to take its place"}
		}
	}
}

// namesakes are the items that share a place on the portal with others, together with those of base that were there before.
func (b *worldBuilder) namesakes() (groups [][]*plan.Node) {
	names := b.m.planNames()[plan.Remote]
	at, present := map[plan.Place][]*plan.Node{}, map[plan.Place]int{}
	for _, n := range b.nodes {
		v := n.Side[plan.Remote]
		place := v.Place
		switch {
		case n.ID == plan.Root:
			continue
		case v.Sight == plan.Absent && n.Base != nil:
			place = plan.Place{Parent: n.Base.Parent, Name: n.Base.Name[plan.Remote]}
		case v.Sight != plan.Present:
			continue
		}
		place.Name = names.Key(place.Name)
		at[place] = append(at[place], n)
		if v.Sight == plan.Present {
			present[place]++
		}
	}
	for place, same := range at {
		if present[place] > 1 {
			groups = append(groups, same)
		}
	}
	return groups
}

// unsettled tells whether something came or went a moment ago.
func (b *worldBuilder) unsettled(same []*plan.Node) bool {
	return slices.ContainsFunc(same, func(n *plan.Node) bool {
		s, ok := b.seenOf(n)
		switch {
		case !ok:
			return false
		case s.Gone:
			return b.m.now().Sub(s.GoneSince) < twinAfter
		}
		return n.Base == nil && b.m.now().Sub(s.Since) < twinAfter
	})
}

// rivals are the new items among namesakes, but for the one that may be taken for the only one: none, if one of base is there still; the
// newest, if one of base has gone; else any, the same on every machine.
func (b *worldBuilder) rivals(same []*plan.Node) (wait []*plan.Node) {
	old, gone := false, false
	for _, n := range same {
		switch {
		case n.Base == nil:
			wait = append(wait, n)
		case n.Side[plan.Remote].Sight == plan.Present:
			old = true
		default:
			gone = true
		}
	}
	slices.SortFunc(wait, func(x, y *plan.Node) int {
		byAge := 0
		if gone {
			byAge = b.since(y).Compare(b.since(x))
		}
		return cmp.Or(byAge, cmp.Compare(x.Tag, y.Tag), cmp.Compare(x.ID, y.ID))
	})
	if !old && len(wait) > 0 {
		wait = wait[1:]
	}
	return wait
}

func (b *worldBuilder) since(n *plan.Node) time.Time {
	s, _ := b.seenOf(n)
	return s.Since
}

// seenOf is what was last observed of a node on the portal.
func (b *worldBuilder) seenOf(n *plan.Node) (state.Seen, bool) {
	rid := b.m.remoteIDs[state.NodeID(n.ID)]
	if row, ok := b.tx.Node(state.NodeID(n.ID)); ok {
		rid = row.RemoteID
	}
	return b.tx.Seen(rid)
}
