package syncer

import (
	"context"
	"maps"
	"slices"
	"sync"
	"testing"

	"dossier/remote"
	"dossier/remote/backoffice"
	"dossier/remote/box"
	"dossier/remote/filesro"
	"dossier/remote/mijnklantportaal"
	"dossier/remote/rest"
	"dossier/remote/sandbox"
)

// portalKind is one way in which a portal may be: its real driver speaks to its real sandbox, in memory. What follows from what it
// can do is read off its features.
type portalKind struct {
	name   string // in tests
	portal string // in the sandbox
	prefix string // of its quirks
	open   func(rest.Options) (remote.Driver, error)
	assume rest.Assume
	fetch  bool // a Back Office that hands out contents
}

// everything is what a MijnKlantportaal is told that lists and deletes.
var everything = rest.Assume{"listing": true, "delete": true}

// portalKinds are the portals on which the engine is tested.
var portalKinds = []portalKind{
	{name: "box", portal: sandbox.Box, open: box.Open},
	{name: "mijnklantportaal", portal: sandbox.MijnKlantportaal, prefix: "mkp-", open: mijnklantportaal.Open, assume: everything},
	{name: "mijnklantportaal, documented only", portal: sandbox.MijnKlantportaal, prefix: "mkp-", open: mijnklantportaal.Open},
	{name: "files.ro", portal: sandbox.FilesRo, prefix: "filesro-", open: filesro.Open},
	{name: "back office", portal: sandbox.BackOffice, prefix: "bo-", open: backoffice.Open, fetch: true},
	{name: "back office, send only", portal: sandbox.BackOffice, prefix: "bo-", open: backoffice.Open},
}

// with is the same portal with other settings.
func (k portalKind) with(more rest.Assume) portalKind {
	all := rest.Assume{}
	maps.Copy(all, k.assume)
	maps.Copy(all, more)
	k.assume = all
	return k
}

// onEachPortal runs a test on every portal, each in a bubble of time.
func onEachPortal(t *testing.T, test func(w *portalWorld)) {
	for _, kind := range portalKinds {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			inPortalWorld(t, kind, test)
		})
	}
}

// shelf is a remote.Ledger that lasts as long as the world, as the account's state does.
type shelf struct {
	mu   sync.Mutex
	rows map[remote.ID]map[remote.ID]remote.LedgerFolder // guarded by mu
}

func newShelf() *shelf { return &shelf{rows: map[remote.ID]map[remote.ID]remote.LedgerFolder{}} }

func (s *shelf) Folders(_ context.Context, client remote.ID) ([]remote.LedgerFolder, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Values(s.rows[client])), nil
}

func (s *shelf) Put(_ context.Context, client remote.ID, f remote.LedgerFolder) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rows[client] == nil {
		s.rows[client] = map[remote.ID]remote.LedgerFolder{}
	}
	s.rows[client][f.ID] = f
	return nil
}

func (s *shelf) Remove(_ context.Context, client, folder remote.ID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.rows[client], folder)
	return nil
}

// purse is a rest.TokenStore that lasts as long as the world.
type purse struct {
	turn   chan struct{} // holds one token: a turn
	tokens rest.Tokens
}

func newPurse() *purse { return &purse{turn: make(chan struct{}, 1)} }

func (p *purse) Exchange(ctx context.Context, fn func(rest.Tokens) (rest.Tokens, error)) error {
	select {
	case p.turn <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() { <-p.turn }()
	t, err := fn(p.tokens)
	if err == nil {
		p.tokens = t
	}
	return err
}
