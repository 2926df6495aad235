package cli

import (
	"errors"
	"fmt"
	"slices"

	"dossier/config"
	"dossier/daemon"
	"dossier/state"
)

// known lists all clients without asking a portal.
func (a *app) known() (*config.Config, []daemon.Client, error) {
	cfg, err := a.load()
	if err != nil {
		return nil, nil, err
	}
	clients, err := daemon.Known(cfg)
	return cfg, clients, err
}

// chosen lists the clients of these names; none: all.
func (a *app) chosen(names []string) ([]daemon.Client, error) {
	_, clients, err := a.known()
	if err != nil || len(names) == 0 {
		return clients, err
	}
	var chosen []daemon.Client
	for _, name := range names {
		i := slices.IndexFunc(clients, func(c daemon.Client) bool { return config.Fold(c.Name) == config.Fold(name) })
		if i < 0 {
			return nil, &usageError{unknownName("client", name, namesOf(clients))}
		}
		chosen = append(chosen, clients[i])
	}
	return chosen, nil
}

func namesOf(clients []daemon.Client) []string {
	var names []string
	for _, c := range clients {
		names = append(names, c.Name)
	}
	return names
}

// view reads a client's state without changing it. never is true for a client that has not run yet.
func view(c daemon.Client, fn func(*state.Tx) error) (never bool, err error) {
	st, err := state.OpenClient(c.StatePath, state.Options{ReadOnly: true})
	if errors.Is(err, state.ErrNotFound) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("client %q: %w", c.Name, err)
	}
	return false, errors.Join(st.View(fn), st.Close())
}

// change opens a client's state and changes it.
func change(c daemon.Client, fn func(*state.Tx) error) error {
	st, err := state.OpenClient(c.StatePath, state.Options{})
	if err != nil {
		return fmt.Errorf("client %q: %w", c.Name, err)
	}
	return errors.Join(st.Update(fn), st.Close())
}
