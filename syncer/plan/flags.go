package plan

// settle spreads what is known of single nodes to what it holds for: nothing is decided at or below what could not be seen, what
// is busy and what is hidden; what is held or private is so with all below it; and nothing busy or held moves with its folder.
func (f *forest) settle() {
	f.down(func(x *item) bool { return x.node.Hidden }, func(x *item) { x.stop(ReasonHidden) })
	f.down(func(x *item) bool { return x.unseen() }, func(x *item) { x.stop(ReasonUnknown) })
	f.down(func(x *item) bool { return x.node.Busy }, func(x *item) { x.stop(ReasonBusy) })
	f.down(func(x *item) bool { return x.held }, func(x *item) { x.held = true })
	f.down(func(x *item) bool { return x.quiet }, func(x *item) { x.quiet = true })
	f.above(func(x *item) bool { return x.node.Busy }, Reason{Code: ReasonBusy})
	f.above(func(x *item) bool { return x.held && x.base != nil }, Reason{Code: ReasonHeld})
}

// unseen tells whether a side of an item could not be seen, or makes no sense.
func (x *item) unseen() bool {
	return x.now[Local].Sight == Unseen || x.now[Remote].Sight == Unseen || x.still.Code == ReasonUnknown
}

// stop keeps an item from being decided about: the first reason counts.
func (x *item) stop(code string) {
	if x.still.Code == "" {
		x.still = Reason{Code: code}
	}
}

// down does something to each item that is so, and to all that lie below one in the base or on either side.
func (f *forest) down(so func(*item) bool, do func(*item)) {
	var todo []*item
	seen := map[*item]bool{}
	add := func(xs ...*item) {
		for _, x := range xs {
			if !seen[x] {
				seen[x] = true
				todo = append(todo, x)
			}
		}
	}
	if so(f.root) {
		add(f.root)
	}
	for _, x := range f.items {
		if so(x) {
			add(x)
		}
	}
	for len(todo) > 0 {
		x := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		do(x)
		add(x.kids[Local]...)
		add(x.kids[Remote]...)
		add(x.born...)
	}
}

// above pins each folder that holds such an item in the base or on either side.
func (f *forest) above(so func(*item) bool, why Reason) {
	seen := map[*item]bool{}
	var todo []*item
	for _, x := range f.items {
		if so(x) {
			todo = append(todo, x)
		}
	}
	for len(todo) > 0 {
		x := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, up := range [...]*item{x.was, x.up[Local], x.up[Remote]} {
			if up != nil && !seen[up] {
				seen[up] = true
				if up.pin.Code == "" {
					up.pin = why
				}
				todo = append(todo, up)
			}
		}
	}
}
