package daemon

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"slices"
	"testing"
	"time"

	"dossier/config"
	"dossier/daemon/control"
	"dossier/remote"
	"dossier/state"
	"dossier/syncer"
)

// behindADoor starts a daemon for the office behind its socket, and calls it as a command does.
func (o *office) behindADoor(load func() (*config.Config, error)) (*Daemon, *control.Client) {
	o.Helper()
	d := o.atWork()
	place, err := control.Claim(o.opt.Config.State)
	o.must(err)
	l, err := place.Listen()
	o.must(err)
	door := &Door{Daemon: d, Version: "v1", Started: time.Now(), Config: "dossier.toml", Load: load, Quit: func() {}, Level: new(slog.LevelVar)}
	s := control.Server{Daemon: door, Version: "v1", Log: quiet}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, l, time.Second) }()
	c, err := control.Find(o.Context(), o.opt.Config.State)
	o.must(err)
	o.Cleanup(func() {
		c.Close()
		stop()
		o.must(<-ended)
		o.must(place.Close())
	})
	return d, c
}

func (o *office) must(err error) {
	o.Helper()
	if err != nil {
		o.Fatal(err)
	}
}

// Commands reach the clients while a daemon has them.
func TestCommandsGoThroughTheDaemon(t *testing.T) {
	o := newOffice(t, "A", "B")
	d, c := o.behindADoor(nil)
	o.until("the first turns", func() bool { return o.inStep(d, "A")() && o.inStep(d, "B")() })
	s, err := c.Status(t.Context(), "a")
	o.must(err)
	if len(s.Clients) != 1 || s.Clients[0].Name != "A" || s.Clients[0].State != string(syncer.InStep) || s.Config != "dossier.toml" {
		t.Errorf("status: %+v", s)
	}
	o.saveThere(0, "a.txt", "a")
	text, err := c.Reconcile(t.Context(), control.ReconcileRequest{Clients: []string{"A"}}, nil)
	o.must(err)
	var run Run
	o.must(json.Unmarshal(text, &run))
	if b, _ := os.ReadFile(o.file("A", "a.txt")); string(b) != "a" || run.Exit != ExitInStep || len(run.Clients) != 1 {
		t.Errorf("a run through the door: %s", text)
	}
	if _, err := c.Reconcile(t.Context(), control.ReconcileRequest{Clients: []string{"nobody"}}, nil); control.CodeOf(err) != control.UnknownClient || ExitOf(err) != ExitUsage {
		t.Errorf("a run of nobody: %v", err)
	}
	page, err := VerbLog.Of(t.Context(), Remote{c}, LogArgs{})
	o.must(err)
	if !slices.ContainsFunc(page.Entries, func(e state.Entry) bool { return e.Path == "a.txt" }) {
		t.Errorf("the record through the door: %+v", page)
	}
	if _, err := VerbApprove.Of(t.Context(), Remote{c}, ApproveArgs{Plan: "abc"}); ExitOf(err) != ExitUsage {
		t.Errorf("a plan that is not there: %v", err)
	}
	if _, err := VerbVaultList.Of(t.Context(), Remote{c}, Which{}); err != nil {
		t.Errorf("the vault: %v", err)
	}
}

// A client that is paused is left alone, and goes on when it is resumed; it is not that nobody had noticed.
func TestAPausedClientIsLeftAlone(t *testing.T) {
	o := newOffice(t, "A", "B")
	d, c := o.behindADoor(nil)
	o.until("the first turns", func() bool { return o.inStep(d, "A")() && o.inStep(d, "B")() })
	o.must(c.Pause(t.Context(), control.PauseRequest{Clients: []string{"A"}, Reason: "moving house"}))
	o.until("it is paused", func() bool { return stands(d, "A").Report.State == syncer.Paused })
	for _, name := range []string{"A", "B"} {
		o.must(os.WriteFile(o.file(name, "new.txt"), []byte("new"), 0o600))
	}
	o.until("B goes on", func() bool { return o.portal.Tree()["B/new.txt"] == "new" })
	s, err := c.Status(t.Context(), "A")
	o.must(err)
	if p := s.Clients[0].Pause; p == nil || p.Reason != "moving house" || p.By == "" {
		t.Errorf("paused: %+v", s.Clients[0])
	}
	if r := d.Reconcile(t.Context(), []string{"A"}, syncer.RunOptions{}); r.Clients[0].State != syncer.Paused || o.portal.Tree()["A/new.txt"] != "" {
		t.Errorf("a run while it is paused: %+v", r)
	}
	o.must(c.Resume(t.Context(), control.ResumeRequest{Clients: []string{"A"}}))
	o.until("A goes on", func() bool { return o.portal.Tree()["A/new.txt"] == "new" })
}

// A faulty configuration leaves the one before in force; a good one says what it changes.
func TestReloadingThroughTheDoor(t *testing.T) {
	o := newOffice(t, "A", "B")
	both := *o.opt.Config
	one := both
	one.Clients = both.Clients[:1]
	o.opt.Config = &one
	var fault error = config.Faults{{Text: "no"}}
	d, c := o.behindADoor(func() (*config.Config, error) { return &both, fault })
	o.until("A is in step", o.inStep(d, "A"))
	if _, err := c.Reload(t.Context()); control.CodeOf(err) != control.Configuration || ExitOf(err) != ExitUsage {
		t.Errorf("a fault: %v", err)
	}
	fault = nil
	r, err := c.Reload(t.Context())
	o.must(err)
	if !slices.Equal(r.Added, []string{"B"}) || len(r.Removed)+len(r.Changed) != 0 {
		t.Errorf("%+v", r)
	}
	o.until("B is in step", o.inStep(d, "B"))
	if err := c.LogLevel(t.Context(), "loud"); control.CodeOf(err) != control.BadRequest {
		t.Errorf("a level that is none: %v", err)
	}
}

// What changes a client's folder is done while no turn is under way, and the client is looked at after it.
func TestWorkIsDoneBetweenTurns(t *testing.T) {
	o := newOffice(t, "A")
	o.saveThere(0, "a.txt", "a")
	d, c := o.behindADoor(nil)
	o.until("the first turn", o.inStep(d, "A"))
	for e, err := range o.portal.Children(t.Context(), remote.ID(o.opt.Config.Clients[0].Folder)) {
		o.must(err)
		o.must(o.portal.Delete(t.Context(), e))
	}
	d.Reconcile(t.Context(), nil, syncer.RunOptions{AcceptDeletes: true})
	kept, err := VerbVaultList.Of(t.Context(), Remote{c}, Which{})
	o.must(err)
	if len(kept.Items) != 1 {
		t.Fatalf("the vault has %+v", kept)
	}
	back, err := VerbVaultRestore.Of(t.Context(), Remote{c}, RestoreArgs{Item: kept.Items[0].ID})
	o.must(err)
	o.until("what came back went up", func() bool { return o.portal.Tree()["A/"+back.Path] == "a" })
}
