package plan

import (
	"cmp"
	"slices"
)

// unify makes one of two items that are one item seen twice, folder by folder from the root down:
//
//   - succession: an item that is gone from a side, where a new item of its kind has come in its place, is that item with a
//     changed content. Its place is the one it has in the base, or the one it has on the other side by now;
//   - new on both sides in the same place.
//
// An item that takes in one on each side does so in two plans.
func (f *forest) unify(mode Mode, winner Side) {
	todo := []*item{f.root}
	queued := map[*item]bool{f.root: true}
	enter := func(x *item) {
		if x.kind() == Folder && x.into == nil && !queued[x] {
			queued[x] = true
			todo = append(todo, x)
		}
	}
	for len(todo) > 0 {
		x := todo[0]
		todo = todo[1:]
		for _, keep := range f.unifyIn(x, mode, winner) {
			queued[keep] = false // what it took in may lie in a folder that was done before
		}
		for s := range x.kids {
			for _, k := range x.kids[s] {
				enter(k)
			}
		}
		for _, k := range x.born {
			enter(k)
		}
	}
	f.adopt(f.root)
	for _, x := range f.items {
		f.adopt(x)
	}
}

// adopt puts what was joined in its place among the children of a folder.
func (f *forest) adopt(up *item) {
	for s := range up.kids {
		for i, k := range up.kids[s] {
			if k.into != nil {
				up.kids[s][i] = k.into
			}
		}
	}
}

// unifyIn makes one of what is one in a folder, and returns the items that took in others.
func (f *forest) unifyIn(up *item, mode Mode, winner Side) (kept []*item) {
	var fresh [2][]*item
	for s := range fresh {
		fresh[s] = up.fresh(Side(s))
	}
	for _, s := range [...]Side{winner, winner.Other()} {
		if len(fresh[s]) > 0 && (s == Local || mode != Collect) { // what is new on the portal is to be collected
			kept = append(kept, f.succeed(up, s, fresh[s])...)
		}
	}
	for s := range fresh {
		fresh[s] = slices.DeleteFunc(fresh[s], func(x *item) bool { return x.into != nil })
	}
	if len(fresh[Local]) > 0 && len(fresh[Remote]) > 0 {
		kept = append(kept, f.meet(fresh)...)
	}
	return kept
}

// fresh lists what is new in a folder, on one side only.
func (up *item) fresh(s Side) (xs []*item) {
	for _, x := range up.kids[s] {
		if x.base == nil && x.gone(s.Other()) && x.free() && x.now[s].Kind != 0 {
			xs = append(xs, x)
		}
	}
	return xs
}

// free tells whether an item may be joined with another.
func (x *item) free() bool { return x.still.Code == "" && x.twin == nil && x.into == nil }

// label is a name for an item of a kind.
type label struct {
	kind Kind
	name string
}

// succeed finds, for each item of the base that is gone from side s and belongs in the folder, the new one in its place.
func (f *forest) succeed(up *item, s Side, fresh []*item) (kept []*item) {
	exact, folded := map[label]*item{}, map[label]*item{}
	for _, x := range fresh {
		l := label{x.now[s].Kind, x.now[s].Place.Name}
		if exact[l] == nil || x.now[s].Wait.Code == "" {
			exact[l] = x
		}
		if l.name = x.key[s]; folded[l] == nil || folded[l].now[s].Wait.Code != "" {
			folded[l] = x
		}
	}
	try := func(old *item, in map[label]*item, name string) {
		if heir := in[label{old.kind(), name}]; heir != nil && heir.into == nil && old.still.Code == "" && old.into == nil && old.gone(s) {
			join(old, heir)
			kept = append(kept, old)
		}
	}
	o := s.Other()
	each := func(do func(old *item, name string)) {
		for _, x := range up.born {
			do(x, x.base.Name[s])
		}
		for _, x := range up.kids[o] {
			if x.base == nil || !x.gone(s) {
				continue
			}
			if name, _, ok := f.names[s].From(x.now[o].Place.Name); ok {
				do(x, name)
			}
		}
	}
	each(func(old *item, name string) { try(old, exact, name) })
	each(func(old *item, name string) { try(old, folded, f.names[s].Key(name)) })
	return kept
}

