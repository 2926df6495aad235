package remotetest

import (
	"bytes"
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"dossier/remote"
)

func (m *Memory) Create(ctx context.Context, u remote.Upload) (remote.Entry, error) {
	if e, ok := m.recognise(u); ok {
		return e, m.arrive(ctx)
	}
	return m.upload(ctx, u, func() error {
		if err := checkName(u.At.Name); err != nil {
			return fail(remote.BadName, "%w", err)
		}
		return m.free(u.At, "")
	}, func(content []byte) *item {
		it := m.add(u.At, remote.File)
		m.fill(it, content, u.Modified)
		if m.TellTokens {
			it.Token = u.Token
		}
		if m.recognises() && u.Token != "" {
			m.tokens[u.Token] = it.ID
		}
		return it
	})
}

// recognises says whether uploads are recognised by their tokens: where names are unique, they show who was first.
func (m *Memory) recognises() bool { return m.features.Recognise && m.Features().Twins }

// recognise finds the file that an upload has made before.
func (m *Memory) recognise(u remote.Upload) (remote.Entry, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	it, err := m.find(m.tokens[u.Token])
	if !m.recognises() || err != nil {
		return remote.Entry{}, false
	}
	return m.tell(it), true
}

func (m *Memory) Replace(ctx context.Context, old remote.Entry, u remote.Upload) (remote.Entry, error) {
	return m.upload(ctx, u, func() error {
		if !m.features.Replace {
			return fail(remote.Unsupported, "this portal replaces no content")
		}
		_, err := m.expect(old)
		return err
	}, func(content []byte) *item {
		it := m.tree.items[old.ID]
		m.fill(it, content, u.Modified)
		return it
	})
}

