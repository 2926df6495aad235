package cli

import (
	"strings"
	"testing"
	"time"

	"dossier/daemon"
	"dossier/syncer"
	"dossier/syncer/plan"
)

// What a portal keeps dossier from is said once for all clients of whom it is true.
func TestLimitsOfAPortalAreSaidOnce(t *testing.T) {
	var b strings.Builder
	printStatus(&b, []daemon.ClientStatus{{Name: "Jansen", State: "in-step", Limits: []string{"only sends: so it is"}}, {Name: "De Vries", State: "in-step"},
		{Name: "Bakker", State: "in-step", Limits: []string{"only sends: so it is"}}}, time.Now())
	if got := b.String(); strings.Count(got, "only sends") != 1 || !strings.Contains(got, "Jansen, Bakker\n  only sends: so it is\n") {
		t.Error(got)
	}
}

// A halt that goes away with its cause only is not said to be one that an approval lifts.
func TestAHaltThatNobodyCanApprove(t *testing.T) {
	for _, h := range []syncer.HaltedBy{{Code: plan.ReasonLedger, Plan: plan.ReasonLedger}, {Code: plan.ReasonDeletes, Plan: "7f3a91c2"}} {
		var b strings.Builder
		printStatus(&b, []daemon.ClientStatus{{Name: "Jansen", State: "halted", Halts: []syncer.HaltedBy{h}}}, time.Now())
		if said := strings.Contains(b.String(), "dossier approve"); said != (h.Plan != h.Code) {
			t.Errorf("%s: %s", h.Code, b.String())
		}
	}
}

// All that is to be said of a client stands under its name once.
func TestAClientIsNamedOnce(t *testing.T) {
	for _, wrong := range []string{"", "the portal is away"} {
		var b strings.Builder
		printStatus(&b, []daemon.ClientStatus{{Name: "Jansen", State: "error", Error: wrong, Adopting: "first run"}}, time.Now())
		if got := b.String(); strings.Count(got, "\nJansen\n") != 1 || !strings.Contains(got, "takes stock") || !strings.Contains(got, wrong) {
			t.Error(got)
		}
	}
}
