// Command dossier keeps client folders on disk and the same folders on a client portal in step.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/term"

	"dossier/config"
	"dossier/daemon"
	"dossier/daemon/cli"
	"dossier/daemon/service"
	"dossier/remote/backoffice"
	"dossier/remote/box"
	"dossier/remote/filesro"
	"dossier/remote/mijnklantportaal"
)

// drivers is how each kind of portal is spoken to: a new portal is one line here.
var drivers = daemon.Drivers{
	config.Box:              {Open: box.Open, Assumptions: box.Assumptions, TrashVaries: true, Top: box.Root},
	config.MijnKlantportaal: {Open: mijnklantportaal.Open, Assumptions: mijnklantportaal.Assumptions, Top: mijnklantportaal.Root},
	config.FilesRo:          {Open: filesro.Open, Assumptions: filesro.Assumptions, Top: filesro.Root},
	config.BackOffice:       {Open: backoffice.Open, Assumptions: backoffice.Assumptions, Top: backoffice.Root},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the first signal asks to end, the second ends
	os.Exit(service.Run(ctx, func(ctx context.Context) int {
		return cli.Main(ctx, os.Args[1:], cli.Streams{
			In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Terminal: term.IsTerminal(int(os.Stderr.Fd())),
		}, drivers)
	}))
}
