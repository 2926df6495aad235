// Package simdisk is a disk in memory, for tests: it knows what was made durable, forgets any of the rest in a crash, holds
// or fails each call, and has an ordinary user who edits behind our back.
//
// Its rules of durability are harsher than those of a real file system. The content of a file lasts once the file was
// synced; a name lasts once its directory was. In a [Disk.Crash] each other change is kept or forgotten by chance, in any
// combination, but no change outlives one it builds on, and a rename is never half done (or, as an option, the new name may
// come without the old one going).
package simdisk

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"golang.org/x/text/unicode/norm"

	"dossier/syncer/local"
)

// Options are the traits of the simulated file system.
type Options struct {
	FoldCase      bool             // "A" and "a" are one name; the first spelling is kept
	FoldUnicode   bool             // NFC and NFD forms are one name
	Granularity   time.Duration    // of times; 0 is so fine that no two changes bear the same
	Space         int64            // bytes for file data, 0 is without limit
	NoUseInfo     bool             // InUse answers UseUnknown
	NoFileIDs     bool             // as on FAT
	ReplacesEmpty bool             // a folder renamed onto an empty one replaces it, instead of being refused
	HalfRenames   bool             // a crash may leave a renamed file at both names (no journal)
	Now           func() time.Time // nil is time.Now
}

// Hook is called with each call's name (the method of [local.Disk] in lower case; "read", "write", "sync" and "stat" for open
// files) and path. An error it returns becomes the call's error.
type Hook func(op string, p local.Path) error

// ErrCrashed is what a handle opened before a crash answers.
var ErrCrashed = errors.New("the machine crashed")

// Disk is a simulated [local.Disk].
type Disk struct {
	opt Options

	mu      sync.Mutex
	before  Hook
	after   Hook
	areas   [2]*node // by local.Area
	held    *node    // the client's folder that was "opened"
	gone    bool     // nothing stands at the client's path
	pending []*change
	last    int64 // time of the last change
	nextID  int
	used    int64
	life    int // counts crashes
}

var _ local.Disk = (*Disk)(nil)

// New returns an empty disk.
func New(opt Options) *Disk {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	d := &Disk{opt: opt}
	d.areas = [2]*node{d.newNode(local.Dir), d.newNode(local.Dir)}
	d.held = d.areas[local.Client]
	return d
}

// SetHooks sets what is called before and after the effect of each call; nil is nothing. An error from before stops the call
// before its effect; one from after hides that the effect took place.
func (d *Disk) SetHooks(before, after Hook) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.before, d.after = before, after
}

// do runs one call: hook, effect under the lock, hook.
func (d *Disk) do(op string, p local.Path, effect func() error) error {
	d.mu.Lock()
	before, after := d.before, d.after
	d.mu.Unlock()
	if before != nil {
		if err := before(op, p); err != nil {
			return &local.DiskError{Op: op, Path: p, Err: err}
		}
	}
	d.mu.Lock()
	err := effect()
	d.mu.Unlock()
	if err == nil && after != nil {
		err = after(op, p)
	}
	if err != nil {
		return &local.DiskError{Op: op, Path: p, Err: err}
	}
	return nil
}

// now is the time a change bears.
func (d *Disk) now() int64 {
	t := d.opt.Now()
	if d.opt.Granularity > 0 {
		return t.Truncate(d.opt.Granularity).UnixNano()
	}
	d.last = max(d.last+1, t.UnixNano())
	return d.last
}

// key is the same for names that are one here.
func (d *Disk) key(name string) string {
	if d.opt.FoldUnicode {
		name = norm.NFC.String(name)
	}
	if d.opt.FoldCase {
		name = strings.ToLower(name)
	}
	return name
}

// String names the disk in test output.
func (d *Disk) String() string { return fmt.Sprintf("simdisk, life %d", d.life) }
