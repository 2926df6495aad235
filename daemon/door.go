package daemon

import (
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"slices"
	"time"

	"dossier/config"
	"dossier/daemon/control"
	"dossier/syncer"
)

// Door is what the control socket speaks for: a daemon, and what only the command that runs it can do.
type Door struct {
	Daemon  *Daemon
	Version string
	PID     int
	Started time.Time
	Config  string // path of the configuration
	Load    func() (*config.Config, error)
	Quit    func() // begins to stop the daemon
	Level   *slog.LevelVar
}

// desk answers from the states that the daemon has open.
func (o *Door) desk() *Desk {
	opt := o.Daemon.options()
	return &Desk{Config: opt.Config, States: o.Daemon, Log: opt.Log}
}

// Status tells how the daemon and its clients stand.
func (o *Door) Status(ctx context.Context, names []string) (control.Status, error) {
	keepers, err := o.Daemon.chosen(names)
	if err != nil {
		return control.Status{}, told(err)
	}
	s := control.Status{Version: o.Version, PID: o.PID, Started: o.Started, Config: o.Config, Watching: len(keepers) > 0,
		LogLevel: o.Level.Level().String(), Clients: []control.ClientStatus{}, Budgets: []control.Budget{}}
	portals := map[string]bool{}
	for _, k := range keepers {
		s.Clients = append(s.Clients, o.client(ctx, k))
		portals[k.client.Portal] = true
	}
	s.Budgets = Budgets(o.Daemon.options().Config, slices.Sorted(maps.Keys(portals)), time.Now())
	return s, nil
}

// Reconcile runs clients once, now.
func (o *Door) Reconcile(ctx context.Context, req control.ReconcileRequest, event func(control.Event)) (json.RawMessage, error) {
	stop := o.Daemon.progress.listen(func(e syncer.Event) { event(wireEvent(e)) })
	defer stop()
	run := o.Daemon.Reconcile(ctx, req.Clients, syncer.RunOptions{DryRun: req.DryRun, AcceptDeletes: req.AcceptDeletes})
	if err := run.Err(); err != nil {
		if _, unknown := told(err).(*control.Error); unknown {
			return nil, told(err)
		}
	}
	return json.Marshal(run)
}

// Pause leaves clients alone from the end of their present turn on.
func (o *Door) Pause(ctx context.Context, req control.PauseRequest) error {
	_, err := o.desk().pause(ctx, PauseArgs{Clients: req.Clients, Until: req.Until, Reason: req.Reason, By: caller(ctx)})
	return told(err)
}

// Resume ends that.
func (o *Door) Resume(ctx context.Context, req control.ResumeRequest) error {
	_, err := o.desk().resume(ctx, ResumeArgs{Clients: req.Clients, By: caller(ctx)})
	return told(err)
}

// Reload reads the configuration again.
func (o *Door) Reload(context.Context) (control.Reloaded, error) {
	cfg, err := o.Load()
	if err != nil {
		return control.Reloaded{}, control.Errorf(control.Configuration, "Correct it; `dossier config check` says whether it is right. Until then the one before stays in force.", "%v", err)
	}
	changed := compare(o.Daemon.options().Config, cfg)
	o.Daemon.Reload(cfg)
	return changed, nil
}

// Stop begins to stop the daemon.
func (o *Door) Stop(context.Context) error { o.Quit(); return nil }

// LogLevel sets how much is logged.
func (o *Door) LogLevel(_ context.Context, level string) error {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return control.Errorf(control.BadRequest, "There is debug, info, warn and error.", "log level %q is none", level)
	}
	o.Level.Set(l)
	return nil
}

// Approve lets a halted plan through.
func (o *Door) Approve(ctx context.Context, req control.ApproveRequest) (control.Approved, error) {
	a, err := o.desk().approve(ctx, ApproveArgs{Plan: req.Plan, By: caller(ctx)})
	return control.Approved{Client: a.Client, Plan: a.Plan, Operations: a.Operations, Deletes: a.Deletes}, told(err)
}

// Ask answers a question as a desk does. A refusal travels as an answer, so that nothing of it is lost.
func (o *Door) Ask(ctx context.Context, verb string, args json.RawMessage) (json.RawMessage, error) {
	var e Envelope
	answer, err := o.desk().Ask(ctx, verb, args)
	if e.Answer = answer; err != nil {
		e = Envelope{Refusal: RefusalOf(err)}
	}
	return json.Marshal(e)
}

// Envelope is how a desk's answer goes over a socket: one of the two.
type Envelope struct {
	Answer  json.RawMessage `json:"answer,omitempty"`
	Refusal *Refusal        `json:"refusal,omitempty"`
}

// Remote asks the desk of a daemon that runs.
type Remote struct{ Client *control.Client }

// Ask asks over the socket.
func (r Remote) Ask(ctx context.Context, verb string, args json.RawMessage) (json.RawMessage, error) {
	var e Envelope
	if err := r.Client.Ask(ctx, verb, args, &e); err != nil {
		return nil, err
	}
	if e.Refusal != nil {
		return nil, e.Refusal
	}
	return e.Answer, nil
}

// caller is who asks, for the record.
func caller(ctx context.Context) string {
	if c, ok := control.CallerOf(ctx); ok {
		return c.Name
	}
	return ""
}
