package syncertest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"dossier/remote"
	"dossier/remote/remotetest"
	"dossier/syncer/local/simdisk"
)

// Outcome is what became of a life.
type Outcome struct {
	Faults []string // what was not as it must be; empty: all was well
	Trace  []string // what happened, in order
	Stats
}

// Stats counts what lives were made of.
type Stats struct {
	Lives, Runs, Effects, Doings, Failures, Crashes, Copies int
}

// Add sums up.
func (s *Stats) Add(o Stats) {
	s.Lives += o.Lives
	s.Runs += o.Runs
	s.Effects += o.Effects
	s.Doings += o.Doings
	s.Failures += o.Failures
	s.Crashes += o.Crashes
	s.Copies += o.Copies
}

// Live plays a script, with its states in a folder of its own below dir, and checks it. It stops at the first thing that is wrong.
func Live(t *testing.T, s Script, dir string) (out Outcome) {
	dir, err := os.MkdirTemp(dir, "life-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	synctest.Test(t, func(*testing.T) {
		w := newWorld(s, dir)
		w.live()
		w.Lives = 1
		out = Outcome{Faults: w.faults, Trace: w.trace, Stats: w.Stats}
	})
	return out
}

// world is the portal, the machines, and what the people wrote.
type world struct {
	Stats
	script   Script
	dir      string
	portal   *remotetest.Memory
	machines []*machine

	faults []string
	noting sync.Mutex
	trace  []string // guarded by noting
	begun  time.Time

	contents int             // made so far
	known    map[string]bool // every content that was ever written
	owed     map[string]bool // contents that must not be lost
	disowned map[string]int  // how often each was deleted or replaced by somebody who saw it
	doubled  map[string]bool // contents that may be at two places
	bin      []binned

	wanted   map[string]string // how people left the side that they touched, where they touch only one
	wantedOf int

	gate   turnstile
	chance *rand.Rand // of what no script says: who passes first, what a crash forgets
	todo   []Event    // of this round, not yet happened
	seen   [4]int     // effects of this round so far, by When
}

func newWorld(s Script, dir string) *world {
	features := remotetest.Full()
	if s.Kind.Features != nil {
		s.Kind.Features(&features)
	}
	w := &world{script: s, dir: dir, portal: remotetest.NewMemory(features), begun: time.Now(), known: map[string]bool{"": true}, owed: map[string]bool{}, disowned: map[string]int{}, doubled: map[string]bool{}}
	if s.Kind.Portal != nil {
		s.Kind.Portal(w.portal)
	}
	for i := range s.Kind.Machines {
		w.machines = append(w.machines, &machine{w: w, n: i, disk: simdisk.New(s.Kind.Disk), host: fmt.Sprintf("pc%d", i),
			file: filepath.Join(dir, fmt.Sprintf("pc%d-0.db", i))})
	}
	return w
}

func (w *world) live() {
	defer w.close()
	for i, r := range w.script.Rounds {
		w.note("round %d", i)
		w.chance = rand.New(rand.NewPCG(w.script.Seed, uint64(i)))
		w.round(r)
		if len(w.faults) == 0 && w.script.Kind.OneSide {
			w.quiet()
		}
		if len(w.faults) > 0 {
			return
		}
		time.Sleep(r.Pause)
	}
	w.quiet()
	if len(w.faults) == 0 {
		w.stillAfterDays()
	}
}

// side is where an event's person works.
func (w *world) side(n int) side {
	if n == Portal {
		return portalSide{w}
	}
	return diskSide{w.machines[n]}
}

// round lets people act, then machines run.
func (w *world) round(r Round) {
	w.todo, w.seen = nil, [4]int{}
	side := w.touched(r)
	for _, e := range r.Events {
		if e.When == Before {
			w.happen(e)
		} else {
			w.todo = append(w.todo, e)
		}
	}
	if w.script.Kind.Together {
		w.run(r.Runs, false)
	} else {
		for _, n := range r.Runs {
			w.run([]int{n}, false)
		}
	}
	w.left(r, side)
	w.anything()
}

// touched is the side at which all the people of a round are.
func (w *world) touched(r Round) int {
	for _, e := range r.Events {
		if e.Do < Tick {
			return e.Side
		}
	}
	return Portal
}

// happen lets an event happen, and notes it.
func (w *world) happen(e Event) {
	if did := w.person(e); did != "" {
		w.Doings++
		w.note("%s %s", w.who(e.Side), did)
	}
}

func (w *world) who(side int) string {
	if side == Portal {
		return "somebody on the portal"
	}
	return "the user of " + w.machines[side].host
}

func (w *world) note(format string, args ...any) {
	w.noting.Lock()
	defer w.noting.Unlock()
	w.trace = append(w.trace, fmt.Sprintf("%10s  ", time.Since(w.begun).Truncate(time.Millisecond))+fmt.Sprintf(format, args...))
}

func (w *world) wrong(format string, args ...any) {
	w.faults = append(w.faults, fmt.Sprintf(format, args...))
	w.note("WRONG: "+format, args...)
}

// newContent is a content that was never there before, with so many letters more than the shortest have.
func (w *world) newContent(more int) string {
	w.contents++
	number := fmt.Sprintf("%05d", w.contents)
	c := number + strings.Repeat(number, more/len(number)+1)[:more]
	w.known[c] = true
	return c
}

func (w *world) own(content string) {
	if content != "" {
		w.owed[content] = true
	}
}

func (w *world) disown(content string) {
	delete(w.owed, content)
	w.disowned[content]++
}

// idOf is the id and kind of what lies at a path on the portal; empty for a disk.
func (w *world) idOf(side int, name string) (id remote.ID, kind remote.Kind) {
	if side != Portal {
		return "", 0
	}
	at, kind := remotetest.MemoryRoot, remote.Folder
	for part := range strings.SplitSeq(strings.TrimSuffix(name, "/"), "/") {
		found := false
		for e, err := range w.portal.Children(context.Background(), at) {
			if err == nil && e.Name == part {
				id, at, kind, found = e.ID, e.ID, e.Kind, true
				break
			}
		}
		if !found {
			return "", 0
		}
	}
	return id, kind
}

func (w *world) close() {
	for _, m := range w.machines {
		m.close()
	}
}

// due takes out the events of this round that are to happen before an effect of these kinds.
func (w *world) due(when []When) (due []Event) {
	for _, x := range when {
		for i := 0; i < len(w.todo); i++ {
			if e := w.todo[i]; e.When == x && e.Nth == w.seen[x] {
				due = append(due, e)
				w.todo = slices.Delete(w.todo, i, i+1)
				i--
			}
		}
		w.seen[x]++
	}
	return due
}
