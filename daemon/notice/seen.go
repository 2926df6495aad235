package notice

import "time"

// Observations are how things stand: all of them, each time. What is not among them is over.
type Observations struct {
	Clients  []Client
	Portals  []Portal
	Requests []Delivered
}

// Client is how one client stands.
type Client struct {
	Name      string
	Portal    string
	Conflicts []string  // paths of which both versions were kept
	Halted    *Halt     // nil: it is not
	Behind    time.Time // since when it has not been in step; zero: it is
	Paused    bool      // a person wanted it so: being behind is then no news
}

// Halt is a guard that tripped.
type Halt struct {
	Reason string // in plain words
	Plan   string // for `dossier approve`; empty: it ends when its cause does
}

// Portal is how one account stands.
type Portal struct {
	Name   string
	SignIn bool      // it does not accept the token
	Ends   time.Time // when the token is known to end; zero: nobody knows
}

// Delivered is a file request of which everything has come. Each is told once, by its ID.
type Delivered struct {
	ID, Client, Name string
}

// Memory is what was told when. The caller keeps it from one Decide to the next; it is plain JSON. Paths are in it as hashes only.
type Memory struct {
	Version int                  `json:"version"`
	Told    map[string]Told      `json:"told,omitempty"`   // by kind and subject
	Sent    map[Kind][]time.Time `json:"sent,omitempty"`   // the last notices of each kind
	Digest  string               `json:"digest,omitempty"` // the day of the last digest, in local time
}

// Told is what was last told about one subject.
type Told struct {
	At   time.Time `json:"at"`
	What []string  `json:"what,omitempty"` // hashes of the facts
	Over bool      `json:"over,omitempty"`
}
