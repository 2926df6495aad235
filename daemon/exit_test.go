package daemon

import (
	"fmt"
	"testing"

	"dossier/syncer"
)

func TestEachStateHasItsExitCode(t *testing.T) {
	for state, want := range map[syncer.State]int{
		syncer.InStep: 0, syncer.Failed: 1, syncer.Conflicts: 3, syncer.Halted: 4, syncer.SignIn: 5, syncer.Partly: 6,
		syncer.Locked: 7, syncer.Paused: 0, "a state of tomorrow": 1,
	} {
		if got := exitCode([]syncer.Report{{State: syncer.InStep}, {State: state}}); got != want {
			t.Errorf("%s: exit %d, want %d", state, got, want)
		}
	}
	if got := exitCode(nil); got != 0 {
		t.Errorf("no client: exit %d", got)
	}
}

// Design §7: 2 before 7, 5, 4, 1, 6, 3; interrupted 130 whatever else holds.
func TestTheWorstOfSeveralExitCodesCounts(t *testing.T) {
	order := []int{130, 2, 7, 5, 4, 1, 6, 3}
	for i, worse := range order {
		for _, better := range order[i:] {
			t.Run(fmt.Sprint(worse, " before ", better), func(t *testing.T) {
				if got := exitCode(nil, better, worse); got != worse {
					t.Errorf("exit %d", got)
				}
			})
		}
	}
}

func TestConflictsAndHaltsCountInWhateverStateTheClientIs(t *testing.T) {
	conflict := syncer.Report{State: syncer.InStep, Conflicts: []syncer.Conflict{{Path: "a", Copy: "b"}}}
	if got := exitCode([]syncer.Report{conflict}); got != ExitConflicts {
		t.Errorf("conflicts left: exit %d", got)
	}
	halt := syncer.Report{State: syncer.Partly, Halted: &syncer.HaltedBy{Deletes: 200}}
	if got := exitCode([]syncer.Report{conflict, halt}); got != ExitHalted {
		t.Errorf("deletions wait, the rest flowed: exit %d", got)
	}
}
