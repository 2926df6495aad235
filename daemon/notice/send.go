package notice

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"dossier/config"
)

const (
	// queued is how many notices wait for a way before the oldest is let go.
	queued = 32
	// perNotice bounds what one notice may take on one way, repeats included.
	perNotice = 5 * time.Minute
)

// way carries notices to people. send is called by one goroutine at a time, and ends soon after ctx does.
type way interface {
	name() string
	send(ctx context.Context, n Notice) error
}

// Sender carries notices on all ways that the configuration names, each on its own, so that a webhook that hangs keeps nothing from the screen.
type Sender struct {
	log   *slog.Logger
	lanes []*lane
	stop  context.CancelFunc
	done  sync.WaitGroup
}

type lane struct {
	way way

	mu     sync.Mutex
	queue  []Notice      // guarded by mu
	closed bool          // guarded by mu
	wake   chan struct{} // one place: there is something to do
}

// NewSender starts to carry. Close ends it.
func NewSender(cfg config.Notices, log *slog.Logger) *Sender {
	var ways []way
	if cfg.Desktop && hasDesktop() {
		ways = append(ways, desktop{})
	}
	if cfg.Webhook != "" {
		ways = append(ways, newWebhook(cfg))
	}
	if len(cfg.Command) > 0 {
		ways = append(ways, command{argv: cfg.Command, limit: commandLimit})
	}
	return start(log, ways...)
}

func start(log *slog.Logger, ways ...way) *Sender {
	ctx, stop := context.WithCancel(context.Background())
	s := &Sender{log: log, stop: stop}
	for _, w := range ways {
		l := &lane{way: w, wake: make(chan struct{}, 1)}
		s.lanes = append(s.lanes, l)
		s.done.Go(func() { s.carry(ctx, l) })
	}
	return s
}

// Send hands a notice over and returns at once. If too many wait for a way already, the oldest of them is let go, and logged.
func (s *Sender) Send(n Notice) {
	s.log.Info("notice", "kind", n.Kind, "client", n.Client, "title", n.Title)
	for _, l := range s.lanes {
		if lost, full := l.put(n); full {
			s.log.Warn("too many notices wait; the oldest was dropped", "way", l.way.name(), "kind", lost.Kind, "title", lost.Title)
		}
	}
}

// Close sends what waits until ctx ends, gives up the rest, and returns when nothing of it runs any more.
func (s *Sender) Close(ctx context.Context) {
	for _, l := range s.lanes {
		l.close()
	}
	giveUp := context.AfterFunc(ctx, s.stop)
	s.done.Wait()
	giveUp()
	s.stop()
}

func (s *Sender) carry(ctx context.Context, l *lane) {
	for {
		n, ok := l.next(ctx)
		if !ok {
			return
		}
		one, cancel := context.WithTimeout(ctx, perNotice)
		if err := l.way.send(one, n); err != nil {
			s.log.Warn("a notice could not be sent", "way", l.way.name(), "kind", n.Kind, "title", n.Title, "error", err)
		}
		cancel()
	}
}

func (l *lane) put(n Notice) (lost Notice, full bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return n, true
	}
	if full = len(l.queue) == queued; full {
		lost, l.queue = l.queue[0], l.queue[1:]
	}
	l.queue = append(l.queue, n)
	l.poke()
	return lost, full
}

func (l *lane) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	l.poke()
}

func (l *lane) poke() {
	select {
	case l.wake <- struct{}{}:
	default: // it is awake
	}
}

// next waits for a notice; false: there will be none.
func (l *lane) next(ctx context.Context) (Notice, bool) {
	for ctx.Err() == nil {
		l.mu.Lock()
		if len(l.queue) > 0 {
			n := l.queue[0]
			l.queue = l.queue[1:]
			l.mu.Unlock()
			return n, true
		}
		closed := l.closed
		l.mu.Unlock()
		if closed {
			break
		}
		select {
		case <-l.wake:
		case <-ctx.Done():
		}
	}
	return Notice{}, false
}
