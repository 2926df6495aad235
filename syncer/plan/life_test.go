package plan

import (
	"fmt"
	"reflect"
	"slices"

	"pgregory.net/rapid"
)

// alphabet is small, so that names meet.
var alphabet = []string{"a", "b", "A", "ä", "a\u0308", "a.", "a ", "c"}

var plainAlphabet = []string{"a", "b", "c", "d"}

// contents are few, so that equal ones occur. "e" is the empty one.
var contents = []string{"e", "x", "y", "zz", "w"}

// life draws what happens to a client.
type life struct {
	*pretend
	t         *rapid.T
	alphabet  []string
	fails     int // so many operations may fail
	lapses    int // so many operations may be done without being remembered
	crashed   bool
	meanwhile func() // what happens between plans
	inspect   func(World, Plan)
}

func drawLife(t *rapid.T, names [2]Names, alphabet []string) *life {
	return &life{pretend: newPretend(names), t: t, alphabet: alphabet}
}

// drawAny is a client with folding drawn for each side.
func drawAny(t *rapid.T) *life {
	l := drawLife(t, spellings(rapid.Bool().Draw(t, "local folds"), rapid.Bool().Draw(t, "remote folds")), alphabet)
	l.sums[Remote] = rapid.IntRange(0, 3).Draw(t, "sums") > 0
	return l
}

func pick[T any](l *life, what string, from []T) T { return rapid.SampledFrom(from).Draw(l.t, what) }

// name is one that the side can hold.
func (l *life) name(s Side) string {
	name := pick(l, "name", l.alphabet)
	if s == Local {
		name, _, _ = l.names[Local].From(name)
	}
	return name
}

// bytes are often such as others have, too.
func (l *life) bytes() string {
	if rapid.Bool().Draw(l.t, "unique") {
		return fmt.Sprintf("u%d", l.saved)
	}
	return pick(l, "bytes", contents)
}

// folders are those of a side, not too deep.
func (l *life) folders(s Side) []NodeID {
	ids := []NodeID{Root}
	for _, n := range l.below(s, Root) {
		if n.Side[s].Kind == Folder && l.deep(s, n.ID) < 4 {
			ids = append(ids, n.ID)
		}
	}
	return ids
}

func (l *life) deep(s Side, id NodeID) int {
	d := 0
	for ; id != Root; d++ {
		id = l.nodes[id].Side[s].Place.Parent
	}
	return d
}

// inStep grows a tree that both sides and the base have.
func (l *life) inStep(most int) {
	for range rapid.IntRange(0, most).Draw(l.t, "items") {
		if n := l.create(Local); n != nil {
			if name, _, ok := l.names[Remote].From(n.Side[Local].Place.Name); ok {
				at := Place{n.Side[Local].Place.Parent, name}
				if l.open(Remote, at, n.ID) == nil {
					n.Side[Remote] = n.Side[Local]
					n.Side[Remote].Place = at
					if n.Side[Local].Kind == File {
						n.Side[Remote].Content = l.revision(Remote, bytesOf(n.Side[Local].Content))
					}
					n.Tag = fmt.Sprintf("t%d", n.ID)
					l.agree(n)
					continue
				}
			}
			delete(l.nodes, n.ID)
		}
	}
}

// create makes an item on a side, if the name that is drawn is free.
func (l *life) create(s Side) *Node {
	at := Place{pick(l, "folder", l.folders(s)), l.name(s)}
	if l.open(s, at, 0) != nil {
		return nil
	}
	if rapid.IntRange(0, 2).Draw(l.t, "kind") == 0 {
		return l.add(s, at.Parent, at.Name, Folder, "")
	}
	return l.add(s, at.Parent, at.Name, File, l.bytes())
}

// perturb changes a side so many times.
func (l *life) perturb(s Side, times int) {
	for range rapid.IntRange(0, times).Draw(l.t, s.String()) {
		l.change(s)
	}
}

func (l *life) change(s Side) {
	all := l.below(s, Root)
	what := rapid.IntRange(0, 7).Draw(l.t, "change")
	if len(all) == 0 || what == 0 {
		l.create(s)
		return
	}
	n := pick(l, "item", all)
	switch what {
	case 1:
		if n.Side[s].Kind == File {
			n.Side[s].Content = l.revision(s, l.bytes())
		}
	case 2:
		l.place(s, n, Place{n.Side[s].Place.Parent, l.name(s)})
	case 3:
		l.place(s, n, Place{pick(l, "folder", l.folders(s)), n.Side[s].Place.Name})
	case 4:
		l.erase(s, n)
	case 5: // saved by another program: gone, and new under its name
		at, k := n.Side[s].Place, n.Side[s].Kind
		l.erase(s, n)
		l.add(s, at.Parent, at.Name, k, l.bytes())
	case 6: // a folder where a file was, or the reverse
		at, k := n.Side[s].Place, n.Side[s].Kind
		l.erase(s, n)
		l.add(s, at.Parent, at.Name, File+Folder-k, l.bytes())
	case 7:
		l.swap(s, n, pick(l, "other", all))
	}
}

