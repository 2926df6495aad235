package daemon

import (
	"sync"

	"dossier/syncer"
)

// progress passes news of transfers on to whoever listens.
type progress struct {
	mu        sync.Mutex
	listeners map[*func(syncer.Event)]bool // guarded by mu
}

func (p *progress) listen(f func(syncer.Event)) (stop func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.listeners == nil {
		p.listeners = map[*func(syncer.Event)]bool{}
	}
	p.listeners[&f] = true
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.listeners, &f)
	}
}

func (p *progress) tell(e syncer.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for f := range p.listeners {
		(*f)(e)
	}
}
