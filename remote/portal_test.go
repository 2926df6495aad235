package remote_test

import (
	"context"
	"errors"
	"io"
	"slices"
	"testing"
	"time"

	"dossier/remote"
	"dossier/remote/remotetest"
)

const root = remotetest.MemoryRoot

// world is a portal in memory behind a gate that counts, with one file in one folder.
type world struct {
	memory *remotetest.Memory
	gate   *remotetest.Gate
	folder remote.Entry
	file   remote.Entry
}

func newWorld(t *testing.T, f remote.Features) world {
	t.Helper()
	m := remotetest.NewMemory(f)
	folder, err := m.MakeFolder(t.Context(), remote.Place{Parent: root, Name: "2026"})
	if err != nil {
		t.Fatal(err)
	}
	file, err := m.Create(t.Context(), remotetest.UploadOf(remote.Place{Parent: folder.ID, Name: "vat.pdf"}, []byte("0123456789")))
	if err != nil {
		t.Fatal(err)
	}
	return world{m, remotetest.NewGate(m), folder, file}
}

func first[E any](seq func(func(E, error) bool)) error {
	for _, err := range seq {
		return err
	}
	return nil
}

// every calls each method of a portal, with id where it names an item or a folder, and gives the errors by method.
func every(ctx context.Context, p *remote.Portal, id remote.ID, name string) map[string]error {
	e := remote.Entry{ID: id, Parent: "elsewhere", Name: "a", Kind: remote.File, Size: -1}
	at := remote.Place{Parent: id, Name: name}
	up := remotetest.UploadOf(at, []byte("x"))
	errs := map[string]error{}
	_, errs["get"] = p.Get(ctx, id, remote.File)
	errs["crawl"] = first(p.Crawl(ctx, id))
	errs["children"] = first(p.Children(ctx, id))
	_, errs["confirm"] = p.Confirm(ctx, e)
	_, errs["download"] = p.Download(ctx, e, 0)
	_, errs["create"] = p.Create(ctx, up)
	_, errs["replace"] = p.Replace(ctx, e, up)
	_, errs["make folder"] = p.MakeFolder(ctx, at)
	_, errs["move"] = p.Move(ctx, e, remote.Place{Parent: root, Name: name})
	_, errs["move into"] = p.Move(ctx, remote.Entry{ID: root + "x", Parent: root, Name: "a", Kind: remote.File}, at)
	errs["delete"] = p.Delete(ctx, e)
	trash, _ := p.AsTrash()
	_, errs["restore"] = trash.Restore(ctx, id, remote.File, nil)
	return errs
}

func TestNothingIsSentAfterCancel(t *testing.T) {
	w := newWorld(t, remotetest.Full())
	p := remote.NewPortal(w.gate, remote.PortalOptions{})
	cause := errors.New("the run was stopped")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	errs := every(ctx, p, w.file.ID, "b")
	_, errs["account"] = p.Account(ctx)
	feed, _ := p.AsFeed()
	_, errs["now"] = feed.Now(ctx)
	_, errs["changes"] = feed.Changes(ctx, "0.0")
	errs["wait"] = feed.Wait(ctx, "0.0")
	for verb, err := range errs {
		if !errors.Is(err, cause) || remote.IsMaybeDone(err) {
			t.Errorf("%s: error is %v, want the cause, not done", verb, err)
		}
	}
	if n := w.gate.Calls(); n != 0 {
		t.Errorf("%d calls were sent", n)
	}
	if c := p.Counts(); c != (remote.Counts{}) {
		t.Errorf("counts are %+v, want none", c)
	}
}

// P22: no operation of one client names an id of another.
func TestScopeRefusesWhatLiesElsewhere(t *testing.T) {
	w := newWorld(t, remotetest.Full())
	p := remote.NewPortal(w.gate, remote.PortalOptions{}).Scope(root, func(id remote.ID) bool { return id == root+"x" })
	for verb, err := range every(t.Context(), p, w.folder.ID, "b") {
		if remote.CodeOf(err) != remote.Denied {
			t.Errorf("%s: error is %v, want denied", verb, err)
		}
	}
	if n := w.gate.Calls(); n != 0 {
		t.Errorf("%d calls were sent", n)
	}
}

// P22: the client's folder itself is read and put into, never changed.
func TestScopeKeepsTheRoot(t *testing.T) {
	w := newWorld(t, remotetest.Full())
	p := remote.NewPortal(w.gate, remote.PortalOptions{}).Scope(w.folder.ID, func(remote.ID) bool { return false })
	ctx := t.Context()
	if _, err := p.MakeFolder(ctx, remote.Place{Parent: w.folder.ID, Name: "in it"}); err != nil {
		t.Errorf("make folder in it: %v", err)
	}
	sent := w.gate.Calls()
	_, moved := p.Move(ctx, w.folder, remote.Place{Parent: root, Name: "other"})
	for verb, err := range map[string]error{"delete": p.Delete(ctx, w.folder), "move": moved} {
		if remote.CodeOf(err) != remote.Denied {
			t.Errorf("%s: error is %v, want denied", verb, err)
		}
	}
	if w.gate.Calls() != sent {
		t.Error("calls were sent")
	}
}

