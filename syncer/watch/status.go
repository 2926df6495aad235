package watch

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
	"time"
)

// Mode is how a root is watched.
type Mode string

// A root is Starting until everything is watched for the first time, or cannot be. When it is Watching, events say what to look at. When
// it is Polling, it is All, from time to time.
const (
	Starting Mode = "starting"
	Watching Mode = "watching"
	Polling  Mode = "polling"
)

// Status is how a root is watched, for people.
type Status struct {
	Mode    Mode
	Folders int // that are watched, or have to be
	Barred  int // that may not be read

	// When it is Polling:
	Every  time.Duration // how often, about
	Reason string        // why
	Cure   string        // what to do about it; "" if nothing can be done
}

// obstacle is why a root cannot be watched.
type obstacle struct {
	reason, cure string
	absent       bool // the folder is not there
	need         int  // folders for which the system's limit must have room; 0: not known, or no matter
	every        int  // it is tried to watch again with every so many polls
}

// rarely is for what costs something to try.
const rarely = 20

func notThere(err error) *obstacle {
	switch {
	case err == nil:
		return &obstacle{reason: "it is not a folder", cure: "put the client's folder back in its place", every: 1}
	case errors.Is(err, fs.ErrNotExist):
		return &obstacle{reason: "the folder is not there", cure: "put it back in its place, or connect the disk on which it lies", every: 1, absent: true}
	}
	return &obstacle{reason: fmt.Sprintf("the folder cannot be reached: %v", err), every: 1}
}

func onNetwork(kind string) *obstacle {
	if kind == "" {
		kind = "of unknown kind"
	}
	return &obstacle{
		reason: fmt.Sprintf("it lies on a network drive (%s), which does not tell what other computers change", kind),
		cure:   "nothing need be done; to be quicker, let dossier run on the computer whose disk it is",
		every:  1,
	}
}

// obstacleOf explains what is wrong while watches are set, but for limits.
func obstacleOf(err error) *obstacle {
	switch {
	case errors.Is(err, errDeaf):
		return &obstacle{
			reason: "its file system does not tell of changes: a new file beside the folder made no event",
			cure:   "nothing need be done; to be quicker, move the clients' folders to a disk of this computer", every: rarely,
		}
	case errors.Is(err, fs.ErrNotExist):
		return notThere(err)
	case errors.Is(err, fs.ErrPermission):
		return &obstacle{reason: "the folder may not be read", cure: "give the user as whom dossier runs the right to read it", every: 1}
	}
	return &obstacle{reason: fmt.Sprintf("the system does not let it be watched: %v", err), every: rarely}
}

// isLimit tells whether the system has no more room for watches: inotify says ENOSPC, kqueue EMFILE, and both may lack memory.
func isLimit(err error) bool {
	for _, errno := range []syscall.Errno{syscall.ENOSPC, syscall.EMFILE, syscall.ENFILE, syscall.ENOMEM} {
		if errors.Is(err, errno) {
			return true
		}
	}
	return false
}

// hasRoom tells whether the system's limit has room for the root, while other roots hold so many watches.
func (o *obstacle) hasRoom(held int, limit func(string) int) bool {
	_, most := tightest(limit)
	return o.need == 0 || most <= 0 || most-held >= o.need
}

// conclude notes what came of an attempt to watch, and says so when it is news. Whatever came of it, everything is to be looked at.
func (r *Root) conclude(stop *obstacle) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed || r.w.ctx.Err() != nil {
		return
	}
	if !r.afresh { // else the watches were taken away meanwhile, and nothing is known
		r.note(stop)
	}
	r.hints.addAll()
}

// note is called with mu held.
func (r *Root) note(stop *obstacle) {
	before := r.status
	r.obstacle = stop
	if stop == nil || stop.reason != before.Reason {
		r.polls = 0
	}
	r.status = Status{Mode: Watching}
	if stop != nil {
		r.status = Status{Mode: Polling, Folders: stop.need, Reason: stop.reason, Cure: stop.cure}
	}
	r.plan()
	switch now := r.status; {
	case now.Mode == before.Mode && now.Reason == before.Reason:
	case stop != nil:
		r.log.Warn("polling", "reason", now.Reason, "cure", now.Cure, "every", now.Every)
	default:
		r.log.Info("watching", "folders", len(r.folders), "barred", len(r.barred))
	}
}
