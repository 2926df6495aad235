package syncer

import (
	"maps"
	"strings"
	"testing"

	"dossier/state"
)

// Every effect is on the record, with what it did to what, and the record verifies (promise 8).
func TestEveryEffectIsOnTheRecord(t *testing.T) {
	inWorld(t, func(w *testWorld) {
		before(w)
		first := w.recorded()
		story(w)
		w.settle()
		rep := w.run()
		if rep.State != Conflicts {
			t.Fatalf("%+v", rep)
		}
		got := map[string]int{}
		for i, e := range w.recorded() {
			if i < len(first) {
				continue
			}
			got[e.Op+" "+e.Side]++
			if e.Outcome != "done" || e.Path == "" || e.Rule == "" || e.Run == 0 || e.Client != "Jansen" || e.RemoteID == "" && e.Side == "portal" {
				t.Errorf("an entry that does not say enough: %+v", e)
			}
			if content := e.Op == "send" || e.Op == "update" || e.Op == "conflict"; content && (e.ToHash.IsZero() || e.ToRev == "") {
				t.Errorf("content without its digest and revision: %+v", e)
			}
		}
		want := map[string]int{"make-folder portal": 1, "make-folder local": 1, "send portal": 2, "send local": 1, "update portal": 1, "update local": 1,
			"conflict local": 1, "delete portal": 1, "delete local": 1, "move portal": 1, "move local": 1}
		if !maps.Equal(got, want) {
			t.Errorf("recorded %v\nwant %v", got, want)
		}
	})
}

// recorded is the whole record.
func (w *testWorld) recorded() (all []state.Entry) {
	w.t.Helper()
	st := w.state()
	defer st.Close()
	must(w.t, st.View(func(tx *state.Tx) error {
		for e, err := range tx.Record(0) {
			if err != nil {
				return err
			}
			all = append(all, e)
		}
		if faults := tx.Verify(); len(faults) > 0 {
			w.t.Errorf("the record does not verify: %v", faults)
		}
		return nil
	}))
	for _, e := range all {
		if strings.Contains(e.Detail, "Bearer") {
			w.t.Errorf("a secret on the record: %+v", e)
		}
	}
	return all
}
