// Package simdisk is a disk in memory, for tests: it knows what was made durable, forgets any of the rest in a crash, holds
// or fails each call, and has an ordinary user who edits behind our back.
package simdisk

import (
	"time"

	"dossier/syncer/local"
)

// Options are the traits of the simulated file system.
type Options struct {
	FoldCase    bool             // "A" and "a" are one name; the first spelling is kept
	FoldUnicode bool             // NFC and NFD forms are one name
	Granularity time.Duration    // of mtime, 0 is 1 ns
	Space       int64            // bytes for file data, 0 is without limit
	NoUseInfo   bool             // InUse answers UseUnknown
	NoReplace   bool             // set: the file system cannot refuse to replace folders (a window remains)
	Now         func() time.Time // nil is time.Now
}

// Hook is called with each call's name (the method of [local.Disk], lower case, and "read", "write", "sync" for open files)
// and path. An error it returns becomes the call's error.
type Hook func(op string, p local.Path) error
