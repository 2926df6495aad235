package service

import (
	"context"
	"os"

	kardianos "github.com/kardianos/service"
)

// Run runs the program. Where Windows has started it as a service, it tells Windows so, and a wish to stop ends the context.
func Run(ctx context.Context, program func(context.Context) int) int {
	if kardianos.Interactive() {
		return program(ctx)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	code, ended := 0, make(chan struct{})
	s, err := kardianos.New(hosted{
		run: func() {
			defer close(ended)
			if code = program(ctx); ctx.Err() == nil {
				os.Exit(max(code, 1)) // nobody has told it to end: Windows takes this for a failure, and starts it anew
			}
		},
		stop: func() { cancel(); <-ended },
	}, &kardianos.Config{Name: DefaultName}) // Windows knows which service it has started
	if err == nil {
		err = s.Run()
	}
	if err != nil {
		return 1
	}
	return code
}

// hosted is the program within a service of Windows.
type hosted struct{ run, stop func() }

// Start lets the program run beside the service's own conversation with Windows.
func (h hosted) Start(kardianos.Service) error {
	go h.run()
	return nil
}

// Stop ends the program in order and waits for it.
func (h hosted) Stop(kardianos.Service) error {
	h.stop()
	return nil
}
