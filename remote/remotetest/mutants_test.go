package remotetest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"dossier/remote"
)

// recorder is a testing.TB that keeps failures to itself.
type recorder struct {
	testing.TB // for Context and what is not overridden
	mu         sync.Mutex
	failures   []string
}

func (r *recorder) fail(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failures = append(r.failures, text)
}

func (r *recorder) Helper()                           {}
func (r *recorder) Error(args ...any)                 { r.fail(fmt.Sprint(args...)) }
func (r *recorder) Errorf(format string, args ...any) { r.fail(fmt.Sprintf(format, args...)) }
func (r *recorder) Fatal(args ...any)                 { r.fail(fmt.Sprint(args...)); runtime.Goexit() }
func (r *recorder) Fatalf(format string, args ...any) {
	r.fail(fmt.Sprintf(format, args...))
	runtime.Goexit()
}

// record runs one test of the suite to its end, and tells its failures.
func record(t *testing.T, test conformance, fixture func() Fixture) []string {
	r := &recorder{TB: t}
	var ended sync.WaitGroup
	ended.Go(func() {
		defer func() {
			if p := recover(); p != nil {
				r.fail(fmt.Sprint("panic: ", p))
			}
		}()
		test.do(r, prepared(fixture()))
	})
	ended.Wait()
	return r.failures
}

// The drivers below are a Memory that breaks one promise each.
type (
	overwrites     struct{ *Memory }
	blamesAnother  struct{ *Memory }
	ignoresGuard   struct{ *Memory }
	givesNewID     struct{ *Memory }
	deletesStale   struct{ *Memory }
	keepsDeleted   struct{ *Memory }
	allIsGone      struct{ *Memory }
	lastPageLost   struct{ *Memory }
	childrenFirst  struct{ *Memory }
	tellsRoot      struct{ *Memory }
	goneIsEmpty    struct{ *Memory }
	hidesGaps      struct{ *Memory }
	fromTheStart   struct{ *Memory }
	newestContent  struct{ *Memory }
	trustsSource   struct{ *Memory }
	trimsNames     struct{ *Memory }
	sendsBadNames  struct{ *Memory }
	forgetsTrash   struct{ *Memory }
	neverWakes     struct{ *Memory }
	forgetsAfter   struct{ *Memory }
	mindsNoCancel  struct{ *Memory }
	doesTheUnasked struct{ *Memory }
	plainErrors    struct{ *Memory }
	unsureOfAll    struct{ *Memory }
	oneRevision    struct{ *Memory }
	tellsNoBytes   struct{ *Memory }
	startsAnew     struct{ *Memory }
	losesTimes     struct{ *Memory }
	asksTwice      struct{ *Memory }
	copiesToMove   struct{ *Memory }
	endlessBody    struct{ *Memory }
	forbidsNothing struct{ *Memory }
	deletesTrees   struct{ *Memory }
	deletesNothing struct{ *Memory }
	replacesTwins  struct{ *Memory }
	hidesTwins     struct{ *Memory }
	listedOnly     struct{ *Memory }
	allIsThere     struct{ *Memory }
	losesTokens    struct{ *Memory }
	oneForAll      struct{ *Memory }
	losesSizes     struct{ *Memory }
	handsOut       struct{ *Memory }
)

func (d overwrites) Create(ctx context.Context, u remote.Upload) (remote.Entry, error) {
	e, err := d.Memory.Create(ctx, u)
	if x, ok := errors.AsType[*remote.Error](err); ok && x.Existing != nil && x.Existing.Kind == remote.File {
		return d.Memory.Replace(ctx, *x.Existing, u)
	}
	return e, err
}

func (d blamesAnother) MakeFolder(ctx context.Context, at remote.Place) (remote.Entry, error) {
	e, err := d.Memory.MakeFolder(ctx, at)
	if x, ok := errors.AsType[*remote.Error](err); ok && x.Existing != nil {
		x.Existing.ID += "1"
	}
	return e, err
}

func (d ignoresGuard) Replace(ctx context.Context, old remote.Entry, u remote.Upload) (remote.Entry, error) {
	old.Guard = ""
	return d.Memory.Replace(ctx, old, u)
}

