package syncer

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path"
	"time"

	"dossier/remote"
	"dossier/syncer/local"
	"dossier/syncer/plan"
)

func (a *actor) makeFolderHere(_ context.Context, j *job) result {
	r := result{job: j, entry: &j.entry}
	info, err := local.Mkdir(a.disk, local.In(j.to))
	r.info, r.err = &info, err
	return r
}

// download brings a file down: a new one, or new content for one that is there, which goes into the vault.
func (a *actor) download(ctx context.Context, j *job) result {
	r := result{job: j}
	target, expect := local.In(j.to), (*local.Fingerprint)(nil)
	if j.op.Kind == plan.Update {
		target, expect = local.In(j.path), &j.fp
	}
	st, err := a.fetch(ctx, j, target.Rel)
	if err != nil {
		r.err = err
		return r
	}
	defer st.Close()
	placed, err := local.Commit(ctx, a.disk, st, target, expect, a.vault)
	if r.err = err; err == nil {
		r.fp, r.entry, r.bytes = arrived(placed, st), &j.entry, st.Print().Size
	}
	return r
}

// arrived is what base learns of a file that was put in place: what came down, if somebody wrote into it at once. The next look sees
// that it is another one by now.
func arrived(p local.Placed, st *local.Staged) *local.Fingerprint {
	if !p.SHA256.IsZero() {
		return &p.Fingerprint
	}
	came := st.Print()
	return &came
}

// fetch brings content into staging, going on from what an earlier attempt left, and checks it.
func (a *actor) fetch(ctx context.Context, j *job, shown string) (*local.Staged, error) {
	if err := a.room(j.entry.Size); err != nil {
		return nil, err
	}
	st, err := local.Stage(ctx, a.disk, a.stageID(j.entry))
	if err != nil {
		return nil, err
	}
	if tooMuch := j.entry.Size >= 0 && st.Offset() > j.entry.Size; tooMuch || !st.Vouched() && !digested(j.entry) {
		err = st.Restart()
	}
	if err == nil {
		err = a.fill(ctx, st, j.entry, shown)
	}
	if err != nil {
		_ = st.Close()
		return nil, err
	}
	return st, nil
}

// digested tells whether a content that came can be told from another one.
func digested(e remote.Entry) bool { return e.SHA256 != "" || e.SHA1 != "" }

// fill reads the rest of a file's content. Content that is not what was announced is thrown away, so that the next attempt begins anew.
func (a *actor) fill(ctx context.Context, st *local.Staged, e remote.Entry, shown string) (err error) {
	a.tell(Event{Path: shown, Size: e.Size, Begun: true, Bytes: st.Offset()})
	defer func() { a.tell(Event{Path: shown, Size: e.Size, Ended: true, Err: err}) }()
	if e.Size < 0 || st.Offset() < e.Size || e.Size == 0 {
		body, err := a.portal.Download(ctx, e, st.Offset())
		if err != nil {
			return err
		}
		_, err = io.Copy(&counted{st, func(n int64) { a.tell(Event{Path: shown, Size: e.Size, Bytes: n}) }}, body)
		_ = body.Close()
		if remote.CodeOf(err) == remote.Corrupt {
			return errors.Join(err, st.Restart())
		}
		if err != nil {
			return err
		}
	}
	want := local.Want{Size: e.Size}
	_ = want.SHA1.UnmarshalText([]byte(e.SHA1))
	_ = want.SHA256.UnmarshalText([]byte(e.SHA256))
	_, err = st.Finish(want, e.Modified)
	if errors.Is(err, local.ErrMismatch) {
		return errors.Join(&remote.Error{Op: fmt.Sprintf("download %q", e.Name), Code: remote.Corrupt, Err: err}, st.Restart())
	}
	return err
}

// counted tells of bytes as they are written.
type counted struct {
	w    io.Writer
	tell func(int64)
}

func (c *counted) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.tell(int64(n))
	return n, err
}

// stageID names the staging of one content of one item, so that the next attempt finds it.
func (a *actor) stageID(e remote.Entry) string {
	sum := sha256.Sum256([]byte(a.mirror + "\x00" + string(e.ID) + "\x00" + e.Content))
	return "dl-" + hex.EncodeToString(sum[:12])
}

