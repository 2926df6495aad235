package sandbox_test

import (
	"strings"
	"testing"
	"time"

	"dossier/remote/sandbox"

	"github.com/google/go-cmp/cmp"
)

// What is withdrawn is whole and in no trash, yet nobody sees it; given back, it is as it was.
func TestWhatIsWithdrawnIsOutOfSightAndWhole(t *testing.T) {
	for _, portal := range sandbox.Portals() {
		box(t, sandbox.Options{}, func(w *world) {
			folder, err := w.MkdirAll(portal, "Jansen")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Put(portal, "Jansen/2026/a.txt", strings.NewReader("a"), time.Now()); err != nil {
				t.Fatal(err)
			}
			before, at := w.Tree(portal), now(w)
			back, err := w.Withdraw(portal, "Jansen")
			if err != nil {
				t.Fatal(err)
			}
			if got := w.Tree(portal); len(got) != len(before)-3 || len(w.Trashed(portal)) > 0 {
				t.Errorf("%s: %v, trash: %v", portal, got, w.Trashed(portal))
			}
			if portal == sandbox.Box {
				w.wantProblem(w.do("GET", "/2.0/folders/"+folder, nil), 404, "not_found")
			}
			if err := back(); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(before, w.Tree(portal)); d != "" {
				t.Errorf("%s, given back:\n%s", portal, d)
			}
			if notes, _ := eventsSince(w, at); portal == sandbox.Box && notes != "200 <nil>;COLLAB_REMOVE_COLLABORATOR "+folder+";COLLAB_ADD_COLLABORATOR "+folder+";" {
				t.Errorf("events %s", notes)
			}
		})
	}
}
