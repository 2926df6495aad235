package backoffice

import (
	"context"
	"maps"
	"slices"
	"sync"

	"dossier/remote"
)

// shortLedger is a Ledger that lasts as long as the process: for tests, and for who only looks.
type shortLedger struct {
	mu      sync.Mutex
	clients map[remote.ID]map[remote.ID]remote.LedgerFolder // guarded by mu
}

func newShortLedger() *shortLedger {
	return &shortLedger{clients: map[remote.ID]map[remote.ID]remote.LedgerFolder{}}
}

func (l *shortLedger) Folders(_ context.Context, client remote.ID) ([]remote.LedgerFolder, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Collect(maps.Values(l.clients[client])), nil
}

func (l *shortLedger) Put(_ context.Context, client remote.ID, f remote.LedgerFolder) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.clients[client] == nil {
		l.clients[client] = map[remote.ID]remote.LedgerFolder{}
	}
	l.clients[client][f.ID] = f
	return nil
}

func (l *shortLedger) Remove(_ context.Context, client, folder remote.ID) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.clients[client], folder)
	return nil
}
