package remotetest

import (
	"context"

	"dossier/remote"
)

// AsFeed is the feed of the driver behind the gate, gated.
func (g *Gate) AsFeed() (remote.Feed, bool) {
	f, ok := remote.AsFeed(g.Driver)
	return gatedFeed{g, f}, ok
}

// AsTrash is the trash of the driver behind the gate, gated.
func (g *Gate) AsTrash() (remote.Trash, bool) {
	t, ok := remote.AsTrash(g.Driver)
	return gatedTrash{g, t}, ok
}

// AsProber is the prober of the driver behind the gate, gated.
func (g *Gate) AsProber() (remote.Prober, bool) {
	p, ok := remote.AsProber(g.Driver)
	return gatedProber{g, p}, ok
}

type gatedFeed struct {
	g *Gate
	f remote.Feed
}

func (f gatedFeed) Now(ctx context.Context) (string, error) {
	return pass(ctx, f.g, Now, "", func() (string, error) { return f.f.Now(ctx) })
}

func (f gatedFeed) Changes(ctx context.Context, cursor string) (remote.Changes, error) {
	return pass(ctx, f.g, Changes, cursor, func() (remote.Changes, error) { return f.f.Changes(ctx, cursor) })
}

func (f gatedFeed) Wait(ctx context.Context, cursor string) error {
	_, err := pass(ctx, f.g, Wait, cursor, func() (struct{}, error) { return struct{}{}, f.f.Wait(ctx, cursor) })
	return err
}

type gatedTrash struct {
	g *Gate
	t remote.Trash
}

func (t gatedTrash) Restore(ctx context.Context, id remote.ID, kind remote.Kind, at *remote.Place) (remote.Entry, error) {
	return pass(ctx, t.g, Restore, string(id), func() (remote.Entry, error) { return t.t.Restore(ctx, id, kind, at) })
}

type gatedProber struct {
	g *Gate
	p remote.Prober
}

func (p gatedProber) HasTrash(ctx context.Context, folder remote.ID) (bool, error) {
	return pass(ctx, p.g, HasTrash, string(folder), func() (bool, error) { return p.p.HasTrash(ctx, folder) })
}
