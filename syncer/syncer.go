// Package syncer keeps one client's folder and its place on a portal in step: look, plan, do, remember.
//
// A Mirror looks at both sides (look_*.go), makes a plan.World of what differs from the base (world.go), lets package plan
// decide, turns each operation into a job (job.go), does it (act_*.go), and folds what really happened into the state (fold.go),
// until a plan is empty. One goroutine owns all of the mirror's memory; jobs get values and give values back.
package syncer

import (
	"context"
	"log/slog"
	"time"

	"dossier/remote"
	"dossier/state"
	"dossier/syncer/local"
	"dossier/syncer/plan"
)

// Options is what a mirror is made of. Disk, State and Portal are its three seams: each can be simulated. Open does not close them.
type Options struct {
	Name   string // the client's name, for people and for the record
	Path   string // the client's folder on disk, as the configuration has it: another one is adopted
	Disk   local.Disk
	State  *state.Client
	Portal *remote.Portal
	Folder remote.ID // the client's folder on the portal

	PortalName string // the portal's name in the configuration: folder ids mean something within one portal only

	Mode      plan.Mode
	Ignore    []string // gitignore syntax
	Private   []string // folders that never go up
	NeverLive bool     // mirror databases of programs (.pst …) too
	Guards    plan.Guards
	Windows   bool // names as Windows has them

	Host         string // this machine's name, for conflict copies and the lease
	Installation string // this installation's id

	VaultTerm time.Duration // 0: 30 days
	VaultCap  int64         // bytes; 0: 10 % of the disk
	Reserve   int64         // bytes of the disk that stay free; negative: none, 0: the larger of 1 GB and 1 %

	Parallel  int // jobs at once; 0: what the portal's features say
	Neighbour Neighbour
	Log       *slog.Logger
	Progress  func(Event) // called from any goroutine; may be nil
}

// Neighbour knows the other clients of this installation, for a document that left one client's folder for another's.
type Neighbour interface {
	// Known names, for each file id with the bytes it has, the other client in whose base that file is, or those bytes were.
	Known(files map[string]state.SHA256) map[string]string
	// Now names, for each file id that lies in another client's folder now, that client.
	Now(ctx context.Context, fileIDs []string) map[string]string
}

// RunOptions is how to run once.
type RunOptions struct {
	DryRun        bool
	AcceptDeletes bool

	// A mirror that stays open is told by others when to run again: it does not wait for files that settle, but reports when to come
	// back, and it need not look at the portal each time.
	Stays      bool
	SkipPortal bool          // what was seen of the portal last is good enough, if this mirror has seen it
	DeleteWait time.Duration // how long something must be gone on one side before it is deleted on the other
}

// Event tells of a transfer, for progress bars.
type Event struct {
	Client string
	Path   string
	Up     bool
	Size   int64 // bytes of the whole file
	Bytes  int64 // moved by this event; negative: taken back
	Begun  bool
	Ended  bool
	Err    error
}
