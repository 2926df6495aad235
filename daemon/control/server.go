package control

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"time"
)

// Server puts a daemon behind its socket.
type Server struct {
	Daemon  Daemon
	Feed    *Feed  // nil: it has no news
	Version string // of dossier
	Started time.Time
	Log     *slog.Logger
}

// Listen takes the socket of a state folder, whatever a dead daemon left of it. It is also what keeps two daemons of one state folder
// apart: while another has it, the error is a *RunningError.
func Listen(stateDir string) (net.Listener, error) { return nil, errors.New("not built yet") }

// Serve answers until ctx ends, then lets what is under way end within grace, and returns. It closes the listener.
func (s *Server) Serve(ctx context.Context, l net.Listener, grace time.Duration) error {
	return errors.New("not built yet")
}
