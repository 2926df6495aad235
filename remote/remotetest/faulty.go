package remotetest

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"dossier/remote"
)

// errFault is the cause of every error that a Faulty makes up.
var errFault = errors.New("fault on demand")

// Fault is what befalls one call. The zero Fault is an error of code Unknown for a call that was not done.
type Fault struct {
	Code       remote.Code
	Lost       bool          // the call is done, but its answer is lost; a write's error then is MaybeDone
	RetryAfter time.Duration // told with the error
	// Inside lets the call begin, and strikes after At bytes of a download's body or At entries of a listing.
	Inside bool
	At     int64
	// Quiet ends the body or the listing early as if it were complete. With Inside only.
	Quiet bool
	// Stall lets the call hang until its context is cancelled, and fail then.
	Stall bool
}

// Plan says what befalls a call; nil: nothing. It may be asked from many goroutines at once.
type Plan func(Call) *Fault

// Nth lets the n-th call fail, counted from 1.
func Nth(n int, f Fault) Plan {
	return func(c Call) *Fault {
		if c.N == n {
			return &f
		}
		return nil
	}
}

// NthOf lets the n-th call of one verb fail, counted from 1.
func NthOf(verb Verb, n int, f Fault) Plan {
	var mu sync.Mutex
	seen := 0
	return func(c Call) *Fault {
		mu.Lock()
		defer mu.Unlock()
		if c.Verb != verb {
			return nil
		}
		if seen++; seen == n {
			return &f
		}
		return nil
	}
}

// Each lets every call of one verb fail.
func Each(verb Verb, f Fault) Plan {
	return func(c Call) *Fault {
		if c.Verb == verb {
			return &f
		}
		return nil
	}
}

// Faulty puts a driver behind faults: the first plan that has one for a call decides. CheckName and Features never fail.
func Faulty(d remote.Driver, plans ...Plan) *Gate {
	f := &faults{plans: plans, under: map[int]*Fault{}}
	g := NewGate(d)
	g.Before, g.After, g.During, g.body = f.before, f.after, f.during, f.body
	return g
}

// faults are the hooks of a Faulty.
type faults struct {
	plans []Plan

	mu    sync.Mutex
	under map[int]*Fault // by Call.N: the fault of a call under way
}

func (f *faults) before(ctx context.Context, c Call) error {
	for _, plan := range f.plans {
		fault := plan(c)
		if fault == nil {
			continue
		}
		if !fault.Lost && !fault.Inside {
			return fault.strike(ctx, c)
		}
		f.mu.Lock()
		f.under[c.N] = fault
		f.mu.Unlock()
		return nil
	}
	return nil
}

func (f *faults) of(c Call) *Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.under[c.N]
}

func (f *faults) after(ctx context.Context, c Call, err error) error {
	if fault := f.of(c); fault != nil && fault.Lost && err == nil {
		return fault.strike(ctx, c)
	}
	return err
}

func (f *faults) during(ctx context.Context, c Call, passed int64) error {
	fault := f.of(c)
	if fault == nil || !fault.Inside || passed < fault.At {
		return nil
	}
	if fault.Quiet {
		return io.EOF
	}
	return fault.strike(ctx, c)
}

// body cuts at the very byte, where during could only cut between two reads.
func (f *faults) body(c Call, b io.ReadCloser) io.ReadCloser {
	if fault := f.of(c); fault != nil && fault.Inside {
		return &cutBody{ReadCloser: b, left: fault.At}
	}
	return b
}

// strike is how a call ends that a fault befalls.
func (f *Fault) strike(ctx context.Context, c Call) error {
	err := &remote.Error{Code: f.Code, RetryAfter: f.RetryAfter, Err: errFault}
	if f.Lost && c.Verb.Writes() {
		err.Outcome = remote.MaybeDone
	}
	if f.Stall {
		<-ctx.Done()
		err.Err = context.Cause(ctx)
	}
	return err
}

// cutBody lets reads end at the byte at which a fault strikes.
type cutBody struct {
	io.ReadCloser
	left int64
}

func (b *cutBody) Read(p []byte) (int, error) {
	if b.left == 0 {
		return 0, nil
	}
	n, err := b.ReadCloser.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}
