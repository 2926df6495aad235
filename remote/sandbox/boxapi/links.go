package boxapi

import (
	"sync"
	"time"
)

// links are the download links that are good at the moment. They are not kept over a restart: they live minutes.
type links struct {
	mu   sync.Mutex
	to   map[string]link
	fifo []string // oldest first; all live equally long
}

func (l *links) add(to link, ticket string, now time.Time) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.to == nil {
		l.to = map[string]link{}
	}
	for len(l.fifo) > 0 && !now.Before(l.to[l.fifo[0]].Expires) {
		delete(l.to, l.fifo[0])
		l.fifo = l.fifo[1:]
	}
	l.to[ticket] = to
	l.fifo = append(l.fifo, ticket)
	return ticket
}

func (l *links) get(ticket string, now time.Time) (link, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	to, ok := l.to[ticket]
	return to, ok && now.Before(to.Expires)
}
