package syncer

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"dossier/remote"
	"dossier/state"
	"dossier/syncer/local"
	"dossier/syncer/plan"
)

// trouble is why an item's last attempt failed, and when it is tried again.
type trouble struct {
	plan.Reason
	attempts int // in this run
	earlier  int // in those before
	retry    time.Time
	blind    bool // the portal may have done it, and could not be asked: nothing is tried before it could
}

const (
	retryFirst  = 25 * time.Second
	retryMost   = 24 * time.Hour
	quickTries  = 3 // attempts that are not made to wait, where something new was learnt in between
	maxLookouts = 5 // looks that one run takes because an attempt found something else than was believed
)

// backoff is how long to wait after so many attempts.
func backoff(attempts int) time.Duration {
	d := retryFirst
	for range attempts - 1 {
		if d *= 5; d >= retryMost {
			return retryMost
		}
	}
	return d
}

// failed writes down what was learnt from an attempt that failed. The intent stays if nobody could find out whether the portal did it.
func (f *folding) failed() error {
	r := f.r
	switch {
	case errors.Is(r.err, errNotBegun):
		return f.finishOrKeep()
	case errors.Is(r.err, context.Canceled):
		return nil // the next run settles it
	}
	for _, e := range r.now {
		if err := f.observe(e); err != nil {
			return err
		}
	}
	for _, id := range r.gone {
		if err := f.m.hintGone(f.tx, string(id)); err != nil {
			return err
		}
	}
	if r.copy != nil { // the local version went aside, and the portal's did not arrive
		id := state.NodeID(r.op.Node)
		_, inBase := f.tx.Node(id)
		f.then(func() { f.m.local.leave(id, inBase) })
		if err := f.copied(); err != nil {
			return err
		}
	}
	if r.op.Kind == plan.Conflict {
		if err := f.tx.PutConflict(state.Conflict{Path: r.path, Copy: r.to, When: f.m.now(), Node: state.NodeID(r.op.Node)}); err != nil {
			return err // it may have got so far as to make the copy; the row counts only if the copy is there
		}
	}
	f.then(func() { f.m.troubled(r) })
	if _, err := f.tx.Append(f.failure()); err != nil {
		return err
	}
	if r.unsure() {
		return nil // settled by a later look
	}
	return f.finishOrKeep()
}

// unsure tells that nobody knows whether the operation was done: the portal did not say and could not be asked, or a call of the disk
// failed that may have had its effect.
func (r *result) unsure() bool {
	if remote.IsMaybeDone(r.err) {
		return !r.looked || r.renewed // which of the two items is to stay is settled by a look
	}
	content := r.op.Kind == plan.Send || r.op.Kind == plan.Update
	if !content || r.op.Side != plan.Local || sortError(r.err) != errOther || errors.Is(r.err, local.ErrInUse) {
		return false
	}
	_, disk := errors.AsType[*local.DiskError](r.err)
	return disk
}

// finishOrKeep ends the intent; one whose transfer can go on where it was is kept for the next attempt.
func (f *folding) finishOrKeep() error {
	in, ok := f.tx.Intent(f.r.seq)
	if ok && in.Resume != "" {
		f.then(func() { f.m.resumable[resumeKey(in)] = in })
		return nil
	}
	return f.finish()
}

func (f *folding) observe(e remote.Entry) error {
	if e.ID == f.m.opt.Folder {
		return nil
	}
	if n, ok := f.tx.ByRemote(string(e.ID)); ok && e.Seq > 0 && e.Seq < n.Seq {
		return nil // listed before something that base has learnt since
	}
	f.m.unhide(f.tx, &e)
	if f.m.isOurs(f.tx, e.Parent) {
		return f.m.putAnswer(f.tx, f.m.seen(e), f.r.begun)
	}
	if _, ok := f.tx.ByRemote(string(e.ID)); ok {
		return f.m.leave(f.tx, e)
	}
	return nil
}

func (f *folding) failure() state.Entry {
	r := f.r
	return state.Entry{Run: f.m.run.id, Client: f.m.opt.Name, Op: opName(r.op), Side: r.op.Side.String(), Path: r.shown(), To: r.target(), Rule: r.op.Rule,
		RemoteID: string(r.job.entry.ID), Outcome: "failed", Detail: r.err.Error()}
}

