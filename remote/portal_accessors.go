package remote

// A driver has a feed, a trash, a prober or a checker if it implements Feed, Trash, Prober or Checker. A type that stands in front of another
// driver, which may have one or not, says so with a method instead: AsFeed, AsTrash, AsProber, AsChecker. Portal is such a type.

// AsFeed is a driver's change feed, if it has one.
func AsFeed(d Driver) (Feed, bool) {
	if w, ok := d.(interface{ AsFeed() (Feed, bool) }); ok {
		return w.AsFeed()
	}
	f, ok := d.(Feed)
	return f, ok
}

// AsTrash is a driver's trash, if it has one that we can use.
func AsTrash(d Driver) (Trash, bool) {
	if w, ok := d.(interface{ AsTrash() (Trash, bool) }); ok {
		return w.AsTrash()
	}
	t, ok := d.(Trash)
	return t, ok
}

// AsProber is how a driver finds out whether an account has a trash, if it can.
func AsProber(d Driver) (Prober, bool) {
	if w, ok := d.(interface{ AsProber() (Prober, bool) }); ok {
		return w.AsProber()
	}
	p, ok := d.(Prober)
	return p, ok
}

// AsChecker is how a driver finds out which way its assumptions hold, if it can.
func AsChecker(d Driver) (Checker, bool) {
	if w, ok := d.(interface{ AsChecker() (Checker, bool) }); ok {
		return w.AsChecker()
	}
	c, ok := d.(Checker)
	return c, ok
}
