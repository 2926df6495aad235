package syncer

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"dossier/remote"
	"dossier/remote/remotetest"
	"dossier/syncer/local"
	"dossier/syncer/local/simdisk"
)

// story is a day with something of everything: what is done on each side between two runs that are in step.
func story(w *testWorld) {
	u, s := w.disk.User(), w.portal.Somebody()
	w.write("up/new.txt", "new on the disk")
	w.write("a.txt", "a, changed on the disk")
	w.put("down/new.txt", "new on the portal")
	w.put("b.txt", "b, changed on the portal")
	w.write("both.txt", "mine")
	w.put("both.txt", "theirs")
	u.Remove("gone-here.txt")
	must(w.t, s.Trash("gone-there.txt"))
	u.Rename("folder", "renamed here")
	must(w.t, s.Rename("other", "renamed there"))
}

// before is what the story begins with.
func before(w *testWorld) {
	for _, p := range []string{"a.txt", "b.txt", "both.txt", "gone-here.txt", "gone-there.txt", "folder/1.txt", "folder/2.txt", "other/1.txt"} {
		w.put(p, "first "+p)
	}
	w.inStep(w.run())
	w.settle()
}

// afterStory demands what must be true in the end, whatever went wrong on the way (P6, E2, E4).
func afterStory(w *testWorld, how string) {
	w.t.Helper()
	var rep Report
	for range 6 {
		w.settle()
		time.Sleep(48 * time.Hour) // beyond every backoff
		if rep = w.run(); rep.State == Conflicts {
			break
		}
	}
	if rep.State != Conflicts {
		w.t.Fatalf("%s: in the end: %+v", how, rep)
	}
	w.equal()
	tree := w.onDisk()
	want := map[string]string{"up/new.txt": "new on the disk", "a.txt": "a, changed on the disk", "down/new.txt": "new on the portal",
		"b.txt": "b, changed on the portal", "both.txt": "theirs", "renamed here/1.txt": "first folder/1.txt", "renamed here/2.txt": "first folder/2.txt",
		"renamed there/1.txt": "first other/1.txt"}
	for p, c := range want {
		if tree[p] != c {
			w.t.Errorf("%s: %q is %q, want %q", how, p, tree[p], c)
		}
	}
	copies := withCopies(tree)
	if len(copies) != 1 || tree[copies[0]] != "mine" {
		w.t.Errorf("%s: copies %v", how, copies)
	}
	if files := len(want) + 1; countFiles(tree) != files {
		w.t.Errorf("%s: %d files, want %d: %v", how, countFiles(tree), files, simdisk.Paths(tree))
	}
	w.still(Conflicts)
}

func countFiles(tree map[string]string) (n int) {
	for p := range tree {
		if !strings.HasSuffix(p, "/") {
			n++
		}
	}
	return n
}

// stride is the step from one effect to the next that is tried: usual, or more where DOSSIER_EFFORT asks for less than all.
func stride(usual int) int {
	effort, err := strconv.ParseFloat(os.Getenv("DOSSIER_EFFORT"), 64)
	if err != nil || effort <= 0 {
		effort = 1
	}
	return max(1, int(float64(usual)/effort))
}

// each runs a test in a bubble of its own for one n after the other until it says that its n-th effect never came.
func each(t *testing.T, step int, test func(t *testing.T, n int) (came bool)) {
	t.Helper()
	for n, came := 1+rand.IntN(step), true; came; n += step {
		synctest.Test(t, func(t *testing.T) { came = test(t, n) })
		if t.Failed() {
			t.Fatalf("at effect %d", n)
		}
	}
}

