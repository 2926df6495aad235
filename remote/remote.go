// Package remote says what a portal is: the words in which the mirror speaks to every one of them.
//
// A portal's author fills in a Driver. The mirror holds a Portal, the concrete type that does once what every driver would repeat.
// What portals can and cannot do is data, Features, and never a question of which portal it is.
package remote

import (
	"context"
	"io"
	"iter"
	"time"
)

// ID is a portal's own identifier of a file or folder: opaque, compared for equality only.
type ID string

// Kind is what an entry is.
type Kind uint8

const (
	// File has content.
	File Kind = iota + 1
	// Folder has children.
	Folder
	// Other has neither (a bookmark, say), but it occupies a name. It is never touched.
	Other
)

func (k Kind) String() string {
	switch k {
	case File:
		return "file"
	case Folder:
		return "folder"
	}
	return "other"
}

// Entry is one item as a portal tells of it.
type Entry struct {
	ID     ID
	Parent ID // empty: outside what we may see
	Name   string
	Kind   Kind

	Size     int64     // bytes; -1: not told
	Content  string    // content revision: the same string means the same bytes
	SHA1     string    // lower-case hex; empty: not told
	SHA256   string    // lower-case hex; empty: not told
	Guard    string    // revision for conditions (an etag); may change without a change of content
	Seq      int64     // grows with each change of the item where the portal counts them; 0: it does not
	Modified time.Time // of the content, as the uploader told; zero: not told
	Uploader string    // who delivered it, as the portal words it
	Frozen   string    // why it must not be fetched or changed (locked, no download right); empty: nothing stops us
	Pinned   string    // why it may be fetched, but not replaced, moved or deleted (shared with a client); empty: nothing stops us
	Token    string    // of the Upload that made it, where the portal shows it; empty: not told
}

// LedgerFolder is a folder as a Ledger knows it.
type LedgerFolder struct {
	ID, Parent ID
	Name       string
	Ours       bool // we made it
	Left       bool // it is no longer mirrored, though it is there: what lies in it makes it show again
}

// Ledger remembers the folders of a portal that cannot list them, by the client they belong to. It is shared by all drivers of an
// account and durable: a change is on the disk when it returns nil. It may be called from many goroutines at once.
type Ledger interface {
	// Folders lists what is known, in no order.
	Folders(ctx context.Context, client ID) ([]LedgerFolder, error)
	// Put adds a folder, or replaces the one with its id.
	Put(ctx context.Context, client ID, f LedgerFolder) error
	// Remove forgets a folder. One that is not known is no error.
	Remove(ctx context.Context, client, folder ID) error
}

// Assumption is a fact that a driver assumes of its portal, since nobody tells it. The driver is right either way: a setting says
// which way it is, the sandbox plays both, and where it can be found out harmlessly the driver does so (Checker).
type Assumption struct {
	ID      string   // in the sheet of facts on the portal, such as "A-8"
	Says    string   // the fact, in a sentence
	Setting string   // its name under `assume` in the configuration; empty: the driver lives with every answer by itself
	Default any      // of the setting: bool, int64 or string
	Quirks  []string // by which the sandbox plays other answers; empty: Why says why it cannot differ
	Probe   bool     // a Checker finds out
	Why     string   // why there is no setting, or no quirk, or no probe
}

// Finding is what a Checker found out about an assumption.
type Finding struct {
	ID      string // of the Assumption
	Verdict Verdict
	Seen    string // what was seen, in plain words
	Setting string // the setting to change; empty: nothing is to be changed
	Value   any    // what it should be: bool, int64 or string
}

// Verdict is how an assumption fared.
type Verdict uint8

const (
	Untold  Verdict = iota // it could not be found out
	Held                   // it is as assumed
	Differs                // it is not
)

func (v Verdict) String() string { return [...]string{"not known", "holds", "differs"}[v] }

