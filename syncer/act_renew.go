package syncer

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"
	"time"

	"dossier/remote"
	"dossier/syncer/local"
	"dossier/syncer/plan"
)

// Where a portal replaces no content, or does not move, an item is made anew and the old one removed, in this order: there is always
// one of them. What was made is on the disk before the old one is touched (Intent.Made), so that a crash between leaves two, and the
// next run knows which of them is to go. See settle_renew.go.

// renew sends a file to a place as a new item that takes the place of the job's.
func (a *actor) renew(ctx context.Context, j *job, u remote.Upload) result {
	r := result{job: j, renewed: true}
	first := a.oneName(j)
	if r.err = a.secure(ctx, j, first); r.err != nil {
		return r
	}
	if first {
		if r.left = a.clear(ctx, j.entry); r.left != nil && !errors.Is(r.left, errStaysBeside) {
			r.err = r.left
			return r
		}
	}
	e, err := a.portal.Create(ctx, u)
	if err == nil && e.ID != j.entry.ID { // some portals replace by themselves what has the name
		err = a.made(ctx, j, &e)
	}
	if r.err = err; err != nil {
		return r
	}
	r.entry, r.fp, r.bytes = &e, &j.fp, j.fp.Size
	switch {
	case e.ID == j.entry.ID:
		r.left = nil
	case !first:
		r.left = a.removeOld(ctx, j.entry)
	}
	return r
}

// oneName tells whether the old item must give way before the new one can be made: a folder of the portal has each name once.
func (a *actor) oneName(j *job) bool {
	return !a.features.Twins && j.at.Parent == j.entry.Parent && strings.EqualFold(j.at.Name, j.entry.Name)
}

// clear makes the name of an old item free, if that can be done. Its bytes are safe by now.
func (a *actor) clear(ctx context.Context, old remote.Entry) error {
	if a.features.Delete && (a.features.Trash || !a.features.SendOnly) {
		return a.portal.Delete(ctx, old)
	}
	if a.features.Rename {
		return a.shelve(ctx, old)
	}
	return errStaysBeside // what the portal makes of a second one is for it to say
}

// secure makes sure that the old item is still what we believe, right before it is replaced. Where its bytes would be lost with it
// they go into the vault; if it goes before the new one is there, even those of which we hold a copy that no crash would spare. What
// stays anyway need not be kept, nor what was only moved.
func (a *actor) secure(ctx context.Context, j *job, first bool) error {
	same := j.row.ID != 0 && local.Sum256(j.row.SHA256) == j.fp.SHA256 && j.entry.Content == j.row.Content
	carried := j.op.Kind == plan.Move && j.entry.Content != j.row.Content && !first
	lost := (a.features.Delete || first) && !a.features.Trash && !a.features.SendOnly
	if lost && !same && !carried {
		st, err := a.fetch(ctx, &job{entry: j.entry}, j.entry.Name)
		if err != nil {
			return vanished(err)
		}
		_, err = a.vault.Keep(ctx, st, path.Join(path.Dir(j.was), j.entry.Name), local.Replaced)
		return err
	}
	now, err := a.portal.Get(ctx, j.entry.ID, remote.File)
	switch {
	case err != nil:
		return vanished(err)
	case now.Content != j.entry.Content, now.Name != j.entry.Name, now.Parent != "" && now.Parent != j.entry.Parent:
		return &remote.Error{Op: fmt.Sprintf("replace %q", j.entry.Name), Code: remote.Stale, Err: errors.New("it was changed on the portal")}
	}
	return nil
}

// vanished words the absence of what was to be replaced: something else may have taken its place.
func vanished(err error) error {
	if code := remote.CodeOf(err); code == remote.NotFound || code == remote.Trashed {
		return &remote.Error{Op: "replace", Code: remote.Stale, Err: err}
	}
	return err
}

// made writes down what was made, and then sees it: an answer alone is not enough to remove the old one.
func (a *actor) made(ctx context.Context, j *job, e *remote.Entry) error {
	if err := a.st.SetMade(j.seq, string(e.ID)); err != nil {
		return &remote.Error{Op: fmt.Sprintf("upload %q", e.Name), Outcome: remote.MaybeDone, Err: err}
	}
	now, err := a.portal.Get(ctx, e.ID, remote.File)
	if err != nil {
		return &remote.Error{Op: fmt.Sprintf("look at %q after its upload", e.Name), Code: remote.CodeOf(err), Outcome: remote.MaybeDone, Err: err}
	}
	if now.Parent == "" {
		now.Parent = e.Parent
	}
	*e = now
	return nil
}