func TestEveryPortalCallFails(t *testing.T) { // E4, E5
	faults := map[string]remotetest.Fault{
		"not done":             {Code: remote.Unavailable},
		"done, we not told":    {Code: remote.Unavailable, Lost: true},
		"throttled":            {Code: remote.Throttled, RetryAfter: time.Minute},
		"denied":               {Code: remote.Denied},
		"stale":                {Code: remote.Stale},
		"not found":            {Code: remote.NotFound},
		"nonsense":             {Code: remote.Corrupt},
		"cut after some bytes": {Code: remote.Unavailable, Inside: true, At: 1},
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			each(t, stride(1), func(t *testing.T, n int) bool {
				w := newTestWorld(t, remotetest.NewMemory(remotetest.Full()), "pc")
				before(w)
				story(w)
				w.settle()
				came := false
				gate := remotetest.Faulty(w.portal, func(c remotetest.Call) *remotetest.Fault {
					if c.N == n {
						came = true
						return &fault
					}
					return nil
				})
				plain := w.gate
				w.gate = gate
				w.run()
				w.gate = plain
				afterStory(w, fmt.Sprintf("call %d", n))
				return came
			})
		})
	}
}

func TestEveryDiskCallFails(t *testing.T) { // E5
	causes := map[string]error{"full": local.ErrNoSpace, "broken": errors.New("input/output error"), "in use": local.ErrInUse}
	for name, cause := range causes {
		for _, done := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, done %v", name, done), func(t *testing.T) {
				each(t, stride(4), func(t *testing.T, n int) bool {
					w := newTestWorld(t, remotetest.NewMemory(remotetest.Full()), "pc")
					before(w)
					story(w)
					w.settle()
					var count atomic.Int64
					hook := func(string, local.Path) error {
						if count.Add(1) == int64(n) {
							return cause
						}
						return nil
					}
					if done {
						w.disk.SetHooks(nil, hook)
					} else {
						w.disk.SetHooks(hook, nil)
					}
					w.tryRun()
					w.disk.SetHooks(nil, nil)
					afterStory(w, fmt.Sprintf("disk call %d", n))
					return count.Load() >= int64(n)
				})
			})
		}
	}
}

func TestCrashAfterEveryEffect(t *testing.T) { // E2, E3
	for _, seed := range []uint64{1, 2} {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			each(t, stride(1), func(t *testing.T, n int) bool {
				w := newTestWorld(t, remotetest.NewMemory(remotetest.Full()), "pc")
				before(w)
				story(w)
				w.settle()
				came := w.crashAt(n, rand.New(rand.NewPCG(seed, uint64(n))))
				afterStory(w, fmt.Sprintf("crash after effect %d", n))
				return came
			})
		})
	}
}

// crashAt runs until the n-th effect, on disk or on the portal, and lets the machine die there: nothing more is done, and the disk
// forgets what was not made durable.
func (w *testWorld) crashAt(n int, r *rand.Rand) (came bool) { return w.crashIn(n, r, w.tryRunIn) }

// crashIn is crashAt of what may be several runs.
func (w *testWorld) crashIn(n int, r *rand.Rand, runs func(context.Context)) (came bool) {
	ctx, die := context.WithCancel(context.Background())
	defer die()
	dead := errors.New("the machine is dead")
	var count atomic.Int64
	effect := func() error {
		switch c := count.Add(1); {
		case c == int64(n):
			die()
			return dead
		case c > int64(n):
			return dead
		}
		return nil
	}
	w.disk.SetHooks(func(op string, _ local.Path) error {
		if count.Load() >= int64(n) {
			return dead
		}
		return nil
	}, func(op string, _ local.Path) error {
		switch op {
		case "lstat", "readdir", "open", "read", "stat", "identity", "space", "inuse":
			return nil
		}
		return effect()
	})
	plain := w.gate
	w.gate = remotetest.NewGate(plain.Driver)
	w.gate.Before = func(context.Context, remotetest.Call) error {
		if count.Load() >= int64(n) {
			return dead
		}
		return nil
	}
	w.gate.After = func(_ context.Context, c remotetest.Call, err error) error {
		if !c.Verb.Writes() {
			return err
		}
		if e := effect(); e != nil {
			return e
		}
		return err
	}
	runs(ctx)
	w.gate = plain
	w.disk.SetHooks(nil, nil)
	if count.Load() >= int64(n) {
		w.disk.Crash(r)
		return true
	}
	return false
}
