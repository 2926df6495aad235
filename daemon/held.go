package daemon

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"dossier/state"
)

// held are the states of the clients that a run works on, by name. They are open from its beginning to its end, so that clients can
// ask about each other's documents whichever of them is at work.
type held map[string]opened

type opened struct {
	places
	state *state.Client // nil: it could not be opened
	err   error
}

func openStates(clients []Client, where func(Client) (places, error), log *slog.Logger) held {
	h := held{}
	for _, c := range clients {
		o := opened{}
		if o.places, o.err = where(c); o.err == nil {
			o.state, o.err = state.OpenClient(o.places.state, state.Options{Log: log})
		}
		h[c.Name] = o
	}
	return h
}

func (h held) close() (err error) {
	for _, o := range h {
		if o.state != nil {
			err = errors.Join(err, o.state.Close())
		}
		if o.leave != nil {
			o.leave()
		}
	}
	return err
}

// places is where a run works on a client.
type places struct {
	folder, state string
	leave         func()
}

// places are the client's own, but for a dry run of a client that never ran: that leaves nothing behind.
func (h *house) places(c Client) (places, error) {
	at := places{folder: c.Path, state: c.StatePath, leave: func() {}}
	if !h.ro.DryRun {
		return at, nil
	}
	noState, noFolder := missing(c.StatePath), missing(c.Path)
	if !noState {
		return at, nil
	}
	tmp, err := os.MkdirTemp("", "dossier-dry-run-")
	if err != nil {
		return at, fmt.Errorf("prepare dry run: %w", err)
	}
	at.leave = func() { os.RemoveAll(tmp) }
	at.state = filepath.Join(tmp, "state.db")
	if noFolder {
		at.folder = filepath.Join(tmp, "client")
	}
	return at, nil
}