func (d givesNewID) Replace(ctx context.Context, old remote.Entry, u remote.Upload) (remote.Entry, error) {
	if err := d.Memory.Delete(ctx, old); err != nil {
		return remote.Entry{}, err
	}
	return d.Memory.Create(ctx, u)
}

func (d deletesStale) Delete(ctx context.Context, old remote.Entry) error {
	old.Guard = ""
	return d.Memory.Delete(ctx, old)
}

func (d keepsDeleted) Delete(ctx context.Context, old remote.Entry) error {
	if old.Kind == remote.Folder {
		return d.arrive(ctx)
	}
	return d.Memory.Delete(ctx, old)
}

func (d allIsGone) Confirm(ctx context.Context, last remote.Entry) (remote.Absence, error) {
	return remote.Absence{Gone: true, Trash: true}, d.arrive(ctx)
}

func (d lastPageLost) Crawl(ctx context.Context, root remote.ID) iter.Seq2[remote.Entry, error] {
	return func(yield func(remote.Entry, error) bool) {
		n := 0
		for e, err := range d.Memory.Crawl(ctx, root) {
			if n++; n > 250 || !yield(e, err) {
				return
			}
		}
	}
}

func (d childrenFirst) Crawl(ctx context.Context, root remote.ID) iter.Seq2[remote.Entry, error] {
	return func(yield func(remote.Entry, error) bool) {
		var late []remote.Entry
		for e, err := range d.Memory.Crawl(ctx, root) {
			if err == nil && e.Kind == remote.Folder {
				late = append(late, e)
			} else if !yield(e, err) {
				return
			}
		}
		for _, e := range late {
			if !yield(e, nil) {
				return
			}
		}
	}
}

func (d tellsRoot) Crawl(ctx context.Context, root remote.ID) iter.Seq2[remote.Entry, error] {
	return func(yield func(remote.Entry, error) bool) {
		if e, err := d.Get(ctx, root, remote.Folder); err == nil && !yield(e, nil) {
			return
		}
		for e, err := range d.Memory.Crawl(ctx, root) {
			if !yield(e, err) {
				return
			}
		}
	}
}

func without(seq iter.Seq2[remote.Entry, error], unwanted func(error) bool) iter.Seq2[remote.Entry, error] {
	return func(yield func(remote.Entry, error) bool) {
		for e, err := range seq {
			if !unwanted(err) && !yield(e, err) {
				return
			}
		}
	}
}

func (d goneIsEmpty) Crawl(ctx context.Context, root remote.ID) iter.Seq2[remote.Entry, error] {
	return without(d.Memory.Crawl(ctx, root), func(err error) bool { return remote.CodeOf(err) == remote.Trashed })
}

func (d hidesGaps) Crawl(ctx context.Context, root remote.ID) iter.Seq2[remote.Entry, error] {
	return without(d.Memory.Crawl(ctx, root), func(err error) bool { _, gap := err.(*remote.Gap); return gap })
}

func (d fromTheStart) Download(ctx context.Context, e remote.Entry, _ int64) (io.ReadCloser, error) {
	return d.Memory.Download(ctx, e, 0)
}

func (d newestContent) Download(ctx context.Context, e remote.Entry, offset int64) (io.ReadCloser, error) {
	if now, err := d.Get(ctx, e.ID, remote.File); err == nil {
		e = now
	}
	return d.Memory.Download(ctx, e, offset)
}

// gullible is a Source that never fails its check.
type gullible struct{ remote.Source }

func (gullible) Check() error { return nil }

func (d trustsSource) Create(ctx context.Context, u remote.Upload) (remote.Entry, error) {
	u.Source = gullible{u.Source}
	return d.Memory.Create(ctx, u)
}

func (d trimsNames) Create(ctx context.Context, u remote.Upload) (remote.Entry, error) {
	u.At.Name = strings.TrimSpace(u.At.Name)
	return d.Memory.Create(ctx, u)
}