// troubled decides when a failed item is tried again.
func (m *Mirror) troubled(r *result) {
	id := state.NodeID(r.op.Node)
	t := m.troubles[id]
	if t == nil {
		t = &trouble{earlier: m.run.earlier[r.shown()]}
		m.troubles[id] = t
	}
	t.attempts++
	t.Reason = why(r)
	t.blind = r.unsure()
	kind := sortError(r.err)
	switch {
	case kind == errSignIn:
		m.run.fatal = r.err
	case kind == errFull:
		m.run.fill(r, t.Reason)
		t.retry = m.now().Add(backoff(t.attempts + t.earlier))
	case kind == errDisk && t.attempts <= quickTries:
		t.retry = m.now().Add(time.Second)
		m.local.again(t.retry)
	case kind == errNews && !t.blind && t.attempts <= quickTries:
		t.retry = time.Time{}
		m.run.lookouts++
	default:
		t.retry = m.now().Add(max(backoff(t.attempts+t.earlier), retryAfter(r.err)))
	}
	m.log.Info("not done", "op", opName(r.op), "side", r.op.Side.String(), "path", r.shown(), "cause", r.err, "attempt", t.attempts)
}

// withoutRoom takes out of a plan what would bring content to a side that is full: one attempt told, the others would only cost.
func (m *Mirror) withoutRoom(p *plan.Plan) {
	p.Ops = slices.DeleteFunc(p.Ops, func(o plan.Op) bool {
		full := m.run.full[o.Side]
		if full == nil || o.Kind != plan.Send && o.Kind != plan.Update && o.Kind != plan.Conflict || o.From[o.Side.Other()].Content.Size < full.size {
			return false
		}
		p.Items = append(p.Items, plan.Item{Node: o.Node, Reason: full.Reason})
		return true
	})
}

// fullness is what a side said when it had no room: contents of half that size, or more, are not tried again in the run, so that few
// are refused in all, whatever their order.
type fullness struct {
	plan.Reason
	size int64
}

// fill notes that a side had no room for a content.
func (r *run) fill(x *result, why plan.Reason) {
	size := x.op.From[x.op.Side.Other()].Content.Size / 2
	if f := r.full[x.op.Side]; f != nil {
		size = min(size, f.size)
	}
	r.full[x.op.Side] = &fullness{why, size}
	r.replan = true
}

func retryAfter(err error) time.Duration {
	if e, ok := errors.AsType[*remote.Error](err); ok {
		return e.RetryAfter
	}
	return 0
}

// again asks for another look at the disk at a time.
func (t *localTree) again(at time.Time) {
	if t.retry.IsZero() || at.Before(t.retry) {
		t.retry = at
	}
}

// sorted says what an error is to the mirror.
type sorted uint8

const (
	errOther  sorted = iota // wait
	errDisk                 // the disk is not as it was seen: look there again
	errNews                 // the portal is not as it was seen, and has been looked at since
	errSignIn               // nothing goes on without a person
	errFull                 // no content fits on that side
)

func sortError(err error) sorted {
	switch remote.CodeOf(err) {
	case remote.SignIn:
		return errSignIn
	case remote.Quota:
		return errFull
	case remote.Changed:
		return errDisk
	case remote.Stale, remote.NotFound, remote.Trashed, remote.NameTaken:
		return errNews
	}
	if remote.IsMaybeDone(err) {
		return errNews
	}
	if errors.Is(err, local.ErrNoSpace) || errors.Is(err, local.ErrVaultFull) {
		return errFull
	}
	for _, disk := range []error{local.ErrChanged, local.ErrTaken, local.ErrNotEmpty, fs.ErrNotExist} {
		if errors.Is(err, disk) {
			return errDisk
		}
	}
	return errOther
}

// why is what a person reads of a failed attempt.
func why(r *result) plan.Reason {
	if e, ok := errors.AsType[*remote.Error](r.err); ok {
		return plan.Reason{Code: e.Code.String(), Detail: e.Error()}
	}
	for err, text := range diskTexts {
		if errors.Is(r.err, err) {
			return plan.Reason{Code: reasonWaiting, Detail: text}
		}
	}
	return plan.Reason{Code: "disk", Detail: r.err.Error()}
}

var diskTexts = map[error]string{
	local.ErrInUse:     "is open in another program: close it there",
	local.ErrChanged:   "is being changed",
	local.ErrTaken:     "something else has its name on the disk",
	local.ErrNotEmpty:  "holds something that is not on the portal",
	local.ErrVaultFull: "the vault is full: make room on the disk, or empty it with `dossier vault empty`",
	local.ErrNoSpace:   "the disk is full: make room",
}

// resumeKey names a transfer by what it brings where.
func resumeKey(in state.Intent) string {
	return fmt.Sprintf("%s/%s/%s/%s/%x", in.Op, in.Side, in.RemoteIn, in.Remote, in.SHA256)
}
