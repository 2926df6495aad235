package syncer

import "time"

// State is how a client stands after a run, in one word.
type State string

const (
	InStep    State = "in-step"
	Conflicts State = "conflicts" // conflict copies are left to be looked at
	Halted    State = "halted"    // a brake tripped: a person must approve, or the cause go away
	SignIn    State = "sign-in"   // the portal does not accept the token
	Partly    State = "partly"    // some items wait, are pending or refused
	Failed    State = "error"
	Paused    State = "paused"
	Locked    State = "locked" // another instance or machine has the client
)

// Report is what one run did for one client, and what it left. It is the client's part of `reconcile --json`.
type Report struct {
	Name       string     `json:"name"`
	State      State      `json:"state"`
	Uploaded   int        `json:"uploaded"`   // files
	Downloaded int        `json:"downloaded"` // files
	Moved      int        `json:"moved"`      // files and folders moved or renamed, on either side
	Deleted    int        `json:"deleted"`    // files and folders, on either side
	Folders    int        `json:"folders"`    // made, on either side
	Adopted    int        `json:"adopted"`    // found equal on both sides, without a transfer
	Conflicts  []Conflict `json:"conflicts"`
	Problems   []Problem  `json:"problems"`
	Halted     *HaltedBy  `json:"halted,omitempty"`
	Error      string     `json:"error,omitempty"`
	Calls      int        `json:"calls"`
	BytesUp    int64      `json:"bytes_up"`
	BytesDown  int64      `json:"bytes_down"`
	Limits     []string   `json:"limits,omitempty"`  // what the portal keeps dossier from, in plain words
	Planned    []Planned  `json:"planned,omitempty"` // dry run: what would be done first

	Again Again `json:"-"` // for a mirror that stays open
}

// Again is when a client is worth another run because of what this one left. Zero: nothing waits for a time.
type Again struct {
	Disk   time.Time // a look at the disk is enough
	Portal time.Time // the portal must be looked at, too
}

// Conflict is a file of which both versions were kept and that nobody has looked at yet.
type Conflict struct {
	Path string `json:"path"`
	Copy string `json:"copy"`
}

// Problem is an item that is not in step.
type Problem struct {
	Path    string    `json:"path"`
	Reason  string    `json:"reason"`            // plain words
	Code    string    `json:"code"`              // the plan's reason, or the error's code
	RetryAt time.Time `json:"retry_at,omitzero"` // zero: with the next look, or when a person acts

	attempts int
}

// HaltedBy is a brake that tripped.
type HaltedBy struct {
	Reason  string `json:"reason"`
	Code    string `json:"code"`
	Plan    string `json:"plan,omitempty"` // for `dossier approve`
	Deletes int    `json:"deletes"`
}

// Planned is an operation that a dry run would have begun with.
type Planned struct {
	Op   string `json:"op"`
	Side string `json:"side,omitempty"`
	Path string `json:"path"`
	To   string `json:"to,omitempty"`
	Rule string `json:"rule"`
}
