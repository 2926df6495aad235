package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"dossier/daemon/service"
)

// serviceStatus is what `service status --json` prints.
type serviceStatus struct {
	Name   string `json:"name"`
	State  string `json:"state"`  // running, stopped, failed, not installed
	System bool   `json:"system"` // a service of the system
	Kind   string `json:"kind"`   // systemd, launchd, windows, sysv, openrc
	File   string `json:"file,omitempty"`
	Says   string `json:"says,omitempty"`
	Log    string `json:"log"`
}

func (a *app) serviceStatusCommand() *cobra.Command {
	var ask serviceAsk
	c := &cobra.Command{
		Use: "status", Short: "Say whether the service is installed, and whether it runs", Args: cobra.NoArgs,
		Long: "Say whether the service is installed, and whether it runs. The exit code is 0 if it runs, else 1.\nHow each client stands, `dossier status` tells.",
		RunE: do(func(context.Context, []string) error { return a.serviceStatus(ask) }),
	}
	serviceFlags(c, &ask)
	jsonFlag(c, &ask.json)
	return c
}

func (a *app) serviceStatus(ask serviceAsk) error {
	s, err := findService(ask)
	if err != nil {
		return err
	}
	now, says, err := s.Status()
	if err != nil {
		return err
	}
	st := serviceStatus{Name: s.Name, State: string(now), System: s.System, Kind: string(s.Kind), Says: says, Log: s.Log}
	if now != service.Absent {
		st.File = s.File(s.Kind)
	}
	if ask.json {
		err = printJSON(a.Out, st)
	} else {
		err = a.tellService(st)
	}
	if now != service.Running {
		err = errors.Join(err, errSaid)
	}
	return err
}

func (a *app) tellService(st serviceStatus) error {
	text := fmt.Sprintf("%s: %s", st.Name, st.State)
	switch {
	case st.State == string(service.Absent):
		text += "; `dossier service install` installs it"
	case st.Says != "":
		text += ": " + plain(st.Says)
	}
	if st.State == string(service.Failed) {
		text += "\nIt says more in: " + st.Log
	}
	_, err := fmt.Fprintln(a.Out, text)
	return err
}
