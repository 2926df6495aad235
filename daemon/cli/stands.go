package cli

import "sync"

// stands remembers how each client stood.
type stands struct {
	mu   sync.Mutex
	last map[string]string // client → how; guarded by mu
}

func newStands() *stands { return &stands{last: map[string]string{}} }

// changed notes how a client stands, and tells whether that is news.
func (s *stands) changed(client, how string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	old, known := s.last[client]
	s.last[client] = how
	return !known || old != how
}
