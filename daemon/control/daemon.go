package control

import (
	"context"
	"encoding/json"
	"time"
)

// Daemon is what the socket speaks for.
//
// Methods are called from any goroutine, several at once. ctx ends when the caller goes away or the server stops; whether the work then
// stops is the daemon's to decide. CallerOf(ctx) says who asks. An error that is a *Error reaches the caller as it is; of any other
// its text does, under the code Internal. A panic is caught, logged, and answered like an error.
type Daemon interface {
	// Status tells how the daemon and these clients stand; no names: all clients. It must answer at once, from what is known,
	// and never wait for a run, a disk or a portal. An unknown name is an error with the code UnknownClient.
	Status(ctx context.Context, clients []string) (Status, error)

	// Reconcile runs clients once, now, and answers with the run in the shape of `dossier reconcile --json`, whatever its exit code; the
	// error says that there is no such answer. event may be called from any goroutine; it never blocks, and is ignored after the return.
	Reconcile(ctx context.Context, req ReconcileRequest, event func(Event)) (run json.RawMessage, err error)

	// Pause stops clients from being run until they are resumed. It may be repeated; the last one counts.
	Pause(ctx context.Context, req PauseRequest) error

	// Resume ends a pause. It is no error if there is none.
	Resume(ctx context.Context, req ResumeRequest) error

	// Reload reads the configuration again. If it is faulty, the old one stays in force and the error has the code Configuration.
	Reload(ctx context.Context) (Reloaded, error)

	// Stop begins to stop the daemon and returns at once: the answer must still go out.
	Stop(ctx context.Context) error

	// LogLevel sets how much is logged from now on: debug, info, warn or error.
	LogLevel(ctx context.Context, level string) error

	// Approve lets a halted plan through. The beginning of its name is enough where it fits one only.
	Approve(ctx context.Context, req ApproveRequest) (Approved, error)

	// Ask does what the other verbs need of the one process that has the clients' states open: log, why, conflicts, vault, undo, and so
	// on. args is one JSON value, which the daemon decodes (see Decode); null: there is none. An unknown verb is an error with the code UnknownVerb.
	Ask(ctx context.Context, verb string, args json.RawMessage) (json.RawMessage, error)
}

// ReconcileRequest asks for one run.
type ReconcileRequest struct {
	Clients       []string `json:"clients,omitempty"` // names; none: all
	DryRun        bool     `json:"dry_run,omitempty"`
	AcceptDeletes bool     `json:"accept_deletes,omitempty"`
}

// PauseRequest asks that clients be left alone.
type PauseRequest struct {
	Clients []string  `json:"clients,omitempty"` // names; none: all
	Until   time.Time `json:"until,omitzero"`    // zero: until they are resumed
	Reason  string    `json:"reason,omitempty"`
}

// ResumeRequest asks that clients be run again.
type ResumeRequest struct {
	Clients []string `json:"clients,omitempty"` // names; none: all
}

// Reloaded is what reading the configuration again has changed.
type Reloaded struct {
	Added   []string `json:"added"` // names of clients
	Removed []string `json:"removed"`
	Changed []string `json:"changed"`
	Notes   []string `json:"notes,omitempty"` // what takes effect only with a restart, and such, in plain words
}

// LogLevelRequest sets how much is logged.
type LogLevelRequest struct {
	Level string `json:"level"` // debug, info, warn, error
}

// ApproveRequest names a halted plan.
type ApproveRequest struct {
	Plan string `json:"plan"`
}

// Approved is the plan that was let through.
type Approved struct {
	Client     string `json:"client"`
	Plan       string `json:"plan"` // its whole name
	Operations int    `json:"operations"`
	Deletes    int    `json:"deletes"` // among the operations
}
