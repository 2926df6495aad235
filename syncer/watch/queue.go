package watch

import (
	"sync"
	"sync/atomic"

	"github.com/fsnotify/fsnotify"
)

// maxQueue bounds the events that wait to be handled; the system's own queue has as many by default.
const maxQueue = 16384

// queue holds events between the goroutine that receives them and the one that handles them. Nothing holds its lock over anything slow.
type queue struct {
	ready  chan struct{} // holds something while there is something to take
	rights atomic.Bool   // changes of rights are wanted

	mu     sync.Mutex
	events []fsnotify.Event
	lost   bool // events came that are not in the queue, after all those that are
}

func newQueue() *queue { return &queue{ready: make(chan struct{}, 1)} }

func (q *queue) put(e fsnotify.Event) {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch n := len(q.events); {
	case n > 0 && q.events[n-1] == e: // said already, and not yet heard
		return
	case e.Op == fsnotify.Chmod && (n >= maxQueue || !q.rights.Load()): // a reader or a backup that touches everything
		return
	case n >= maxQueue:
		q.lost = true
	default:
		q.events = append(q.events, e)
	}
	q.signal()
}

// putLost notes that the system has dropped events. It comes after all that were not dropped.
func (q *queue) putLost() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.lost = true
	q.signal()
}

func (q *queue) signal() {
	select {
	case q.ready <- struct{}{}:
	default:
	}
}

func (q *queue) take() (events []fsnotify.Event, lost bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	events, lost = q.events, q.lost
	q.events, q.lost = nil, false
	return events, lost
}
