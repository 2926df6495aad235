package remote

import (
	"context"
	"slices"
	"sync"
)

// Urgency orders calls that compete for one budget: the lower goes first.
type Urgency uint8

const (
	UrgentSave    Urgency = iota // what somebody saved, moved or deleted here
	UrgentWitness                // a question about an item or the feed
	UrgentFetch                  // content that comes down
	UrgentLook                   // listings
	urgencies     = iota
)

// slots are the transfers that may run at once.
type slots struct {
	mu      sync.Mutex
	free    int
	waiting [urgencies][]chan struct{} // each is closed when its turn has come; empty while some are free
}

func newSlots(n int) *slots { return &slots{free: max(n, 1)} }

// acquire waits for a transfer. Each that was acquired must be released.
func (s *slots) acquire(ctx context.Context, u Urgency) error {
	s.mu.Lock()
	if s.free > 0 {
		s.free--
		s.mu.Unlock()
		return nil
	}
	turn := make(chan struct{})
	s.waiting[u] = append(s.waiting[u], turn)
	s.mu.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
		s.leave(u, turn)
		return &Error{Err: context.Cause(ctx)}
	}
}

// leave gives up waiting. If the turn came at the same moment, it goes on to the next.
func (s *slots) leave(u Urgency, turn chan struct{}) {
	s.mu.Lock()
	i := slices.Index(s.waiting[u], turn)
	if i >= 0 {
		s.waiting[u] = slices.Delete(s.waiting[u], i, i+1)
	}
	s.mu.Unlock()
	if i < 0 {
		s.release()
	}
}

func (s *slots) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for u, queue := range s.waiting {
		if len(queue) > 0 {
			close(queue[0])
			s.waiting[u] = queue[1:]
			return
		}
	}
	s.free++
}
