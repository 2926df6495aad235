package mischief

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// What a Fault does.
const (
	Status        = "status"         // answer Status with Body (or the portal's error body for Code); the call is not carried out
	StatusApplied = "status-applied" // the same, but the call is carried out
	LoseBefore    = "lose-before"    // cut the connection before the call is carried out
	LoseAfter     = "lose-after"     // carry the call out, then cut the connection instead of answering
	CutBody       = "cut-body"       // cut the connection after Bytes bytes of the answer's body
	SlowBody      = "slow-body"      // wait Delay before each Bytes bytes (default 4096) of the answer's body
	Slow          = "slow"           // wait Delay before the call is carried out
	WrongLength   = "wrong-length"   // announce Bytes bytes more (or, if negative, fewer) than the body has
	ChangedLength = "changed-length" // a well-formed body with Bytes zero bytes more (or fewer) than it should have
	HTML          = "html"           // 200 with a sign-in page; the call is not carried out
	Truncated     = "truncated"      // a well-formed answer whose JSON ends in the middle
	EmptyList     = "empty-list"     // a listing without entries
	EndlessList   = "endless-list"   // a listing that always has another page
	ShiftingPages = "shifting-pages" // entries move between the pages of a listing: some are lost, some come twice
	Expired       = "expired"        // the access token is said to be expired
	RateLimit     = "rate-limit"     // 429 with Retry-After (Delay, default 1 s)
	Elsewhere     = "elsewhere"      // redirect to the origin To
)

var kinds = []string{Status, StatusApplied, LoseBefore, LoseAfter, CutBody, SlowBody, Slow, WrongLength, ChangedLength,
	HTML, Truncated, EmptyList, EndlessList, ShiftingPages, Expired, RateLimit, Elsewhere}

// Kinds lists what a fault can do.
func Kinds() []string { return slices.Clone(kinds) }

// A Fault is a rule: which calls go wrong, and how. Empty matching fields match everything.
type Fault struct {
	ID     string `json:"id,omitempty"` // given by the desk
	Do     string `json:"do"`
	Portal string `json:"portal,omitempty"`
	Method string `json:"method,omitempty"`
	Route  string `json:"route,omitempty"` // part of the route as Calls has it, such as "{id}/items"
	Path   string `json:"path,omitempty"`  // part of the path and query as sent, such as "/files/123"
	Skip   int    `json:"skip,omitempty"`  // let so many matching calls pass first
	Times  int    `json:"times,omitempty"` // how many calls then go wrong; 0: all

	Status int           `json:"status,omitempty"`
	Code   string        `json:"code,omitempty"`
	Body   string        `json:"body,omitempty"`
	Delay  time.Duration `json:"delay,omitempty"` // in JSON: nanoseconds
	Bytes  int64         `json:"bytes,omitempty"`
	To     string        `json:"to,omitempty"`

	// Hits counts the calls that went wrong; in a rule that is added it is 0.
	Hits int `json:"hits,omitempty"`
	seen int
}

// Fault adds a rule and returns its id. Where several match, the oldest that is not used up applies.
func (d *Desk) Fault(f Fault) (id string, err error) {
	if !slices.Contains(kinds, f.Do) {
		return "", fmt.Errorf("unknown fault %q: one of %s", f.Do, strings.Join(kinds, ", "))
	}
	if (f.Do == Status || f.Do == StatusApplied) && (f.Status < 200 || f.Status > 599) {
		return "", fmt.Errorf("fault %q: status %d is none", f.Do, f.Status)
	}
	if f.Do == Elsewhere && f.To == "" {
		return "", fmt.Errorf("fault %q: to which origin?", f.Do)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.mu.lastID++
	f.ID, f.Hits, f.seen = fmt.Sprintf("f%d", d.mu.lastID), 0, 0
	d.mu.faults = append(d.mu.faults, &f)
	return f.ID, nil
}

// ClearFaults removes the rules with these ids, or all.
func (d *Desk) ClearFaults(ids ...string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.mu.faults = slices.DeleteFunc(d.mu.faults, func(f *Fault) bool { return len(ids) == 0 || slices.Contains(ids, f.ID) })
}

// Faults lists the rules with their hits, oldest first.
func (d *Desk) Faults() []Fault {
	d.mu.Lock()
	defer d.mu.Unlock()
	list := make([]Fault, len(d.mu.faults))
	for i, f := range d.mu.faults {
		list[i] = *f
	}
	return list
}

// match finds the rule for a call, and counts.
func (d *Desk) match(portal, method, route, uri string) *Fault {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, f := range d.mu.faults {
		if f.Portal != "" && f.Portal != portal || f.Method != "" && f.Method != method ||
			!strings.Contains(route, f.Route) || !strings.Contains(uri, f.Path) {
			continue
		}
		f.seen++
		if f.seen <= f.Skip || f.Times > 0 && f.Hits >= f.Times {
			continue
		}
		f.Hits++
		hit := *f
		return &hit
	}
	return nil
}
