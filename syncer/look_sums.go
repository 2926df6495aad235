package syncer

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"time"

	"dossier/state"
	"dossier/syncer/local"
	"dossier/syncer/plan"

	"golang.org/x/sync/errgroup"
)

const (
	reasonWaiting = "waiting"      // in use, settling, or tried again later
	reasonZero    = "emptied-file" // a file that had content is empty now
)

// print is the fingerprint that a row remembers.
func print(n state.Node) local.Fingerprint {
	return local.Fingerprint{Size: n.Size, MTime: n.MTime, CTime: n.CTime, FileID: n.FileID,
		SHA256: local.Sum256(n.SHA256), SHA1: local.Sum1(n.SHA1), Racy: n.Marks&markRacy != 0}
}

// markRacy in state.Node.Marks: the file was hashed so soon after its modification that its times prove nothing.
const markRacy = 1 << 0

// setPrint puts a fingerprint into a row.
func setPrint(n *state.Node, fp local.Fingerprint) {
	n.Size, n.MTime, n.CTime, n.FileID = fp.Size, fp.MTime, fp.CTime, fp.FileID
	n.SHA256, n.SHA1 = state.SHA256(fp.SHA256), state.SHA1(fp.SHA1)
	n.Marks &^= markRacy
	if fp.Racy {
		n.Marks |= markRacy
	}
}

// sums reads every file whose content is not known, two at a time, and sorts it.
func (l *localLook) sums(ctx context.Context) error {
	type answer struct {
		fp  local.Fingerprint
		err error
	}
	answers := make([]answer, len(l.dated))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(hashers)
	now := time.Now()
	for i := range l.dated {
		if l.leaveAlone(&l.dated[i], now) {
			answers[i].err = errAlone
			continue
		}
		if fp, known := l.remembered(&l.dated[i]); known {
			answers[i].fp = fp
			continue
		}
		g.Go(func() error {
			a := &answers[i]
			a.fp, a.err = local.Hash(gctx, l.m.disk, local.In(l.dated[i].rel))
			return gctx.Err()
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for i, a := range answers {
		l.summed(&l.dated[i], a.fp, a.err)
	}
	l.dated = nil
	return nil
}

// remembered is what the look before read of a file that nobody has touched since: while much is to be sent, looks are many.
func (l *localLook) remembered(f *found) (fp local.Fingerprint, ok bool) {
	n := l.m.local.named(f.parent, f.entry.Name)
	if n == nil || n.dir || n.wait.Code != "" || n.fp.SHA256.IsZero() || !n.fp.Matches(f.entry.Info) {
		return fp, false
	}
	return n.fp, true
}

// hashers is how many files are read at once: two keep a disk busy.
const hashers = 2

var errAlone = errors.New("left alone for now")

// leaveAlone tells whether a file must not be read yet, and notes why.
func (l *localLook) leaveAlone(f *found, now time.Time) bool {
	if f.row.ID != 0 && sameFile(print(f.row), f.entry.Info) {
		return false // nobody changed it since; only its times were too young to prove that
	}
	use, _ := l.m.disk.InUse(local.In(f.rel))
	folder, _ := local.In(f.rel).Split()
	owner := slices.ContainsFunc(l.owners[folder.Rel], func(of string) bool { return local.OwnerOf(of, f.entry.Name) })
	ok, retry := local.Settled(f.entry.Info, now, use, owner)
	if ok {
		return false
	}
	detail := "was changed a moment ago"
	if use == local.InUse {
		detail = "is open in another program"
	}
	l.wait(f, waiting(detail), retry)
	return true
}

// wait leaves a file as it is in the base, or not there yet, until retry.
func (l *localLook) wait(f *found, why plan.Reason, retry time.Time) {
	n := l.known(f)
	n.wait, n.retry = why, retry
	n.fp.SHA256, n.fp.SHA1 = local.Sum256{}, local.Sum1{}
	if !retry.IsZero() && (l.tree.retry.IsZero() || retry.Before(l.tree.retry)) {
		l.tree.retry = retry
	}
}

// known is the node of f among those that differ.
func (l *localLook) known(f *found) *localNode {
	if f.node == nil {
		f.node = l.place(*f, f.row.ID, false)
	}
	return f.node
}

// summed sorts a file by what was read of it.
func (l *localLook) summed(f *found, fp local.Fingerprint, err error) {
	switch {
	case errors.Is(err, errAlone):
	case errors.Is(err, local.ErrChanged), errors.Is(err, local.ErrInUse), errors.Is(err, fs.ErrNotExist):
		l.wait(f, waiting("is being changed"), time.Now().Add(local.SettleUnknown))
	case err != nil:
		l.wait(f, plan.Reason{Code: plan.ReasonUnknown, Detail: err.Error()}, time.Time{})
	case f.node == nil && f.row.ID != 0 && fp.SHA256 == local.Sum256(f.row.SHA256):
		row := f.row
		setPrint(&row, fp)
		if row.Local != f.entry.Name {
			l.place(*f, row.ID, false).fp = fp
			return
		}
		l.tree.fresh = append(l.tree.fresh, row)
	case f.row.ID != 0 && local.SuspiciousZero(f.row.Size, f.entry.Info) && f.row.FileID == f.entry.Info.FileID:
		l.wait(f, plan.Reason{Code: reasonZero, Detail: "had content and is empty now: put the content back, delete the file, or save it again"}, time.Time{})
	default:
		l.known(f).fp = fp
	}
}
