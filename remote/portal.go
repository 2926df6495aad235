package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// PortalOptions are the choices of a Portal. The zero value is what is usual.
type PortalOptions struct {
	// DryRun refuses, with code Unsupported, each call that would change something. Portal.Refused tells which.
	DryRun bool
	// MaxEntries is how many entries a listing may have: one with more is not believed. 0: ten million.
	MaxEntries int
}

const defaultMaxEntries = 10_000_000

// Portal is what the mirror holds: a driver, and in front of it once what every driver would have to repeat.
//
//   - Nothing is sent once ctx is cancelled, nothing that the driver's features exclude, and no name that it refuses.
//   - No more than Features.Parallel transfers run at once; uploads go before downloads.
//   - No answer is believed that cannot be: code Corrupt. Content that comes down has the size and digests it was announced
//     with, content that went up the ones it was sent with.
//   - Every error is an *Error with an Op. Calls and bytes are counted.
//
// A Portal is a Driver, and may be used from many goroutines at once. One is made for an account; Scope makes the part of it
// that one client sees.
type Portal struct {
	driver Driver
	opts   PortalOptions
	slots  *slots // shared by all scopes of an account
	tally  *tally
	root   ID            // empty: not scoped
	allow  func(ID) bool // nil: not scoped
}

var _ Driver = (*Portal)(nil)

// NewPortal puts a Portal in front of the driver of one account.
func NewPortal(d Driver, o PortalOptions) *Portal {
	if o.MaxEntries == 0 {
		o.MaxEntries = defaultMaxEntries
	}
	return &Portal{driver: d, opts: o, slots: newSlots(d.Features().Parallel), tally: &tally{}}
}

// Scope is the portal for one client, who lives in the folder root: a call that names another id, as an object or as a
// folder, is refused with code Denied before it is sent, unless allow says that the id lies, or was last seen, within the
// client's folder. Root itself can be read and put into, never changed. Allow may be called from many goroutines.
//
// A feed tells of the whole account: its items are not sorted out here.
// Counts of a scope are its own, and are part of the account's.
func (p *Portal) Scope(root ID, allow func(ID) bool) *Portal {
	s := *p
	s.root, s.allow, s.tally = root, allow, &tally{above: p.tally}
	return &s
}

// Features is what the driver says.
func (p *Portal) Features() Features { return p.driver.Features() }

// CheckName is what the driver says. Every call that gives a name asks it first.
func (p *Portal) CheckName(name string, kind Kind) error { return p.driver.CheckName(name, kind) }

// Account asks whom the token speaks for.
func (p *Portal) Account(ctx context.Context) (Account, error) {
	const op = "ask for the account"
	ctx, err := p.read(ctx, op, UrgentWitness)
	if err != nil {
		return Account{}, err
	}
	a, err := p.driver.Account(ctx)
	return a, wrap(op, err, false)
}

// Get reads one item.
func (p *Portal) Get(ctx context.Context, id ID, kind Kind) (Entry, error) {
	op := fmt.Sprintf("get %s %q", kind, id)
	ctx, err := p.read(ctx, op, UrgentWitness, id)
	if err != nil {
		return Entry{}, err
	}
	e, err := p.driver.Get(ctx, id, kind)
	if err == nil {
		err = checkReply(e, id, kind)
	}
	return orNothing(e, wrap(op, err, false))
}

// Confirm asks for a witness that an item is gone.
func (p *Portal) Confirm(ctx context.Context, last Entry) (Absence, error) {
	op := fmt.Sprintf("confirm the absence of %s %q", last.Kind, clip(last.Name))
	ctx, err := p.read(ctx, op, UrgentWitness, last.ID)
	if err != nil {
		return Absence{}, err
	}
	a, err := p.driver.Confirm(ctx, last)
	switch {
	case err != nil:
	case a.Gone && a.Now != nil:
		err = corrupt("it is said to be gone and to be there")
	case a.Now != nil:
		err = checkReply(*a.Now, last.ID, last.Kind)
	}
	return orNothing(a, wrap(op, err, false))
}

// Download opens the content that e.Content names, from byte offset on. From 0 on, the reader ends with code Corrupt instead
// of io.EOF if what came is not what e says; from another offset, see Resume. The reader must be closed: it holds one of the
// account's transfers until then.
func (p *Portal) Download(ctx context.Context, e Entry, offset int64) (io.ReadCloser, error) {
	if offset == 0 {
		return p.Resume(ctx, e, NewDigest())
	}
	return p.download(ctx, e, offset, nil)
}

// Resume is Download, going on after what soFar has already digested. What comes is digested as well: when the reader ends
// with io.EOF, the whole is as e says, and soFar is its digest. If nothing is left to come, nothing is sent.
func (p *Portal) Resume(ctx context.Context, e Entry, soFar *Digest) (io.ReadCloser, error) {
	if e.Size >= 0 && soFar.Size() > 0 && soFar.Size() >= e.Size {
		op := fmt.Sprintf("download %q", clip(e.Name))
		if err := p.admit(ctx, op, e.ID); err != nil {
			return nil, err
		}
		return orNothing(io.NopCloser(strings.NewReader("")), wrap(op, soFar.Check(e), false))
	}
	return p.download(ctx, e, soFar.Size(), soFar)
}

func (p *Portal) download(ctx context.Context, e Entry, offset int64, sum *Digest) (io.ReadCloser, error) {
	op := fmt.Sprintf("download %q", clip(e.Name))
	if err := p.admit(ctx, op, e.ID); err != nil {
		return nil, err
	}
	if err := p.slots.acquire(ctx, UrgentFetch); err != nil {
		return nil, wrap(op, err, false)
	}
	p.tally.add(reads, 1)
	p.tally.add(downloads, 1)
	r, err := p.driver.Download(p.mark(ctx, UrgentFetch), e, offset)
	if err != nil {
		p.slots.release()
		return nil, wrap(op, err, false)
	}
	return &content{op: op, r: r, want: e, at: offset, sum: sum, tally: p.tally, slots: p.slots}, nil
}

// read is what precedes each call that changes nothing, downloads apart: it is refused, or counted and given the context to
// send it with.
func (p *Portal) read(ctx context.Context, op string, u Urgency, ids ...ID) (context.Context, error) {
	if err := p.admit(ctx, op, ids...); err != nil {
		return nil, err
	}
	p.tally.add(reads, 1)
	return p.mark(ctx, u), nil
}

// admit refuses what must not be sent: anything after cancel, and ids of other clients.
func (p *Portal) admit(ctx context.Context, op string, ids ...ID) error {
	if ctx.Err() != nil {
		return &Error{Op: op, Err: context.Cause(ctx)}
	}
	for _, id := range ids {
		if err := p.inScope(id); err != nil {
			return &Error{Op: op, Code: Denied, Err: err}
		}
	}
	return nil
}

var errOutside = errors.New("it is not known to lie in this client's folder")

func (p *Portal) inScope(id ID) error {
	if p.allow == nil || id == p.root || p.allow(id) {
		return nil
	}
	return errOutside
}

// orNothing drops an answer that came with an error.
func orNothing[R any](r R, err error) (R, error) {
	if err != nil {
		var none R
		return none, err
	}
	return r, nil
}
