package remotetest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/sync/errgroup"

	"dossier/remote"
)

var uploadTests = []conformance{
	{"a created file is there, as the reply tells it", true, testCreate},
	{"files of any size are stored whole, and progress adds up", false, testSizes},
	{"a name in use is refused, and nothing is touched", true, testNameTaken},
	{"a folder is made once", true, testMakeFolder},
	{"nothing goes into a folder that is gone", false, testIntoGone},
	{"replaced content keeps its id, and has another revision", false, testReplace},
	{"a file that somebody changed is not replaced", false, testReplaceStale},
	{"a file that is gone is not replaced", false, testReplaceGone},
	{"a source that changes while it is read leaves nothing torn", true, testBrokenSource},
	{"other bytes than promised do not get through a seal", true, testSeal},
	{"an upload that is cut off goes on where it was", false, testResume},
	{"an upload that is cancelled half-way is not left half", true, testCancelUpload},
	{"many uploads at once do not disturb each other", true, testParallel},
	{"of many uploads to one name one wins", true, testRace},
}

func testCreate(t testing.TB, f Fixture) {
	u := UploadOf(f.at("Factuur 12.pdf"), []byte("hello"))
	e := must(f.Driver.Create(t.Context(), u))(t)
	if e.ID == "" || e.Parent != f.Root || e.Name != u.At.Name || e.Kind != remote.File || !f.sized(e, 5) || e.Content == "" {
		t.Errorf("reply tells %+v", e)
	}
	features := f.Driver.Features()
	if features.Digest == "sha1" && e.SHA1 != u.SHA1 || features.Digest == "sha256" && e.SHA256 != u.SHA256 {
		t.Errorf("reply tells digests %q, %q; features tell %q", e.SHA1, e.SHA256, features.Digest)
	}
	if features.GuardContent && e.Guard == "" {
		t.Error("reply tells no guard")
	}
	if features.Times && !e.Modified.Equal(u.Modified.Truncate(features.TimeStep)) {
		t.Errorf("modified %s, want %s by steps of %s", e.Modified, u.Modified, features.TimeStep)
	}
	same(t, "get", f.get(t, e.ID, remote.File), e)
	same(t, "the listing", f.holds(t, u.At.Name)[u.At.Name], e)
	if got := f.read(t, e.ID); got != "hello" {
		t.Errorf("content is %q", got)
	}
}

func testSizes(t testing.TB, f Fixture) {
	sizes := []int64{0, 1, 4096, 1<<20 + 7}
	if f.Expect.Resumes > 0 {
		sizes = append(sizes, f.Expect.Resumes, f.Expect.Resumes+1)
	}
	for _, size := range sizes {
		content := pattern(size)
		u := UploadOf(f.at(fmt.Sprintf("%d.bin", size)), content)
		var sent atomic.Int64
		u.Progress = func(n int64) { sent.Add(n) }
		e := must(f.Driver.Create(t.Context(), u))(t)
		if !f.sized(e, size) || sent.Load() != size {
			t.Errorf("%d bytes: reply tells %d, progress told %d", size, e.Size, sent.Load())
		}
		if f.read(t, e.ID) != string(content) {
			t.Errorf("%d bytes: other bytes came back", size)
		}
	}
}

// pattern is content of which no two stretches are alike for long, at most 16 MiB. It must not be written to.
func pattern(size int64) []byte { return patterns()[:size:size] }

var patterns = sync.OnceValue(func() []byte {
	b := make([]byte, 16<<20)
	for i := range b {
		b[i] = byte(i*31 + i>>8*17 + i>>16*7)
	}
	return b
})

func testNameTaken(t testing.TB, f Fixture) {
	features := f.Driver.Features()
	if features.Twins {
		return // that both are there is a test of its own
	}
	have := []string{"a.txt"}
	first := f.create(t, "a.txt", "first")
	tries := []string{"a.txt"}
	if features.CaseFold {
		tries = append(tries, "A.TXT")
	}
	for _, name := range tries {
		_, err := f.Driver.Create(t.Context(), UploadOf(f.at(name), []byte("second")))
		taken(t, f, "create "+name, err, first)
		_, err = f.Driver.MakeFolder(t.Context(), f.at(name))
		taken(t, f, "make folder "+name, err, first)
	}
	if !features.CaseFold {
		f.create(t, "A.TXT", "other")
		have = []string{"A.TXT", "a.txt"}
	}
	same(t, "the file afterwards", f.holds(t, have...)["a.txt"], first)
	if got := f.read(t, first.ID); got != "first" {
		t.Errorf("content is %q", got)
	}
}