// place moves an item, if that is legal.
func (l *life) place(s Side, n *Node, at Place) {
	if !l.inside(s, at.Parent, n.ID) && l.open(s, at, n.ID) == nil {
		n.Side[s].Place = at
	}
}

// swap lets two items have one another's places.
func (l *life) swap(s Side, n, m *Node) {
	a, b := n.Side[s].Place, m.Side[s].Place
	if n != m && !l.inside(s, n.ID, m.ID) && !l.inside(s, m.ID, n.ID) {
		n.Side[s].Place, m.Side[s].Place = b, a
	}
}

// erase deletes an item on a side, with what is below. A user does so: the bytes need not survive.
func (l *life) erase(s Side, n *Node) {
	for _, m := range append(l.below(s, n.ID), n) {
		m.Side[s] = View{}
		if m.Base == nil && m.Side[s.Other()].Sight == Absent {
			delete(l.nodes, m.ID)
		}
	}
}

// policy is what the mirror would use, with guards out of the way.
func (l *life) policy() Policy {
	return Policy{Winner: Remote, Names: l.names, Guards: Guards{AcceptDeletes: true}}
}

// settle plans and does, in any order, until a plan has nothing left to do.
func (l *life) settle(pol Policy) Plan {
	for range 200 {
		plan := l.make(pol)
		if len(plan.Ops) == 0 {
			return plan
		}
		l.batch(plan)
		if l.meanwhile != nil {
			l.meanwhile()
		}
	}
	l.t.Fatalf("P1: no end after 200 plans; next %v\n%v", Make(l.look(), pol).Ops, l)
	return Plan{}
}

// batch does a plan in any order, and checks the trees after each operation.
func (l *life) batch(plan Plan) {
	before := l.String()
	l.crashed = false
	for _, o := range l.shuffle(plan.Ops) {
		if l.crashed {
			return
		}
		if l.fails > 0 && rapid.IntRange(0, 3).Draw(l.t, "fails") == 0 {
			l.fails--
			continue
		}
		if err := l.doOrForget(o); err != nil {
			l.t.Fatalf("P3: %v: %v\nfrom\n%v\nnow\n%v", o, err, before, l)
		}
		if err := l.check(); err != nil {
			l.t.Fatalf("P3: after %v: %v\nfrom\n%v\nnow\n%v", o, err, before, l)
		}
	}
}

// make plans, twice: the same values in give the same plan out.
func (l *life) make(pol Policy) Plan {
	w := l.look()
	plan := Make(w, pol)
	if again := Make(l.look(), pol); !reflect.DeepEqual(plan, again) {
		l.t.Fatalf("two plans of one world:\n%v\n%v", plan, again)
	}
	l.always(w, plan)
	if l.inspect != nil {
		l.inspect(w, plan)
	}
	return plan
}

// always is what holds for every plan.
func (l *life) always(w World, plan Plan) {
	about := map[NodeID]bool{}
	for _, o := range plan.Ops {
		for _, id := range append([]NodeID{o.Node}, o.Below...) {
			n := w.Nodes[id]
			if n == nil || id == Root || about[id] {
				l.t.Fatalf("P22: %v is about %d, which is not in the world, or already in the plan", o, id)
			}
			about[id] = true
			if o.Kind == Delete {
				l.witnessed(o, n)
			}
		}
		if o.To.Parent != 0 && w.Nodes[o.To.Parent] == nil {
			l.t.Fatalf("P22: %v goes to a folder that is not in the world", o)
		}
	}
	for _, o := range plan.Ops {
		for _, other := range plan.Ops {
			if o.Node != other.Node && touches(w, o, other) {
				l.t.Fatalf("%v works below %v\n%v", other, o, l)
			}
		}
	}
	for _, i := range plan.Items {
		if about[i.Node] {
			l.t.Fatalf("%d waits (%v) and is done", i.Node, i.Reason)
		}
	}
}

