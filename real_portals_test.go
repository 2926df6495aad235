package main_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"dossier/remote/sandbox"

	"github.com/google/go-cmp/cmp"
)

// TestKillsOnThePortalsThatReplaceNothing kills the binary with SIGKILL in the middle of its work, again and again, where each change
// is a new file in the place of an old one (E2). At the end each content is where it belongs, on both sides, and nothing is there twice.
func TestKillsOnThePortalsThatReplaceNothing(t *testing.T) {
	kills := max(1, times("DOSSIER_KILLS", 24)/4)
	for _, kind := range []string{sandbox.MijnKlantportaal, sandbox.FilesRo, sandbox.BackOffice} {
		t.Run(kind, func(t *testing.T) {
			r := newRealAt(t, kind, sandbox.Options{})
			m := r.machine("office")
			want := map[string]string{}
			killed := 0
			for round := 0; round < 4*kills && killed < kills; round++ { // a round makes some eighty calls or more
				fortyChanges(m, round, want)
				for killed < kills && m.killAfter(7+(killed*37+11)%60) {
					killed++
				}
			}
			rep := m.reconcile()
			for range 3 {
				if rep.Exit == 0 {
					break
				}
				rep = m.reconcile()
			}
			m.portal.ResetCalls()
			again := m.reconcile()
			if n := m.portal.Calls(kind).Mutating(); rep.Exit != 0 || again.Exit != 0 || n != 0 {
				t.Errorf("in the end exit %d: %+v; and again, with %d changing calls: %+v", rep.Exit, rep, n, again)
			}
			if d := cmp.Diff(want, m.files()); d != "" {
				t.Errorf("wanted (-) and found (+) on the disk:\n%s", d)
			}
			if d := cmp.Diff(sums(want), r.sumsThere()); d != "" {
				t.Errorf("wanted (-) and found (+) on the portal:\n%s", d)
			}
			if t.Logf("%d kills", killed); killed < kills {
				t.Errorf("only %d of %d runs were killed", killed, kills)
			}
		})
	}
}

// fortyChanges edits both sides, each its own files, and notes what must be there in the end. On the portal they lie outside folders:
// a Back Office tells no folder's name.
func fortyChanges(m *machine, round int, want map[string]string) {
	m.Helper()
	for i := range 20 {
		here, there := fmt.Sprintf("here/%d/%d.txt", i%4, i), fmt.Sprintf("there %d.txt", i)
		want[here] = fmt.Sprintf("round %d, file %d of the disk %s", round, i, strings.Repeat("x", i*7))
		want[there] = fmt.Sprintf("round %d, file %d of the portal %s", round, i, strings.Repeat("y", i*7))
		m.write(here, want[here])
		m.put(there, want[there])
	}
}

func sums(files map[string]string) []string {
	var list []string
	for c := range maps.Values(files) {
		list = append(list, hexSHA1(c))
	}
	slices.Sort(list)
	return list
}

// sumsThere are the contents on the portal, each as often as it is there.
func (r *real) sumsThere() []string {
	var list []string
	for _, sum := range r.onPortal() {
		if sum != "folder" {
			list = append(list, sum)
		}
	}
	slices.Sort(list)
	return list
}