// errStaysBeside: the portal removes nothing, so the version before stays.
var errStaysBeside = errors.New("the portal removes nothing: the version before stays beside the new one")

// removeOld takes away what a new item has taken the place of. Where its bytes could not be saved it gets another name.
func (a *actor) removeOld(ctx context.Context, old remote.Entry) error {
	switch {
	case !a.features.Trash && a.features.SendOnly && a.features.Rename:
		return a.shelve(ctx, old)
	case !a.features.Delete, !a.features.Trash && a.features.SendOnly:
		return errStaysBeside
	}
	return a.portal.Delete(ctx, old)
}

// oldMark is in the name of a version that could neither be kept in the vault nor be deleted.
const oldMark = " (old)"

// shelve renames an old version, unless that was done before.
func (a *actor) shelve(ctx context.Context, old remote.Entry) error {
	stem, ext := splitExt(old.Name)
	if !strings.HasSuffix(stem, oldMark) {
		_, err := a.portal.Move(ctx, old, remote.Place{Parent: old.Parent, Name: stem + oldMark + ext})
		if code := remote.CodeOf(err); err != nil && code != remote.NotFound && code != remote.Trashed {
			return err
		}
	}
	return errStaysBeside
}

// relocate brings a file to another place on a portal that does not move. Its content comes from the disk, where it lies in that place
// already; one that was changed on the portal meanwhile is taken from there.
func (a *actor) relocate(ctx context.Context, j *job) result {
	if j.row.ID == 0 || j.entry.Content != j.row.Content {
		return a.carry(ctx, j)
	}
	src, done, err := a.source(ctx, j)
	if err != nil {
		return result{job: j, err: err}
	}
	defer done()
	return a.renew(ctx, j, a.uploadOf(j, src))
}

// carry brings a file to another place on the portal with the content that it has there.
func (a *actor) carry(ctx context.Context, j *job) result {
	st, err := a.fetch(ctx, &job{entry: j.entry}, j.entry.Name)
	if err != nil {
		return result{job: j, renewed: true, err: vanished(err)}
	}
	u := a.uploadOf(j, &stagedSource{st: st, size: st.Print().Size})
	u.SHA1, u.SHA256, u.Modified = st.Print().SHA1.String(), st.Print().SHA256.String(), j.entry.Modified
	r := a.renew(ctx, j, u)
	if r.fp = nil; r.err == nil { // the disk has another content
		r.entry.SHA1, r.entry.SHA256 = u.SHA1, u.SHA256
		r.err = st.Discard()
	}
	return r
}

// uploadOf is what goes up for a job.
func (a *actor) uploadOf(j *job, src remote.Source) remote.Upload {
	return remote.Upload{At: j.at, Source: src, SHA1: j.fp.SHA1.String(), SHA256: j.fp.SHA256.String(), Modified: time.Unix(0, j.fp.MTime),
		Token: j.token, Resume: j.resume, Later: j.later,
		Keep:     func(resume string) error { return a.st.SetResume(j.seq, resume) },
		Progress: func(n int64) { a.tell(Event{Path: j.path, Up: true, Size: j.fp.Size, Bytes: n}) }}
}

// moves tells whether the portal can do a move as one.
func (a *actor) moves(j *job) bool {
	f := a.features
	can := f.MoveFiles
	if j.entry.Kind == remote.Folder {
		can = f.MoveFolders
	}
	return (can || j.entry.Parent == j.at.Parent) && (f.Rename || j.entry.Name == j.at.Name)
}

// composed tells whether doing a job takes making a new item and removing an old one.
func (a *actor) composed(j *job) bool {
	switch {
	case j.op.Side != plan.Remote:
		return false
	case j.op.Kind == plan.Update:
		return !a.features.Replace
	}
	return j.op.Kind == plan.Move && j.entry.Kind == remote.File && !a.moves(j)
}
