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
	p := &hosted{main: func() int { return program(ctx) }, cancel: cancel, ended: make(chan struct{})}
	s, err := kardianos.New(p, &kardianos.Config{Name: DefaultName}) // Windows knows which service it has started
	if err == nil {
		err = s.Run()
	}
	if err != nil {
		return 1
	}
	return p.code
}

// hosted is the program within a service of Windows.
type hosted struct {
	main   func() int
	cancel context.CancelFunc
	ended  chan struct{}
	code   int // may be read once ended is closed
}

// Start lets the program run. If it ends without having been told to, so does the process: Windows takes that for a failure, and starts it anew.
func (h *hosted) Start(kardianos.Service) error {
	stopping := make(chan struct{})
	stop := h.cancel
	h.cancel = func() { close(stopping); stop() }
	go func() {
		h.code = h.main()
		select {
		case <-stopping:
			close(h.ended)
		default:
			os.Exit(max(h.code, 1))
		}
	}()
	return nil
}

// Stop ends the program in order and waits for it.
func (h *hosted) Stop(kardianos.Service) error {
	h.cancel()
	<-h.ended
	return nil
}
