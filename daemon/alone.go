package daemon

import (
	"context"
	"errors"
	"log/slog"

	"dossier/state"
)

// Alone lends states when no daemon runs: it opens each for a moment. Whoever else opens one meanwhile waits, or is told that it is locked.
type Alone struct{ Log *slog.Logger }

// Lend opens a client's state, which is never made by asking for it.
func (a Alone) Lend(ctx context.Context, c Client, need Need, fn func(*state.Client) error) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if missing(c.StatePath) {
		return ErrNeverRan
	}
	st, err := state.OpenClient(c.StatePath, state.Options{ReadOnly: need == ToRead, Log: a.Log})
	if errors.Is(err, state.ErrNotFound) {
		return ErrNeverRan
	}
	if err != nil {
		return err
	}
	return errors.Join(fn(st), st.Close())
}