// Checker is a driver that finds out, harmlessly, which way its assumptions hold: nothing but what it made itself is changed, and
// that is gone afterwards.
type Checker interface {
	// Check looks at a portal. folder is one that the account may see, in which things may be made if write is set. An error means
	// that the portal could not be asked at all.
	Check(ctx context.Context, folder ID, write bool) ([]Finding, error)
}

// Place is where an entry lies or shall lie.
type Place struct {
	Parent ID
	Name   string
}

// Account is whom the token speaks for.
type Account struct {
	ID    string
	Name  string
	Login string
	Space int64 // bytes in all; 0: not told
	Used  int64 // bytes
	Max   int64 // largest file in bytes; 0: not told
}

// Features is what a portal can do. The mirror decides by it alone.
type Features struct {
	Digest       string        // which digest listings carry: "sha1", "sha256" or ""
	CaseFold     bool          // names that differ in case only are one name
	Twins        bool          // several items of one folder may have one name
	Listing      bool          // what lies there can be seen; false: only what we sent is known
	Ledger       bool          // folders are known by the driver's Ledger only, never by looking: one that is missing there was lost
	Folderwise   bool          // a crawl is one listing a folder: it may as well be done folder by folder, and be gone on with later
	ReadOnly     string        // why this machine changes nothing there; empty: it may
	SendOnly     bool          // contents cannot be fetched: what is there is known, and goes nowhere
	Replace      bool          // a file's content can be replaced under its id
	GuardContent bool          // replacing and deleting can be made conditional on Entry.Guard
	Rename       bool          // a name can change under its id
	MoveFiles    bool          // a file's parent can change under its id
	MoveFolders  bool          // a folder's parent can change under its id
	Delete       bool          // items can be removed
	DeleteTree   bool          // a folder is removed with all below it; false: only when it is empty
	Trash        bool          // deletions can be taken back; false: the bytes go into our vault first
	Recognise    bool          // an upload whose reply was lost can be told from another's
	Seals        bool          // an upload is checked against its digest before it takes effect; false: send from a snapshot
	Looks        int           // how many complete looks must miss an item before it counts as gone
	LooksApart   time.Duration // how far apart these looks must be
	Parallel     int           // transfers at once
	Times        bool          // a file's modification time is kept
	TimeStep     time.Duration // its step
	MaxSize      int64         // largest file in bytes; 0: not known
}

// Driver speaks one portal's API. What it must keep:
//
//   - It may be called from many goroutines at once.
//   - Reads are repeated inside (package rest); a call that changes something is sent once. If it is not known whether that
//     call took effect, its error says so (Error.Outcome), and the mirror looks before it tries again.
//   - After ctx is cancelled nothing more is sent.
//   - It checks nothing that Portal checks, and trusts nothing the portal says about names: they come as they are.
//   - Every error is an *Error, or wraps one.
type Driver interface {
	Features() Features

	// Account asks whom the token speaks for.
	Account(ctx context.Context) (Account, error)

	// Get reads one item. Gone (Error.Code NotFound, Trashed) is an answer; see also Confirm.
	Get(ctx context.Context, id ID, kind Kind) (Entry, error)

	// Crawl lists all below root, root itself left out, folders before what lies in them, else in no order.
	// A *Gap among the errors names a folder that could not be read whole: the crawl goes on, and what lies below is unknown.
	// Any other error ends it: the whole look is incomplete. A crawl that ends without either was complete.
	Crawl(ctx context.Context, root ID) iter.Seq2[Entry, error]

	// Children lists one folder. An error means that the listing is incomplete.
	Children(ctx context.Context, folder ID) iter.Seq2[Entry, error]

	// Confirm asks for a witness that an item, last seen as given, is gone. A false answer carries what is there now
	// when that is known.
	Confirm(ctx context.Context, last Entry) (Absence, error)

	// Download opens the content that e.Content names, from byte offset on. If the portal now has another content,
	// the error's code is Stale. The reader ends with an error if the body is shorter or longer than announced.
	Download(ctx context.Context, e Entry, offset int64) (io.ReadCloser, error)

	// Create uploads a new file. A name in use is Error.Code NameTaken, with Error.Existing where the portal tells.
	Create(ctx context.Context, u Upload) (Entry, error)

	// Replace uploads new content for old, if it still is as old says (where Features.GuardContent), else Stale.
	Replace(ctx context.Context, old Entry, u Upload) (Entry, error)

	// MakeFolder creates a folder.
	MakeFolder(ctx context.Context, at Place) (Entry, error)

	// Move renames, moves or both, in one call where the portal can.
	Move(ctx context.Context, old Entry, to Place) (Entry, error)

	// Delete removes an item, a folder with all below it, into the trash where there is one. Gone already is no error.
	Delete(ctx context.Context, old Entry) error

	// CheckName says why the portal would refuse a name; nil: it would not, as far as we know.
	CheckName(name string, kind Kind) error
}