// upload takes the content in, then lets it take effect if check, asked before and after, allows.
func (m *Memory) upload(ctx context.Context, u remote.Upload, check func() error, effect func([]byte) *item) (remote.Entry, error) {
	if err := m.arrive(ctx); err != nil {
		return remote.Entry{}, err
	}
	if err := m.locked(check); err != nil {
		return remote.Entry{}, err
	}
	if most := m.features.MaxSize; most > 0 && u.Source.Size() > most {
		return remote.Entry{}, fail(remote.TooBig, "more than %d bytes", most)
	}
	content, err := m.receive(ctx, u)
	if err != nil {
		return remote.Entry{}, err
	}
	torn := checkSource(u, content)
	if torn != nil && m.features.Seals {
		return remote.Entry{}, torn
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := check(); err != nil {
		return remote.Entry{}, err
	}
	if m.quota > 0 && m.used()+int64(len(content)) > m.quota {
		return remote.Entry{}, fail(remote.Quota, "more than %d bytes in all", m.quota)
	}
	it := effect(content)
	m.note(it, false)
	if torn != nil { // the POST was the effect: what was torn is there now
		torn.Outcome = remote.MaybeDone
		return remote.Entry{}, torn
	}
	return m.tell(it), nil
}

func (m *Memory) locked(check func() error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return check()
}

// checkSource says whether what arrived is what the source promised.
func checkSource(u remote.Upload, content []byte) *remote.Error {
	err := u.Source.Check()
	if sum := sha1.Sum(content); err == nil && hex.EncodeToString(sum[:]) != u.SHA1 {
		err = errors.New("other bytes than promised")
	}
	if err != nil {
		return fail(remote.Changed, "%w", err)
	}
	return nil
}

// receive reads the source to its end, in one piece or in resumable chunks.
func (m *Memory) receive(ctx context.Context, u remote.Upload) ([]byte, error) {
	if m.ChunkSize > 0 && u.Source.Size() > m.ChunkSize {
		return m.receiveChunks(ctx, u)
	}
	var got bytes.Buffer
	if err := m.read(ctx, u, &got, 0, u.Source.Size()+1); err != nil {
		return nil, err
	}
	return got.Bytes(), nil
}

// read appends what the source has from offset on, at most n bytes.
func (m *Memory) read(ctx context.Context, u remote.Upload, to *bytes.Buffer, offset, n int64) error {
	r, err := u.Source.Open(offset)
	if err != nil {
		return fail(remote.Changed, "%w", err)
	}
	defer r.Close()
	got, err := io.Copy(to, io.LimitReader(&body{ctx: ctx, r: r}, n))
	progress(u, got)
	if err != nil {
		progress(u, -got)
		to.Truncate(to.Len() - int(got))
		if ctx.Err() != nil {
			return &remote.Error{Err: err}
		}
		return fail(remote.Changed, "%w", err)
	}
	return nil
}

func progress(u remote.Upload, n int64) {
	if u.Progress != nil && n != 0 {
		u.Progress(n)
	}
}

// session is a chunked upload under way. Like a portal's it outlives the call, and is left when that fails.
type session struct {
	sha256 string
	got    bytes.Buffer
}

func (m *Memory) receiveChunks(ctx context.Context, u remote.Upload) ([]byte, error) {
	s, err := m.openSession(u)
	if err != nil {
		return nil, err
	}
	for left := u.Source.Size() - int64(s.got.Len()); left > 0; left = u.Source.Size() - int64(s.got.Len()) {
		before := s.got.Len()
		if err := m.arrive(ctx); err != nil {
			return nil, err
		}
		if err := m.read(ctx, u, &s.got, int64(before), min(left, m.ChunkSize)); err != nil {
			return nil, err
		}
		if s.got.Len() == before {
			return nil, fail(remote.Changed, "source ends %d bytes early", left)
		}
	}
	return s.got.Bytes(), nil
}

// openSession goes on with the session that u.Resume names if it is of the same content, else begins one.
func (m *Memory) openSession(u remote.Upload) (*session, error) {
	m.mu.Lock()
	if s := m.sessions[u.Resume]; s != nil && s.sha256 == u.SHA256 {
		m.mu.Unlock()
		return s, nil
	}
	id, s := fmt.Sprintf("session-%d", m.next()), &session{sha256: u.SHA256}
	m.sessions[id] = s
	m.mu.Unlock()
	if u.Keep != nil {
		if err := u.Keep(id); err != nil {
			return nil, &remote.Error{Err: fmt.Errorf("keep upload session: %w", err)}
		}
	}
	return s, nil
}

func (m *Memory) MakeFolder(ctx context.Context, at remote.Place) (remote.Entry, error) {
	if err := m.arrive(ctx); err != nil {
		return remote.Entry{}, err
	}
	if err := checkName(at.Name); err != nil {
		return remote.Entry{}, fail(remote.BadName, "%w", err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.free(at, ""); err != nil {
		return remote.Entry{}, err
	}
	it := m.add(at, remote.Folder)
	m.note(it, false)
	return m.tell(it), nil
}

// Move is, like Box's, not guarded by the revision of old.
func (m *Memory) Move(ctx context.Context, old remote.Entry, to remote.Place) (remote.Entry, error) {
	if err := m.arrive(ctx); err != nil {
		return remote.Entry{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	it, err := m.find(old.ID)
	if err != nil {
		return remote.Entry{}, err
	}
	if err := m.movable(it, to); err != nil {
		return remote.Entry{}, err
	}
	m.place(it, to)
	m.note(it, false)
	return m.tell(it), nil
}

// movable says whether an item may go where it shall. mu is held.
func (m *Memory) movable(it *item, to remote.Place) error {
	f := m.features
	if it.Parent != to.Parent && (it.Kind == remote.Folder && !f.MoveFolders || it.Kind != remote.Folder && !f.MoveFiles) {
		return fail(remote.Unsupported, "this portal moves no %ss", it.Kind)
	}
	if it.Name != to.Name && !f.Rename {
		return fail(remote.Unsupported, "this portal renames nothing")
	}
	if err := checkName(to.Name); err != nil {
		return fail(remote.BadName, "%w", err)
	}
	if it.Frozen != "" {
		return fail(remote.Denied, "%s", it.Frozen)
	}
	if m.within(to.Parent, it.ID) {
		return fail(remote.Denied, "a folder cannot go into itself")
	}
	return m.free(to, it.ID)
}

func (m *Memory) Delete(ctx context.Context, old remote.Entry) error {
	if err := m.arrive(ctx); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.Features().Delete {
		return fail(remote.Unsupported, "this portal deletes nothing")
	}
	it, err := m.expect(old)
	switch remote.CodeOf(err) {
	case remote.NotFound, remote.Trashed:
		return nil
	}
	if err != nil {
		return err
	}
	switch {
	case it.ID == MemoryRoot:
		return fail(remote.Denied, "the root stays")
	case it.Pinned != "":
		return fail(remote.Denied, "%s", it.Pinned)
	case !m.features.DeleteTree && len(m.children(it.ID)) > 0:
		return fail(remote.Busy, "the folder is not empty")
	}
	if !m.features.DeleteTree && len(m.children(it.ID)) > 0 {
		return fail(remote.Busy, "it is not empty")
	}
	if !m.features.DeleteTree && len(m.children(it.ID)) > 0 {
		return fail(remote.Busy, "it is not empty")
	}
	m.remove(it)
	return nil
}

// expect looks an item up and refuses if it is not as it was, where the portal can tell. mu is held.
func (m *Memory) expect(old remote.Entry) (*item, error) {
	it, err := m.find(old.ID)
	switch {
	case err != nil:
		return nil, err
	case it.Kind != old.Kind:
		return nil, fail(remote.NotFound, "no %s %q", old.Kind, old.ID)
	case m.features.GuardContent && old.Guard != "" && old.Guard != it.Guard:
		return nil, fail(remote.Stale, "revision is %s now", it.Guard)
	case it.Frozen != "":
		return nil, fail(remote.Denied, "%s", it.Frozen)
	}
	return it, nil
}

// add makes an item, without content and without telling the feed. mu is held.
func (m *Memory) add(at remote.Place, kind remote.Kind) *item {
	n := m.next()
	it := &item{Entry: remote.Entry{ID: remote.ID(fmt.Sprint(n)), Parent: at.Parent, Name: at.Name, Kind: kind, Size: -1, Guard: "0"}, made: n}
	m.tree.put(it)
	return it
}

// place puts an item elsewhere. mu is held.
func (m *Memory) place(it *item, at remote.Place) {
	m.tree.take(it)
	it.Parent, it.Name = at.Parent, at.Name
	m.tree.put(it)
}

// fill gives a file its content. mu is held.
func (m *Memory) fill(it *item, content []byte, modified time.Time) {
	one, two := sha1.Sum(content), sha256.Sum256(content)
	it.content, it.Size = bytes.Clone(content), int64(len(content))
	it.SHA1, it.SHA256 = hex.EncodeToString(one[:]), hex.EncodeToString(two[:])
	it.Entry.Content = fmt.Sprintf("%s.v%d", it.ID, m.next())
	it.Modified = time.Time{}
	if m.features.Times && !modified.IsZero() {
		it.Modified = modified.UTC().Truncate(m.features.TimeStep)
	}
}

// remove deletes an item: into the trash where there is one. mu is held.
func (m *Memory) remove(it *item) {
	m.note(it, true)
	if m.features.Trash {
		m.trashed[it.ID] = true
		return
	}
	m.destroy(it)
}

func (m *Memory) destroy(it *item) {
	for _, kid := range m.tree.kids[it.ID] {
		m.destroy(kid)
	}
	delete(m.trashed, it.ID)
	m.tree.take(it)
}

func checkName(name string) error {
	switch {
	case name == "" || name == "." || name == "..":
		return fmt.Errorf("%q is no name", name)
	case !utf8.ValidString(name):
		return errors.New("the name is not valid UTF-8")
	case strings.ContainsAny(name, `/\`):
		return errors.New("the name has a slash in it")
	case strings.ContainsFunc(name, unicode.IsControl):
		return errors.New("the name has a control character in it")
	case strings.HasSuffix(name, " "):
		return errors.New("the name ends with a blank")
	case len(utf16.Encode([]rune(name))) > 255:
		return errors.New("the name is longer than 255 characters")
	}
	return nil
}
