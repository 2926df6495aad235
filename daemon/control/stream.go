package control

import (
	"encoding/json"
	"net/http"
	"sync"
	"time"
)

// line is one line of a run's stream; the last has Run or Error.
type line struct {
	Event *Event          `json:"event,omitempty"`
	Run   json.RawMessage `json:"run,omitempty"`
	Error *Error          `json:"error,omitempty"`
}

// stream writes lines, each at once.
type stream struct {
	w     http.ResponseWriter
	rc    *http.ResponseController
	limit time.Duration // for each line; 0: none
}

func newStream(w http.ResponseWriter, limit time.Duration) *stream {
	w.Header().Set("Content-Type", "application/x-ndjson")
	return &stream{w, http.NewResponseController(w), limit}
}

func (s *stream) put(v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if s.limit > 0 {
		_ = s.rc.SetWriteDeadline(time.Now().Add(s.limit))
	}
	if _, err := s.w.Write(append(text, '\n')); err != nil {
		return err
	}
	return s.rc.Flush()
}

// events streams news.
func (s *Server) events(w http.ResponseWriter, r *http.Request) error {
	first, l, err := s.Feed.listen(r.URL.Query().Get("since"))
	if err != nil {
		return err
	}
	defer s.Feed.leave(l)
	out := newStream(w, writeTime)
	for _, c := range first {
		if out.put(c) != nil {
			return nil // he has gone, and nobody is left to be told
		}
	}
	for {
		select {
		case c, more := <-l.news:
			if !more {
				c = l.last
			}
			if out.put(c) != nil || !more {
				return nil
			}
		case <-r.Context().Done():
			return nil
		}
	}
}

// progress passes events on to a caller, and drops them while he does not read.
type progress struct {
	mu     sync.Mutex
	closed bool
	events chan Event
	done   sync.WaitGroup
}

func newProgress(out *stream) *progress {
	p := &progress{events: make(chan Event, backlog)}
	p.done.Go(func() {
		for e := range p.events {
			_ = out.put(line{Event: &e}) // if he has gone, the request's context says so
		}
	})
	return p
}

func (p *progress) event(e Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	select {
	case p.events <- e:
	default:
	}
}

// close returns when nothing is written any more.
func (p *progress) close() {
	p.mu.Lock()
	p.closed = true
	close(p.events)
	p.mu.Unlock()
	p.done.Wait()
}

// reconcile streams a run. What goes wrong is its last line, as its status has been sent by then.
func (s *Server) reconcile(w http.ResponseWriter, r *http.Request) error {
	req, err := decodeBody[ReconcileRequest](w, r)
	if err != nil {
		return err
	}
	out := newStream(w, 0)
	p := newProgress(out)
	var run json.RawMessage
	err = s.safely(func() (err error) {
		run, err = s.Daemon.Reconcile(r.Context(), req, p.event)
		return err
	})
	p.close()
	last := line{Run: run}
	if err != nil {
		last = line{Error: blame(errorOf(err), r.Header.Get(versionHeader))}
	}
	if err := out.put(last); err != nil {
		s.Log.Debug("a run's result could not be told", "error", err)
	}
	return nil
}
