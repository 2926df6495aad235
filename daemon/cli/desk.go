package cli

import (
	"context"
	"errors"

	"dossier/daemon"
	"dossier/daemon/control"
)

// desk is whom questions about clients are asked: the one place that knows where the clients' states are. A daemon that runs has them
// open; without one they are opened here.
func (a *app) desk(ctx context.Context) (whom daemon.Asker, leave func(), err error) {
	cfg, err := a.load()
	if err != nil {
		return nil, nil, err
	}
	there, err := control.Find(ctx, cfg.State)
	if errors.Is(err, control.ErrNotRunning) {
		return &daemon.Desk{Config: cfg, States: daemon.Alone{Log: a.log()}, Log: a.log()}, func() {}, nil
	}
	if err != nil {
		return nil, nil, err
	}
	return daemon.Remote{Client: there}, there.Close, nil
}

// ask asks one question. What was refused comes back as a fault of whoever asked.
func ask[Args, Answer any](ctx context.Context, a *app, verb daemon.Verb[Args, Answer], args Args) (answer Answer, err error) {
	desk, leave, err := a.desk(ctx)
	if err != nil {
		return answer, err
	}
	defer leave()
	answer, err = verb.Of(ctx, desk, args)
	return answer, worded(err)
}

// worded words what is not there, with what there is in its place.
func worded(err error) error {
	if u, ok := errors.AsType[*daemon.UnknownClientError](err); ok {
		return &usageError{unknownName("client", u.Name, u.Known)}
	}
	if r, ok := errors.AsType[*daemon.Refusal](err); ok && r.Kind != "" {
		return &usageError{unknownName(r.Kind, r.Name, r.Known)}
	}
	return err
}