// room refuses what would eat into the disk's reserve.
func (a *actor) room(size int64) error {
	s, err := a.disk.Space()
	if err != nil {
		return err
	}
	reserve := a.reserve
	if reserve == 0 {
		reserve = max(1<<30, s.Total/100)
	}
	if s.Free-size < max(reserve, 0) {
		return fmt.Errorf("%w: %d bytes are free, %d are kept free", local.ErrNoSpace, s.Free, max(reserve, 0))
	}
	return nil
}

// moveHere renames or moves on disk.
func (a *actor) moveHere(ctx context.Context, j *job) result {
	r := result{job: j}
	var expect *local.Fingerprint
	if !j.dir {
		expect = &j.fp
	}
	placed, err := local.Move(ctx, a.disk, local.In(j.path), local.In(j.to), expect, a.vault)
	if r.err = err; err != nil {
		return r
	}
	r.fp = &placed.Fingerprint
	return r
}

// deleteHere moves a file, or a folder that holds just what is expected, into the vault.
func (a *actor) deleteHere(ctx context.Context, j *job) result {
	r := result{job: j}
	at := local.In(j.path)
	if !j.dir {
		_, r.err = local.Remove(ctx, a.disk, at, j.fp, a.vault)
		return r
	}
	want := map[string]expected{}
	for _, x := range j.below {
		want[x.rel] = x
	}
	_, r.err = local.RemoveDir(ctx, a.disk, at, func(rel string, info local.Info) (local.Verdict, *local.Fingerprint) {
		x, ok := want[rel]
		switch {
		case ok && x.dir == (info.Kind == local.Dir):
			if x.dir {
				return local.Expected, nil
			}
			return local.Expected, &x.fp
		case junk(rel, info) || a.ignored(at.Rel+"/"+rel, info.Kind == local.Dir):
			return local.Junk, nil
		}
		return local.Unexpected, nil
	}, a.vault)
	return r
}

// junk is what systems and programs leave behind in folders: it goes into the vault with its folder.
func junk(rel string, info local.Info) bool {
	if info.Kind != local.File {
		return false
	}
	switch path.Base(rel) {
	case ".DS_Store", "Thumbs.db", "desktop.ini", ".directory":
		return true
	}
	class, _ := local.ClassOfName(path.Base(rel))
	return class == local.Temp || class == local.OfficeOwner
}

// conflictHere keeps both: the portal's version is fetched first, then the local one goes aside, then the portal's takes the name.
func (a *actor) conflictHere(ctx context.Context, j *job) result {
	r := result{job: j}
	st, err := a.fetch(ctx, j, j.path)
	if err != nil {
		r.err = err
		return r
	}
	defer st.Close()
	info, err := a.disk.Lstat(local.In(j.path))
	if err == nil && !sameFile(j.fp, info) {
		err = local.ErrChanged
	}
	if err != nil {
		r.err = err
		return r
	}
	aside, err := local.MoveAside(ctx, a.disk, local.In(j.path), path.Base(j.to))
	if err != nil {
		r.err = err
		return r
	}
	r.copy = &aside.Fingerprint
	placed, err := local.Commit(ctx, a.disk, st, local.In(j.path), nil, a.vault)
	if r.err = err; err == nil {
		r.fp, r.entry, r.bytes = arrived(placed, st), &j.entry, st.Print().Size
	}
	return r
}

// compare fetches a content of which only a revision is known, so that it can be compared.
func (a *actor) compare(ctx context.Context, j *job) result {
	r := result{job: j}
	st, err := a.fetch(ctx, j, j.entry.Name)
	if err != nil {
		r.err = err
		return r
	}
	defer st.Close()
	fp, err := st.Finish(local.Want{Size: -1}, time.Time{})
	if r.err = err; err != nil {
		return r
	}
	if r.err = st.Discard(); r.err != nil {
		return r
	}
	e := j.entry
	e.SHA256, e.SHA1, e.Size = fp.SHA256.String(), fp.SHA1.String(), fp.Size
	r.entry, r.bytes = &e, fp.Size
	return r
}