// touches tells whether an operation works below, or puts something into, what another one moves or deletes.
func touches(w World, o, other Op) bool {
	if o.Kind != Move && o.Kind != Delete && o.Kind != Aside || other.Kind == Record || other.Kind == Forget {
		return false
	}
	lies := func(id NodeID) bool {
		for id != Root && id != o.Node && w.Nodes[id].Side[o.Side].Sight == Present {
			id = w.Nodes[id].Side[o.Side].Place.Parent
		}
		return id == o.Node
	}
	reads := other.Side == o.Side || other.Kind == Send || other.Kind == Update || other.Kind == Conflict || other.Kind == Compare
	return reads && lies(other.Node) || other.To.Parent != 0 && other.Side == o.Side && lies(other.To.Parent)
}

// witnessed checks one node of a deletion (P7; and P14: what one side moved is still there on that side, so it is not deleted).
func (l *life) witnessed(o Op, n *Node) {
	gone, here := n.Side[o.Side.Other()], n.Side[o.Side]
	if n.Base == nil || gone.Sight != Absent || !gone.Witnessed || here.Sight != Present || n.Held || n.Hidden || n.Busy ||
		here.Place != (Place{n.Base.Parent, n.Base.Name[o.Side]}) && here.Place.Name != l.names[o.Side].Park(n.Base.Name[o.Side], n.ID) ||
		n.Base.Kind == File && bytesOf(here.Content) != bytesOf(n.Base.Content[o.Side]) {
		l.t.Fatalf("P7: %v deletes %v", o, describe(n))
	}
}

// doOrForget does an operation, and may forget that it was done, as after a crash: the base is what it was, and what has none is
// seen anew.
func (l *life) doOrForget(o Op) error {
	if l.lapses == 0 || rapid.IntRange(0, 3).Draw(l.t, "lapses") > 0 {
		return l.do(o)
	}
	l.lapses--
	if o.Kind == Record || o.Kind == Forget || o.Kind == Compare {
		return nil
	}
	kept := map[NodeID]*Node{}
	for _, id := range append([]NodeID{o.Node}, o.Below...) {
		n := *l.nodes[id]
		kept[id] = &n
	}
	if err := l.do(o); err != nil {
		return err
	}
	for id, old := range kept {
		l.lapse(id, old)
	}
	return nil
}

func (l *life) lapse(id NodeID, old *Node) {
	n := l.nodes[id]
	switch {
	case n == nil && old.Base != nil: // deleted, and not recorded
		l.nodes[id] = &Node{ID: id, Base: old.Base}
	case n == nil:
	case old.Base != nil:
		n.Base = old.Base
	case n.Side[Local].Sight == Present && n.Side[Remote].Sight == Present:
		l.tear(n)
	}
}

// tear makes two nodes of one that nobody remembers.
func (l *life) tear(n *Node) {
	l.crashed = true
	m := &Node{ID: l.next, Tag: n.Tag}
	l.next++
	n.Base, n.Tag = nil, ""
	m.Side[Remote], n.Side[Remote] = n.Side[Remote], View{}
	l.nodes[m.ID] = m
	for _, k := range l.kids(Remote, n.ID) {
		k.Side[Remote].Place.Parent = m.ID
	}
}

// shuffle draws an order.
func (l *life) shuffle(ops []Op) []Op {
	order := make([]int, len(ops))
	for i := range order {
		order[i] = i
	}
	shuffled := make([]Op, len(ops))
	for i, j := range rapid.Permutation(order).Draw(l.t, "order") {
		shuffled[i] = ops[j]
	}
	return shuffled
}

// apart lists what differs between the sides and the base, but for what the plan tells of.
func (l *life) apart(plan Plan) (apart []string) {
	told := map[NodeID]bool{}
	for _, i := range plan.Items {
		told[i.Node] = true
	}
	for id, n := range l.look().Nodes {
		told := told[id] || n.Side[Local].Sight == Absent && n.Side[Remote].Sight == Absent && l.needed(id, told)
		if id != Root && !told && (!n.agreed() || !l.alike(n)) {
			apart = append(apart, describe(n))
		}
	}
	slices.Sort(apart)
	return apart
}

// alike tells whether the two names of a node are spellings of one.
func (l *life) alike(n *Node) bool {
	here, there := n.Side[Local].Place.Name, n.Side[Remote].Place.Name
	mine, _, _ := l.names[Local].From(there)
	yours, _, _ := l.names[Remote].From(here)
	return mine == here || yours == there || l.names[Local].Twin(mine, n.Tag) == here ||
		l.names[Local].Key(mine) == l.names[Local].Key(here) || l.names[Remote].Key(yours) == l.names[Remote].Key(there)
}

// needed tells whether something that is told of had its place in an item: then that stays in the base, though it is gone.
func (l *life) needed(id NodeID, told map[NodeID]bool) bool {
	for kid, n := range l.nodes {
		if n.Base != nil && n.Base.Parent == id && (told[kid] || l.needed(kid, told)) {
			return true
		}
	}
	return false
}
