package control

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Feed carries a daemon's news to whoever listens. Publishing never blocks. Of each thing that changes the latest news is kept, so that who
// comes back with a cursor hears what he missed: each such Change tells the whole of how its subject stands.
type Feed struct {
	life string // tells the cursors of this Feed from another's

	mu        sync.Mutex
	seq       uint64
	last      map[string]numbered // by subject
	listeners map[*listener]bool
	closed    bool
}

type numbered struct {
	seq    uint64
	change Change
}

const (
	maxListeners = 32
	backlog      = 256 // changes that a listener may be behind
)

// listener is one who listens. Its channel is closed by the Feed: after too much, or at the end.
type listener struct {
	news chan Change
	last Change // what to tell after the channel was closed; written before
}

// NewFeed returns one without news.
func NewFeed() *Feed {
	return &Feed{life: rand.Text()[:8], last: map[string]numbered{}, listeners: map[*listener]bool{}}
}

// Publish passes a change on. Its cursor is filled in here. What it points to must not be changed afterwards.
func (f *Feed) Publish(c Change) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if c.Cursor = ""; c.Kind != Progress {
		f.seq++
		c.Cursor = f.cursor(f.seq)
		f.last[subject(c)] = numbered{f.seq, c}
	}
	for l := range f.listeners {
		select {
		case l.news <- c:
		default:
			if c.Kind != Progress {
				f.end(l, Dropped)
			}
		}
	}
}

// subject is what a change is about.
func subject(c Change) string {
	switch {
	case c.Client != nil:
		return "client " + c.Client.Name
	case c.Budget != nil:
		return "budget " + c.Budget.Portal
	case c.Name != "":
		return "client " + c.Name
	}
	return c.Kind
}

func (f *Feed) end(l *listener, kind string) {
	delete(f.listeners, l)
	l.last = Change{Kind: kind}
	close(l.news)
}

// close ends all streams.
func (f *Feed) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	for l := range f.listeners {
		f.end(l, Stopping)
	}
}

// listen begins a stream: what is to be told first, then what comes.
func (f *Feed) listen(since string) ([]Change, *listener, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.closed:
		return nil, nil, Errorf(Stopped, "", "the daemon stops")
	case len(f.listeners) >= maxListeners:
		return nil, nil, Errorf(TooMany, "end some `dossier status --watch`", "%d are listening already", len(f.listeners))
	}
	l := &listener{news: make(chan Change, backlog)}
	f.listeners[l] = true
	return f.before(since), l, nil
}

// leave ends a stream whose listener has gone.
func (f *Feed) leave(l *listener) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.listeners[l] {
		f.end(l, Dropped)
	}
}

// before is what a stream begins with.
func (f *Feed) before(since string) []Change {
	now := f.cursor(f.seq)
	if since == "" {
		return []Change{{Kind: Hello, Cursor: now}}
	}
	from, known := f.position(since)
	if !known {
		return []Change{{Kind: Hello}, {Kind: Missed, Cursor: now}}
	}
	var missed []numbered
	for _, n := range f.last {
		if n.seq > from {
			missed = append(missed, n)
		}
	}
	slices.SortFunc(missed, func(a, b numbered) int { return cmp.Compare(a.seq, b.seq) })
	first := []Change{{Kind: Hello, Cursor: since}}
	for _, n := range missed {
		first = append(first, n.change)
	}
	return first
}

func (f *Feed) cursor(seq uint64) string { return fmt.Sprintf("%s-%d", f.life, seq) }

// position reads a cursor; false: it is not one of this Feed's.
func (f *Feed) position(cursor string) (uint64, bool) {
	number, ok := strings.CutPrefix(cursor, f.life+"-")
	seq, err := strconv.ParseUint(number, 10, 64)
	return seq, ok && err == nil && seq <= f.seq
}
