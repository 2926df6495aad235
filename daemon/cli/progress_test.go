package cli

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"

	"dossier/syncer"
)

// screen is a terminal that many goroutines may write to.
type screen struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *screen) shows(text string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Contains(s.b.String(), text)
}

func TestBarsShowBytesRateAndTimeLeft(t *testing.T) {
	var s screen
	b := openBars(&s, 120)
	var group sync.WaitGroup
	for i := range 50 {
		group.Go(func() {
			e := syncer.Event{Client: "Jansen", Path: fmt.Sprintf("%d.txt", i), Up: true, Size: 1000}
			b.event(syncer.Event{Client: e.Client, Path: e.Path, Up: true, Size: 1000, Begun: true})
			b.event(syncer.Event{Client: e.Client, Path: e.Path, Up: true, Bytes: 700})
			b.event(syncer.Event{Client: e.Client, Path: e.Path, Up: true, Bytes: -700})
			b.event(syncer.Event{Client: e.Client, Path: e.Path, Up: true, Bytes: 500})
			b.event(syncer.Event{Client: e.Client, Path: e.Path, Up: true, Ended: true})
		})
	}
	b.event(syncer.Event{Client: "Jansen", Path: "2026/film.mp4", Size: bigFile, Begun: true})
	group.Wait()
	for range 1_000_000 {
		if s.shows("51 files") && s.shows("film.mp4") {
			break
		}
		b.event(syncer.Event{}) // lets the drawing goroutine in
	}
	b.close()
	for _, want := range []string{"51 files", "film.mp4", "25.0 KB of 33.6 MB", "/s", "left"} {
		if !s.shows(want) {
			t.Errorf("not shown: %q in\n%q", want, s.b.String())
		}
	}
}

func TestWithoutATerminalNothingIsDrawn(t *testing.T) {
	var s screen
	a := &app{Streams: Streams{Err: &s}}
	b := a.newBars()
	b.event(syncer.Event{Path: "a", Size: 10, Begun: true})
	b.close()
	if s.b.Len() > 0 {
		t.Errorf("drawn: %q", s.b.String())
	}
}
