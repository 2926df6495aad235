package sandbox

import (
	"dossier/remote/sandbox/mischief"
	"dossier/remote/sandbox/store"
)

// Types of the packages below that tests need. What a Fault can do is listed in package mischief.
type (
	Quirk    = mischief.Quirk
	Fault    = mischief.Fault
	Calls    = mischief.Calls
	Snapshot = store.Snapshot
)

// Snapshot notes the present state of all portals.
func (s *Server) Snapshot() *Snapshot { return s.store.Snapshot() }

// RestoreSnapshot goes back to a snapshot, as when a portal is restored from last week's backup: what came since is
// gone, ids, revisions and event positions run backwards. Accounts and tokens stay.
func (s *Server) RestoreSnapshot(snap *Snapshot) error { return s.store.Restore(snap) }

// SetQuirk switches quirks on.
func (s *Server) SetQuirk(names ...string) error { return s.desk.Set(names...) }

// ClearQuirk switches quirks off; all of them if none is named.
func (s *Server) ClearQuirk(names ...string) { s.desk.Clear(names...) }

// Fault adds a rule by which calls go wrong, and returns its id.
func (s *Server) Fault(f Fault) (id string, err error) { return s.desk.Fault(f) }

// Faults lists the rules and how often each hit.
func (s *Server) Faults() []Fault { return s.desk.Faults() }

// ClearFaults removes rules; all of them if none is named.
func (s *Server) ClearFaults(ids ...string) { s.desk.ClearFaults(ids...) }

// Calls counts the requests that a portal had, by method and route, such as "GET /2.0/folders/{id}/items".
func (s *Server) Calls(portal string) Calls { return s.desk.Calls(portal) }

// Traffic counts the bytes of bodies that all portals received and sent.
func (s *Server) Traffic() (up, down int64) { return s.desk.Traffic() }

// ResetCalls sets Calls and Traffic to zero.
func (s *Server) ResetCalls() { s.desk.ResetCalls() }