// taken says so if a call was not refused for a name in use, or tells of another item than has it.
func taken(t testing.TB, f Fixture, what string, err error, by remote.Entry) {
	t.Helper()
	refused(t, what, err, remote.NameTaken)
	e, ok := errors.AsType[*remote.Error](err)
	switch {
	case !ok:
	case e.Existing != nil && (e.Existing.ID != by.ID || e.Existing.Kind != by.Kind):
		t.Errorf("%s: %s %q is said to have the name, it is %s %q", what, e.Existing.Kind, e.Existing.ID, by.Kind, by.ID)
	case e.Existing == nil && f.Driver.Features().Recognise:
		t.Errorf("%s: uploads are said to be recognised, but who has the name is not told", what)
	}
}

func testMakeFolder(t testing.TB, f Fixture) {
	e := f.mkdir(t, "2026")
	if e.ID == "" || e.Parent != f.Root || e.Name != "2026" || e.Kind != remote.Folder {
		t.Errorf("reply tells %+v", e)
	}
	if !f.Driver.Features().Twins {
		_, err := f.Driver.MakeFolder(t.Context(), f.at("2026"))
		taken(t, f, "make it again", err, e)
		_, err = f.Driver.Create(t.Context(), UploadOf(f.at("2026"), nil))
		taken(t, f, "create a file of its name", err, e)
	}
	inner := must(f.Driver.MakeFolder(t.Context(), remote.Place{Parent: e.ID, Name: "VAT"}))(t)
	same(t, "get", f.get(t, inner.ID, remote.Folder), inner)
	same(t, "the listing", f.holds(t, "2026")["2026"], e)
}

func testIntoGone(t testing.TB, f Fixture) {
	folder := f.mkdir(t, "gone")
	f.remove(t, folder)
	_, err := f.Driver.Create(t.Context(), UploadOf(remote.Place{Parent: folder.ID, Name: "a"}, nil))
	refused(t, "create", err, gone...)
	_, err = f.Driver.MakeFolder(t.Context(), remote.Place{Parent: folder.ID, Name: "a"})
	refused(t, "make folder", err, gone...)
}

func testReplace(t testing.TB, f Fixture) {
	if !f.Driver.Features().Replace {
		return // that it is refused is a test of its own
	}
	old := f.create(t, "a.txt", "old")
	u := UploadOf(f.at("a.txt"), []byte("newer"))
	var sent atomic.Int64
	u.Progress = func(n int64) { sent.Add(n) }
	e := must(f.Driver.Replace(t.Context(), old, u))(t)
	if e.ID != old.ID || e.Name != old.Name || e.Parent != old.Parent || !f.sized(e, 5) || sent.Load() != 5 {
		t.Errorf("reply tells %+v, progress %d", e, sent.Load())
	}
	if e.Content == old.Content || f.Driver.Features().GuardContent && e.Guard == old.Guard {
		t.Errorf("revisions are %q, %q as before", e.Content, e.Guard)
	}
	same(t, "get", f.get(t, e.ID, remote.File), e)
	if got := f.read(t, e.ID); got != "newer" {
		t.Errorf("content is %q", got)
	}
}

func testReplaceStale(t testing.TB, f Fixture) {
	features := f.Driver.Features()
	if !features.Replace || !features.GuardContent {
		return
	}
	old := f.create(t, "a.txt", "old")
	f.put(t, "a.txt", "somebody's")
	_, err := f.Driver.Replace(t.Context(), old, UploadOf(f.at("a.txt"), []byte("ours")))
	refused(t, "replace", err, remote.Stale)
	if got := f.read(t, old.ID); got != "somebody's" {
		t.Errorf("content is %q", got)
	}
}

func testReplaceGone(t testing.TB, f Fixture) {
	if !f.Driver.Features().Replace {
		return
	}
	old := f.create(t, "a.txt", "old")
	f.remove(t, old)
	_, err := f.Driver.Replace(t.Context(), old, UploadOf(f.at("a.txt"), []byte("new")))
	refused(t, "replace", err, gone...)
}

// E11: a source that turns out to have changed leaves nothing behind where there is a seal; where there is none, the error
// says that something may be there.
func testBrokenSource(t testing.TB, f Fixture) {
	seals := f.Driver.Features().Seals
	size := max(f.Expect.Resumes, 64<<10)
	for what, source := range map[string]Bytes{
		"check fails": {Content: pattern(size), Broken: errors.New("the file was changed")},
		"read fails":  {Content: pattern(size), Broken: errors.New("the file was cut"), FailAt: size / 2},
	} {
		u := UploadOf(f.at("torn.bin"), source.Content)
		u.Source = source
		_, err := f.Driver.Create(t.Context(), u)
		if code := remote.CodeOf(err); code != remote.Changed && (what == "check fails" || code != remote.Unknown) || !errors.Is(err, source.Broken) {
			t.Errorf("%s: error is %v, want changed, for the source's reason", what, err)
		}
		if seals || what == "read fails" {
			f.holds(t)
		} else if e, there := names(t, f.Driver, f.Root)["torn.bin"]; there {
			if !remote.IsMaybeDone(err) {
				t.Errorf("%s: %q is there, but the error says that it was not done", what, e.Name)
			}
			f.remove(t, e)
		}
	}
}

