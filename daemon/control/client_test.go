package control

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestEachCallReachesTheDaemonAsItWasMade(t *testing.T) {
	d := &clerk{asked: make(chan any, 1)}
	c := run(t, d).client(t)
	ctx := t.Context()
	pause := PauseRequest{Clients: []string{"A", "B"}, Until: noon, Reason: "holiday"}
	for _, call := range []struct {
		name string
		do   func() error
		want any
	}{
		{"status", func() error { _, err := c.Status(ctx, "A", "B & C"); return err }, []string{"A", "B & C"}},
		{"reconcile", func() error { _, err := c.Reconcile(ctx, ReconcileRequest{DryRun: true}, nil); return err }, ReconcileRequest{DryRun: true}},
		{"pause", func() error { return c.Pause(ctx, pause) }, pause},
		{"resume", func() error { return c.Resume(ctx, ResumeRequest{Clients: []string{"A"}}) }, ResumeRequest{Clients: []string{"A"}}},
		{"reload", func() error { _, err := c.Reload(ctx); return err }, "reload"},
		{"stop", func() error { return c.Stop(ctx) }, "stop"},
		{"log level", func() error { return c.LogLevel(ctx, "debug") }, "debug"},
		{"approve", func() error { _, err := c.Approve(ctx, ApproveRequest{Plan: "7f"}); return err }, ApproveRequest{Plan: "7f"}},
		{"ask", func() error { return c.Ask(ctx, "vault.list", map[string]int{"n": 1}, nil) }, `vault.list {"n":1}`},
		{"ask without arguments", func() error { return c.Ask(ctx, "why", nil, nil) }, `why null`},
	} {
		if err := call.do(); err != nil {
			t.Errorf("%s: %v", call.name, err)
			continue
		}
		if got := <-d.asked; !cmp.Equal(got, call.want) {
			t.Errorf("%s asked %v, want %v", call.name, got, call.want)
		}
	}
	if d.caller.PID != os.Getpid() || d.caller.Name == "" || d.caller.ID == "" {
		t.Errorf("the daemon takes the caller for %+v", d.caller)
	}
}

func TestAnswersArriveWhole(t *testing.T) {
	d := &clerk{}
	r := run(t, d)
	c := r.client(t)
	if v := c.Version(); v.API != API || v.Revision != Revision || v.Version != "1.2.3" || v.PID != os.Getpid() || !v.Started.Equal(noon) {
		t.Errorf("the daemon greets with %+v", v)
	}
	want, _ := d.Status(t.Context(), nil)
	if got, err := c.Status(t.Context()); err != nil || !cmp.Equal(got, want) {
		t.Errorf("status: %v %s", err, cmp.Diff(want, got))
	}
	var events []Event
	run, err := c.Reconcile(t.Context(), ReconcileRequest{}, func(e Event) { events = append(events, e) })
	if err != nil || string(run) != `{"run":"r1","exit":0,"clients":[]}` || len(events) != 1 || events[0].Path != "a" {
		t.Errorf("reconcile: %s, %v, %v", run, events, err)
	}
	var answer struct{ N int }
	if err := c.Ask(t.Context(), "why", struct{ N int }{7}, &answer); err != nil || answer.N != 7 {
		t.Errorf("ask: %+v, %v", answer, err)
	}
}

func TestARefusalArrivesWithWhatToDo(t *testing.T) {
	d := &clerk{fault: Errorf(UnknownClient, "dossier clients list", "there is no client %q", "X")}
	c := run(t, d).client(t)
	for name, err := range map[string]error{
		"pause":     c.Pause(t.Context(), PauseRequest{}),
		"reconcile": second(c.Reconcile(t.Context(), ReconcileRequest{}, nil)),
		"ask":       c.Ask(t.Context(), "why", nil, nil),
	} {
		if e, ok := errors.AsType[*Error](err); !ok || !cmp.Equal(e, d.fault) {
			t.Errorf("%s: %v", name, err)
		}
	}
	d.fault = errors.New("disk full")
	if err := c.Pause(t.Context(), PauseRequest{}); CodeOf(err) != Internal || err.Error() != "disk full" {
		t.Errorf("an error without a code arrives as %v, %s", err, CodeOf(err))
	}
}

func second[T any](_ T, err error) error { return err }

func TestAPanicIsToldAndTheDaemonGoesOn(t *testing.T) {
	d := &clerk{panics: true}
	c := run(t, d).client(t)
	if err := second(c.Reload(t.Context())); CodeOf(err) != Internal || !strings.Contains(err.Error(), "a fault") {
		t.Errorf("reload: %v", err)
	}
	if _, err := c.Reconcile(t.Context(), ReconcileRequest{}, nil); CodeOf(err) != Internal || !strings.Contains(err.Error(), "a fault") {
		t.Errorf("reconcile: %v", err)
	}
	d.panics = false
	if err := second(c.Reload(t.Context())); err != nil {
		t.Errorf("after the panic: %v", err)
	}
}

func TestNobodyIsFoundWhereNobodyListens(t *testing.T) {
	if _, err := Find(t.Context(), filepath.Join(t.TempDir(), "missing")); !errors.Is(err, ErrNotRunning) {
		t.Errorf("without a state folder: %v", err)
	}
	r := run(t, &clerk{})
	c := r.client(t)
	r.stop()
	if _, err := Find(t.Context(), r.dir); !errors.Is(err, ErrNotRunning) {
		t.Errorf("after it has stopped: %v", err)
	}
	if _, err := c.Status(t.Context()); !errors.Is(err, ErrNotRunning) {
		t.Errorf("a client of the stopped daemon: %v", err)
	}
}

