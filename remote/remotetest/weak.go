package remotetest

import (
	"time"

	"dossier/remote"
)

// The functions in this file are what weaker portals can do, for NewMemory: like the ones that drivers exist for, but without their
// own words. They have no change feed and no counters, and names need not be unique.

// Weak makes a Memory that can do what features says, without feed and counters.
func Weak(features remote.Features) *Memory {
	m := NewMemory(features)
	m.NoFeed, m.NoCounts, m.Twins = true, true, features.Twins
	return m
}

// Bare has neither digests, nor replacement, renaming or moving, nor a trash, and deletes no folder that is not empty.
func Bare() remote.Features {
	return remote.Features{Twins: true, Listing: true, Folderwise: true, Delete: true, Looks: 2, LooksApart: time.Minute, Parallel: 2}
}

// Blind is Bare, and does not show what is there: only what was sent is known.
func Blind() remote.Features {
	f := Bare()
	f.Listing, f.Folderwise, f.Delete = false, false, false
	return f
}

// Loose renames, moves and has a trash, but replaces no content and tells no digests.
func Loose() remote.Features {
	return remote.Features{Twins: true, Listing: true, Rename: true, MoveFiles: true, MoveFolders: true, Trash: true, Recognise: true, Seals: true,
		Delete: true, DeleteTree: true, Looks: 2, LooksApart: time.Minute, Parallel: 2}
}

// Flat renames, and moves files, but no folders; it has no trash, and recognises uploads by their tokens.
func Flat() remote.Features {
	return remote.Features{Twins: true, Listing: true, Rename: true, MoveFiles: true, Recognise: true, Delete: true,
		Looks: 2, LooksApart: time.Minute, Parallel: 1}
}

// SendOnly is Flat, and hands out no contents.
func SendOnly() remote.Features {
	f := Flat()
	f.SendOnly = true
	return f
}
