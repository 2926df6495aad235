package plan

// NodeID is our own name for an item. It stays with the item through every rename, move and change, on both sides.
type NodeID uint64

// Root is the client's folder itself. It is in every World, present on both sides, and never moved or deleted.
const Root NodeID = 1

// Side is one of the two places that are kept in step.
type Side uint8

const (
	Local Side = iota
	Remote
)

// Other is the opposite side.
func (s Side) Other() Side { return 1 - s }

func (s Side) String() string { return [...]string{"local", "portal"}[s] }

// Kind is what an item is. A node never changes its kind: a file in whose place a folder appears is gone, and the folder is new.
type Kind uint8

const (
	File Kind = iota + 1
	Folder
)

// Content is what a file holds, as far as it is known.
type Content struct {
	Hash string // digest that both sides can tell; empty: not known
	Rev  string // the side's own revision: on one side, equal revisions mean equal bytes; empty: not known
	Size int64  // bytes; -1: not known
}

// Place is where an item lies: its folder and its name, as its side spells it.
type Place struct {
	Parent NodeID
	Name   string
}

// Base is what both sides last agreed on about a node.
type Base struct {
	Kind    Kind
	Parent  NodeID
	Name    [2]string  // by Side: the two spellings of one name
	Content [2]Content // by Side: one content, under each side's revision
}

// Sight is how well a side's state of a node is known.
type Sight uint8

const (
	// Absent: a complete observation of this side did not find it.
	Absent Sight = iota
	// Present: it was seen, as Item says.
	Present
	// Unseen: the observation that would have shown it was incomplete. Nothing is decided about it, nor about what lies below it.
	// Its Place, if one is given, is where it was seen last: that folder is not deleted.
	Unseen
)

// View is what one side shows of a node now.
type View struct {
	Sight
	Kind    Kind
	Place   Place
	Content Content

	// Witnessed: Absent, and vouched for as the portal's features demand. On the local side a complete scan is enough. It is
	// demanded of both sides alike: whoever makes the World sets it on either, or nothing is deleted on the other.
	Witnessed bool
	// Wait: it may neither be read, nor changed, nor have anything put in its place for now (settling, in use, backing off, locked,
	// placeholder, refused). The text is the reason that a person will read. It does not keep what lies below it from being done.
	Wait Reason
	// Pinned: it may be read, but it must not be replaced, moved or deleted (shared with a client).
	Pinned Reason
}

// Reason says why an item is not in step: a constant for machines, a text for people.
type Reason struct {
	Code   string // see the Reason constants; empty: none
	Detail string
}

// Node is one item in the three trees.
type Node struct {
	ID   NodeID
	Base *Base // nil: never agreed on
	Side [2]View

	Busy    bool   // something is being done with it: frozen, with the places of its ancestors
	Held    bool   // under a hold: not deleted, moved, renamed or overwritten; new versions may be added beside
	Hidden  bool   // known, and now under an ignored name: held, never deleted
	Private bool   // must not go up
	Tag     string // short and stable on every machine (from the portal's id), for names of twins; empty: not on the portal
}

// World is all that a plan is made from. It need not hold what is in step: it must hold
//
//   - each node of which a side differs from the base, or which has no base;
//
//   - the ancestors of these up to the root, in the base and on both sides;
//
//   - each node that on either side has, under that side's folding, a name which one of these has there, would
//     get there, or has in the base, in the same folder.
//
//   - each node that is Busy, Held or Hidden, in step or not: it keeps its ancestors where they are.
//
// A folder's children that are in step may be left out. A plan made from such a part is the plan made from the whole.
//
// A node without a base is Absent on the side where it was not seen only if that side's folder was listed completely; else it
// is Unseen there.
type World struct {
	Nodes map[NodeID]*Node
}

// Names is how one side deals in names.
type Names interface {
	// Key folds a name: two names with one key are one name on this side.
	Key(name string) string
	// From spells a name of the other side. ok false: this side cannot hold it; why says so in plain words.
	From(other string) (name, why string, ok bool)
	// Twin is another spelling of a name that is taken, made with a node's Tag. The same on every machine.
	Twin(name, tag string) string
	// Copy is the name of the conflict copy of name; n counts from 0 and makes it another one. A conflict copy's own
	// copy is named from the original stem.
	Copy(name string, n int) string
	// Park is a name that a file or folder has for a moment while names are swapped.
	Park(name string, id NodeID) string
}

// Mode is who may change what.
type Mode uint8

const (
	TwoWay  Mode = iota
	Down         // the portal is right: local edits become unsent copies, local deletions come back
	Up           // the disk is right for what is ours: the portal's changes are reported, never overwritten or removed
	Collect      // each item of the portal comes down once; nothing flows back
)

// Policy is how to decide.
type Policy struct {
	Mode     Mode
	Winner   Side // whose version keeps the name in a conflict, whose place counts when both moved; the zero value is Local: the mirror sets Remote
	Names    [2]Names
	Adopt    bool   // the base is not to be trusted with absences: no deletion
	ReadOnly bool   // nothing is done on the portal
	NoDelete Reason // why nothing is deleted on the portal; empty: it is
	Leaves   bool   // the portal deletes a folder only when it is empty
	Guards   Guards
	Past     Past
	// Admitted says whether a guarded operation was approved by a person, by its key (Op.Key).
	Admitted func(key string) bool
	// Elsewhere tells which of these files, which are about to be deleted, have bytes that lie elsewhere in the client by now: they have
	// moved, though nothing but that shows it. It is asked only if the deletions would be too many. Nil: none.
	Elsewhere func(files map[NodeID]bool) map[NodeID]bool
	// Halts found outside (identity, restoration): nothing of the client runs.
	Halts []Halt
}

