package local

import "context"

// Listing is one directory as it was seen. If Err is not nil the directory is unknown: nothing may be concluded from what
// is not in Entries.
type Listing struct {
	Rel     string // in the client's folder, disk names, "" for the folder itself
	Info    Info
	Entries []Entry // sorted by Name
	Err     error   // [ErrForeignMarker]: the folder belongs to another client
}

// ScanOptions says how to look.
type ScanOptions struct {
	Names     Names
	Ignore    *Ignore  // nil ignores nothing
	Private   []string // folders, portal names, slash-separated, compared without case
	NeverLive bool     // report databases (.pst …) as Normal: the owner asked for them
	Parallel  int      // directories read at the same time, 4 if 0. With 1 the order is that of the names.
}

// Scan walks the client's directories given and all below them ("" is the whole folder) and calls visit for each one, one
// at a time, parents before children, in no particular order otherwise. visit may clear [Entry.Descend]. Scan stops
// at visit's first error and returns it. It returns an error only then, or when ctx ends: a directory that cannot be
// read is a [Listing] with an error.
func Scan(ctx context.Context, disk Disk, opt ScanOptions, visit func(*Listing) error, dirs ...string) error {
	return errTodo
}

// Ignore is a checked list of rules in gitignore syntax.
type Ignore struct{}

// NewIgnore checks the rules, all at once.
func NewIgnore(rules []string) (*Ignore, error) { return nil, errTodo }

// Match returns the rule that ignores rel (portal names, slash-separated), "" if none does.
func (g *Ignore) Match(rel string, dir bool) string { return "" }
