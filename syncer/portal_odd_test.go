package syncer

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"dossier/remote/rest"
	"dossier/remote/sandbox"
	"dossier/remote/sandbox/mischief"
	"dossier/syncer/plan"
)

// kindNamed is a portal of the table.
func kindNamed(t *testing.T, name string) portalKind {
	t.Helper()
	i := slices.IndexFunc(portalKinds, func(k portalKind) bool { return k.name == name })
	if i < 0 {
		t.Fatalf("no portal %q", name)
	}
	return portalKinds[i]
}

func problem(rep Report, code string) (found Problem) {
	for _, p := range rep.Problems {
		if p.Code == code {
			return p
		}
	}
	return found
}

// forget loses the state, as when its disk breaks.
func (w *portalWorld) forget() { w.t.Helper(); must(w.t, os.Remove(w.file)) }

// A state that is lost costs no transfer where contents can be compared, and nothing is there twice. Where nobody can see what was sent,
// nothing is sent again until a person says so.
func TestStateIsLostOnEachPortal(t *testing.T) {
	onEachPortal(t, func(w *portalWorld) {
		portalBegin(w)
		before := w.there()
		w.forget()
		rep := w.run()
		time.Sleep(5 * time.Minute)
		rep = w.run()
		if len(w.there()) != len(before) {
			w.t.Errorf("sent again: %v", w.there())
		}
		switch {
		case !w.can().Listing:
			if rep.State != Halted || rep.Halted.Code != plan.ReasonForgotten {
				w.t.Fatalf("report: %+v %+v", rep, rep.Halted)
			}
			w.approve(rep.Halted.Plan)
			w.untilStill(InStep)
			if w.still(InStep); len(w.there()) <= len(before) {
				w.t.Errorf("not sent although approved: %v", w.there())
			}
		case w.can().SendOnly:
			if rep.State != Partly {
				w.t.Errorf("report: %+v", rep)
			}
		default:
			w.untilStill(InStep)
			w.equal("after the loss")
		}
	})
}

// Where nothing is listed own files go up, and nothing else is seen; what is gone twice comes down as a deletion, into the vault; and an
// upload whose reply was lost is said to be there twice, perhaps.
func TestDocumentedOnly(t *testing.T) {
	kind := kindNamed(t, "mijnklantportaal, documented only")
	t.Run("a file that is gone twice comes down as a deletion", func(t *testing.T) {
		inPortalWorld(t, kind, func(w *portalWorld) {
			portalBegin(w)
			w.put("theirs.txt", "not seen")
			w.trash("b.txt")
			rep := w.run()
			if len(rep.Limits) != 1 || !strings.HasPrefix(rep.Limits[0], "only sends") {
				w.t.Errorf("it does not say what it cannot do: %v", rep.Limits)
			}
			for n := 0; rep.State == InStep && n < len(w.onDisk()); n += asksALook {
				rep = w.run() // a look asks for some only
			}
			if _, there := w.onDisk()["b.txt"]; !there || problem(rep, plan.ReasonPending).Path != "b.txt" {
				w.t.Errorf("after one look: %+v", rep)
			}
			time.Sleep(2 * time.Minute)
			rep = w.run()
			if _, there := w.onDisk()["b.txt"]; there || rep.State != InStep || !w.inVault("first b.txt") {
				w.t.Errorf("after two looks: %+v %v", rep, w.onDisk())
			}
			if _, there := w.onDisk()["theirs.txt"]; there {
				w.t.Error("it sees what it cannot")
			}
			w.still(InStep)
		})
	})
	t.Run("an upload whose reply is lost is told", func(t *testing.T) {
		inPortalWorld(t, kind, func(w *portalWorld) {
			portalBegin(w)
			w.write("new.txt", "new")
			w.settle()
			_, err := w.server.Fault(sandbox.Fault{Portal: kind.portal, Do: mischief.LoseAfter, Method: "POST", Times: 1})
			must(w.t, err)
			told := problem(w.run(), reasonDoubt)
			for range 3 {
				time.Sleep(5 * time.Minute)
				rep := w.run()
				if p := problem(rep, reasonDoubt); p.Path != "" {
					told = p
				}
			}
			if told.Path != "new.txt" {
				w.t.Errorf("not told: %+v", told)
			}
			w.untilStill(InStep)
		})
	})
}

// What people put side by side under one name on the portal lies side by side on disk, under names that stay, through edits and many runs.
func TestTwinsOnEachPortal(t *testing.T) {
	onEachPortal(t, func(w *portalWorld) {
		if !w.can().Twins || !w.sees() {
			return
		}
		w.write("kept/x.txt", "so that there is a folder")
		w.untilStill(InStep)
		w.put("bill.pdf", "first bill")
		w.put("aside/bill.pdf", "second bill")
		w.untilStill(InStep)
		w.moveThere("aside/bill.pdf", "bill.pdf")
		w.untilStill(InStep)
		first := slices.DeleteFunc(slices.Sorted(maps.Keys(w.onDisk())), func(p string) bool { return !strings.Contains(p, "bill") })
		if len(first) != 2 {
			w.t.Fatalf("side by side: %v", w.onDisk())
		}
		for i := range 5 {
			time.Sleep(time.Hour)
			w.write(first[i%2], fmt.Sprint("edited ", i))
			w.untilStill(InStep)
			now := slices.DeleteFunc(slices.Sorted(maps.Keys(w.onDisk())), func(p string) bool { return !strings.Contains(p, "bill") })
			if !slices.Equal(now, first) || w.onDisk()[first[i%2]] != fmt.Sprint("edited ", i) {
				w.t.Errorf("after edit %d: %v", i, w.onDisk())
			}
			if n := w.bills(); n != 2 {
				w.t.Errorf("after edit %d: %d on the portal: %v", i, n, w.there())
			}
		}
		w.still(InStep)
	})
}