func TestADaemonThatDiesInTheMiddleIsToldFromOneThatAnswers(t *testing.T) {
	for name, answer := range map[string]string{
		"before its answer":      "",
		"in the head":            "HTTP/1.1 200 OK\r\nContent-",
		"in the middle":          "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"event\"",
		"before the last line":   "HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{\"event\":{}}\n",
		"in the middle of chunk": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n{\"event\":{}}\n",
	} {
		t.Run(name, func(t *testing.T) {
			c := impostor(t, answer)
			if _, err := c.Reconcile(t.Context(), ReconcileRequest{}, nil); !errors.Is(err, ErrCutOff) {
				t.Errorf("reconcile: %v", err)
			}
			var last error
			for _, err := range c.Events(t.Context(), "") {
				last = err
			}
			if !errors.Is(last, ErrCutOff) {
				t.Errorf("events: %v", last)
			}
		})
	}
}

// impostor greets like a daemon, and then answers each call with this text and hangs up.
func impostor(t *testing.T, answer string) *Client {
	t.Helper()
	place, err := Claim(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	l, err := place.Listen()
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	greeting := "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
	go func() {
		defer close(ended)
		for text := greeting; ; text = answer {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			say(conn, text)
		}
	}()
	t.Cleanup(func() { l.Close(); <-ended; place.Close() })
	c, err := Find(t.Context(), place.dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func say(conn net.Conn, text string) {
	defer conn.Close()
	buf := make([]byte, 4096)
	_, _ = conn.Read(buf)
	_, _ = conn.Write([]byte(text))
}

func TestADaemonThatHangsIsNotWaitedForLong(t *testing.T) {
	place, err := Claim(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer place.Close()
	l, err := place.Listen() // and nobody accepts
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := find(t.Context(), place.dir, time.Millisecond); !errors.Is(err, errSilent) {
		t.Errorf("found %v", err)
	}
}

func TestACallEndsWithItsContext(t *testing.T) {
	stopped := make(chan error, 1)
	begun := make(chan struct{})
	d := &clerk{reconcile: func(ctx context.Context, _ func(Event)) (json.RawMessage, error) {
		close(begun)
		<-ctx.Done()
		stopped <- ctx.Err()
		return nil, ctx.Err()
	}}
	c := run(t, d).client(t)
	why := errors.New("ctrl-c")
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() { <-begun; cancel(why) }()
	if _, err := c.Reconcile(ctx, ReconcileRequest{}, nil); !errors.Is(err, why) {
		t.Errorf("reconcile: %v", err)
	}
	if err := <-stopped; !errors.Is(err, context.Canceled) {
		t.Errorf("the daemon's context: %v", err)
	}
}

func TestProgressNeverHoldsUpARunAndIsSilentAfterIt(t *testing.T) {
	const each = 20_000 // events of 100 bytes: far more than a socket holds
	var late func(Event)
	over := make(chan struct{})
	d := &clerk{reconcile: func(_ context.Context, event func(Event)) (json.RawMessage, error) {
		for range each {
			event(Event{Client: strings.Repeat("x", 100)})
		}
		late = event
		close(over)
		return json.RawMessage(`{}`), nil
	}}
	c := run(t, d).client(t)
	resp, err := c.do(t.Context(), "POST", "/v1/reconcile", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	<-over // and nothing has been read
	late(Event{})
	told := 0
	for d := json.NewDecoder(resp.Body); ; told++ {
		var l line
		if err := d.Decode(&l); err != nil {
			t.Fatal(err)
		}
		if l.Run != nil {
			break
		}
	}
	if told == 0 || told >= each {
		t.Errorf("%d events were told; want some of %d", told, each)
	}
}

func TestStoppingLetsCallsEnd(t *testing.T) {
	begun, goOn := make(chan struct{}), make(chan struct{})
	var cause error
	d := &clerk{reconcile: func(ctx context.Context, _ func(Event)) (json.RawMessage, error) {
		close(begun)
		<-goOn
		cause = context.Cause(ctx)
		return json.RawMessage(`{}`), nil
	}}
	r := run(t, d)
	c := r.client(t)
	answered := make(chan error, 1)
	go func() { answered <- second(c.Reconcile(t.Context(), ReconcileRequest{}, nil)) }()
	<-begun
	go func() { untilDeaf(t, r.dir); close(goOn) }()
	r.stop()
	if err := <-answered; err != nil || cause != nil {
		t.Errorf("the call ended with %v, its context with %v", err, cause)
	}
}

func TestStoppingCancelsCallsThatDoNotEndAndWaitsForThem(t *testing.T) {
	begun, stopped := make(chan struct{}), make(chan struct{})
	d := &clerk{reconcile: func(ctx context.Context, _ func(Event)) (json.RawMessage, error) {
		close(begun)
		<-ctx.Done()
		if cause := context.Cause(ctx); !errors.Is(cause, errStopped) {
			t.Errorf("the call's context ended with %v", cause)
		}
		select {
		case <-stopped:
			t.Error("the server has ended before its call")
		case <-time.After(50 * time.Millisecond): // long enough for what must not happen
		}
		return json.RawMessage(`{}`), nil
	}}
	r := &running{dir: t.TempDir(), feed: NewFeed()}
	r.serve(t, d, 0)
	c := r.client(t)
	answered := make(chan error, 1)
	go func() { answered <- second(c.Reconcile(t.Context(), ReconcileRequest{}, nil)) }()
	<-begun
	r.stop()
	close(stopped)
	if err := <-answered; !errors.Is(err, ErrCutOff) {
		t.Errorf("the call ended with %v", err)
	}
}

// untilDeaf waits until a daemon takes no more calls.
func untilDeaf(t *testing.T, dir string) {
	eventually(t, func() bool {
		conn, err := connect(context.Background(), dir)
		if err == nil {
			conn.Close()
		}
		return errors.Is(err, ErrNotRunning)
	})
}
