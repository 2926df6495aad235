package control

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"
)

// Server puts a daemon behind its socket.
type Server struct {
	Daemon  Daemon
	Feed    *Feed  // its news; closed by Serve; nil: it has none
	Version string // of dossier
	Started time.Time
	Log     *slog.Logger
}

// The server's bounds. Streams have no time limit, as a run may take a day.
const (
	headerTime = 10 * time.Second // for a request's head
	bodyTime   = 30 * time.Second // for its body
	writeTime  = 30 * time.Second // for an answer, or a line of news
	idleTime   = time.Minute
	maxHeader  = 16 << 10
	maxBody    = 1 << 20
)

// Serve lets in who may call, and answers until ctx ends. Then it takes no more calls, ends streams of news, gives what is under way
// the grace to end by itself, cancels the rest, and returns when all of it has returned. It closes the listener.
func (s *Server) Serve(ctx context.Context, l net.Listener, grace time.Duration) error {
	if s.Feed == nil {
		s.Feed = NewFeed()
	}
	calls := new(gate)
	life, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cancel(nil)
	srv := s.http(life, calls.through(admit(mayCallHere, s.Log, s.handler())))
	served := make(chan error, 1)
	go func() { served <- srv.Serve(&guarded{l, s.Log}) }()
	var err error
	select {
	case err = <-served: // the listener broke
	case <-ctx.Done():
	}
	s.Feed.close()
	s.shut(srv, grace, calls, func() { cancel(errStopped) })
	if err == nil {
		err = <-served
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("serve commands: %w", err)
}

var errStopped = errors.New("the daemon stops")

func (s *Server) http(life context.Context, h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: headerTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    maxHeader,
		BaseContext:       func(net.Listener) context.Context { return life },
		ConnContext:       withCaller,
		ErrorLog:          slog.NewLogLogger(s.Log.Handler(), slog.LevelDebug),
	}
}

// shut waits for calls to end, in the end by cancelling them.
func (s *Server) shut(srv *http.Server, grace time.Duration, calls *gate, cancel func()) {
	soon, done := context.WithTimeout(context.Background(), grace)
	defer done()
	if srv.Shutdown(soon) != nil {
		cancel()
		_ = srv.Close() // what it could say is that a connection was closed before
	}
	calls.close()
}

func (s *Server) version() Version {
	return Version{API: API, Revision: Revision, Version: s.Version, PID: os.Getpid(), Started: s.Started}
}
