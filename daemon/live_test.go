package daemon

import (
	"context"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"dossier/config"
	"dossier/remote"
	"dossier/remote/remotetest"
	"dossier/remote/rest"
	"dossier/syncer"
)

// atWork starts a daemon for the office and stops it at the test's end. The daemon must stop by itself then, and leave nothing running.
func (o *office) atWork() *Daemon {
	o.Helper()
	before := goleak.IgnoreCurrent()
	ready := make(chan struct{})
	o.opt.Ready = sync.OnceFunc(func() { close(ready) })
	d := NewDaemon(o.opt)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	o.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			o.Errorf("the daemon ended with %v", err)
		}
		goleak.VerifyNone(o, before)
	})
	<-ready
	return d
}

// until waits until something holds.
func (o *office) until(what string, holds func() bool) {
	o.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(30 * time.Second)
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline:
			o.Fatalf("never came: %s\nportal %v", what, o.portal.Tree())
		}
	}
}

// stands tells how a client stands.
func stands(d *Daemon, name string) KeptClient {
	for _, c := range d.Clients() {
		if c.Client.Name == name {
			return c
		}
	}
	return KeptClient{}
}

func (o *office) inStep(d *Daemon, name string) func() bool {
	return func() bool { s := stands(d, name); return s.Report.State == syncer.InStep && !s.Running }
}

func (o *office) file(client, name string) string {
	return filepath.Join(o.opt.Config.Root, client, name)
}

// saveThere puts a file on the portal.
func (o *office) saveThere(client int, name, content string) {
	o.Helper()
	u := remotetest.UploadOf(remote.Place{Parent: remote.ID(o.opt.Config.Clients[client].Folder), Name: name}, []byte(content))
	if _, err := o.portal.Create(o.Context(), u); err != nil {
		o.Fatal(err)
	}
}

// What is saved here goes up, and what is put there comes down, without anybody asking; and only the client it is about is looked at.
func TestADaemonCarriesBothWays(t *testing.T) {
	o := newOffice(t, "A", "B")
	d := o.atWork()
	o.until("the first turns", func() bool { return o.inStep(d, "A")() && o.inStep(d, "B")() })
	o.until("A is watched", func() bool { return stands(d, "A").Watch.Mode == "watching" })
	if err := os.WriteFile(o.file("A", "here.txt"), []byte("saved here"), 0o600); err != nil {
		t.Fatal(err)
	}
	o.until("the save on the portal", func() bool { return o.portal.Tree()["A/here.txt"] == "saved here" })
	ran := stands(d, "B").Ran
	o.saveThere(0, "there.txt", "put there")
	o.until("the portal's file on disk", func() bool { b, _ := os.ReadFile(o.file("A", "there.txt")); return string(b) == "put there" })
	o.until("all in step", o.inStep(d, "A"))
	if now := stands(d, "B"); !now.Ran.Equal(ran) {
		t.Errorf("B had a turn for what happened to A")
	}
}

// A deletion that has just been made is not carried over yet; asked for by a person, it is.
func TestADaemonWaitsWithDeletions(t *testing.T) {
	o := newOffice(t, "A")
	o.saveThere(0, "a.txt", "a")
	o.saveThere(0, "b.txt", "b")
	d := o.atWork()
	o.until("the first turn", o.inStep(d, "A"))
	o.until("A is watched", func() bool { return stands(d, "A").Watch.Mode == "watching" })
	if err := os.Remove(o.file("A", "a.txt")); err != nil {
		t.Fatal(err)
	}
	o.until("the deletion was seen", func() bool { return stands(d, "A").Report.State == syncer.Partly })
	if s := stands(d, "A"); o.portal.Tree()["A/a.txt"] != "a" || time.Until(s.Next) > deleteWait {
		t.Errorf("portal %v, next turn in %v", o.portal.Tree(), time.Until(s.Next))
	}
	r := d.Reconcile(t.Context(), []string{"a"}, syncer.RunOptions{AcceptDeletes: true})
	if _, there := o.portal.Tree()["A/a.txt"]; there || r.Exit != ExitInStep || len(r.Clients) != 1 || r.Clients[0].Deleted != 1 {
		t.Errorf("exit %d (%s): %+v", r.Exit, r.Error, r.Clients)
	}
	if r := d.Reconcile(t.Context(), []string{"nobody"}, syncer.RunOptions{}); r.Exit != ExitUsage {
		t.Errorf("an unknown client: exit %d", r.Exit)
	}
}