func TestWhatThePortalCannotDoIsNotSent(t *testing.T) {
	ctx := t.Context()
	for _, tt := range []struct {
		what   string
		lack   func(*remote.Features)
		call   func(*remote.Portal, world) error
		refuse remote.Code
	}{
		{"replace", func(f *remote.Features) { f.Replace = false }, func(p *remote.Portal, w world) error {
			_, err := p.Replace(ctx, w.file, remotetest.UploadOf(remote.Place{}, nil))
			return err
		}, remote.Unsupported},
		{"rename", func(f *remote.Features) { f.Rename = false }, func(p *remote.Portal, w world) error {
			_, err := p.Move(ctx, w.file, remote.Place{Parent: w.file.Parent, Name: "b"})
			return err
		}, remote.Unsupported},
		{"move a file", func(f *remote.Features) { f.MoveFiles = false }, func(p *remote.Portal, w world) error {
			_, err := p.Move(ctx, w.file, remote.Place{Parent: root, Name: w.file.Name})
			return err
		}, remote.Unsupported},
		{"move a folder", func(f *remote.Features) { f.MoveFolders = false }, func(p *remote.Portal, w world) error {
			_, err := p.Move(ctx, w.folder, remote.Place{Parent: "x", Name: w.folder.Name})
			return err
		}, remote.Unsupported},
		{"too big", func(f *remote.Features) { f.MaxSize = 2 }, func(p *remote.Portal, w world) error {
			_, err := p.Create(ctx, remotetest.UploadOf(remote.Place{Parent: root, Name: "b"}, []byte("123")))
			return err
		}, remote.TooBig},
		{"bad name", func(f *remote.Features) {}, func(p *remote.Portal, w world) error {
			_, err := p.MakeFolder(ctx, remote.Place{Parent: root, Name: "a/b"})
			return err
		}, remote.BadName},
		{"bad file name", func(f *remote.Features) {}, func(p *remote.Portal, w world) error {
			_, err := p.Create(ctx, remotetest.UploadOf(remote.Place{Parent: root, Name: ".."}, nil))
			return err
		}, remote.BadName},
	} {
		t.Run(tt.what, func(t *testing.T) {
			f := remotetest.Full()
			w := newWorld(t, f)
			tt.lack(&f)
			w.gate = remotetest.NewGate(remotetest.NewMemory(f))
			if err := tt.call(remote.NewPortal(w.gate, remote.PortalOptions{}), w); remote.CodeOf(err) != tt.refuse || remote.IsMaybeDone(err) {
				t.Errorf("error is %v, want %s", err, tt.refuse)
			}
			if w.gate.Calls() != 0 {
				t.Error("it was sent")
			}
		})
	}
}

func TestDryRunRefusesAndRecordsWrites(t *testing.T) {
	w := newWorld(t, remotetest.Full())
	p := remote.NewPortal(w.gate, remote.PortalOptions{DryRun: true})
	s := p.Scope(root, func(remote.ID) bool { return true })
	var want []string
	for verb, err := range every(t.Context(), s, w.file.ID, "b") {
		if slices.Contains([]string{"get", "crawl", "children", "confirm", "download"}, verb) {
			continue
		}
		want = append(want, verb)
		if remote.CodeOf(err) != remote.Unsupported {
			t.Errorf("%s: error is %v, want unsupported", verb, err)
		}
	}
	if got := p.Refused(); len(got) != len(want) || p.Counts().Refused != len(want) || p.Counts().Writes != 0 {
		t.Errorf("refused %q (%+v), want %d", got, p.Counts(), len(want))
	}
	if !slices.Contains(s.Refused(), `make folder "b"`) {
		t.Errorf("refused %q", s.Refused())
	}
	if e, err := w.memory.Get(t.Context(), w.file.ID, remote.File); err != nil || e != w.file {
		t.Errorf("the file is %+v, %v", e, err)
	}
}

// teller is a driver that tells how many requests it sends, and how urgent they are.
type teller struct {
	*remotetest.Memory
	urgency map[string]remote.Urgency
}

func (d teller) Get(ctx context.Context, id remote.ID, kind remote.Kind) (remote.Entry, error) {
	remote.Sent(ctx)
	remote.Sent(ctx)
	d.urgency["get"] = remote.UrgencyOf(ctx)
	return d.Memory.Get(ctx, id, kind)
}

