package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"dossier/config"
)

func (a *app) configCommand() *cobra.Command {
	c := &cobra.Command{Use: "config", Short: "Check the configuration, or print an example"}
	c.AddCommand(
		&cobra.Command{
			Use: "example", Short: "Print a configuration to begin with", Args: cobra.NoArgs,
			Example: "  dossier config example > dossier.toml",
			RunE: do(func(context.Context, []string) error {
				_, err := fmt.Fprint(a.Out, config.Example())
				return err
			}),
		},
		&cobra.Command{
			Use: "path", Short: "Say which configuration file is used", Args: cobra.NoArgs,
			RunE: do(func(context.Context, []string) error {
				path, err := config.Find(a.config)
				if err != nil {
					return &usageError{err}
				}
				_, err = fmt.Fprintln(a.Out, path)
				return err
			}),
		},
		a.configCheckCommand())
	return c
}

func (a *app) configCheckCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "check", Short: "Check the configuration, and report all its faults at once", Args: cobra.NoArgs,
		Long:    "Check the configuration file. Every fault is reported with its line. No portal is asked and nothing is changed.",
		Example: "  dossier config check\n  dossier config check --config ./dossier.toml",
		RunE: do(func(context.Context, []string) error {
			if asJSON {
				return a.checkJSON()
			}
			cfg, err := a.load()
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(a.Out, "The configuration is good: %s, %s.\n", count(len(cfg.Portals), "portal"), clientsOf(cfg))
			return err
		}),
	}
	jsonFlag(c, &asJSON)
	return c
}

func clientsOf(cfg *config.Config) string {
	s := count(len(cfg.Clients), "client")
	if n := len(cfg.Discover); n > 0 {
		s += " and those found in " + count(n, "folder")
	}
	return s
}

// checked is the answer of `config check --json`.
type checked struct {
	OK     bool           `json:"ok"`
	Faults []config.Fault `json:"faults"`
	Error  string         `json:"error,omitempty"` // the file could not be read at all
}

func (a *app) checkJSON() error {
	_, err := a.load()
	out := checked{OK: err == nil, Faults: []config.Fault{}}
	if faults, ok := errors.AsType[config.Faults](err); ok {
		out.Faults = faults
	} else if err != nil {
		out.Error = err.Error()
	}
	if print := printJSON(a.Out, out); print != nil || err == nil {
		return print
	}
	return &usageError{errSaid}
}
