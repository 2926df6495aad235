package syncer

import (
	"context"
	"errors"
	"log/slog"

	"dossier/remote"
	"dossier/state"
	"dossier/syncer/local"
	"dossier/syncer/plan"
)

// actor does jobs. It owns nothing that a mirror changes, so that many goroutines may use it.
type actor struct {
	client   string
	mirror   string // keeps staged files of several clients apart
	disk     local.Disk
	vault    *local.Vault
	st       *state.Client
	portal   *remote.Portal
	features remote.Features
	reserve  int64
	ignored  func(rel string, dir bool) bool
	progress func(Event)
	log      *slog.Logger
}

// do does one job. What it returns is what happened, whatever that was.
func (a *actor) do(ctx context.Context, j *job) result {
	r := a.effect(ctx, j)
	if r.err != nil && ctx.Err() == nil {
		a.lookAfter(ctx, &r)
	}
	return r
}

func (a *actor) effect(ctx context.Context, j *job) result {
	remoteSide := j.op.Side == plan.Remote
	switch j.op.Kind {
	case plan.MakeFolder:
		return pick(remoteSide, a.makeFolderThere, a.makeFolderHere)(ctx, j)
	case plan.Send:
		return pick(remoteSide, a.upload, a.download)(ctx, j)
	case plan.Update:
		return pick(remoteSide, a.upload, a.download)(ctx, j)
	case plan.Move, plan.Aside:
		return pick(remoteSide, a.moveThere, a.moveHere)(ctx, j)
	case plan.Delete:
		return pick(remoteSide, a.deleteThere, a.deleteHere)(ctx, j)
	case plan.Conflict:
		return pick(remoteSide, a.refuse, a.conflictHere)(ctx, j)
	case plan.Compare:
		return a.compare(ctx, j)
	}
	return a.refuse(ctx, j)
}

type effect func(context.Context, *job) result

func pick(yes bool, a, b effect) effect {
	if yes {
		return a
	}
	return b
}

func (a *actor) refuse(_ context.Context, j *job) result {
	return result{job: j, err: &remote.Error{Op: opName(j.op), Code: remote.Unsupported}}
}

// lookAfter reads what a failed call left on the portal: after one of which we were not told the outcome, and after one that
// found something else than we believed. What cannot be read now is read by the next look.
func (a *actor) lookAfter(ctx context.Context, r *result) {
	e, ok := errors.AsType[*remote.Error](r.err)
	if !ok {
		return
	}
	if e.Existing != nil && e.Existing.ID != "" {
		a.lookAt(ctx, r, e.Existing.ID, e.Existing.Kind)
	}
	switch {
	case !a.features.Listing:
	case r.renewed: // there may be a new item, or another one in the place of the old
		a.lookAt(ctx, r, r.job.entry.ID, r.job.entry.Kind)
		a.lookIn(ctx, r, r.at.Parent)
		if r.at.Parent != r.job.entry.Parent {
			a.lookIn(ctx, r, r.job.entry.Parent)
		}
	case e.Outcome == remote.MaybeDone && r.entry == nil && (r.op.Kind == plan.Send || r.op.Kind == plan.MakeFolder):
		a.lookIn(ctx, r, r.at.Parent)
	case e.Outcome == remote.MaybeDone, e.Code == remote.Stale, e.Code == remote.NotFound, e.Code == remote.Trashed:
		if r.entry == nil && r.job.entry.ID != "" {
			a.lookAt(ctx, r, r.job.entry.ID, r.job.entry.Kind)
			a.lookBeside(ctx, r)
		}
		if r.at.Parent != "" && e.Code == remote.NotFound {
			a.lookAt(ctx, r, r.at.Parent, remote.Folder)
		}
	case e.Code == remote.NameTaken && e.Existing == nil:
		a.lookIn(ctx, r, r.at.Parent)
	}
}

// lookBeside looks into the folder of an item that turned out to have moved: something may have changed places with it.
func (a *actor) lookBeside(ctx context.Context, r *result) {
	if len(r.now) == 0 {
		return
	}
	now, was := r.now[len(r.now)-1], r.job.entry
	if now.ID == was.ID && (now.Parent != was.Parent || now.Name != was.Name) {
		a.lookIn(ctx, r, now.Parent)
	}
}

func (a *actor) lookAt(ctx context.Context, r *result, id remote.ID, kind remote.Kind) {
	now, err := a.portal.Get(ctx, id, kind)
	switch code := remote.CodeOf(err); {
	case err == nil:
		r.now, r.looked = append(r.now, now), true
	case code == remote.NotFound || code == remote.Trashed:
		r.gone, r.looked = append(r.gone, id), true
	}
}

func (a *actor) lookIn(ctx context.Context, r *result, folder remote.ID) {
	for e, err := range a.portal.Children(ctx, folder) {
		if err != nil {
			return
		}
		r.now = append(r.now, e)
	}
	r.looked = true
}
