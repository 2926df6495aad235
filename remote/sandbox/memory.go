package sandbox

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
)

// Memory is a sandbox that is reached through connections in memory. All of it belongs to the testing/synctest
// bubble that it was made in.
type Memory struct {
	Info Info

	running *Running
	byHost  map[string]*pipeListener
}

// InMemory serves the sandbox without sockets: dial with Memory.DialContext, or use Memory.Client.
func (s *Server) InMemory(ctx context.Context) (*Memory, error) {
	m := &Memory{byHost: map[string]*pipeListener{}}
	doors := s.doors()
	var listeners []net.Listener
	for _, d := range doors {
		l := &pipeListener{host: d.host, conns: make(chan net.Conn), done: make(chan struct{})}
		m.byHost[d.host] = l
		listeners = append(listeners, l)
	}
	var err error
	m.running, err = s.run(ctx, listeners, doors)
	if err != nil {
		return nil, err
	}
	m.Info = m.running.Info
	return m, nil
}

// DialContext connects to the host of one of Info's origins, for http.Transport.DialContext.
func (m *Memory) DialContext(ctx context.Context, _, addr string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		host = addr
	}
	l := m.byHost[host]
	if l == nil {
		return nil, fmt.Errorf("dial %q: no such host in the sandbox", addr)
	}
	client, server := net.Pipe()
	select {
	case l.conns <- server:
		return client, nil
	case <-l.done:
		return nil, fmt.Errorf("dial %q: the sandbox is closed", addr)
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// Client returns a client that reaches the sandbox, and nothing else. Its idle connections should be closed at the
// end (http.Client.CloseIdleConnections).
func (m *Memory) Client() *http.Client {
	return &http.Client{Transport: &http.Transport{DialContext: m.DialContext, MaxIdleConnsPerHost: 16}}
}

// Close ends the connections and waits for what served them.
func (m *Memory) Close() error { return m.running.Close() }

// pipeListener hands out the far ends of pipes.
type pipeListener struct {
	host  string
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

func (l *pipeListener) Addr() net.Addr { return pipeAddr(l.host) }

type pipeAddr string

func (pipeAddr) Network() string  { return "pipe" }
func (a pipeAddr) String() string { return string(a) }
