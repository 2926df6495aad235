package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// Running is a sandbox that listens.
type Running struct {
	Info Info

	cancel context.CancelFunc
	group  *errgroup.Group
}

// Serve opens the sandbox's listeners: with listen "host:port" the portals take port, port+1, …, in the order of Portals, and the
// rest the ports after them; with port 0, or an empty listen (127.0.0.1), any free ports. It serves until ctx ends or
// Running.Close is called.
func (s *Server) Serve(ctx context.Context, listen string) (*Running, error) {
	doors := s.doors()
	listeners, err := openListeners(ctx, listen, len(doors))
	if err != nil {
		return nil, err
	}
	return s.run(ctx, listeners, doors)
}

// door is one origin of the sandbox.
type door struct {
	handler http.Handler
	host    string                      // in memory
	put     func(o *Origins, at string) // notes the address
}

// doors lists the origins: the portals, their downloads, the visitor's page, the admin API.
func (s *Server) doors() []door {
	var doors, downloads []door
	for _, name := range Portals() {
		p := s.portals[name]
		doors = append(doors, door{p.handler, name + ".sandbox", func(o *Origins, at string) { o.Portals[name] = at }})
		if p.downloads != nil {
			downloads = append(downloads, door{p.downloads, "dl." + name + ".sandbox", func(o *Origins, at string) { o.Downloads[name] = at }})
		}
	}
	doors = append(doors, downloads...)
	return append(doors,
		door{s.Visitor(), "visitor.sandbox", func(o *Origins, at string) { o.Visitor = at }},
		door{s.Admin(), "admin.sandbox", func(o *Origins, at string) { o.Admin = at }})
}

func openListeners(ctx context.Context, listen string, n int) ([]net.Listener, error) {
	if listen == "" {
		listen = "127.0.0.1:0"
	}
	host, first, err := net.SplitHostPort(listen)
	if err != nil {
		return nil, fmt.Errorf("listen on %q: %w", listen, err)
	}
	port, err := strconv.Atoi(first)
	if err != nil {
		return nil, fmt.Errorf("listen on %q: the port is no number", listen)
	}
	var listeners []net.Listener
	for i := range n {
		at := port
		if port != 0 {
			at += i
		}
		l, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort(host, strconv.Itoa(at)))
		if err != nil {
			for _, open := range listeners {
				open.Close()
			}
			return nil, err
		}
		listeners = append(listeners, l)
	}
	return listeners, nil
}

func (s *Server) run(ctx context.Context, listeners []net.Listener, doors []door) (*Running, error) {
	at := Origins{Portals: map[string]string{}, Downloads: map[string]string{}}
	for i, l := range listeners {
		doors[i].put(&at, "http://"+l.Addr().String())
	}
	info, err := s.Info(at)
	if err != nil {
		for _, l := range listeners {
			l.Close()
		}
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	r := &Running{Info: info, cancel: cancel, group: new(errgroup.Group)}
	for i, l := range listeners {
		r.group.Go(func() error { return serve(ctx, l, doors[i].handler) })
	}
	return r, nil
}

// serve answers on a listener until ctx ends, and returns when nothing is being answered any more.
func serve(ctx context.Context, l net.Listener, h http.Handler) error {
	g := &gate{next: h}
	defer g.close()
	server := &http.Server{Handler: g, ReadHeaderTimeout: time.Minute, BaseContext: func(net.Listener) context.Context { return ctx }}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// gate lets requests through until it is closed, which waits for those that are inside: http.Server.Close does not.
type gate struct {
	next http.Handler

	mu     sync.RWMutex // held for reading by whoever is inside
	closed bool
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.RLock()
	defer g.mu.RUnlock()
	if g.closed {
		panic(http.ErrAbortHandler)
	}
	g.next.ServeHTTP(w, r)
}

func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
}

// Wait waits until the sandbox no longer listens.
func (r *Running) Wait() error { return r.group.Wait() }

// Close ends listening, cuts open connections and waits for the listeners to be gone.
func (r *Running) Close() error {
	r.cancel()
	return r.group.Wait()
}
