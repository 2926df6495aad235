package filesro

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"dossier/remote"
	"dossier/remote/rest"
)

// A file goes up in chunks, under a name that holds the upload's token, and then gets its own name: that is the commit. Parts have
// no numbers and no sums on the portal (§7), so that after any doubt an upload begins anew, under another part name.

// mostStarts is how often one call begins anew.
const mostStarts = 2

// sending is one upload under way.
type sending struct {
	u         remote.Upload
	token     string
	attempt   string // names the go at it: a file that another go may have left torn is never taken for this one's
	extension string
	progress  *rest.Progress
}

func newSending(u remote.Upload) *sending {
	return &sending{u: u, token: tokenOf(u), extension: extension(u.At.Name), progress: rest.NewProgress(u.Progress)}
}

// interim is the name while it is not committed.
func (s *sending) interim() string {
	return tokenPrefix + s.token + "-" + s.attempt + "." + s.extension
}

func (s *sending) op() string { return fmt.Sprintf("upload %q", s.u.At.Name) }

func (s *sending) fail(code remote.Code, o remote.Outcome, why string) error {
	return &remote.Error{Op: s.op(), Code: code, Outcome: o, Err: errors.New(why)}
}

// What Upload.Keep is told: how far an upload of some content has come. Until the last chunk there is nothing to go on from.
const (
	keptLast = "last" // the last chunk of this attempt is about to go: look for its interim name
	keptSent = "sent" // it is there, under this id
)

func (s *sending) keep(state, what string) error {
	if s.u.Keep == nil {
		return nil
	}
	if err := s.u.Keep(state + " " + s.u.SHA256 + " " + what); err != nil {
		return &remote.Error{Op: s.op(), Err: fmt.Errorf("keep how far the upload has come: %w", err)}
	}
	return nil
}

// kept reads what an earlier attempt at the same content left.
func (s *sending) kept() (state, what string) {
	f := strings.Fields(s.u.Resume)
	if len(f) != 3 || f[0] != keptLast && f[0] != keptSent || f[1] != s.u.SHA256 {
		return "", ""
	}
	return f[0], f[2]
}

// Create uploads a new file: a call for each chunk, and one for the name.
func (d *Driver) Create(ctx context.Context, u remote.Upload) (remote.Entry, error) {
	s := newSending(u)
	if _, err := d.folderURL(pathFolder, u.At.Parent); err != nil {
		return remote.Entry{}, err
	}
	e, err := d.resume(ctx, s)
	if err == nil && e.ID == "" {
		e, err = d.begin(ctx, s)
	} else if err == nil && e.Token == "" {
		return e, nil // it has its name already, from us or from a person
	}
	if err == nil {
		e, err = d.commit(ctx, s, e)
	}
	if err != nil {
		s.progress.Undo()
	}
	return e, err
}

// resume looks for what an earlier attempt may have left on the portal. None is no error.
func (d *Driver) resume(ctx context.Context, s *sending) (remote.Entry, error) {
	state, what := s.kept()
	if state == "" {
		return remote.Entry{}, nil
	}
	items, err := d.children(ctx, s.u.At.Parent)
	if err != nil {
		return remote.Entry{}, err
	}
	s.attempt = what
	i, ok := s.interimIn(items)
	if state == keptSent {
		i, ok = pick(items, remote.ID(what))
	}
	if !ok {
		return remote.Entry{}, nil
	}
	s.progress.Add(s.u.Source.Size())
	return i.entry(s.u.At.Parent), nil
}

func (s *sending) interimIn(items []item) (item, bool) {
	for _, i := range items {
		if i.kind() == remote.File && string(i.Attributes.Name) == s.interim() {
			return i, true
		}
	}
	return item{}, false
}

// begin sends the content until it is there, or until that has no point.
func (d *Driver) begin(ctx context.Context, s *sending) (e remote.Entry, err error) {
	for range mostStarts {
		e, err = d.sendAll(ctx, s)
		if err == nil || !doubtful(err) || ctx.Err() != nil {
			return e, err
		}
		s.progress.Undo()
	}
	return e, err
}

