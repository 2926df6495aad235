package daemon

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"dossier/remote"
	"dossier/state"
	"dossier/syncer"
)

// A dry run beside a daemon says what would be done, and changes nothing of what the daemon knows: neither what is still to be looked at, nor
// how the client stands, nor since when something is gone.
func TestADryRunBesideADaemonLeavesNoTrace(t *testing.T) {
	o := newOffice(t, "A")
	o.saveThere(0, "gone.txt", "gone")
	o.saveThere(0, "stays.txt", "stays")
	d := o.atWork()
	o.until("the first turn", o.inStep(d, "A"))
	k, _ := d.keeper("A")
	k.set(func(c *clock) { c.hinted = c.ended.AddDate(1, 0, 0) }) // something to look at, in a while
	o.must(os.Remove(o.file("A", "gone.txt")))
	before := stands(d, "A").Ran
	r := d.Reconcile(t.Context(), nil, syncer.RunOptions{DryRun: true})
	if len(r.Clients) != 1 || len(r.Clients[0].Planned) != 1 || r.Exit != ExitPartly {
		t.Errorf("the dry run: %+v", r)
	}
	k.mu.Lock()
	hinted := !k.clk.hinted.IsZero()
	k.mu.Unlock()
	if s := stands(d, "A"); !hinted || len(s.Report.Planned) != 0 {
		t.Errorf("hinted %v, %+v", hinted, s)
	}
	k.ask()
	o.until("another turn", func() bool { s := stands(d, "A"); return s.Ran.After(before) && !s.Running })
	if o.portal.Tree()["A/gone.txt"] != "gone" {
		t.Error("what a dry run saw is deleted without a wait")
	}
}

// Who gives up waiting for a run says nothing about the client.
func TestARunThatIsGivenUpIsNoFault(t *testing.T) {
	o := newOffice(t, "A")
	d := o.atWork()
	o.until("the first turn", o.inStep(d, "A"))
	k, _ := d.keeper("A")
	ctx, giveUp := context.WithCancel(t.Context())
	giveUp()
	k.turn(ctx, turn{portal: true}, syncer.RunOptions{})
	if s := stands(d, "A"); s.Report.State != syncer.InStep || s.Running {
		t.Errorf("%+v", s)
	}
}

// A mistake of ours in what somebody asked for is told to him, and stops nothing.
func TestAPanicInWhatWasAskedForIsTold(t *testing.T) {
	o := newOffice(t, "A")
	d := o.atWork()
	o.until("the first turn", o.inStep(d, "A"))
	err := d.Lend(t.Context(), Client{Client: o.opt.Config.Clients[0]}, ToWork, func(*state.Client) error { panic("a fault") })
	if err == nil || !strings.Contains(err.Error(), "a fault") {
		t.Errorf("told: %v", err)
	}
	if r := d.Reconcile(t.Context(), nil, syncer.RunOptions{}); r.Exit != ExitInStep {
		t.Errorf("after it: %+v", r)
	}
}

// A run that is asked for while the daemon still opens its clients waits for them, and does not say that there are none.
func TestARunWaitsForTheDaemonToBegin(t *testing.T) {
	o := newOffice(t, "A")
	d := NewDaemon(o.opt)
	if err := d.Lend(t.Context(), Client{Client: o.opt.Config.Clients[0]}, ToRead, func(*state.Client) error { return nil }); !errors.Is(err, state.ErrLocked) {
		t.Errorf("a state that is not open yet: %v", err)
	}
	ctx, stop := context.WithCancel(t.Context())
	runs, ended := make(chan Run, 1), make(chan error, 1)
	go func() { runs <- d.Reconcile(t.Context(), nil, syncer.RunOptions{}) }()
	go func() { ended <- d.Run(ctx) }()
	if r := <-runs; len(r.Clients) != 1 || r.Exit != ExitInStep {
		t.Errorf("%+v", r)
	}
	stop()
	o.must(<-ended)
}

// endless is a feed that always has more.
type endless struct{ reads int }

func (e *endless) Now(context.Context) (string, error) { return "0", nil }
func (e *endless) Wait(context.Context, string) error  { return nil }
func (e *endless) Changes(context.Context, string) (remote.Changes, error) {
	e.reads++
	return remote.Changes{Next: fmt.Sprint(e.reads), More: true}, nil
}

// A portal whose feed does not end keeps nobody listening for ever.
func TestAFeedNeedNotEnd(t *testing.T) {
	e := &endless{}
	if next, err := listen(t.Context(), e, "0", func([]remote.Change) {}); err != nil || e.reads != listenPages || next != fmt.Sprint(listenPages) {
		t.Errorf("%d pages, on to %q, %v", e.reads, next, err)
	}
}