// stumbling is a portal that panics over one client's folder as long as it is told to.
type stumbling struct {
	*remotetest.Memory
	over  remote.ID
	still *atomic.Bool
}

func (s stumbling) Crawl(ctx context.Context, root remote.ID) iter.Seq2[remote.Entry, error] {
	if root == s.over && s.still.Load() {
		panic("stumbled")
	}
	return s.Memory.Crawl(ctx, root)
}

// A mistake of ours in one client's turn stops neither the daemon nor the others, and the client is begun anew.
func TestAPanicIsOneClientsMatter(t *testing.T) {
	o := newOffice(t, "A", "B")
	var still atomic.Bool
	still.Store(true)
	bad := remote.ID(o.opt.Config.Clients[0].Folder)
	o.opt.Drivers[config.Box] = Kind{Open: func(rest.Options) (remote.Driver, error) { return stumbling{o.portal, bad, &still}, nil }}
	d := o.atWork()
	o.until("B is in step", o.inStep(d, "B"))
	o.until("A has failed", func() bool { return stands(d, "A").Report.State == syncer.Failed })
	still.Store(false)
	if r := d.Reconcile(t.Context(), []string{"A"}, syncer.RunOptions{}); r.Exit != ExitInStep {
		t.Errorf("after the mistake: %+v", r)
	}
}

// A secret that cannot be had keeps its portal's clients from running, until it can be had.
func TestAnAccountIsOpenedWhenItCanBe(t *testing.T) {
	o := newOffice(t, "A")
	var locked atomic.Bool
	locked.Store(true)
	o.opt.Drivers[config.Box] = Kind{Open: func(rest.Options) (remote.Driver, error) {
		if locked.Load() {
			return nil, &remote.Error{Op: "open", Code: remote.SignIn}
		}
		return o.portal, nil
	}}
	d := o.atWork()
	o.until("A cannot run", func() bool { return stands(d, "A").Report.State == syncer.SignIn })
	locked.Store(false)
	if r := d.Reconcile(t.Context(), nil, syncer.RunOptions{}); r.Exit != ExitInStep {
		t.Errorf("after the secret was there: %+v", r)
	}
}

// Another configuration takes the place of the one before, without a restart.
func TestADaemonGoesOnWithAnotherConfiguration(t *testing.T) {
	o := newOffice(t, "A", "B")
	both := *o.opt.Config
	one := both
	one.Clients = both.Clients[:1]
	o.opt.Config = &one
	d := o.atWork()
	o.until("A is in step", o.inStep(d, "A"))
	if len(d.Clients()) != 1 {
		t.Fatalf("%d clients", len(d.Clients()))
	}
	d.Reload(&both)
	o.until("B is in step, too", func() bool { return o.inStep(d, "A")() && o.inStep(d, "B")() })
	if err := os.WriteFile(o.file("B", "b.txt"), []byte("for b"), 0o600); err != nil {
		t.Fatal(err)
	}
	o.until("B is carried", func() bool { return o.portal.Tree()["B/b.txt"] == "for b" })
}

// A halt that a run was asked for and met is there to be approved until somebody does; then what it held back is done at once.
func TestAHaltStaysUntilItIsApproved(t *testing.T) {
	o := newOffice(t, "A")
	for n := range 40 {
		o.saveThere(0, fmt.Sprintf("%d.txt", n), fmt.Sprint("content ", n))
	}
	d, c := o.behindADoor(nil)
	o.until("the first turn", o.inStep(d, "A"))
	for n := range 30 {
		o.must(os.Remove(o.file("A", fmt.Sprintf("%d.txt", n))))
	}
	r := d.Reconcile(t.Context(), nil, syncer.RunOptions{})
	if r.Exit != ExitHalted {
		t.Fatalf("30 of 40 deleted: %+v", r)
	}
	asked := stands(d, "A").Ran
	k, _ := d.keeper("A")
	k.ask()
	o.until("another turn", func() bool { s := stands(d, "A"); return s.Ran.After(asked) && !s.Running })
	if s := stands(d, "A"); s.Report.State != syncer.Halted {
		t.Fatalf("after another turn: %+v", s.Report)
	}
	done, err := VerbApprove.Of(t.Context(), Remote{c}, ApproveArgs{Plan: r.Clients[0].Halted.Plan[:6], By: "anna"})
	o.must(err)
	if done.Deletes != 30 {
		t.Errorf("approved: %+v", done)
	}
	o.until("what was approved is done", func() bool { return len(o.portal.Tree()) == 1+10 })
}