// doubtful says whether an attempt ended without a clear answer.
func doubtful(err error) bool {
	code := remote.CodeOf(err)
	return remote.IsMaybeDone(err) || code == remote.Unavailable || code == remote.Corrupt
}

// commit gives the file its name. If that is unclear, it is looked for: one that has lost its interim name has got it.
func (d *Driver) commit(ctx context.Context, s *sending, e remote.Entry) (remote.Entry, error) {
	if err := d.verify(ctx, s, e); err != nil {
		return remote.Entry{}, d.takeBack(ctx, e, err)
	}
	if err := s.keep(keptSent, string(e.ID)); err != nil {
		return remote.Entry{}, outcome(err, remote.MaybeDone)
	}
	named, err := d.rename(ctx, e, s.u.At.Name)
	if err == nil {
		return named, nil
	}
	if refusedForGood(err) {
		return remote.Entry{}, d.takeBack(ctx, e, err)
	}
	now, there, lookErr := d.lookIn(ctx, e.Parent, e.ID)
	switch {
	case lookErr != nil || !there:
		return remote.Entry{}, outcome(err, remote.MaybeDone)
	case now.Name != e.Name:
		return now, nil
	}
	named, err = d.rename(ctx, now, s.u.At.Name)
	if isGone(err) {
		err = s.fail(remote.Stale, remote.MaybeDone, "the portal shows the file that it has just stored, but does not find it: see assume.own_type")
	}
	return named, outcome(err, remote.MaybeDone)
}

// verify compares the length of what the portal has with what was sent, where it could differ (F-23) and can be asked.
func (d *Driver) verify(ctx context.Context, s *sending, e remote.Entry) error {
	size := s.u.Source.Size()
	if size <= d.assumed.chunk && !d.assumed.verify {
		return nil
	}
	resp, err := d.content(ctx, e)
	if err != nil {
		return nil // nothing is known against it
	}
	_ = resp.Body.Close()
	if resp.ContentLength >= 0 && resp.ContentLength != size {
		return corrupt(s.op(), "the portal stored %d bytes of %d: something on the way sent a part of it twice", resp.ContentLength, size)
	}
	return nil
}

// refusedForGood says whether asking again has no point.
func refusedForGood(err error) bool {
	switch remote.CodeOf(err) {
	case remote.BadName, remote.NameTaken, remote.Denied:
		return true
	}
	return false
}

// takeBack puts what could not be named into the trash.
func (d *Driver) takeBack(ctx context.Context, e remote.Entry, why error) error {
	if err := d.Delete(ctx, e); err != nil {
		return outcome(why, remote.MaybeDone)
	}
	return outcome(why, remote.NotDone)
}

// rename gives an item another name in its folder, and believes the answer only if it is about that item.
func (d *Driver) rename(ctx context.Context, e remote.Entry, name string) (remote.Entry, error) {
	var answer record
	call := d.write("rename", name, http.MethodPatch, pathItems+"/"+string(e.ID), map[string]string{"name": name, "type": d.typeOf(e)})
	if err := d.json(ctx, call, &answer); err != nil {
		return remote.Entry{}, d.taken(ctx, remote.Place{Parent: e.Parent, Name: name}, err)
	}
	i := answer.Data
	switch {
	case i.ID != text(e.ID) || i.kind() != e.Kind:
		return remote.Entry{}, &remote.Error{Op: called(call), Code: remote.Corrupt, Outcome: remote.MaybeDone, Err: errors.New("the answer is about another item")}
	case i.trashed():
		return remote.Entry{}, &remote.Error{Op: called(call), Code: remote.Trashed, Err: errors.New("it was in the trash, and is there under the new name")}
	}
	if parent, told := i.parent(); told {
		e.Parent = parent
	}
	d.seen.note(i, e.Parent)
	return i.entry(e.Parent), nil
}

// Replace is refused: a new content is a new file there, and the mirror puts one in the other's place.
func (d *Driver) Replace(_ context.Context, old remote.Entry, _ remote.Upload) (remote.Entry, error) {
	return remote.Entry{}, &remote.Error{Op: fmt.Sprintf("replace %q", old.Name), Code: remote.Unsupported, Err: errors.New("a file gets no other content on Files.ro")}
}