func testSeal(t testing.TB, f Fixture) {
	if !f.Driver.Features().Seals {
		return
	}
	for _, size := range []int64{10, f.Expect.Resumes} {
		if size == 0 {
			continue
		}
		u := UploadOf(f.at("other.bin"), pattern(size))
		u.Source = Bytes{Content: append(pattern(size-1), 'x')}
		if _, err := f.Driver.Create(t.Context(), u); err == nil {
			t.Errorf("%d bytes: other bytes were taken", size)
		}
		f.holds(t)
	}
}

func testResume(t testing.TB, f Fixture) {
	size := 2 * f.Expect.Resumes
	if size == 0 {
		return
	}
	content := pattern(size)
	u := UploadOf(f.at("big.bin"), content)
	var kept string
	u.Keep = func(resume string) error { kept = resume; return nil }
	u.Source = Bytes{Content: content, Broken: errors.New("unplugged"), FailAt: size - 1}
	if _, err := f.Driver.Create(t.Context(), u); err == nil || kept == "" {
		t.Fatalf("cut off: error is %v, %q was kept", err, kept)
	}
	var sent atomic.Int64
	u.Source, u.Resume = Bytes{Content: content}, kept
	u.Progress = func(n int64) { sent.Add(n) }
	e := must(f.Driver.Create(t.Context(), u))(t)
	if sent.Load() >= size {
		t.Errorf("%d of %d bytes were sent again", sent.Load(), size)
	}
	if !f.sized(e, size) || f.read(t, e.ID) != string(content) {
		t.Errorf("%d bytes came together, want %d of the same", e.Size, size)
	}
	u = UploadOf(f.at("anew.bin"), content)
	u.Resume = "nonsense"
	if e := must(f.Driver.Create(t.Context(), u))(t); !f.sized(e, size) {
		t.Errorf("after a session that never was: %d bytes", e.Size)
	}
}

// stopping is a Source that cancels something when half of it was read.
type stopping struct {
	Bytes
	stop context.CancelFunc
}

func (s stopping) Open(offset int64) (io.ReadCloser, error) {
	r, err := s.Bytes.Open(offset)
	return &stoppingReader{r, s.Size()/2 - offset, s.stop}, err
}

type stoppingReader struct {
	io.ReadCloser
	left int64
	stop context.CancelFunc
}

func (r *stoppingReader) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	if r.left -= int64(n); r.left <= 0 {
		r.stop()
	}
	return n, err
}

func testCancelUpload(t testing.TB, f Fixture) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	content := pattern(4 << 20)
	u := UploadOf(f.at("a.bin"), content)
	u.Source = stopping{Bytes{Content: content}, cancel}
	_, err := f.Driver.Create(ctx, u)
	if err == nil {
		t.Error("the upload went on")
	}
	for name, e := range names(t, f.Driver, f.Root) {
		if !remote.IsMaybeDone(err) || f.read(t, e.ID) != string(content) {
			t.Errorf("%q of %d bytes is there, after %v", name, e.Size, err)
		}
	}
}

func testParallel(t testing.TB, f Fixture) {
	var group errgroup.Group
	group.SetLimit(f.Driver.Features().Parallel)
	for i := range 24 {
		group.Go(func() error {
			_, err := f.Driver.Create(t.Context(), UploadOf(f.at(fmt.Sprint(i)), []byte(strings.Repeat("x", i))))
			return err
		})
	}
	done(t, group.Wait())
	found := names(t, f.Driver, f.Root)
	for i := range 24 {
		if e, ok := found[fmt.Sprint(i)]; !ok || !f.sized(e, int64(i)) {
			t.Errorf("%d is %+v", i, e)
		}
	}
}

func testRace(t testing.TB, f Fixture) {
	if f.Driver.Features().Twins {
		return // that all are there is a test of its own
	}
	var group errgroup.Group
	var won atomic.Int32
	for i := range 6 {
		group.Go(func() error {
			_, err := f.Driver.Create(t.Context(), UploadOf(f.at("one.txt"), []byte(fmt.Sprint(i))))
			if err == nil {
				won.Add(1)
				return nil
			}
			if remote.CodeOf(err) == remote.NameTaken || remote.CodeOf(err) == remote.Busy {
				return nil
			}
			return err
		})
	}
	done(t, group.Wait())
	if won.Load() != 1 {
		t.Errorf("%d uploads were told that they won", won.Load())
	}
	f.holds(t, "one.txt")
}
