package remote_test

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
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

func TestTransfersKeepToTheirNumberAndUploadsGoFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := remotetest.Full()
		f.Parallel = 2
		w := newWorld(t, f)
		p := remote.NewPortal(w.gate, remote.PortalOptions{})
		one, two := open(t, p, w.file), open(t, p, w.file)
		began := make(chan string, 2)
		w.gate.Before = func(_ context.Context, c remotetest.Call) error {
			began <- string(c.Verb)
			return nil
		}
		go func() { open(t, p, w.file).Close() }()
		synctest.Wait()
		go p.Create(t.Context(), remotetest.UploadOf(remote.Place{Parent: root, Name: "saved"}, []byte("x")))
		synctest.Wait()
		if len(began) != 0 {
			t.Fatalf("%s began while two transfers ran", <-began)
		}
		one.Close()
		one.Close() // a second time: it must not free a second place
		if got := <-began; got != "create" {
			t.Errorf("%s began first, though an upload waited", got)
		}
		if got := <-began; got != "download" {
			t.Errorf("%s began second", got)
		}
		two.Close()
		synctest.Wait()
	})
}

func TestWhoGivesUpWaitingLeavesHisPlaceToTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := remotetest.Full()
		f.Parallel = 1
		w := newWorld(t, f)
		p := remote.NewPortal(w.gate, remote.PortalOptions{})
		busy := open(t, p, w.file)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := p.Download(ctx, w.file, 0); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error is %v, want deadline exceeded", err)
		}
		busy.Close()
		open(t, p, w.file).Close()
	})
}

func TestATurnThatComesAsSomebodyGivesUpIsNotLost(t *testing.T) {
	f := remotetest.Full()
	f.Parallel = 1
	for range 50 {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, f)
			p := remote.NewPortal(w.gate, remote.PortalOptions{})
			busy := open(t, p, w.file)
			ctx, cancel := context.WithCancel(t.Context())
			go func() {
				if r, err := p.Download(ctx, w.file, 0); err == nil {
					r.Close()
				}
			}()
			synctest.Wait()
			cancel()
			busy.Close()
			synctest.Wait()
			open(t, p, w.file).Close() // hangs if the place is lost: synctest ends the test
		})
	}
}

