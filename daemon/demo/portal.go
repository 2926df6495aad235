package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"dossier/config"
	"dossier/remote/sandbox"
)

// stage is where the demonstration plays: a portal in this process, and an office that keeps it in step with its disk.
type stage struct {
	dir     string
	portal  *sandbox.Server
	serving *sandbox.Running
	config  *config.Config

	// colleague is a second office that mirrors the same clients elsewhere: what happens on the portal can be seen, and made to
	// happen, in its folders.
	colleague *config.Config
}

// Places in the demonstration's folder.
const (
	ownMark    = ".dossier-demo" // tells that the folder is a demonstration's own
	configName = config.FileName
	tokenName  = "token"
	clientsDir = "Clients"
	stateDir   = "state"

	colleagueName  = "colleague.toml"
	colleagueDir   = "Colleague"
	colleagueState = "state-colleague"
	portalDir      = "portal"
)

// openStage opens a portal in dir with the sample clients, and writes the configuration of an office that mirrors them.
func openStage(ctx context.Context, dir string, clients []Client, log *slog.Logger) (*stage, error) {
	s := &stage{dir: dir}
	var err error
	if s.portal, err = sandbox.New(sandbox.Options{Dir: filepath.Join(dir, portalDir), Log: log}); err != nil {
		return nil, err
	}
	if s.serving, err = s.portal.Serve(ctx, ""); err != nil {
		return nil, errors.Join(err, s.portal.Close())
	}
	if err := s.furnish(clients); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *stage) close() error { return errors.Join(s.serving.Close(), s.portal.Close()) }

// furnish puts the clients' papers on the portal, unless an earlier demonstration did, and writes the configuration.
func (s *stage) furnish(clients []Client) error {
	there := s.portal.Tree(sandbox.Box)
	for _, c := range clients {
		if _, furnished := there[onPortal(c.Name, "")]; furnished {
			continue
		}
		for _, f := range c.Files {
			if _, err := s.portal.Put(sandbox.Box, onPortal(c.Name, f.Path), bytes.NewReader(f.Data), f.Modified); err != nil {
				return err
			}
		}
	}
	return s.configure(clients)
}

// onPortal is where a client's file, or his folder, lies on the portal.
func onPortal(client, path string) string {
	return strings.TrimSuffix(sandbox.ClientsFolder+"/"+client+"/"+path, "/")
}

// onDisk is where a client's file, or his folder, lies on disk.
func (s *stage) onDisk(client, path string) string {
	return filepath.Join(s.dir, clientsDir, client, filepath.FromSlash(path))
}

func (s *stage) configPath() string { return filepath.Join(s.dir, configName) }

// configure writes both offices' configurations and the token that they refer to, and loads them as any command would.
func (s *stage) configure(clients []Client) (err error) {
	if err := os.WriteFile(filepath.Join(s.dir, tokenName), []byte(s.serving.Info.Portals[sandbox.Box].Token), 0o600); err != nil {
		return err
	}
	if s.config, err = s.office(configName, clientsDir, stateDir, clients); err != nil {
		return err
	}
	s.colleague, err = s.office(colleagueName, colleagueDir, colleagueState, clients)
	return err
}

func (s *stage) office(file, root, state string, clients []Client) (*config.Config, error) {
	in := func(name string) string { return quote(filepath.Join(s.dir, name)) }
	var b strings.Builder
	fmt.Fprintf(&b, "# Written by dossier demo. The portal lives as long as the demonstration runs.\nroot  = %s\nstate = %s\n\n", in(root), in(state))
	fmt.Fprintf(&b, "[portal.demo]\nkind  = \"box\"\nurl   = %s\ntoken = %s\n", quote(s.serving.Info.Portals[sandbox.Box].URL),
		quote("file:"+filepath.Join(s.dir, tokenName)))
	tree := s.portal.Tree(sandbox.Box)
	for _, c := range clients {
		fmt.Fprintf(&b, "\n[[client]]\nname   = %s\nportal = \"demo\"\nfolder = %s\n", quote(c.Name), quote(tree[onPortal(c.Name, "")].ID))
	}
	path := filepath.Join(s.dir, file)
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		return nil, err
	}
	return config.Load(path)
}

// quote writes a TOML string that takes backslashes as they are; our own paths hold no single quote that the system did not put there.
func quote(s string) string {
	if strings.Contains(s, "'") {
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
	}
	return "'" + s + "'"
}
