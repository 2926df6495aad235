package local

import (
	"context"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/sync/errgroup"
)

// Listing is one directory as it was seen. If Err is not nil the directory is unknown: nothing may be concluded from what
// is not in Entries.
type Listing struct {
	Rel     string  // in the client's folder, disk names, "" for the folder itself
	Plain   string  // the same in portal names
	Info    Info    // of the directory itself, from before it was read; zero for those that Scan was called with
	Entries []Entry // sorted by Name
	Err     error   // [ErrForeignMarker]: the folder belongs to another client
}

// ScanOptions says how to look.
type ScanOptions struct {
	Names     Names
	Ignore    *Ignore  // nil ignores nothing
	Private   []string // folders, portal names, slash-separated, compared without letter case
	NeverLive bool     // databases (.pst …) are Normal: the owner asked for them
	Parallel  int      // directories read at the same time, 4 if 0. With 1 the order is that of the names.
}

// Scan walks the client's directories given and all below them ("" is the whole folder, as is none) and calls visit for each
// one, one at a time, a parent before its children, in no particular order otherwise. visit may clear [Entry.Descend]. Scan stops at visit's first error and returns it. It returns an error only then, or when
// ctx ends: a directory that cannot be read is a [Listing] with an error. The folders given must not be ignored, private or
// behind a wall: only what is below them is looked at for that.
func Scan(ctx context.Context, disk Disk, opt ScanOptions, visit func(*Listing) error, dirs ...string) error {
	if opt.Parallel == 0 {
		opt.Parallel = 4
	}
	s := &scan{disk: disk, opt: opt, visit: visit}
	s.changed.L = &s.mu
	for _, p := range opt.Private {
		s.private = append(s.private, foldName(strings.Trim(p, "/"), true, true))
	}
	if len(dirs) == 0 {
		dirs = []string{""}
	}
	for i := len(dirs) - 1; i >= 0; i-- {
		s.todo = append(s.todo, Listing{Rel: dirs[i], Plain: opt.Names.decodePath(dirs[i])})
	}
	return s.run(ctx)
}

// scan is one walk: a stack of directories to read, which the workers share.
type scan struct {
	disk    Disk
	opt     ScanOptions
	private []string
	visit   func(*Listing) error

	mu      sync.Mutex // also held during visit
	todo    []Listing
	busy    int  // workers that may add to todo
	stopped bool // no more work is to be begun
	changed sync.Cond
}

func (s *scan) run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	stop := context.AfterFunc(ctx, s.halt)
	defer stop()
	for range s.opt.Parallel {
		group.Go(func() error { return s.work(ctx) })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return nil
}

// halt wakes all workers to leave.
func (s *scan) halt() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopped = true
	s.changed.Broadcast()
}

func (s *scan) work(ctx context.Context) error {
	for {
		l, ok := s.next()
		if !ok || ctx.Err() != nil {
			return context.Cause(ctx)
		}
		s.read(&l)
		if err := s.done(&l); err != nil {
			return err
		}
	}
}

// next takes the directory that was added last, so that the stack stays small.
func (s *scan) next() (Listing, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.todo) == 0 && s.busy > 0 && !s.stopped {
		s.changed.Wait()
	}
	if s.stopped || len(s.todo) == 0 {
		return Listing{}, false
	}
	l := s.todo[len(s.todo)-1]
	s.todo = s.todo[:len(s.todo)-1]
	s.busy++
	return l, true
}

// done hands the listing out and adds what is below it.
func (s *scan) done(l *Listing) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.changed.Broadcast()
	s.busy--
	if s.stopped {
		return nil
	}
	if err := s.visit(l); err != nil {
		s.stopped = true
		return err
	}
	for i := len(l.Entries) - 1; i >= 0; i-- {
		if e := &l.Entries[i]; e.Descend && e.Info.Kind == Dir {
			s.todo = append(s.todo, Listing{Rel: join(l.Rel, e.Name), Plain: join(l.Plain, e.Plain), Info: e.Info})
		}
	}
	return nil
}

func join(dir, name string) string {
	if dir == "" {
		return name
	}
	return dir + "/" + name
}

// read lists a directory and says what each entry is.
func (s *scan) read(l *Listing) {
	list, err := s.disk.ReadDir(In(l.Rel))
	if err != nil {
		l.Err = err
		return
	}
	l.Entries = make([]Entry, len(list))
	odd := false // some name is not its own portal name
	for i, n := range list {
		e := &l.Entries[i]
		*e = Entry{Name: n.Name, Plain: s.opt.Names.Decode(n.Name), Info: n.Info, Err: n.Err}
		odd = odd || e.Plain != e.Name
		s.classify(l, e)
		if e.Class == ForeignMarker {
			l.Entries, l.Err = nil, &DiskError{"readdir", In(l.Rel), ErrForeignMarker}
			return
		}
		e.Descend = e.Class == Normal && e.Info.Kind == Dir
	}
	if odd {
		markTwins(l.Entries)
	}
}

// markTwins marks the entries whose portal name is the plain name of a sibling.
func markTwins(entries []Entry) {
	seen := make(map[string]bool, len(entries))
	for _, e := range entries {
		if e.Plain == e.Name {
			seen[e.Name] = true
		}
	}
	for i := range entries {
		if e := &entries[i]; e.Plain != e.Name && e.Class == Normal {
			if seen[e.Plain] {
				e.Class, e.Descend = BadName, false
			}
			seen[e.Plain] = true
		}
	}
}

// classify sets the class of e, the most telling one first.
func (s *scan) classify(l *Listing, e *Entry) {
	if isOurs(e.Name) {
		e.Class = Ours
		if l.Rel != "" && foldAll(e.Name) == MarkerName {
			e.Class = ForeignMarker
		}
		return
	}
	if e.Err != nil {
		e.Class = Unseen
		return
	}
	switch e.Info.Kind {
	case Symlink:
		e.Class = Link
	case Placeholder:
		e.Class = CloudOnly
	case Mount, Other, None:
		e.Class = Special
	case File:
		if e.Class, e.Of = ClassOfName(e.Name); e.Class == NeverLive && s.opt.NeverLive {
			e.Class = Normal
		}
	}
	if e.Class != Normal {
		return
	}
	s.classifyByRule(l, e)
}

func (s *scan) classifyByRule(l *Listing, e *Entry) {
	if !utf8.ValidString(e.Name) {
		e.Class = BadName
		return
	}
	if len(s.private) == 0 && s.opt.Ignore == nil {
		return
	}
	rel := join(l.Plain, e.Plain)
	if s.isPrivate(rel) {
		e.Class = Private
		return
	}
	if why := s.opt.Ignore.Match(rel, e.Info.Kind == Dir); why != "" {
		e.Class, e.Why = Ignored, why
	}
}

func (s *scan) isPrivate(rel string) bool {
	if len(s.private) == 0 {
		return false
	}
	rel = foldName(rel, true, true)
	for _, p := range s.private {
		if rest, ok := strings.CutPrefix(rel, p); ok && (rest == "" || rest[0] == '/') {
			return true
		}
	}
	return false
}

// decodePath decodes each name of a path.
func (n Names) decodePath(rel string) string {
	names := strings.Split(rel, "/")
	for i, name := range names {
		names[i] = n.Decode(name)
	}
	return strings.Join(names, "/")
}
