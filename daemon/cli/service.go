package cli

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"dossier/daemon/service"
)

const serviceLong = `Let this computer run dossier by itself: from its start, or from when you sign in.

By default it is a service of your own: it runs as you, with your keyring and your drives (a systemd user
unit, a LaunchAgent, on Windows a task that begins when you sign in). With --system --as NAME it is one of
the system, that runs as that user whether he is there or not. It then has no keyring and no mapped drives:
its secrets lie in files, or are handed over by systemd, and folders of other machines have their whole
names.`

// serviceAsk is what a person says of a service.
type serviceAsk struct {
	name, as             string
	user, system, dryRun bool
	json                 bool
}

func (a *app) serviceCommand() *cobra.Command {
	c := &cobra.Command{Use: "service", Short: "Install, start and stop dossier as a service of this computer", Long: serviceLong}
	c.AddCommand(a.serviceInstallCommand(), a.serviceLookCommand(), a.serviceStatusCommand(),
		a.serviceVerb("uninstall", "Stop the service and take its definition away, and nothing else",
			"Clients' folders, the configuration and what dossier remembers stay.", "Uninstalled %s.", (*service.Service).Uninstall),
		a.serviceVerb("start", "Start the service", "", "Started %s.", (*service.Service).Start),
		a.serviceVerb("stop", "Stop the service in order", "What is under way is ended in order, within ten seconds.", "Stopped %s.", (*service.Service).Stop),
		a.serviceVerb("restart", "Stop the service in order, and start it", "", "Restarted %s.", (*service.Service).Restart))
	return c
}

// serviceFlags are the flags of every verb.
func serviceFlags(c *cobra.Command, ask *serviceAsk) {
	f := c.Flags()
	f.StringVar(&ask.name, "name", service.DefaultName, "`name` of the service, for several on one computer")
	f.BoolVar(&ask.user, "user", false, "your own service (the default)")
	f.BoolVar(&ask.system, "system", false, "a service of the system")
	c.MarkFlagsMutuallyExclusive("user", "system")
}

// serviceVerb is a command that does one thing to a service that is there.
func (a *app) serviceVerb(name, short, long, done string, call func(*service.Service) error) *cobra.Command {
	var ask serviceAsk
	c := &cobra.Command{
		Use: name, Short: short, Long: strings.TrimSpace(short + ".\n\n" + long), Args: cobra.NoArgs,
		RunE: do(func(context.Context, []string) error {
			s, err := findService(ask)
			if err != nil {
				return err
			}
			if err := call(s); err != nil {
				return err
			}
			_, err = fmt.Fprintf(a.Out, done+"\n", ask.name)
			return err
		}),
	}
	serviceFlags(c, &ask)
	return c
}

// findService is the service that a person means: his own, or the system's where he has none.
func findService(ask serviceAsk) (*service.Service, error) {
	kind, err := service.Here()
	if err != nil {
		return nil, err
	}
	home, _ := os.UserHomeDir() // none: then no service of his own is there either
	of := func(system bool) (*service.Service, error) {
		if !system && !kind.HasUserServices() {
			system = true
		}
		return service.On(kind, service.Definition{Name: ask.name, System: system, Home: home}, "")
	}
	if err := service.CheckName(ask.name); err != nil {
		return nil, &usageError{err}
	}
	own, err := of(ask.system)
	if err != nil || ask.system || ask.user {
		return own, err
	}
	if now, _, err := own.Status(); err == nil && now != service.Absent {
		return own, nil
	}
	systems, err := of(true)
	if err != nil {
		return nil, err
	}
	if now, _, err := systems.Status(); err == nil && now == service.Absent {
		return own, nil
	}
	return systems, nil
}
