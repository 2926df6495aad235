// Package mischief makes a well-behaved portal misbehave on request: quirks (the portal is like this), faults (this
// call goes wrong), and the count of all calls by which tests see what a client really did.
package mischief

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// A Quirk is one way in which real portals differ from their documentation, from each other, or from our reading.
type Quirk struct {
	Name   string `json:"name"`
	Portal string `json:"portal"`
	Does   string `json:"does"`   // what a client sees while it is on
	Source string `json:"source"` // the fact it plays, in the fact sheet of the portal
}

// A Desk is where one sandbox's quirks and faults are switched and its calls counted. It may be used by many
// goroutines at once.
type Desk struct {
	known map[string]Quirk

	mu struct {
		sync.Mutex
		on     map[string]map[string]int // quirk → key → how often First said yes
		faults []*Fault
		lastID int
		calls  map[string]Calls
		up     int64
		down   int64
	}
}

// New returns a desk that knows these quirks, all off.
func New(quirks []Quirk) *Desk {
	d := &Desk{known: map[string]Quirk{}}
	for _, q := range quirks {
		if _, twice := d.known[q.Name]; twice {
			panic("mischief: quirk " + q.Name + " is listed twice")
		}
		d.known[q.Name] = q
	}
	d.mu.on = map[string]map[string]int{}
	d.mu.calls = map[string]Calls{}
	return d
}

// Quirks lists what the desk knows, by name.
func (d *Desk) Quirks() []Quirk {
	return slices.SortedFunc(maps.Values(d.known), func(a, b Quirk) int { return strings.Compare(a.Name, b.Name) })
}

// Set switches quirks on. If one is unknown none is switched.
func (d *Desk) Set(names ...string) error {
	for _, name := range names {
		if _, ok := d.known[name]; !ok {
			return fmt.Errorf("unknown quirk %q: one of %s", name, strings.Join(slices.Sorted(maps.Keys(d.known)), ", "))
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, name := range names {
		if d.mu.on[name] == nil {
			d.mu.on[name] = map[string]int{}
		}
	}
	return nil
}

// Clear switches quirks off, all of them if none is named, and forgets what First counted.
func (d *Desk) Clear(names ...string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(names) == 0 {
		clear(d.mu.on)
	}
	for _, name := range names {
		delete(d.mu.on, name)
	}
}

// On lists the quirks that are on.
func (d *Desk) On() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Sorted(maps.Keys(d.mu.on))
}

// Has says whether a quirk is on.
func (d *Desk) Has(quirk string) bool {
	d.mustKnow(quirk)
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.mu.on[quirk] != nil
}

// First says whether a quirk is on and this is one of the first n times that it is asked for the key.
func (d *Desk) First(quirk, key string, n int) bool {
	d.mustKnow(quirk)
	d.mu.Lock()
	defer d.mu.Unlock()
	asked := d.mu.on[quirk]
	if asked == nil || asked[key] >= n {
		return false
	}
	asked[key]++
	return true
}

// mustKnow keeps the table and the code together: a quirk that is played must be listed.
func (d *Desk) mustKnow(quirk string) {
	if _, ok := d.known[quirk]; !ok {
		panic("mischief: quirk " + quirk + " is not in the table")
	}
}

// Calls counts requests by method and route, such as "GET /2.0/folders/{id}/items". What matches no route is
// counted under its method and "?".
type Calls map[string]int

// Total is the number of all calls.
func (c Calls) Total() (n int) {
	for _, times := range c {
		n += times
	}
	return n
}

// Sum adds up the calls whose route contains all the given words.
func (c Calls) Sum(words ...string) (n int) {
	for route, times := range c {
		if !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(route, w) }) {
			n += times
		}
	}
	return n
}

// signIns are how the paths of calls for a token begin, which change nothing.
var signIns = []string{"/oauth", "/api/v2/signin", "/api/v2/signout", "/api/v2/refresh", "/api/v2/2fa/"}

// Mutating adds up the calls that can change something: all but GET, HEAD, OPTIONS, and those for a token.
func (c Calls) Mutating() (n int) {
	for route, times := range c {
		method, path, _ := strings.Cut(route, " ")
		forToken := slices.ContainsFunc(signIns, func(prefix string) bool { return strings.HasPrefix(path, prefix) })
		if method != "GET" && method != "HEAD" && method != "OPTIONS" && !forToken {
			n += times
		}
	}
	return n
}

// Calls returns a copy of the counts of one portal.
func (d *Desk) Calls(portal string) Calls {
	d.mu.Lock()
	defer d.mu.Unlock()
	c := maps.Clone(d.mu.calls[portal])
	if c == nil {
		c = Calls{}
	}
	return c
}

// Traffic returns how many bytes of bodies were received and sent.
func (d *Desk) Traffic() (up, down int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.mu.up, d.mu.down
}

// ResetCalls sets all counts to zero.
func (d *Desk) ResetCalls() {
	d.mu.Lock()
	defer d.mu.Unlock()
	clear(d.mu.calls)
	d.mu.up, d.mu.down = 0, 0
}

func (d *Desk) count(portal, route string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c := d.mu.calls[portal]
	if c == nil {
		c = Calls{}
		d.mu.calls[portal] = c
	}
	c[route]++
}

func (d *Desk) moved(up, down int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.mu.up += up
	d.mu.down += down
}
