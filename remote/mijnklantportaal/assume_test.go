package mijnklantportaal

import (
	"fmt"
	"regexp"
	"slices"
	"testing"

	"dossier/remote/rest"
	"dossier/remote/sandbox"
)

// Every assumption has its number, every one that the sandbox can play the other way says how, and the rest say why not.
func TestAssumptionsAreComplete(t *testing.T) {
	ids, quirks := map[string][]string{}, map[string]bool{}
	for _, q := range sandbox.Quirks() {
		quirks[q.Name] = q.Portal == portal
	}
	for _, a := range Assumptions {
		if _, twice := ids[a.ID]; twice {
			t.Errorf("%s is there twice", a.ID)
		}
		ids[a.ID] = a.Quirks
		if a.Says == "" || (a.Setting == "") != (a.Default == nil) {
			t.Errorf("%s: %+v", a.ID, a)
		}
		if a.Why == "" && (a.Setting == "" || len(a.Quirks) == 0 || !a.Probe) {
			t.Errorf("%s does not say why it has no setting, no quirk or no probe", a.ID)
		}
		for _, q := range a.Quirks {
			if !quirks[q] {
				t.Errorf("%s: there is no quirk %q", a.ID, q)
			}
		}
	}
	for n := 1; n <= 25; n++ {
		if _, ok := ids[fmt.Sprintf("A-%d", n)]; !ok {
			t.Errorf("A-%d is missing", n)
		}
	}
	number := regexp.MustCompile(`A-\d+`)
	for _, q := range sandbox.Quirks() {
		for _, id := range number.FindAllString(q.Source, -1) {
			if q.Portal == portal && !slices.Contains(ids[id], q.Name) {
				t.Errorf("%s does not tell of %q, which plays it", id, q.Name)
			}
		}
	}
}

// What is assumed without settings is what the list says.
func TestDefaultsAreWhatTheListSays(t *testing.T) {
	all := rest.Assume{}
	for _, a := range Assumptions {
		if a.Setting != "" {
			all[a.Setting] = a.Default
		}
	}
	if got, want := factsOf(all), factsOf(nil); got != want {
		t.Errorf("the list says %+v, without settings it is %+v", got, want)
	}
	if err := all.Check(Assumptions); err != nil {
		t.Error(err)
	}
}
