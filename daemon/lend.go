package daemon

import (
	"context"
	"slices"

	"dossier/state"
)

// Lend lends the state that the daemon has open. What is noted there, such as an approval, is acted upon at once.
func (d *Daemon) Lend(ctx context.Context, c Client, need Need, fn func(*state.Client) error) error {
	if need != ToRead {
		d.begun(ctx)
	}
	k, up := d.keeper(c.Name)
	switch {
	case !up:
		return state.ErrLocked // it is being opened
	case k == nil:
		return ErrNeverRan
	}
	own := k.h.held[c.Name]
	if own.err != nil {
		return own.err
	}
	if need == ToWork {
		return k.between(ctx, func() error { return fn(own.state) })
	}
	err := fn(own.state)
	if need == ToNote {
		k.ask()
	}
	return err
}

// keeper is a client's; nil: there is none. up tells whether the daemon has its clients.
func (d *Daemon) keeper(name string) (k *keeper, up bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if i := slices.IndexFunc(d.keepers, func(k *keeper) bool { return k.client.Name == name }); i >= 0 {
		k = d.keepers[i]
	}
	return k, d.keepers != nil
}