// Absence is the answer to the question whether an item is gone.
type Absence struct {
	Gone  bool
	Trash bool   // it lies in the portal's trash
	Now   *Entry // not gone: what is there now
	Why   string // for the record, e.g. `404 trashed`
}

// Gap is a folder that a crawl could not read whole. What lies below it is unknown.
type Gap struct {
	Folder ID
	Err    error
}

func (g *Gap) Error() string { return "list folder " + string(g.Folder) + ": " + g.Err.Error() }
func (g *Gap) Unwrap() error { return g.Err }

// Source is a file's content: it can be opened again, at any offset, and gives the same bytes, or fails.
// Every Open is paired with a Close; Open may be called from many goroutines at once, as for the parts of a large file. Check says whether the source still is what was promised; it is asked after the last byte.
type Source interface {
	Open(offset int64) (io.ReadCloser, error)
	Size() int64
	Check() error
}

// Upload is what goes up.
type Upload struct {
	At       Place
	Source   Source
	SHA1     string // lower-case hex, always there
	SHA256   string // lower-case hex, always there
	Modified time.Time
	Token    string // names this attempt and its repetitions, for portals that recognise uploads by it
	Later    bool   // nobody waits for it: it is one of very many

	// Resume is what an earlier attempt left with Keep; empty: none. A driver that cannot go on from it starts anew.
	Resume string
	// Keep must be called, and have returned nil, before a resumable upload relies on its session being remembered. May be nil.
	Keep func(resume string) error
	// Progress is told of bytes as they are sent (negative: taken back). May be nil. Called from any goroutine.
	Progress func(n int64)
}

// Feed is the change feed of a portal that has one.
type Feed interface {
	// Now is the feed's newest position. Taken before a crawl, and drained after it, it makes the crawl whole.
	Now(ctx context.Context) (cursor string, err error)

	// Changes reads one page from cursor on. Code Reset means that the position is not to be had any more: crawl again.
	Changes(ctx context.Context, cursor string) (Changes, error)

	// Wait returns nil as soon as there may be something after cursor, or when the portal ends the wait without
	// anything new; it is a hint only.
	Wait(ctx context.Context, cursor string) error
}

// Changes is a page of a feed. An item is told as it was at some time after the cursor; it may come twice, late or out of order.
type Changes struct {
	Items []Change
	Next  string // cursor to store once the items' effects are stored
	More  bool   // ask again at once
}

// Change says that something may have happened to an item.
type Change struct {
	ID     ID
	Kind   Kind
	Entry  *Entry // as told; nil: not told, ask for it
	Gone   bool   // told to be deleted: a hint, no witness
	Access bool   // rights changed somewhere: look at everything again
}

// Trash is the bin of a portal whose bin we can use.
type Trash interface {
	// Restore takes an item out of the trash, to where it was, or to at if that is not nil.
	Restore(ctx context.Context, id ID, kind Kind, at *Place) (Entry, error)
}

// Prober is a driver which can find out, harmlessly, whether an account has a trash.
type Prober interface {
	HasTrash(ctx context.Context, folder ID) (bool, error)
}
