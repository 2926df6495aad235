package control

import (
	"context"
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// clerk is a daemon that notes what it was asked and answers what it was told to.
type clerk struct {
	asked     chan any // nil: it notes nothing
	fault     error
	panics    bool
	reconcile func(context.Context, func(Event)) (json.RawMessage, error)
	ask       func(verb string, args json.RawMessage) (json.RawMessage, error)
	stop      func()
	caller    Caller
}

func (c *clerk) note(ctx context.Context, what any) error {
	c.caller, _ = CallerOf(ctx)
	if c.panics {
		panic("a fault")
	}
	if c.asked != nil {
		c.asked <- what
	}
	return c.fault
}

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

func (c *clerk) Status(ctx context.Context, clients []string) (Status, error) {
	limit := &Limit{PerMinute: 60, Learned: true, Shared: true, Left: 3, PausedUntil: noon, Noted: noon}
	return Status{Version: "1.2", PID: 17, Started: noon, Config: "/etc/dossier/dossier.toml", Watching: true, LogLevel: "info", Error: "e",
		Clients: []ClientStatus{fullClient(), {Name: "bare", State: "never-run", Folder: "/b", Conflicts: []Conflict{}, Problems: []Problem{}, Halts: []Halt{}}},
		Budgets: []Budget{{Portal: "office", Calls: limit, Uploads: limit, Error: "e"}, {Portal: "bare"}}}, c.note(ctx, clients)
}

func fullClient() ClientStatus {
	return ClientStatus{Name: "Bakkerij Jansen", State: "conflicts", Running: true, Folder: "/c/Bakkerij Jansen", Portal: "office", Files: 3, Queue: 1,
		LastRun: noon, LocalLook: noon, RemoteLook: noon, NextLook: noon, LookEvery: 300, Unsynced: noon, Adopting: "first run",
		Watch: &Watch{How: Polling, Why: "a network drive"}, Pause: &Pause{Since: noon, Until: noon, Reason: "r", By: "anna"}, Counts: Counts{1, 1, 1},
		Conflicts: []Conflict{{"a", "b"}}, Problems: []Problem{{"a", "r", "c", noon}}, Halts: []Halt{{"r", "c", "p", 2}}, Limits: []string{"l"}, Error: "e"}
}

func (c *clerk) Reconcile(ctx context.Context, req ReconcileRequest, event func(Event)) (json.RawMessage, error) {
	if err := c.note(ctx, req); err != nil {
		return nil, err
	}
	if c.reconcile != nil {
		return c.reconcile(ctx, event)
	}
	event(Event{Client: "Bakkerij Jansen", Path: "a", Up: true, Size: 3, Bytes: 3, Begun: true, Ended: true, Error: "e"})
	return json.RawMessage(`{"run":"r1","exit":0,"clients":[]}`), nil
}

func (c *clerk) Pause(ctx context.Context, req PauseRequest) error   { return c.note(ctx, req) }
func (c *clerk) Resume(ctx context.Context, req ResumeRequest) error { return c.note(ctx, req) }
func (c *clerk) LogLevel(ctx context.Context, level string) error    { return c.note(ctx, level) }

func (c *clerk) Reload(ctx context.Context) (Reloaded, error) {
	return Reloaded{Added: []string{"a"}, Removed: []string{}, Changed: []string{"b"}, Notes: []string{"n"}}, c.note(ctx, "reload")
}

func (c *clerk) Stop(ctx context.Context) error {
	if c.stop != nil {
		c.stop()
	}
	return c.note(ctx, "stop")
}

func (c *clerk) Approve(ctx context.Context, req ApproveRequest) (Approved, error) {
	return Approved{Client: "Bakkerij Jansen", Plan: "7f3a91c2", Operations: 30, Deletes: 28}, c.note(ctx, req)
}

func (c *clerk) Ask(ctx context.Context, verb string, args json.RawMessage) (json.RawMessage, error) {
	if err := c.note(ctx, verb+" "+string(args)); err != nil || c.ask == nil {
		return args, err
	}
	return c.ask(verb, args)
}

// running is a daemon behind its socket.
type running struct {
	dir  string
	feed *Feed
	stop func() // ends it, and waits; may be called twice
}

// run serves a daemon until the test ends.
func run(t *testing.T, d Daemon) *running {
	t.Helper()
	r := &running{dir: t.TempDir(), feed: NewFeed()}
	r.serve(t, d, time.Minute)
	return r
}

func (r *running) serve(t *testing.T, d Daemon, grace time.Duration) {
	t.Helper()
	place, err := Claim(r.dir)
	if err != nil {
		t.Fatal(err)
	}
	l, err := place.Listen()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	s := &Server{Daemon: d, Feed: r.feed, Version: "1.2.3", Started: noon, Log: slog.New(slog.DiscardHandler)}
	go func() { ended <- s.Serve(ctx, l, grace); close(ended) }()
	r.stop = func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("serve: %v", err)
		}
		_ = place.Close() // the second time it is closed already
	}
	t.Cleanup(r.stop)
}

func (r *running) client(t *testing.T) *Client {
	t.Helper()
	c, err := Find(t.Context(), r.dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// eventually waits for what nothing tells of.
func eventually(t *testing.T, is func() bool) {
	t.Helper()
	late := time.After(time.Minute)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-tick.C:
		case <-late:
			t.Error("it never came")
			return
		}
	}
}