func (d sendsBadNames) Create(ctx context.Context, u remote.Upload) (remote.Entry, error) {
	u.At.Name = strings.NewReplacer("/", "", `\`, "").Replace(u.At.Name)
	return d.Memory.Create(ctx, u)
}

func (sendsBadNames) CheckName(string, remote.Kind) error { return nil }

// otherFeed is a feed with another Changes or Wait.
type otherFeed struct {
	remote.Feed
	changes func(context.Context, string) (remote.Changes, error)
	wait    func(context.Context, string) error
}

func (f otherFeed) Changes(ctx context.Context, cursor string) (remote.Changes, error) {
	if f.changes == nil {
		return f.Feed.Changes(ctx, cursor)
	}
	return f.changes(ctx, cursor)
}

func (f otherFeed) Wait(ctx context.Context, cursor string) error {
	if f.wait == nil {
		return f.Feed.Wait(ctx, cursor)
	}
	return f.wait(ctx, cursor)
}

func (d forgetsTrash) AsFeed() (remote.Feed, bool) {
	f := memoryFeed{d.Memory}
	return otherFeed{Feed: f, changes: func(ctx context.Context, cursor string) (remote.Changes, error) {
		page, err := f.Changes(ctx, cursor)
		var kept []remote.Change
		for _, c := range page.Items {
			if !c.Gone {
				kept = append(kept, c)
			}
		}
		page.Items = kept
		return page, err
	}}, true
}

func (d neverWakes) AsFeed() (remote.Feed, bool) {
	return otherFeed{Feed: memoryFeed{d.Memory}, wait: func(ctx context.Context, _ string) error {
		<-ctx.Done()
		return &remote.Error{Err: ctx.Err()}
	}}, true
}

func (d forgetsAfter) AsFeed() (remote.Feed, bool) {
	f := memoryFeed{d.Memory}
	seen := map[string]bool{}
	return otherFeed{Feed: f, changes: func(ctx context.Context, cursor string) (remote.Changes, error) {
		page, err := f.Changes(ctx, cursor)
		if seen[cursor] {
			page.Items = nil
		}
		seen[cursor] = true
		return page, err
	}}, true
}

func (d mindsNoCancel) Delete(_ context.Context, old remote.Entry) error {
	return d.Memory.Delete(context.Background(), old)
}

func (d doesTheUnasked) Features() remote.Features {
	f := d.Memory.Features()
	f.Rename = false
	return f
}

func (d plainErrors) Get(ctx context.Context, id remote.ID, kind remote.Kind) (remote.Entry, error) {
	e, err := d.Memory.Get(ctx, id, kind)
	if err != nil {
		err = errors.New("not found")
	}
	return e, err
}

func (d unsureOfAll) MakeFolder(ctx context.Context, at remote.Place) (remote.Entry, error) {
	e, err := d.Memory.MakeFolder(ctx, at)
	if x, ok := errors.AsType[*remote.Error](err); ok {
		x.Outcome = remote.MaybeDone
	}
	return e, err
}

func (d oneRevision) Get(ctx context.Context, id remote.ID, kind remote.Kind) (remote.Entry, error) {
	e, err := d.Memory.Get(ctx, id, kind)
	e.Content = "1"
	return e, err
}

func (d tellsNoBytes) Create(ctx context.Context, u remote.Upload) (remote.Entry, error) {
	u.Progress = nil
	return d.Memory.Create(ctx, u)
}

func (d startsAnew) Create(ctx context.Context, u remote.Upload) (remote.Entry, error) {
	u.Resume = ""
	return d.Memory.Create(ctx, u)
}

func (d losesTimes) Create(ctx context.Context, u remote.Upload) (remote.Entry, error) {
	u.Modified = time.Time{}
	return d.Memory.Create(ctx, u)
}

func (d asksTwice) Get(ctx context.Context, id remote.ID, kind remote.Kind) (remote.Entry, error) {
	d.Memory.Get(ctx, id, kind)
	return d.Memory.Get(ctx, id, kind)
}

func (d copiesToMove) Move(ctx context.Context, old remote.Entry, to remote.Place) (remote.Entry, error) {
	if old.Kind != remote.Folder || old.Parent == to.Parent {
		return d.Memory.Move(ctx, old, to)
	}
	if err := d.Memory.Delete(ctx, old); err != nil {
		return remote.Entry{}, err
	}
	return d.MakeFolder(ctx, to)
}

func (d endlessBody) Download(ctx context.Context, e remote.Entry, offset int64) (io.ReadCloser, error) {
	return d.Memory.Download(context.WithoutCancel(ctx), e, offset)
}

func (forbidsNothing) Features() remote.Features {
	f := Full()
	f.Delete = false
	return f
}

func (deletesTrees) Features() remote.Features {
	f := Full()
	f.DeleteTree = false
	return f
}

func (d deletesNothing) Delete(ctx context.Context, _ remote.Entry) error { return d.arrive(ctx) }

func (d replacesTwins) Create(ctx context.Context, u remote.Upload) (remote.Entry, error) {
	for e := range d.Children(ctx, u.At.Parent) {
		if e.Name == u.At.Name && e.Kind == remote.File {
			return d.Memory.Replace(ctx, e, u)
		}
	}
	return d.Memory.Create(ctx, u)
}

func (d hidesTwins) Children(ctx context.Context, folder remote.ID) iter.Seq2[remote.Entry, error] {
	return func(yield func(remote.Entry, error) bool) {
		told := map[string]bool{}
		for e, err := range d.Memory.Children(ctx, folder) {
			if twin := told[e.Name]; !twin && !yield(e, err) {
				return
			}
			told[e.Name] = true
		}
	}
}

// listedOnly knows no parent of what it did not list.
func (d listedOnly) Get(ctx context.Context, id remote.ID, kind remote.Kind) (remote.Entry, error) {
	e, err := d.Memory.Get(ctx, id, kind)
	e.Parent = ""
	return e, err
}

func (d allIsThere) Confirm(ctx context.Context, last remote.Entry) (remote.Absence, error) {
	return remote.Absence{Now: &last}, d.arrive(ctx)
}

func (d losesTokens) Create(ctx context.Context, u remote.Upload) (remote.Entry, error) {
	u.Token = ""
	return d.Memory.Create(ctx, u)
}

func (d oneForAll) Create(ctx context.Context, u remote.Upload) (remote.Entry, error) {
	u.Token = u.SHA1
	return d.Memory.Create(ctx, u)
}

func (d losesSizes) Create(ctx context.Context, u remote.Upload) (remote.Entry, error) {
	e, err := d.Memory.Create(ctx, u)
	e.Size = -1
	return e, err
}

func (d handsOut) Features() remote.Features {
	f := d.Memory.Features()
	f.SendOnly = true
	return f
}

// TestTheSuiteCatches runs the suite on drivers that break one promise each: one of its tests must say so, and the one that
// is there for it.
func TestTheSuiteCatches(t *testing.T) {
	for _, tt := range []struct {
		driver func(*Memory) remote.Driver
		by     string
	}{
		{func(m *Memory) remote.Driver { return overwrites{m} }, "a name in use is refused, and nothing is touched"},
		{func(m *Memory) remote.Driver { return blamesAnother{m} }, "a folder is made once"},
		{func(m *Memory) remote.Driver { return ignoresGuard{m} }, "a file that somebody changed is not replaced"},
		{func(m *Memory) remote.Driver { return givesNewID{m} }, "replaced content keeps its id, and has another revision"},
		{func(m *Memory) remote.Driver { return deletesStale{m} }, "a file that somebody changed is not deleted"},
		{func(m *Memory) remote.Driver { return keepsDeleted{m} }, "a folder is deleted with all below it"},
		{func(m *Memory) remote.Driver { return allIsGone{m} }, "what is there is not confirmed to be gone"},
		{func(m *Memory) remote.Driver { return lastPageLost{m} }, "a crawl of many pages misses nothing and tells nothing twice"},
		{func(m *Memory) remote.Driver { return childrenFirst{m} }, "a crawl tells all below a folder, folders first"},
		{func(m *Memory) remote.Driver { return tellsRoot{m} }, "an empty folder is listed whole, with nothing in it"},
		{func(m *Memory) remote.Driver { return goneIsEmpty{m} }, "a folder is deleted with all below it"},
		{func(m *Memory) remote.Driver { return hidesGaps{m} }, "a folder that cannot be read is a gap, and the crawl goes on"},
		{func(m *Memory) remote.Driver { return fromTheStart{m} }, "content comes from any offset on"},
		{func(m *Memory) remote.Driver { return newestContent{m} }, "content is what the entry names, or it is stale"},
		{func(m *Memory) remote.Driver { return trustsSource{m} }, "a source that changes while it is read leaves nothing torn"},
		{func(m *Memory) remote.Driver { return trimsNames{m} }, "odd names go up exactly, or are refused"},
		{func(m *Memory) remote.Driver { return sendsBadNames{m} }, "odd names go up exactly, or are refused"},
		{func(m *Memory) remote.Driver { return forgetsTrash{m} }, "the feed tells what somebody did since then"},
		{func(m *Memory) remote.Driver { return neverWakes{m} }, "waiting ends when something happens"},
		{func(m *Memory) remote.Driver { return forgetsAfter{m} }, "a feed's position can be read from again"},
		{func(m *Memory) remote.Driver { return mindsNoCancel{m} }, "a cancelled context sends nothing"},
		{func(m *Memory) remote.Driver { return doesTheUnasked{m} }, "what is not offered is refused as unsupported"},
		{func(m *Memory) remote.Driver { return plainErrors{m} }, "what never was is not found"},
		{func(m *Memory) remote.Driver { return unsureOfAll{m} }, "a folder is made once"},
		{func(m *Memory) remote.Driver { return oneRevision{m} }, "a crawl tells all below a folder, folders first"},
		{func(m *Memory) remote.Driver { return tellsNoBytes{m} }, "files of any size are stored whole, and progress adds up"},
		{func(m *Memory) remote.Driver { return startsAnew{m} }, "an upload that is cut off goes on where it was"},
		{func(m *Memory) remote.Driver { return losesTimes{m} }, "a created file is there, as the reply tells it"},
		{func(m *Memory) remote.Driver { return asksTwice{m} }, "plain cases take the calls they should"},
		{func(m *Memory) remote.Driver { return copiesToMove{m} }, "a folder moves with all below it"},
		{func(m *Memory) remote.Driver { return endlessBody{m} }, "a download ends with its context"},
		{func(m *Memory) remote.Driver { return forbidsNothing{m} }, "what is not offered is refused as unsupported"},
		{func(m *Memory) remote.Driver { return deletesTrees{m} }, "a folder that is not empty stays where trees are not deleted"},
		{func(m *Memory) remote.Driver { m.features.DeleteTree = false; return deletesNothing{m} }, "a folder that is not empty stays where trees are not deleted"},
		{func(m *Memory) remote.Driver { m.Twins = true; return replacesTwins{m} }, "a second file of a name does not touch the first"},
		{func(m *Memory) remote.Driver { m.Twins = true; return hidesTwins{m} }, "items of one name are all listed, each under its id"},
		{func(m *Memory) remote.Driver { m.Twins = true; return replacesTwins{m} }, "of many uploads to one name all are there"},
		{func(m *Memory) remote.Driver { m.Twins = true; return hidesTwins{m} }, "what was made without a reply is there under a new id, beside its namesakes"},
		{func(m *Memory) remote.Driver { return listedOnly{m} }, "what was sent is known by its id, listed or not"},
		{func(m *Memory) remote.Driver { m.Twins = true; return losesTokens{m} }, "an upload that is repeated makes no second file beside its namesakes"},
		{func(m *Memory) remote.Driver { m.Twins = true; return oneForAll{m} }, "uploads of one name and content are told apart by their tokens"},
		{func(m *Memory) remote.Driver { return losesSizes{m} }, "a created file is there, as the reply tells it"},
		{func(m *Memory) remote.Driver { return handsOut{m} }, "contents that are not handed out are refused, and known all the same"},
		{func(m *Memory) remote.Driver { return allIsThere{m} }, "what somebody deleted is gone, listed or not"},
	} {
		fixture := func() Fixture {
			m := NewMemory(Full())
			m.ChunkSize, m.PageSize = 1<<20, 100
			f := memoryFixture(m, tt.driver(m))
			f.Expect.Many, f.Expect.Patience = 300, 50*time.Millisecond
			return f
		}
		t.Run(strings.TrimPrefix(fmt.Sprintf("%T", tt.driver(NewMemory(Full()))), "remotetest."), func(t *testing.T) {
			var named bool
			for _, test := range suite {
				if test.name != tt.by {
					continue
				}
				named = true
				if record(t, test, fixture) == nil {
					t.Errorf("it passes %q", tt.by)
				}
			}
			if !named {
				t.Errorf("there is no test %q", tt.by)
			}
		})
	}
}