func (d teller) Create(ctx context.Context, u remote.Upload) (remote.Entry, error) {
	remote.Sent(ctx)
	d.urgency["create"] = remote.UrgencyOf(ctx)
	return d.Memory.Create(ctx, u)
}

// asker is a driver that keeps whose call each was.
type asker struct {
	*remotetest.Memory
	client *remote.ID
}

func (d asker) Get(ctx context.Context, id remote.ID, kind remote.Kind) (remote.Entry, error) {
	*d.client = remote.ClientOf(ctx)
	return d.Memory.Get(ctx, id, kind)
}

func TestADriverKnowsWhoseCallItIs(t *testing.T) {
	w := newWorld(t, remotetest.Full())
	client := remote.ID("nobody")
	p := remote.NewPortal(asker{w.memory, &client}, remote.PortalOptions{})
	for want, portal := range map[remote.ID]*remote.Portal{"": p, "17": p.Scope("17", func(remote.ID) bool { return true })} {
		_, _ = portal.Get(t.Context(), "17", remote.Folder)
		if client != want {
			t.Errorf("the call is client %q's, want %q", client, want)
		}
	}
	if got := remote.ClientOf(t.Context()); got != "" {
		t.Errorf("a call of nobody's is client %q's", got)
	}
}

func TestCountsAreExactAndAddUp(t *testing.T) {
	w := newWorld(t, remotetest.Full())
	d := teller{w.memory, map[string]remote.Urgency{}}
	account := remote.NewPortal(d, remote.PortalOptions{})
	yes := func(remote.ID) bool { return true }
	one, two := account.Scope(root, yes), account.Scope(w.folder.ID, yes)
	ctx := t.Context()
	one.Get(ctx, w.file.ID, remote.File)
	if err := first(one.Crawl(ctx, root)); err != nil {
		t.Fatal(err)
	}
	if _, err := one.Create(ctx, remotetest.UploadOf(remote.Place{Parent: root, Name: "new"}, []byte("abc"))); err != nil {
		t.Fatal(err)
	}
	r := open(t, two, w.file)
	io.ReadAll(r)
	r.Close()
	if err := two.Delete(ctx, w.file); err != nil {
		t.Fatal(err)
	}
	wantOne := remote.Counts{Reads: 2, Writes: 1, Uploads: 1, Up: 3, Sent: 3}
	wantTwo := remote.Counts{Reads: 1, Writes: 1, Downloads: 1, Down: 10}
	wantAll := remote.Counts{Reads: 3, Writes: 2, Uploads: 1, Downloads: 1, Up: 3, Down: 10, Sent: 3}
	if got := [...]remote.Counts{one.Counts(), two.Counts(), account.Counts()}; got != [...]remote.Counts{wantOne, wantTwo, wantAll} {
		t.Errorf("counts are %+v", got)
	}
	if d.urgency["get"] != remote.UrgentWitness || d.urgency["create"] != remote.UrgentSave {
		t.Errorf("urgencies are %v", d.urgency)
	}
}

func TestEveryErrorIsOneWithAnOp(t *testing.T) {
	plain := errors.New("odd")
	for _, tt := range []struct {
		what  string
		err   error
		read  remote.Error
		write remote.Error
	}{
		{"plain", plain,
			remote.Error{Op: `get file "1"`, Err: plain},
			remote.Error{Op: `make folder "b"`, Err: plain, Outcome: remote.MaybeDone}},
		{"the driver's own", &remote.Error{Op: "own", Code: remote.Busy, Outcome: remote.MaybeDone},
			remote.Error{Op: "own", Code: remote.Busy},
			remote.Error{Op: "own", Code: remote.Busy, Outcome: remote.MaybeDone}},
		{"a wait of years, and nonsense in the way", &remote.Error{Code: remote.NameTaken, RetryAfter: 1e18, Existing: &remote.Entry{}},
			remote.Error{Op: `get file "1"`, Code: remote.NameTaken, RetryAfter: 24 * time.Hour},
			remote.Error{Op: `make folder "b"`, Code: remote.NameTaken, RetryAfter: 24 * time.Hour}},
	} {
		t.Run(tt.what, func(t *testing.T) {
			g := remotetest.NewGate(remotetest.NewMemory(remotetest.Full()))
			g.Before = func(context.Context, remotetest.Call) error { return tt.err }
			p := remote.NewPortal(g, remote.PortalOptions{})
			_, err := p.Get(t.Context(), "1", remote.File)
			if got, ok := err.(*remote.Error); !ok || *got != tt.read {
				t.Errorf("read: error is %#v", err)
			}
			_, err = p.MakeFolder(t.Context(), remote.Place{Parent: root, Name: "b"})
			if got, ok := err.(*remote.Error); !ok || *got != tt.write {
				t.Errorf("write: error is %#v", err)
			}
		})
	}
}
