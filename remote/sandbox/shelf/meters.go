package shelf

import (
	"math"
	"sync"
	"time"
)

// Meters count calls against a limit a minute, each key by itself: a bucket of a minute's calls starts full and fills evenly, or,
// where that is asked for, no minute, wherever it begins, has more calls than the limit. The zero value is ready.
type Meters struct {
	mu     sync.Mutex
	meters map[string]*meter
}

type meter struct {
	left float64 // in the bucket
	at   time.Time

	latest []time.Time // a ring of a minute's calls
	next   int         // the oldest, and the place of the next
}

// Take lets a call through (0), or says how long it must wait.
func (l *Meters) Take(key string, perMinute int, anyMinute bool, now time.Time) (wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	m := l.at(key, perMinute, now)
	perSecond := float64(perMinute) / 60
	m.left = math.Min(float64(perMinute), m.left+now.Sub(m.at).Seconds()*perSecond)
	m.at = now
	if anyMinute {
		wait = time.Minute - now.Sub(m.latest[m.next])
	} else if m.left < 1 {
		wait = time.Duration((1 - m.left) / perSecond * float64(time.Second))
	}
	if wait > 0 {
		return wait
	}
	m.left--
	m.latest[m.next] = now
	m.next = (m.next + 1) % perMinute
	return 0
}

func (l *Meters) at(key string, perMinute int, now time.Time) *meter {
	m := l.meters[key]
	if m == nil {
		if l.meters == nil {
			l.meters = map[string]*meter{}
		}
		m = &meter{left: float64(perMinute), at: now, latest: make([]time.Time, perMinute)}
		l.meters[key] = m
	}
	return m
}

// Left is how many calls a key may make at once now, as the counting by Take has it.
func (l *Meters) Left(key string, perMinute int, anyMinute bool, now time.Time) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	m := l.at(key, perMinute, now)
	if !anyMinute {
		return int(math.Min(float64(perMinute), m.left+now.Sub(m.at).Seconds()*float64(perMinute)/60))
	}
	free := 0
	for _, at := range m.latest {
		if now.Sub(at) >= time.Minute {
			free++
		}
	}
	return free
}
