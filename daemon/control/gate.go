package control

import (
	"net/http"
	"sync"
)

// gate counts the calls under way, as http.Server.Close does not wait for them.
type gate struct {
	mu     sync.Mutex
	closed bool
	inside sync.WaitGroup
}

func (g *gate) enter() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.closed {
		g.inside.Add(1)
	}
	return !g.closed
}

// close lets nobody in any more, and waits for who is inside.
func (g *gate) close() {
	g.mu.Lock()
	g.closed = true
	g.mu.Unlock()
	g.inside.Wait()
}

func (g *gate) through(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !g.enter() {
			reply(w, Errorf(Stopped, "", "%s", errStopped))
			return
		}
		defer g.inside.Done()
		next.ServeHTTP(w, r)
	})
}