// Guards are the brakes. A zero number switches its rule off.
type Guards struct {
	Deletes       int     // more deletions than this …
	DeletesPart   float64 // … and more than this part of the files; or
	DeletesMost   int     // this many deletions or more; or
	DeletesHalf   float64 // more than this part of the files, from HalfFrom files on; or everything
	HalfFrom      int
	Changes       int     // more files with changed content than this …
	ChangesPart   float64 // … and more than this part
	Conflicts     int     // more new conflicts in one run than this
	AcceptDeletes bool    // opens the deletion guard and the emptied-side guard
}

// Past is what the guards must remember.
type Past struct {
	Files     int // files in the base
	Unseen    int // files in the base that could not be seen and are not in the World
	Deleted   int // files deleted within the window, without approval
	Changed   int // files whose content changed within the window
	Conflicts int // conflicts of this run so far
}

// OpKind is what is to be done.
type OpKind uint8

const (
	Record     OpKind = iota + 1 // both sides agree: the base learns it (Learn). With Twin: two nodes turn out to be one, Node stays
	Forget                       // gone on both sides: the base lets go of it
	MakeFolder                   // make Node's folder on Side, at To
	Send                         // make Node's file on Side, at To, with the other side's content
	Update                       // replace the content of Node's file on Side with the other side's
	Move                         // rename or move Node on Side, to To; Park tells that the name is a passing one, which no base learns
	Delete                       // remove Node on Side; Tree: a folder with all below it, each node of which is in Below
	Conflict                     // keep both: what Side has goes to To on Side first, as an item of its own; then Node takes the other side's content
	Aside                        // what Side has as Node goes to To as an item of its own, to free the name for another kind of item, or as an unsent copy
	Compare                      // whether both contents are equal is not known: find out
)

// Op is one operation. From and Base are what it believes in: whoever does it checks that at the last moment.
//
// The operations of one plan do not touch one another: no two are about one node, and none works below a folder that another
// one moves or deletes. Any of them may be done, in any order or at once, and any may fail.
//
// Learn is the base that Node has when the operation is done, nil if it has none: neither more nor less is stored. So a Record
// with a Twin whose contents are not known to be equal joins the two and stores nothing new: Learn is the old Base, or nil, and
// Node is then on both sides without a base until the next plans have settled what it holds. Storing what the sides show instead
// would say that unequal contents are agreed on. After a transfer the Rev of the changed side is not in Learn: whoever did it
// fills it in. If an operation was done but its base was not stored, the next plan says Record; a
// parked name needs no memory at all: Names.Park of the base's name is recognised, and counts as that name.
//
// After Conflict and Aside what lies at To is a new node without a base, present on Side alone; after Aside, Node is Absent on Side.
// With Twin, what is seen of Twin is Node's, and what lies in Twin lies in Node. The Twin never has a base.
type Op struct {
	Kind  OpKind
	Side  Side // which side is changed (Record, Forget, Compare: none)
	Node  NodeID
	Twin  NodeID // Record: the node that becomes one with Node
	To    Place  // as Side spells it
	From  [2]View
	Base  *Base
	Learn *Base // what the base is afterwards
	Park  bool
	Tree  bool
	Below []NodeID // Delete with Tree: every descendant, parents first
	Moved []NodeID // Delete: those of the files whose bytes lie elsewhere in the client; no guard counts them
	Rule  string   // which rule decided it, for the record: see the Rule constants
}

// Item tells of a node that is not in step and for which this plan does nothing.
type Item struct {
	Node NodeID
	Reason
}

// Halt is a brake that tripped. All says that nothing of the client runs; else only its Ops wait.
type Halt struct {
	Reason
	All bool
	ID  string // names exactly the guarded operations and what they believe in
	Ops []Op   // what would have been done
}

// Plan is a decision.
type Plan struct {
	Ops   []Op
	Items []Item
	Halts []Halt
}

// Reasons for which an item waits or a client halts. Each has its text for people in the command line.
const (
	ReasonUnknown    = "unknown"          // could not be seen
	ReasonBusy       = "busy"             // being worked on
	ReasonRefused    = "refused"          // the other side cannot hold the name
	ReasonTaken      = "name-taken"       // another item has the name
	ReasonHeld       = "held"             // under a hold
	ReasonHidden     = "hidden"           // known, now under an ignored name
	ReasonPrivate    = "private"          // stays on this disk
	ReasonPending    = "deletion-pending" // gone on one side, not vouched for yet
	ReasonUnsent     = "unsent"           // mode: local, not sent
	ReasonReported   = "reported"         // mode: changed on the portal, left alone
	ReasonParent     = "parent"           // waits for its folder
	ReasonPinned     = "pinned"           // on the portal it must stay as it is
	ReasonCannot     = "unsupported"      // the portal cannot do that
	ReasonTwin       = "twin"             // a second item of one name, as when one is about to take the place of the other
	ReasonDeletes    = "deletes"          // guard: many deletions
	ReasonEmptied    = "emptied"          // guard: one side is empty
	ReasonChanges    = "changes"          // guard: many changed contents
	ReasonConflicts  = "conflicts"        // guard: many conflicts
	ReasonForgotten  = "forgotten"        // guard: what has been sent is not known any more, and the portal does not show it
	ReasonLedger     = "ledger"           // guard: folders that cannot be listed are no longer known
	ReasonRestored   = "restored"         // guard: the portal was restored
	ReasonRoot       = "root"             // guard: root or marker missing, or another's
	ReasonAccount    = "account"          // guard: the token speaks for another account
	ReasonEncryption = "encryption"       // guard: contents lost their signatures
)
