package remote

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
)

// Counts is what has gone through a Portal.
type Counts struct {
	Reads     int   // calls of the driver that change nothing; a listing is one
	Writes    int   // calls of the driver that may change something
	Uploads   int   // those of the writes that carry content
	Downloads int   // those of the reads that carry content
	Up        int64 // bytes of content sent, as the driver tells (Upload.Progress)
	Down      int64 // bytes of content received
	Sent      int   // requests that the driver has sent for all these, as far as it tells (Sent)
	Refused   int   // writes refused by a dry run
}

type counter uint8

const (
	reads counter = iota
	writes
	uploads
	downloads
	bytesUp
	bytesDown
	sent
	refused
	counters = iota
)

// maxRefused is how many refusals of a dry run are kept in words.
const maxRefused = 1000

// tally counts for one scope and those above it.
type tally struct {
	above *tally
	n     [counters]atomic.Int64

	mu      sync.Mutex
	refused []string
}

func (t *tally) add(c counter, n int64) {
	for ; t != nil; t = t.above {
		t.n[c].Add(n)
	}
}

func (t *tally) refuse(op string) {
	t.add(refused, 1)
	for ; t != nil; t = t.above {
		t.mu.Lock()
		if len(t.refused) < maxRefused {
			t.refused = append(t.refused, op)
		}
		t.mu.Unlock()
	}
}

// Counts is what has gone through this portal or, of an account's, through all its scopes.
func (p *Portal) Counts() Counts {
	n := func(c counter) int { return int(p.tally.n[c].Load()) }
	return Counts{
		Reads: n(reads), Writes: n(writes), Uploads: n(uploads), Downloads: n(downloads), Sent: n(sent), Refused: n(refused),
		Up: p.tally.n[bytesUp].Load(), Down: p.tally.n[bytesDown].Load(),
	}
}

// Refused is what a dry run has refused, in words and in order: the first thousand.
func (p *Portal) Refused() []string {
	p.tally.mu.Lock()
	defer p.tally.mu.Unlock()
	return slices.Clone(p.tally.refused)
}

// countUp counts what progress is told.
func (p *Portal) countUp(progress func(int64)) func(int64) {
	return func(n int64) {
		p.tally.add(bytesUp, n)
		if progress != nil {
			progress(n)
		}
	}
}

// call is what a Portal tells a driver about a call, within its context.
type call struct {
	urgency Urgency
	client  ID
	tally   *tally
}

type callKey struct{}

func (p *Portal) mark(ctx context.Context, u Urgency) context.Context {
	return context.WithValue(ctx, callKey{}, call{u, p.root, p.tally})
}

// Sent is for drivers to say that a request was sent for the call with this context, so that each client's are counted.
func Sent(ctx context.Context) {
	if c, ok := ctx.Value(callKey{}).(call); ok {
		c.tally.add(sent, 1)
	}
}

// UrgencyOf is for drivers to know which of several calls to send first within the account's budget.
func UrgencyOf(ctx context.Context) Urgency {
	if c, ok := ctx.Value(callKey{}).(call); ok {
		return c.urgency
	}
	return UrgentLook
}

// ClientOf is for drivers to know whose call it is, so that clients share the account's budget fairly: the client's folder, empty if the
// call is made for the account as a whole.
func ClientOf(ctx context.Context) ID {
	if c, ok := ctx.Value(callKey{}).(call); ok {
		return c.client
	}
	return ""
}
