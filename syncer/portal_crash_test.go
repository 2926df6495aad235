package syncer

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"dossier/remote/sandbox"
	"dossier/remote/sandbox/mischief"
	"dossier/syncer/local"
)

// eachOnPortal runs a test in a world of its own for one n after the other, until it says that its n-th effect never came.
func eachOnPortal(t *testing.T, kind portalKind, step int, test func(w *portalWorld, n int) (came bool)) (worlds int) {
	t.Helper()
	for n, came := 1+rand.IntN(step), true; came; n += step {
		inPortalWorld(t, kind, func(w *portalWorld) { came = test(w, n) })
		worlds++
		if t.Failed() {
			t.Fatalf("at effect %d", n)
		}
	}
	return worlds
}

// someRuns are those that a day takes: deletions need two looks.
func (w *portalWorld) someRuns(ctx context.Context) {
	for range 3 {
		w.tryRunIn(ctx)
		time.Sleep(5 * time.Minute)
	}
}

// dayDone is how a run ends when the day is in step.
func (w *portalWorld) dayDone() State {
	if w.lasts() || w.can().Listing && !w.sees() {
		return Partly // what the portal does not do is told
	}
	return InStep
}

// A crash after any effect leaves a state from which the next runs come in step: nothing is lost, and nothing is there twice where the
// portal shows what was sent (E2, E3).
func TestCrashOnEachPortal(t *testing.T) {
	for _, kind := range portalKinds {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			worlds := eachOnPortal(t, kind, stride(12), func(w *portalWorld, n int) bool {
				portalBegin(w)
				portalDay(w)
				w.settle()
				came := w.crashIn(n, rand.New(rand.NewPCG(1, uint64(n))), w.someRuns)
				w.afterAll(fmt.Sprintf("crash after effect %d", n))
				return came
			})
			t.Logf("%d crashes", worlds-1)
		})
	}
}

// afterAll demands that the day comes in step, whatever went wrong on the way.
func (w *portalWorld) afterAll(how string) {
	w.t.Helper()
	time.Sleep(48 * time.Hour) // beyond every backoff
	w.untilStill(w.dayDone())
	portalEvening(w, how)
	w.still(w.dayDone())
}

// Each changing call may be done although nobody tells us (E4).
func TestLostRepliesOnEachPortal(t *testing.T) {
	ways := map[string]sandbox.Fault{"lost": {Do: mischief.LoseAfter}, "503": {Do: mischief.StatusApplied, Status: 503}}
	for _, kind := range portalKinds {
		for way, fault := range ways {
			t.Run(kind.name+", "+way, func(t *testing.T) {
				t.Parallel()
				worlds := 0
				for _, fault.Method = range []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
					worlds += eachOnPortal(t, kind, stride(2), func(w *portalWorld, n int) bool { return w.strike(fault, n) })
				}
				t.Logf("%d replies lost", worlds-4)
			})
		}
	}
}

// strike lets the n-th call be struck by a fault.
func (w *portalWorld) strike(fault sandbox.Fault, n int) (came bool) {
	w.t.Helper()
	portalBegin(w)
	portalDay(w)
	w.settle()
	fault.Portal, fault.Skip, fault.Times = w.kind.portal, n-1, 1
	_, err := w.server.Fault(fault)
	must(w.t, err)
	w.someRuns(context.Background())
	came = w.server.Faults()[0].Hits > 0
	w.server.ClearFaults()
	w.afterAll(fmt.Sprintf("%s of %s %d", fault.Do, fault.Method, n))
	return came
}

// E3: what a power cut left of a download is not taken for the content, where the portal announces no digest that would tell.
func TestTornDownloadsAreNotTrusted(t *testing.T) {
	for _, kind := range portalKinds {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(32) {
				inPortalWorld(t, kind, func(w *portalWorld) {
					if !w.sees() {
						return
					}
					w.put("new.txt", "new on the portal")
					w.cutWhileReceiving(rand.New(rand.NewPCG(seed, 0)))
					w.untilStill(InStep)
					w.equal(fmt.Sprintf("seed %d", seed))
				})
			}
		})
	}
}

// cutWhileReceiving lets the power fail in a run when a file's bytes are in staging, but not yet durable.
func (w *portalWorld) cutWhileReceiving(r *rand.Rand) {
	w.t.Helper()
	ctx, die := context.WithCancel(context.Background())
	defer die()
	cut := 0
	w.disk.SetHooks(nil, func(op string, p local.Path) error {
		if op == "write" && strings.Contains(p.String(), "stage") {
			cut++
			die()
		}
		return ctx.Err()
	})
	w.tryRunIn(ctx)
	w.disk.SetHooks(nil, nil)
	w.disk.Crash(r)
	if cut == 0 {
		w.t.Fatal("nothing was received")
	}
}
