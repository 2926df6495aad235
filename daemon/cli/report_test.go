package cli

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dossier/daemon"
	"dossier/remote"
	"dossier/syncer"
	"dossier/syncer/plan"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := "testdata/" + name
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s:\n%s", name, diff)
	}
}

func TestARunIsToldInPlainWords(t *testing.T) {
	at := time.Date(2026, 11, 21, 14, 3, 22, 0, time.UTC)
	run := daemon.Run{Started: at, Finished: at.Add(5100 * time.Millisecond), Clients: []syncer.Report{
		{Name: "Bakkerij Jansen", State: syncer.InStep, Uploaded: 3, BytesUp: 1_234_567, Downloaded: 1, BytesDown: 4096, Moved: 1},
		{Name: "Café Zonnig", State: syncer.InStep},
		{Name: "Garage De Vries", State: syncer.Halted, Halted: &syncer.HaltedBy{Code: plan.ReasonDeletes, Deletes: 200, Plan: "7f3a91c2",
			Reason: "200 of 300 files would be deleted on the portal"}},
		{Name: "Herberg", State: syncer.Failed, Error: "account: unavailable: connection refused"},
		{Name: "Hoeve", State: syncer.Halted, Halted: &syncer.HaltedBy{Code: plan.ReasonRoot, Reason: "the folder carries the marker of another installation of dossier"}},
		{Name: "Hotel", State: syncer.Conflicts, Conflicts: []syncer.Conflict{{Path: "2026/a.docx", Copy: "2026/a (conflict pc-1a2b 2026-11-21 14.03.22).docx"}}},
		{Name: "Molen", State: syncer.SignIn, Error: "sign in: sign-in needed (HTTP 401)"},
		{Name: "Oosterhof", State: syncer.Partly, Problems: []syncer.Problem{{Path: "theirs.pdf", Code: plan.ReasonReported}}},
		{Name: "Popescu & Fiii SRL", State: syncer.Partly, Problems: waiting(at)},
	}}
	var b strings.Builder
	printRun(&b, run, false)
	golden(t, "run.txt", b.String())
}

func waiting(at time.Time) []syncer.Problem {
	problems := []syncer.Problem{
		{Path: "aux.txt", Code: plan.ReasonRefused, Reason: "the portal takes no such name"},
		{Path: "big.iso", Code: remote.TooBig.String(), RetryAt: at.Add(time.Hour)},
	}
	for i := range 12 {
		problems = append(problems, syncer.Problem{Path: fmt.Sprintf("old/%02d.pdf", i), Code: plan.ReasonPending, RetryAt: at.Add(time.Minute)})
	}
	return problems
}

func TestADryRunSaysWhatWouldBeDone(t *testing.T) {
	at := time.Date(2026, 11, 21, 14, 3, 22, 0, time.UTC)
	run := daemon.Run{Started: at, Finished: at.Add(time.Second), Clients: []syncer.Report{
		{Name: "Bakkerij Jansen", State: syncer.Partly, Planned: []syncer.Planned{
			{Op: "send", Side: "portal", Path: "a.txt", Rule: "new"}, {Op: "move", Side: "local", Path: "b.txt", To: "c/b.txt"}}},
		{Name: "Garage De Vries", State: syncer.InStep},
	}}
	var b strings.Builder
	printRun(&b, run, true)
	golden(t, "dryrun.txt", b.String())
}
