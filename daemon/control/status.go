package control

import "time"

// Status is how a daemon and its clients stand. Its names are those of `dossier status --json`.
type Status struct {
	Version  string         `json:"version"` // of the daemon
	PID      int            `json:"pid"`
	Started  time.Time      `json:"started"`
	Config   string         `json:"config"` // path of its configuration
	Watching bool           `json:"watching"`
	LogLevel string         `json:"log_level,omitempty"`
	Error    string         `json:"error,omitempty"` // what is wrong with the daemon as a whole, in plain words
	Clients  []ClientStatus `json:"clients"`
	Budgets  []Budget       `json:"budgets"` // one a portal
}

// ClientStatus is how one client stands.
type ClientStatus struct {
	Name       string     `json:"name"`
	State      string     `json:"state"` // as in a run; "never-run"
	Running    bool       `json:"running,omitempty"`
	Folder     string     `json:"folder"`
	Portal     string     `json:"portal,omitempty"`
	Files      int        `json:"files"`
	Queue      int        `json:"queue"` // items that are not in step and will be tried again by themselves
	LastRun    time.Time  `json:"last_run,omitzero"`
	LocalLook  time.Time  `json:"local_look,omitzero"`     // last complete look at the disk
	RemoteLook time.Time  `json:"remote_look,omitzero"`    // last complete look at the portal
	NextLook   time.Time  `json:"next_look,omitzero"`      // when the portal is looked at next, if nothing happens before
	LookEvery  float64    `json:"look_every,omitempty"`    // seconds from the complete look at the portal before that to the last one
	Unsynced   time.Time  `json:"unsynced_since,omitzero"` // when the oldest change was seen that is not on the other side yet; zero: none
	Adopting   string     `json:"adopting,omitempty"`      // why nothing is deleted for now
	Watch      *Watch     `json:"watch,omitempty"`         // how changes on disk are noticed; nil: not known yet
	Pause      *Pause     `json:"pause,omitempty"`         // nil: not paused
	Counts     Counts     `json:"counts"`
	Conflicts  []Conflict `json:"conflicts"` // may be cut, like the next two; Counts has the whole numbers
	Problems   []Problem  `json:"problems"`
	Halts      []Halt     `json:"halts"`
	Limits     []string   `json:"limits,omitempty"` // what the portal keeps dossier from
	Error      string     `json:"error,omitempty"`  // in plain words
}

// The ways to notice a change on disk.
const (
	Watching = "watching" // the system tells
	Polling  = "polling"  // dossier looks from time to time
)

// Watch is how changes on disk are noticed.
type Watch struct {
	How string `json:"how"`           // watching, polling
	Why string `json:"why,omitempty"` // polling: why, and what would help
}

// Pause is why a client is not run for now.
type Pause struct {
	Since  time.Time `json:"since,omitzero"`
	Until  time.Time `json:"until,omitzero"` // zero: until it is resumed
	Reason string    `json:"reason,omitempty"`
	By     string    `json:"by,omitempty"`
}

// Counts are the whole numbers where the lists may be cut.
type Counts struct {
	Conflicts int `json:"conflicts"`
	Problems  int `json:"problems"`
	Halts     int `json:"halts"`
}

// Conflict is a file of which both versions were kept and that nobody has looked at yet.
type Conflict struct {
	Path string `json:"path"`
	Copy string `json:"copy"`
}

// Problem is an item that is not in step.
type Problem struct {
	Path    string    `json:"path"`
	Reason  string    `json:"reason"` // plain words
	Code    string    `json:"code"`
	RetryAt time.Time `json:"retry_at,omitzero"` // zero: with the next look, or when a person acts
}

// Halt is a brake that tripped.
type Halt struct {
	Reason  string `json:"reason"`
	Code    string `json:"code"`
	Plan    string `json:"plan,omitempty"` // for `dossier approve`
	Deletes int    `json:"deletes"`
}

// Budget is how an account stands with its portal.
type Budget struct {
	Portal  string `json:"portal"`
	Calls   *Limit `json:"calls,omitempty"`
	Uploads *Limit `json:"uploads,omitempty"`
	Error   string `json:"error,omitempty"` // why it cannot be used, or its budget not be told
}

// Limit is one of an account's limits.
type Limit struct {
	PerMinute   int       `json:"per_minute"`        // 0: nobody knows
	Learned     bool      `json:"learned,omitempty"` // from the portal's refusals
	Shared      bool      `json:"shared,omitempty"`  // others use it, too
	Left        int       `json:"left"`              // of this minute's; -1: nobody knows
	PausedUntil time.Time `json:"paused_until,omitzero"`
	Noted       time.Time `json:"noted"`
}
