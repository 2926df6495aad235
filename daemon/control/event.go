package control

// Event is a transfer's progress. It is for a person's eyes; nothing may depend on it, and any of them may be missing.
type Event struct {
	Client string `json:"client"`
	Path   string `json:"path"`
	Up     bool   `json:"up,omitempty"`
	Size   int64  `json:"size"`  // bytes of the whole file
	Bytes  int64  `json:"bytes"` // moved by this event; negative: taken back
	Begun  bool   `json:"begun,omitempty"`
	Ended  bool   `json:"ended,omitempty"`
	Error  string `json:"error,omitempty"`
}

// The kinds of a Change.
const (
	Hello    = "hello"    // first in each stream; Status asked for after it misses nothing
	OfClient = "client"   // Client stands differently
	Gone     = "gone"     // the client named Name is no longer in the configuration
	OfBudget = "budget"   // Budget stands differently
	OfDaemon = "daemon"   // something about the daemon itself: ask for Status
	Progress = "progress" // Event is news of a transfer; not repeated to who comes back
	Missed   = "missed"   // changes were lost: ask for Status
	Dropped  = "dropped"  // last in a stream whose reader was too slow; it may come back with the last cursor
	Stopping = "stopping" // last in a stream: the daemon stops
)

// Change is one step of a daemon's news.
type Change struct {
	Kind   string        `json:"kind"`
	Cursor string        `json:"cursor,omitempty"` // where to go on after this one; empty: after the one before
	Client *ClientStatus `json:"client,omitempty"`
	Name   string        `json:"name,omitempty"`
	Budget *Budget       `json:"budget,omitempty"`
	Event  *Event        `json:"event,omitempty"`
}
