package daemon

import (
	"context"
	"errors"
	"maps"
	"reflect"
	"slices"

	"dossier/config"
	"dossier/daemon/control"
	"dossier/state"
	"dossier/syncer"
	"dossier/syncer/watch"
)

// told is an error as the control socket words it.
func told(err error) error {
	if err == nil {
		return nil
	}
	r := RefusalOf(err)
	switch {
	case r.Kind == "client":
		return control.Errorf(control.UnknownClient, "`dossier clients list` shows all.", "%s", r.Text)
	case r.Kind != "":
		return control.Errorf(control.NotFound, "", "%s", r.Text)
	case errors.Is(err, state.ErrLocked):
		return control.Errorf(control.Busy, "Another dossier is at work on it. Wait until it has finished.", "%s", r.Text)
	}
	return err
}

// client is one client's part of the status.
func (o *Door) client(ctx context.Context, k *keeper) control.ClientStatus {
	now := k.status()
	s, err := o.desk().statusOf(ctx, k.client)
	w := control.ClientStatus{Name: k.client.Name, State: s.State, Running: now.Running, Folder: k.client.Path, Portal: k.client.Portal, Files: s.Files,
		LastRun: s.LastRun, LocalLook: s.LocalLook, RemoteLook: s.RemoteLook, NextLook: now.Next, LookEvery: s.LookEvery, Adopting: s.Adopting,
		Limits: s.Limits, Error: s.Error, Watch: wireWatch(now.Watch),
		Counts: control.Counts{Conflicts: len(s.Conflicts), Problems: len(s.Problems), Halts: len(s.Halts)}, Conflicts: []control.Conflict{}, Problems: []control.Problem{}, Halts: []control.Halt{}}
	if !now.Ran.IsZero() && s.State != string(syncer.Paused) { // what came of turns that did not get as far as the state
		w.State, w.Error = string(now.Report.State), now.Report.Error
	}
	if err != nil {
		w.Error = err.Error()
	}
	if p := s.Paused; p != nil {
		w.Pause = &control.Pause{Since: p.Since, Until: p.Until, Reason: p.Reason, By: p.By}
	}
	fill(&w, s, now)
	return w
}

func fill(w *control.ClientStatus, s ClientStatus, now KeptClient) {
	for _, c := range s.Conflicts {
		w.Conflicts = append(w.Conflicts, control.Conflict(c))
	}
	for _, p := range s.Problems {
		w.Problems = append(w.Problems, control.Problem{Path: p.Path, Reason: p.Reason, Code: p.Code, RetryAt: p.RetryAt})
		if !p.RetryAt.IsZero() {
			w.Queue++
		}
	}
	for _, h := range s.Halts {
		w.Halts = append(w.Halts, control.Halt(h))
	}
	if h := now.Report.Halted; h != nil && len(w.Halts) == 0 {
		w.Halts = append(w.Halts, control.Halt(*h))
	}
}

func wireWatch(s watch.Status) *control.Watch {
	switch s.Mode {
	case watch.Watching:
		return &control.Watch{How: control.Watching}
	case watch.Polling:
		w := &control.Watch{How: control.Polling, Why: s.Reason}
		if s.Cure != "" {
			w.Why += ": " + s.Cure
		}
		return w
	}
	return nil
}

func wireEvent(e syncer.Event) control.Event {
	w := control.Event{Client: e.Client, Path: e.Path, Up: e.Up, Size: e.Size, Bytes: e.Bytes, Begun: e.Begun, Ended: e.Ended}
	if e.Err != nil {
		w.Error = e.Err.Error()
	}
	return w
}

// compare tells how the clients of two configurations differ.
func compare(old, fresh *config.Config) control.Reloaded {
	r := control.Reloaded{Added: []string{}, Removed: []string{}, Changed: []string{}}
	was := map[string]config.Client{}
	for _, c := range old.Clients {
		was[c.Name] = c
	}
	for _, c := range fresh.Clients {
		before, known := was[c.Name]
		delete(was, c.Name)
		switch {
		case !known:
			r.Added = append(r.Added, c.Name)
		case !reflect.DeepEqual(before, c):
			r.Changed = append(r.Changed, c.Name)
		}
	}
	r.Removed = append(r.Removed, slices.Sorted(maps.Keys(was))...)
	return r
}
