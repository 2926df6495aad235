package syncertest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"dossier/remote"
	"dossier/remote/remotetest"
	"dossier/syncer/local/simdisk"
	"dossier/syncer/plan"
)

// Kind is what kind of life it is. Kinds differ in what may happen, so that a failure of a simple kind is found as a simple one.
type Kind struct {
	Name     string
	Machines int
	OneSide  bool // in each round people touch one side only, and then everybody waits until all is quiet
	Busy     bool // people act during runs too
	Faults   bool // calls of disk and portal fail
	Crashes  bool // machines die during runs
	Together bool // machines run at the same time
	Parallel int  // jobs of a machine at once; 0: one
	Forgets  bool // machines lose their state, or get an older one back
	Long     bool // a life of many more rounds
	Stay     bool // one mirror lives on from run to run, as in the daemon, until its machine dies

	Names  []string  // of files; nil: plain ones
	Sizes  []int     // letters of contents beyond the shortest; a negative one is an empty file; nil: a few
	Copies bool      // some contents are copies of others
	Mode   plan.Mode // zero: two-way
	Allow  []string  // codes of problems that may be left, and then the sides may differ

	Disk     simdisk.Options
	Features func(*remote.Features)   // nil: full
	Portal   func(*remotetest.Memory) // nil: as it is made
}

// Script is one life.
type Script struct {
	Kind   Kind
	Seed   uint64
	Rounds []Round
}

// Round is some doings of people, then a run of some machines, then a pause.
type Round struct {
	Events []Event
	Runs   []int // machines
	Pause  time.Duration
}

// Event is one doing of a person, or a mishap.
type Event struct {
	When When
	Nth  int // of the effects that When names, in this round
	Do   Doing
	Side int       // Portal or a machine
	Pick [4]uint64 // what is chosen among what is there then

	Words []string // of Told: what is done to which paths
}

// Portal is the side that is no machine.
const Portal = -1

// When says before which effect of a round an event happens.
type When uint8

const (
	Before   When = iota // before the runs
	AtEffect             // any effect
	AtWrite              // an effect that changes the disk
	AtCall               // a call of the portal
)

// Doing is what is done.
type Doing uint8

const (
	Edit Doing = iota
	EditByRename
	Create
	MakeFolder
	Rename
	RenameOver
	Move
	Swap
	LetterCase
	Delete
	Restore
	Told // what a story says
	Tick // time passes

	FailCall // the portal call, or the disk call, that is about to be made, or was made
	Crash
	LoseState // the machine's state is gone
	OldState  // the machine's state is one from a backup
)

var doingNames = map[Doing]string{Edit: "edit", EditByRename: "edit by rename", Create: "create", MakeFolder: "make folder", Rename: "rename",
	RenameOver: "rename over", Move: "move", Swap: "swap", LetterCase: "letter case", Delete: "delete", Restore: "restore", Told: "told", Tick: "tick",
	FailCall: "fail", Crash: "crash", LoseState: "lose state", OldState: "state from a backup"}

func (d Doing) String() string { return doingNames[d] }

// weights is how often people do what.
var weights = []struct {
	do Doing
	n  int
}{{Edit, 6}, {EditByRename, 3}, {Create, 6}, {MakeFolder, 2}, {Rename, 4}, {RenameOver, 1}, {Move, 3}, {Swap, 1}, {LetterCase, 1}, {Delete, 4}, {Restore, 1}}

var pauses = []time.Duration{0, 50 * time.Millisecond, 1500 * time.Millisecond, 5 * time.Second, time.Minute, 3 * time.Hour, 30 * time.Hour}

// Write makes the script of a seed.
func Write(kind Kind, seed uint64) Script {
	w := &writer{rand.New(rand.NewPCG(seed, 0x5eed)), kind}
	s := Script{Kind: kind, Seed: seed}
	rounds := 2 + w.r.IntN(5)
	if kind.Long {
		rounds *= 5
	}
	for range rounds {
		s.Rounds = append(s.Rounds, w.round())
	}
	return s
}

type writer struct {
	r    *rand.Rand
	kind Kind
}

func (w *writer) round() Round {
	r := Round{Pause: pauses[w.r.IntN(len(pauses))]}
	side := w.side()
	for range w.r.IntN(6) {
		r.Events = append(r.Events, w.person(Before, side))
	}
	if w.kind.Busy {
		for range w.r.IntN(5) {
			r.Events = append(r.Events, w.person(w.when(), side))
		}
	}
	if w.kind.Faults {
		for range w.r.IntN(3) {
			r.Events = append(r.Events, w.at(w.when(), FailCall, 0))
		}
	}
	r.Runs = w.runs()
	if w.kind.Forgets && w.r.IntN(4) == 0 {
		r.Events = append(r.Events, w.at(Before, LoseState+Doing(w.r.IntN(2)), r.Runs[0]))
	}
	if w.kind.Crashes && w.r.IntN(2) == 0 {
		r.Events = append(r.Events, w.at(w.when(), Crash, r.Runs[w.r.IntN(len(r.Runs))]))
	}
	return r
}

func (w *writer) side() int { return w.r.IntN(w.kind.Machines+1) - 1 }

func (w *writer) runs() []int {
	all := w.r.Perm(w.kind.Machines)
	return all[:1+w.r.IntN(len(all))]
}

func (w *writer) when() When { return AtEffect + When(w.r.IntN(3)) }

// person makes a doing of somebody, on side if only one is touched.
func (w *writer) person(when When, side int) Event {
	if !w.kind.OneSide {
		side = w.side()
	}
	if when != Before && w.r.IntN(8) == 0 {
		return w.at(when, Tick, side)
	}
	n := 0
	for _, x := range weights {
		n += x.n
	}
	n = w.r.IntN(n)
	for _, x := range weights {
		if n -= x.n; n < 0 {
			return w.at(when, x.do, side)
		}
	}
	panic("unreachable")
}

func (w *writer) at(when When, do Doing, side int) Event {
	most := map[When]int{Before: 1, AtEffect: 300, AtWrite: 60, AtCall: 25}[when]
	e := Event{When: when, Nth: w.r.IntN(most), Do: do, Side: side}
	for i := range e.Pick {
		e.Pick[i] = w.r.Uint64()
	}
	return e
}

// String is the script as a person reads it.
func (s Script) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, seed %d\n", s.Kind.Name, s.Seed)
	for i, r := range s.Rounds {
		fmt.Fprintf(&b, "round %d: runs %v, then %v\n", i, r.Runs, r.Pause)
		for _, e := range r.Events {
			fmt.Fprintf(&b, "  %s\n", e)
		}
	}
	return b.String()
}

func (e Event) String() string {
	when := map[When]string{Before: "before", AtEffect: "at effect", AtWrite: "at write", AtCall: "at call"}[e.When]
	return fmt.Sprintf("%s %d: side %d: %v %v %v", when, e.Nth, e.Side, e.Do, e.Pick, e.Words)
}
