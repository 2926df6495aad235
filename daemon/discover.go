package daemon

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"dossier/config"
	"dossier/remote"
	"dossier/state"
	"dossier/syncer/local"
)

// finds is what was found under one discover section so far: the portal's ids, and the local names that they were given at first
// sight. It is kept in the account's state.
type finds map[remote.ID]string

// Known lists all clients that this installation knows, without asking a portal: those of the configuration, then those that were
// discovered earlier, by name.
func Known(cfg *config.Config) ([]Client, error) {
	clients := configured(cfg)
	for _, d := range cfg.Discover {
		if missing(accountPath(cfg, d.Portal)) {
			continue
		}
		acct, err := state.OpenAccount(accountPath(cfg, d.Portal), state.Options{})
		if err != nil {
			return nil, err
		}
		found, err := readFinds(acct, d)
		if err != nil {
			return nil, err
		}
		clients = append(clients, discovered(cfg, d, found)...)
	}
	return clients, nil
}

func configured(cfg *config.Config) []Client {
	clients := make([]Client, len(cfg.Clients))
	for i, c := range cfg.Clients {
		clients[i] = Client{Client: c, StatePath: statePath(cfg, c.Name)}
	}
	return clients
}

// discovered makes clients of what was found.
func discovered(cfg *config.Config, d config.Discover, found finds) []Client {
	var clients []Client
	for id, name := range found {
		clients = append(clients, Client{Discovered: true, StatePath: statePath(cfg, name), Client: config.Client{
			Name: name, Portal: d.Portal, Folder: string(id), Path: filepath.Join(d.Path, name), Mode: d.Mode,
			Ignore: d.Ignore, Private: d.Private, Databases: d.Databases, Guards: d.Guards}})
	}
	slices.SortFunc(clients, func(a, b Client) int { return strings.Compare(a.Name, b.Name) })
	return clients
}

func findsKey(d config.Discover) string { return "discovered under " + d.Under }

func readFinds(acct *state.Account, d config.Discover) (finds, error) {
	text, err := acct.Cursor(findsKey(d))
	if err != nil || text == "" {
		return finds{}, err
	}
	var found finds
	if err := json.Unmarshal([]byte(text), &found); err != nil {
		return nil, fmt.Errorf("read what was discovered under %q: %v", d.Under, err)
	}
	return found, nil
}

// everyone is Known, after a look at what is to be discovered now.
func (h *house) everyone(ctx context.Context) ([]Client, error) {
	if h.named() {
		return Known(h.Config)
	}
	clients := configured(h.Config)
	for _, d := range h.Config.Discover {
		more, err := h.discover(ctx, d, clients)
		if err != nil {
			return nil, err
		}
		clients = append(clients, more...)
	}
	return clients, nil
}

// discover looks for folders under the section's folder. If that fails, those found earlier carry the error.
func (h *house) discover(ctx context.Context, d config.Discover, others []Client) ([]Client, error) {
	acct, ok := h.accounts[d.Portal]
	if !ok {
		return h.lost(d, h.refused[d.Portal])
	}
	found, err := readFinds(acct.state, d)
	if err != nil {
		return nil, err
	}
	there, err := look(ctx, acct.portal, d)
	if err != nil {
		return h.lost(d, err)
	}
	fresh := false
	for _, e := range there {
		if _, known := found[e.ID]; known || isConfigured(h.Config, d.Portal, e.ID) {
			continue
		}
		found[e.ID] = localName(e, others, found)
		fresh = true
	}
	if fresh && !h.ro.DryRun {
		if err := writeFinds(acct.state, d, found); err != nil {
			return nil, err
		}
	}
	clients := discovered(h.Config, d, found)
	for i, c := range clients {
		clients[i].vanished = !slices.ContainsFunc(there, func(e remote.Entry) bool { return e.ID == c.folder() })
	}
	return clients, nil
}

// lost is those found earlier, of which it cannot be told whether they are still there. If there are none, that is the run's error.
func (h *house) lost(d config.Discover, why error) ([]Client, error) {
	known, err := Known(&config.Config{State: h.Config.State, Discover: []config.Discover{d}})
	if err != nil {
		return nil, err
	}
	if len(known) == 0 {
		return nil, fmt.Errorf("discover clients under %q: %w", d.Under, why)
	}
	for i := range known {
		known[i].lost = why
	}
	return known, nil
}

// look lists the folders under the section's folder, completely.
func look(ctx context.Context, p *remote.Portal, d config.Discover) ([]remote.Entry, error) {
	var folders []remote.Entry
	for e, err := range p.Children(ctx, remote.ID(d.Under)) {
		if err != nil {
			return nil, err
		}
		if e.Kind == remote.Folder {
			folders = append(folders, e)
		}
	}
	return folders, nil
}

func isConfigured(cfg *config.Config, portal string, id remote.ID) bool {
	return slices.ContainsFunc(cfg.Clients, func(c config.Client) bool { return c.Portal == portal && c.Folder == string(id) })
}

func writeFinds(acct *state.Account, d config.Discover, found finds) error {
	text, err := json.Marshal(found)
	if err != nil {
		return fmt.Errorf("note what was discovered: %w", err)
	}
	return acct.SetCursor(findsKey(d), string(text))
}

// localName is the name of a folder on this disk: the portal's, as the disk can hold it, and one that no other client has.
func localName(e remote.Entry, others []Client, found finds) string {
	name, _ := local.Names{Windows: runtime.GOOS == "windows"}.Encode(e.Name)
	own := "Client " + fileName(string(e.ID))
	if name == "" || filepath.Base(name) != name || strings.HasPrefix(name, ".") || strings.ContainsAny(name, "/\\\x00") {
		return own
	}
	for _, taken := range found {
		if config.Fold(taken) == config.Fold(name) {
			return own
		}
	}
	for _, c := range others {
		if config.Fold(c.Name) == config.Fold(name) {
			return own
		}
	}
	return name
}