func TestADownloadThatFailsFreesItsPlace(t *testing.T) {
	f := remotetest.Full()
	f.Parallel = 1
	w := newWorld(t, f)
	p := remote.NewPortal(remotetest.Faulty(w.memory, remotetest.NthOf(remotetest.Download, 1, remotetest.Fault{Code: remote.Busy})), remote.PortalOptions{})
	if _, err := p.Download(t.Context(), w.file, 0); remote.CodeOf(err) != remote.Busy {
		t.Fatalf("error is %v, want busy", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	r, err := p.Download(ctx, w.file, 0)
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
}

// witness is a driver that answers Confirm as told.
type witness struct {
	*remotetest.Memory
	answer remote.Absence
}

func (d witness) Confirm(context.Context, remote.Entry) (remote.Absence, error) { return d.answer, nil }

// P7: a witness that contradicts himself is none.
func TestWitnessesAreChecked(t *testing.T) {
	last := remote.Entry{ID: "1", Parent: root, Name: "a", Kind: remote.File, Size: -1}
	other := last
	other.ID = "2"
	for _, tt := range []struct {
		what   string
		answer remote.Absence
		want   remote.Code
	}{
		{"gone", remote.Absence{Gone: true, Trash: true}, 0},
		{"there", remote.Absence{Now: &last}, 0},
		{"gone and there", remote.Absence{Gone: true, Now: &last}, remote.Corrupt},
		{"something else is there", remote.Absence{Now: &other}, remote.Corrupt},
	} {
		p := remote.NewPortal(witness{remotetest.NewMemory(remotetest.Full()), tt.answer}, remote.PortalOptions{})
		got, err := p.Confirm(t.Context(), last)
		if remote.CodeOf(err) != tt.want || err == nil && got != tt.answer || err != nil && got.Gone {
			t.Errorf("%s: answer is %+v, %v", tt.what, got, err)
		}
	}
}

func open(t *testing.T, p *remote.Portal, e remote.Entry) io.ReadCloser {
	t.Helper()
	r, err := p.Download(t.Context(), e, 0)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestContentThatComesDownIsChecked(t *testing.T) {
	w := newWorld(t, remotetest.Full())
	for _, tt := range []struct {
		what   string
		change func(*remote.Entry)
		cut    bool
		offset int64
		want   remote.Code
		bytes  string
	}{
		{"as announced", func(*remote.Entry) {}, false, 0, 0, "0123456789"},
		{"a part, as announced", func(*remote.Entry) {}, false, 4, 0, "456789"},
		{"shorter", func(*remote.Entry) {}, true, 0, remote.Corrupt, "01234"},
		{"a shorter part", func(*remote.Entry) {}, true, 1, remote.Corrupt, "12345"},
		{"longer", func(e *remote.Entry) { e.Size = 9 }, false, 0, remote.Corrupt, ""},
		{"other bytes", func(e *remote.Entry) { e.SHA1 = strings.Repeat("0", 40) }, false, 0, remote.Corrupt, "0123456789"},
		{"other bytes by SHA-256", func(e *remote.Entry) { e.SHA256 = strings.Repeat("0", 64) }, false, 0, remote.Corrupt, "0123456789"},
		{"shorter, without a digest", func(e *remote.Entry) { e.SHA1 = "" }, true, 0, remote.Corrupt, "01234"},
		{"of unknown size", func(e *remote.Entry) { e.Size, e.SHA1 = -1, "" }, false, 0, 0, "0123456789"},
	} {
		t.Run(tt.what, func(t *testing.T) {
			var d remote.Driver = w.gate
			if tt.cut {
				d = remotetest.Faulty(d, remotetest.Each(remotetest.Download, remotetest.Fault{Inside: true, At: 5, Quiet: true}))
			}
			e := w.file
			tt.change(&e)
			p := remote.NewPortal(d, remote.PortalOptions{})
			r, err := p.Download(t.Context(), e, tt.offset)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			got, err := io.ReadAll(r)
			if string(got) != tt.bytes || (err == nil) != (tt.want == 0) || remote.CodeOf(err) != tt.want {
				t.Errorf("read %q, %v; want %q, %s", got, err, tt.bytes, tt.want)
			}
			if n, again := r.Read(make([]byte, 1)); n != 0 || again == nil || err != nil && again != err {
				t.Errorf("a read after the end gives %d bytes, %v", n, again)
			}
		})
	}
}

func TestResumedContentIsCheckedAsAWhole(t *testing.T) {
	w := newWorld(t, remotetest.Full())
	p := remote.NewPortal(w.gate, remote.PortalOptions{})
	for before, want := range map[string]remote.Code{"0123": 0, "0x23": remote.Corrupt} {
		sum := remote.NewDigest()
		io.WriteString(sum, before)
		r, err := p.Resume(t.Context(), w.file, sum)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		r.Close()
		if string(got) != "456789" || remote.CodeOf(err) != want {
			t.Errorf("after %q: read %q, %v; want %s", before, got, err, want)
		}
		if want == 0 && (sum.SHA1() != w.file.SHA1 || sum.Size() != 10) {
			t.Errorf("the digest is %s of %d bytes", sum.SHA1(), sum.Size())
		}
	}
}

// liar is a driver that changes its answers.
type liar struct {
	*remotetest.Memory
	lie func(*remote.Entry)
}

func (l liar) told(e remote.Entry, err error) (remote.Entry, error) {
	if err == nil {
		l.lie(&e)
	}
	return e, err
}

func (l liar) Get(ctx context.Context, id remote.ID, kind remote.Kind) (remote.Entry, error) {
	return l.told(l.Memory.Get(ctx, id, kind))
}

func (l liar) Create(ctx context.Context, u remote.Upload) (remote.Entry, error) {
	return l.told(l.Memory.Create(ctx, u))
}

func (l liar) Replace(ctx context.Context, old remote.Entry, u remote.Upload) (remote.Entry, error) {
	return l.told(l.Memory.Replace(ctx, old, u))
}

func (l liar) MakeFolder(ctx context.Context, at remote.Place) (remote.Entry, error) {
	return l.told(l.Memory.MakeFolder(ctx, at))
}

func (l liar) Move(ctx context.Context, old remote.Entry, to remote.Place) (remote.Entry, error) {
	return l.told(l.Memory.Move(ctx, old, to))
}

func TestAnswersThatCannotBeAreNotBelieved(t *testing.T) {
	all := []string{"get", "create", "replace", "make folder", "move"}
	contents, made := []string{"create", "replace"}, []string{"create", "make folder"}
	for _, tt := range []struct {
		what string
		lie  func(*remote.Entry)
		of   []string
	}{
		{"no id", func(e *remote.Entry) { e.ID = "" }, all},
		{"an id with a newline", func(e *remote.Entry) { e.ID = "1\n2" }, all},
		{"a long id", func(e *remote.Entry) { e.ID = remote.ID(strings.Repeat("1", 257)) }, all},
		{"an item in itself", func(e *remote.Entry) { e.Parent = e.ID }, all},
		{"no name", func(e *remote.Entry) { e.Name = "" }, all},
		{"a name without end", func(e *remote.Entry) { e.Name = strings.Repeat("a", 5000) }, all},
		{"no kind", func(e *remote.Entry) { e.Kind = 0 }, all},
		{"an unknown kind", func(e *remote.Entry) { e.Kind = 9 }, all},
		{"another kind", func(e *remote.Entry) { e.Kind = remote.Other }, all},
		{"a negative size", func(e *remote.Entry) { e.Size = -2 }, all},
		{"a negative sequence", func(e *remote.Entry) { e.Seq = -1 }, all},
		{"a digest in capitals", func(e *remote.Entry) { e.SHA1 = strings.Repeat("A", 40) }, all},
		{"a short digest", func(e *remote.Entry) { e.SHA256 = "ab" }, all},
		{"an endless revision", func(e *remote.Entry) { e.Guard = strings.Repeat("a", 2000) }, all},
		{"an endless text", func(e *remote.Entry) { e.Frozen = strings.Repeat("a", 5000) }, all},
		{"another id", func(e *remote.Entry) { e.ID = "77" }, []string{"get", "replace", "move"}},
		{"the root's id", func(e *remote.Entry) { e.ID, e.Parent = root, "2" }, made},
		{"the root's id in a folder of it", func(e *remote.Entry) { e.ID = root }, made},
		{"another folder", func(e *remote.Entry) { e.Parent = "77" }, []string{"create", "make folder", "move"}},
		{"fewer bytes", func(e *remote.Entry) { e.Size-- }, contents},
		{"other bytes", func(e *remote.Entry) { e.SHA1 = strings.Repeat("0", 40) }, contents},
		{"other bytes by SHA-256", func(e *remote.Entry) { e.SHA256 = strings.Repeat("0", 64) }, contents},
	} {
		t.Run(tt.what, func(t *testing.T) {
			w := newWorld(t, remotetest.Full())
			p := remote.NewPortal(liar{w.memory, tt.lie}, remote.PortalOptions{}).Scope(root, func(remote.ID) bool { return true })
			errs := map[string]error{}
			up := remotetest.UploadOf(remote.Place{Parent: w.folder.ID, Name: "new"}, []byte("abc"))
			_, errs["get"] = p.Get(t.Context(), w.file.ID, remote.File)
			_, errs["create"] = p.Create(t.Context(), up)
			_, errs["replace"] = p.Replace(t.Context(), w.file, up)
			_, errs["make folder"] = p.MakeFolder(t.Context(), remote.Place{Parent: w.folder.ID, Name: "dir"})
			_, errs["move"] = p.Move(t.Context(), w.file, remote.Place{Parent: root, Name: "moved"})
			for _, verb := range tt.of {
				if err := errs[verb]; remote.CodeOf(err) != remote.Corrupt || remote.IsMaybeDone(err) != (verb != "get") {
					t.Errorf("%s: error is %v, want corrupt (and maybe done, of a write)", verb, err)
				}
			}
		})
	}
}

func TestAnotherNameThanAskedIsTold(t *testing.T) {
	w := newWorld(t, remotetest.Full())
	p := remote.NewPortal(liar{w.memory, func(e *remote.Entry) { e.Name = "cleaned" }}, remote.PortalOptions{})
	e, err := p.Create(t.Context(), remotetest.UploadOf(remote.Place{Parent: root, Name: "new?"}, nil))
	if err != nil || e.Name != "cleaned" {
		t.Errorf("entry is %+v, %v; want the portal's name", e, err)
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