func (w *portalWorld) bills() (n int) {
	for p := range w.there() {
		if strings.HasPrefix(p, "bill") {
			n++
		}
	}
	return n
}

// What is shared with a customer is left alone, and told; when the sharing ends, or the setting allows it, it is as any other.
func TestSharedItemIsLeftAlone(t *testing.T) {
	inPortalWorld(t, kindNamed(t, "mijnklantportaal"), func(w *portalWorld) {
		portalBegin(w)
		_, err := w.server.Share(w.kind.portal, at("a.txt"))
		must(w.t, err)
		_, err = w.server.Share(w.kind.portal, at("gone-here.txt"))
		must(w.t, err)
		w.write("a.txt", "changed here")
		w.disk.User().Remove("gone-here.txt")
		for range 3 {
			w.settle()
			rep := w.run()
			if rep.State != Partly || problem(rep, plan.ReasonPinned).Path == "" {
				w.t.Errorf("report: %+v", rep)
			}
			time.Sleep(5 * time.Minute)
		}
		if w.read("a.txt") != "first a.txt" || w.read("gone-here.txt") != "first gone-here.txt" || w.onDisk()["a.txt"] != "changed here" {
			w.t.Errorf("touched: %v", w.there())
		}
		w.kind = w.kind.with(rest.Assume{"shared": true})
		w.untilStill(InStep)
		w.equal("in the end")
	})
}

// A Back Office whose ledger is lost: nothing is sent twice, and nothing is deleted.
func TestLedgerIsLost(t *testing.T) {
	for _, name := range []string{"back office", "back office, send only"} {
		t.Run(name, func(t *testing.T) {
			inPortalWorld(t, kindNamed(t, name), func(w *portalWorld) {
				portalBegin(w)
				w.disk.User().Mkdir("empty")
				w.untilStill(InStep)
				n, kept := len(w.server.Tree(w.kind.portal)), w.ledger
				w.ledger = newShelf()
				w.server.ResetCalls()
				w.write("folder/3.txt", "new")
				for range 3 {
					w.settle()
					rep := w.run()
					if rep.State != Halted || rep.Halted.Code != plan.ReasonLedger {
						w.t.Fatalf("report: %+v %+v", rep, rep.Halted)
					}
					time.Sleep(5 * time.Minute)
				}
				if len(w.server.Tree(w.kind.portal)) != n || w.changes() > 0 {
					w.t.Errorf("%d changing calls: %v", w.changes(), w.server.Tree(w.kind.portal))
				}
				w.ledger = kept
				w.untilStill(InStep)
				w.equal("with the ledger back")
			})
		})
	}
}

// What we sent ourselves, and somebody trashed before we heard of it, is gone, in whatever order the feed tells of the two.
func TestTrashedBeforeTheEchoIsHeard(t *testing.T) {
	inPortalWorld(t, kindNamed(t, "box"), func(w *portalWorld) {
		must(w.t, w.server.SetQuirk("events-shuffled"))
		w.write("stays.txt", "stays")
		w.untilStill(InStep)
		w.write("new.txt", "new")
		w.settle()
		w.run()
		w.trash("new.txt")
		w.untilStill(InStep)
		if w.equal("in the end"); countFiles(w.onDisk()) != 1 {
			w.t.Errorf("not deleted: %v", w.onDisk())
		}
	})
}

// A folder of the portal that cannot be read is told once, with the reason, and not once for each item in it; what lies in it stays.
func TestFolderThatCannotBeReadIsToldOnce(t *testing.T) {
	for _, name := range []string{"mijnklantportaal", "files.ro"} {
		t.Run(name, func(t *testing.T) {
			inPortalWorld(t, kindNamed(t, name), func(w *portalWorld) {
				portalBegin(w)
				id := w.server.Tree(w.kind.portal)[at("folder")].ID
				_, err := w.server.Fault(sandbox.Fault{Portal: w.kind.portal, Do: mischief.Status, Status: 403, Method: "GET", Path: id})
				must(w.t, err)
				w.write("folder/1.txt", "edited meanwhile")
				for range 3 {
					w.settle()
					rep := w.run()
					if p := problem(rep, plan.ReasonUnknown); rep.State != Partly || len(rep.Problems) != 1 || p.Path != "folder" || p.Reason == "" {
						w.t.Errorf("report: %+v", rep)
					}
					time.Sleep(5 * time.Minute)
				}
				w.server.ClearFaults()
				w.untilStill(InStep)
				w.equal("in the end")
			})
		})
	}
}
