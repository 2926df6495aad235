package syncer

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// manual is where people read what a piece of work costs, and so where this test reads it.
const manual = "../docs/portals.md"

// costs are the pieces of work in the manual's table, by the name of their line.
var costs = map[string]func(w *portalWorld){
	"nothing has changed":          func(*portalWorld) {},
	"one new file here":            func(w *portalWorld) { w.write("new.txt", "new") },
	"one file changed here":        func(w *portalWorld) { w.write("a.txt", "changed") },
	"one file renamed here":        func(w *portalWorld) { w.disk.User().Rename("a.txt", "renamed.txt") },
	"a folder of two renamed here": func(w *portalWorld) { w.disk.User().Rename("folder", "renamed") },
	"one file deleted here":        func(w *portalWorld) { w.disk.User().Remove("a.txt") },
	"one file changed there": func(w *portalWorld) {
		if w.sees() {
			w.put("a.txt", "changed")
		}
	},
}

// costNames are in the order of the table.
var costNames = []string{"nothing has changed", "one new file here", "one file changed here", "one file renamed here", "a folder of two renamed here",
	"one file deleted here", "one file changed there"}

// Eight files in two folders are in step; then one thing is done, and the next run's calls are counted, its look included.
func TestCallsAreThoseOfTheManual(t *testing.T) {
	said := costTable(t)
	for _, kind := range portalKinds {
		for _, name := range costNames {
			t.Run(kind.name+"/"+name, func(t *testing.T) {
				inPortalWorld(t, kind, func(w *portalWorld) {
					got := w.cost(costs[name])
					if want, ok := said[kind.name][name]; !ok || got != want {
						t.Errorf("%d calls, the manual says %d: %v", got, want, w.server.Calls(kind.portal))
					}
				})
			})
		}
	}
}

// cost is how many calls the run after a piece of work makes.
func (w *portalWorld) cost(work func(w *portalWorld)) int {
	w.t.Helper()
	for _, p := range []string{"a.txt", "b.txt", "c.txt", "d.txt", "e.txt", "folder/1.txt", "folder/2.txt", "other/1.txt"} {
		w.write(p, "first "+p)
	}
	w.untilStill(InStep)
	time.Sleep(10 * time.Minute)
	w.run() // hears the echo of what the first one did
	time.Sleep(10 * time.Minute)
	work(w)
	w.settle()
	w.server.ResetCalls()
	rep := w.run()
	n := w.server.Calls(w.kind.portal).Total()
	if rep.Calls != n || rep.State == Failed || rep.State == Halted {
		w.t.Errorf("the report says %d calls of %d: %+v", rep.Calls, n, rep)
	}
	return n
}

// First sync of 1,000 files, in ten folders: what goes up, and what comes down on another machine.
func TestCallsOfAThousandFilesAreThoseOfTheManual(t *testing.T) {
	said := costTable(t)
	for _, kind := range portalKinds {
		t.Run(kind.name, func(t *testing.T) {
			inPortalWorld(t, kind, func(w *portalWorld) {
				for i := range 1000 {
					w.write(fmt.Sprintf("%d/%d.txt", i%10, i), fmt.Sprint("content ", i))
				}
				w.settle()
				w.server.ResetCalls()
				rep := w.run()
				up := w.server.Calls(kind.portal)
				if want := said[kind.name]["1,000 files up"]; up.Total() != want || rep.Uploaded != 1000 {
					t.Errorf("up: %d calls, the manual says %d; %d files: %v", up.Total(), want, rep.Uploaded, up)
				}
				if !w.sees() {
					return
				}
				m := w.another("laptop")
				m.ledger = w.ledger
				w.server.ResetCalls()
				rep = m.run()
				down := w.server.Calls(kind.portal)
				if want := said[kind.name]["1,000 files down"]; down.Total() != want || rep.Downloaded != 1000 {
					t.Errorf("down: %d calls, the manual says %d; %d files: %v", down.Total(), want, rep.Downloaded, down)
				}
			})
		})
	}
}

// costTable reads the manual's table: portal → line → calls. Its columns are headed by the names of portalKinds; a cell is the number,
// and in brackets the least that the API allows.
func costTable(t *testing.T) map[string]map[string]int {
	t.Helper()
	text, err := os.ReadFile(manual)
	must(t, err)
	_, table, ok := strings.Cut(string(text), "<!-- calls -->")
	if !ok {
		t.Fatalf("%s has no table of calls", manual)
	}
	table, _, _ = strings.Cut(table, "<!-- /calls -->")
	rows := strings.Split(strings.TrimSpace(table), "\n")
	heads := cells(rows[0])
	said := map[string]map[string]int{}
	for _, row := range rows[2:] {
		for i, cell := range cells(row)[1:] {
			kind := strings.ToLower(heads[i+1])
			if said[kind] == nil {
				said[kind] = map[string]int{}
			}
			if n, err := strconv.Atoi(strings.ReplaceAll(number.FindString(cell), ",", "")); err == nil {
				said[kind][cells(row)[0]] = n
			}
		}
	}
	for _, kind := range portalKinds {
		if said[kind.name] == nil {
			t.Fatalf("%s has no column for %q", manual, kind.name)
		}
	}
	return said
}

var number = regexp.MustCompile(`^[0-9,]+`)

func cells(row string) []string {
	list := strings.Split(strings.Trim(strings.TrimSpace(row), "|"), "|")
	for i := range list {
		list[i] = strings.TrimSpace(list[i])
	}
	return list
}
