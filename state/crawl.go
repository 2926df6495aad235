package state

import (
	"bytes"
	"fmt"
	"time"
)

// Crawl is a flat listing under way. Its entries lie in the file, not in memory, until they are merged.
type Crawl struct {
	Gen     uint64    `json:"gen"`
	Started time.Time `json:"started"`
	Cursor  string    `json:"cursor,omitempty"` // where the listing goes on after a restart; the driver's own
}

// BeginCrawl starts a crawl, and drops what an earlier one left.
func (tx *Tx) BeginCrawl() (Crawl, error) {
	if err := tx.clear(crawlBucket); err != nil {
		return Crawl{}, err
	}
	gen, err := tx.next(crawlBucket)
	if err != nil {
		return Crawl{}, err
	}
	c := Crawl{Gen: gen, Started: tx.Now()}
	return c, tx.putJSON(metaBucket, crawlKey, c)
}

// Crawl reads the crawl under way, if there is one.
func (tx *Tx) Crawl() (Crawl, bool) { return getJSON[Crawl](tx, metaBucket, crawlKey) }

// Spill keeps a batch of a crawl's entries, and where the listing goes on. Of two entries with one id the later counts.
func (tx *Tx) Spill(gen uint64, batch []Seen, cursor string) error {
	c, ok := tx.Crawl()
	if !ok || c.Gen != gen {
		return fmt.Errorf("spill crawl %d: %w", gen, ErrNotFound)
	}
	for _, s := range batch {
		if err := s.fits(); err != nil {
			return err
		}
		if err := tx.put(crawlBucket, seenKey(s.ID), seenVersion, s.encode()); err != nil {
			return err
		}
	}
	c.Cursor = cursor
	return tx.putJSON(metaBucket, crawlKey, c)
}

// EndCrawl drops a crawl without using it.
func (tx *Tx) EndCrawl() error {
	if err := tx.clear(crawlBucket); err != nil {
		return err
	}
	return tx.drop(metaBucket, crawlKey)
}

// Sight is one remote id in the three places that may know it: the crawl, base, and what was seen before.
type Sight struct {
	ID      string
	Now     Seen // the crawl's entry
	Listed  bool // Now is there
	Base    Node
	InBase  bool
	Before  Seen
	WasSeen bool
}

// mergeStep is how many ids one transaction of a merge takes.
const mergeStep = 4096

// MergeCrawl calls each for every remote id that the crawl, base or seen knows, and last in the end, when the crawl is dropped; each
// is to bring the row of seen in line (PutSeen, DropSeen), and must not write base. It goes by steps of some thousand ids, a
// transaction a step: memory stays flat. If it fails or is cut off it can be called again for the same crawl; what each does must bear that.
// Absence from the crawl says something only if the crawl was complete: the caller knows.
func (c *Client) MergeCrawl(gen uint64, each func(*Tx, Sight) error, last func(*Tx) error) error {
	for from := (&tag{})[:]; from != nil; {
		err := c.Update(func(tx *Tx) (err error) {
			from, err = tx.mergeStep(gen, from, each)
			if err != nil || from != nil {
				return err
			}
			if err := last(tx); err != nil {
				return err
			}
			return tx.EndCrawl()
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (tx *Tx) mergeStep(gen uint64, from []byte, each func(*Tx, Sight) error) (next []byte, err error) {
	if c, ok := tx.Crawl(); !ok || c.Gen != gen {
		return nil, fmt.Errorf("merge crawl %d: %w", gen, ErrNotFound)
	}
	sights, next := tx.sights(from, mergeStep)
	for _, s := range sights {
		if err := each(tx, s); err != nil {
			return nil, err
		}
	}
	return next, nil
}

// sights reads the three buckets side by side, all of which are sorted by tag, from one tag on. It stops at a new tag once it has n;
// next is that tag, or nil at the end.
func (tx *Tx) sights(from []byte, n int) (all []Sight, next []byte) {
	crawl, seen := tx.at(crawlBucket, from), tx.at(seenBucket, from)
	index := tx.atIndex(from)
	for {
		t, ok := lowest(crawl, index, seen)
		if !ok {
			return all, nil
		}
		if len(all) >= n {
			return all, t[:]
		}
		group := sightings{byID: map[string]int{}}
		for ; crawl.on(t); crawl.step() {
			now := tx.seen(crawlBucket, crawl.k, crawl.v)
			s := group.of(now.ID)
			s.Now, s.Listed = now, true
		}
		for ; index.on(t); index.step() {
			node := tx.indexed(remoteBucket, readID(index.k[len(t):]))
			s := group.of(node.RemoteID)
			s.Base, s.InBase = node, true
		}
		for ; seen.on(t); seen.step() {
			before := tx.seen(seenBucket, seen.k, seen.v)
			s := group.of(before.ID)
			s.Before, s.WasSeen = before, true
		}
		all = append(all, group.list...)
	}
}

// sightings are those whose ids share a tag: one, nearly always.
type sightings struct {
	list []Sight
	byID map[string]int
}

func (g *sightings) of(id string) *Sight {
	i, ok := g.byID[id]
	if !ok {
		i = len(g.list)
		g.byID[id] = i
		g.list = append(g.list, Sight{ID: id})
	}
	return &g.list[i]
}

// place is a cursor and where it stands.
type place struct {
	k, v []byte
	next func() (k, v []byte)
}

func (tx *Tx) at(bucket string, from []byte) *place {
	c := tx.in(bucket).Cursor()
	p := &place{next: c.Next}
	p.k, p.v = c.Seek(from)
	return p
}

// atIndex stands on an entry of the index of remote ids: its key is the entry.
func (tx *Tx) atIndex(from []byte) *place {
	var start entry
	copy(start[:], from)
	w, ok := remoteShelf.seek(tx, start)
	if !ok {
		return &place{}
	}
	return &place{k: w.now[:], next: func() (k, v []byte) {
		if w.next() {
			return w.now[:], nil
		}
		return nil, nil
	}}
}

func (p *place) step()         { p.k, p.v = p.next() }
func (p *place) on(t tag) bool { return bytes.HasPrefix(p.k, t[:]) }

// lowest is the first tag that any of the cursors stands on.
func lowest(places ...*place) (low tag, ok bool) {
	for _, p := range places {
		if len(p.k) < len(low) {
			continue
		}
		if t := tag(p.k[:len(low)]); !ok || bytes.Compare(t[:], low[:]) < 0 {
			low, ok = t, true
		}
	}
	return low, ok
}