// meet joins what is new on both sides under one name: the name of a twin first, then the very name, then one that folds alike; of
// several the one with equal content, then the one with the lowest tag.
func (f *forest) meet(fresh [2][]*item) (kept []*item) {
	m := meeting{f.names, map[label][]*item{}, map[label][]*item{}, map[label][]*item{}, map[label][]*item{}}
	for _, r := range fresh[Remote] {
		m.invite(r)
	}
	byName := func(a, b *item) int {
		return cmp.Or(cmp.Compare(a.now[Local].Place.Name, b.now[Local].Place.Name), cmp.Compare(a.id, b.id))
	}
	slices.SortFunc(fresh[Local], byName)
	for _, find := range []func(*item) *item{m.twin, m.exact, m.alikeEqual, m.alike} {
		for _, l := range fresh[Local] {
			if !l.free() {
				continue
			}
			if r := find(l); r != nil {
				keep, gone := l, r
				if r.id < l.id {
					keep, gone = r, l
				}
				join(keep, gone)
				kept = append(kept, keep)
			}
		}
	}
	return kept
}

// meeting is what is new on the portal in one folder, by the names under which it may be on the disk.
type meeting struct {
	names                       [2]Names
	spelled, twins, here, there map[label][]*item
}

func (m meeting) invite(r *item) {
	add := func(in map[label][]*item, name string) {
		l := label{r.now[Remote].Kind, name}
		in[l] = append(in[l], r)
	}
	add(m.there, r.key[Remote])
	name, _, ok := m.names[Local].From(r.now[Remote].Place.Name)
	if !ok {
		return
	}
	add(m.spelled, name)
	add(m.here, m.names[Local].Key(name))
	if r.tag() != "" {
		add(m.twins, m.names[Local].Twin(name, r.tag()))
	}
}

func (m meeting) twin(l *item) *item {
	name := label{l.now[Local].Kind, l.now[Local].Place.Name}
	if len(m.spelled[name]) > 0 {
		return nil
	}
	return best(l, m.twins[name])
}

func (m meeting) exact(l *item) *item {
	return best(l, m.spelled[label{l.now[Local].Kind, l.now[Local].Place.Name}])
}

func (m meeting) alike(l *item) *item {
	kind := l.now[Local].Kind
	if r := best(l, m.here[label{kind, l.key[Local]}]); r != nil {
		return r
	}
	name, _, ok := m.names[Remote].From(l.now[Local].Place.Name)
	if !ok {
		return nil
	}
	return best(l, m.there[label{kind, m.names[Remote].Key(name)}])
}

func (m meeting) alikeEqual(l *item) *item {
	if r := m.alike(l); r != nil && same(l, r) {
		return r
	}
	return nil
}

// best picks from the portal's items the one that a new local item is.
func best(l *item, rs []*item) (found *item) {
	for _, r := range rs {
		switch {
		case !r.free():
		case found == nil:
			found = r
		case same(l, r) != same(l, found):
			if same(l, r) {
				found = r
			}
		case cmp.Or(cmp.Compare(r.tag(), found.tag()), cmp.Compare(r.id, found.id)) < 0:
			found = r
		}
	}
	return found
}

func same(l, r *item) bool {
	return l.now[Local].Content.Compare(r.now[Remote].Content, false) == Equal
}

// join makes gone a part of keep: what was seen of it, and what lies in it.
func join(keep, gone *item) {
	keep.more = keep.twin != nil
	if !keep.more {
		keep.twin = gone
	}
	gone.into = keep
	for s := range keep.now {
		if !gone.on(Side(s)) {
			continue
		}
		keep.now[s], keep.up[s], keep.key[s] = gone.now[s], gone.up[s], gone.key[s]
		for _, k := range gone.kids[s] {
			k.up[s] = keep
		}
		keep.kids[s], gone.kids[s] = gone.kids[s], nil
		gone.up[s], gone.now[s] = nil, View{}
	}
}
