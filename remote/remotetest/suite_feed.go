package remotetest

import (
	"context"
	"testing"

	"dossier/remote"
)

var feedTests = []conformance{
	{"the feed tells what somebody did since then", true, testFeedTells},
	{"the feed tells what we did ourselves", false, testFeedEchoes},
	{"the feed tells nothing of what was before", false, testFeedNothing},
	{"a feed's position can be read from again", false, testFeedAgain},
	{"a feed's position that is none is lost", false, testFeedReset},
	{"waiting ends when something happens", false, testFeedWait},
	{"waiting ends with its context", false, testFeedWaitCancelled},
}

// feed is the driver's feed and its newest position, or nil if there should be none.
func (f Fixture) feed(t testing.TB) (remote.Feed, string) {
	t.Helper()
	if !f.Expect.Feed {
		return nil, ""
	}
	feed := have(remote.AsFeed(f.Driver))(t)
	return feed, must(feed.Now(t.Context()))(t)
}

// drain reads a feed to its end: the last change of each item, and the position after it.
func drain(t testing.TB, feed remote.Feed, cursor string) (map[remote.ID]remote.Change, string) {
	t.Helper()
	last := map[remote.ID]remote.Change{}
	for range 1000 {
		page := must(feed.Changes(t.Context(), cursor))(t)
		for _, c := range page.Items {
			if c.Entry != nil && (c.Entry.ID != c.ID || c.Entry.Kind != c.Kind) {
				t.Errorf("a change of %s %q tells of %+v", c.Kind, c.ID, *c.Entry)
			}
			last[c.ID] = c
		}
		if cursor = page.Next; !page.More {
			return last, cursor
		}
	}
	t.Fatal("the feed does not end")
	return nil, ""
}

func testFeedTells(t testing.TB, f Fixture) {
	for _, tt := range []struct {
		what string
		do   func() (remote.ID, error)
		kind remote.Kind
		gone bool
		want string // path, where it is there
	}{
		{"a new file", func() (remote.ID, error) { return f.Somebody.Put("a.txt", []byte("1")) }, remote.File, false, "a.txt"},
		{"a change", func() (remote.ID, error) { return f.Somebody.Put("a.txt", []byte("22")) }, remote.File, false, "a.txt"},
		{"a new folder", func() (remote.ID, error) { return f.Somebody.MkdirAll("dir") }, remote.Folder, false, "dir"},
		{"a new name", f.by("a.txt", func() error { return f.Somebody.Rename("a.txt", "b.txt") }), remote.File, false, "b.txt"},
		{"a move", f.by("b.txt", func() error { return f.Somebody.Move("b.txt", "dir") }), remote.File, false, "dir/b.txt"},
		{"a folder's new name", f.by("dir", func() error { return f.Somebody.Rename("dir", "folder") }), remote.Folder, false, "folder"},
		{"a deletion", f.by("folder", func() error { return f.Somebody.Trash("folder") }), remote.Folder, true, ""},
	} {
		feed, cursor := f.feed(t)
		if feed == nil {
			return
		}
		id := must(tt.do())(t)
		last, _ := drain(t, feed, cursor)
		c, told := last[id]
		if !told || c.Kind != tt.kind {
			t.Errorf("%s: the feed tells %+v, want %s %q among it", tt.what, last, tt.kind, id)
			continue
		}
		if c.Gone && !tt.gone || tt.gone && !c.Gone && c.Entry != nil {
			t.Errorf("%s: the feed tells %+v", tt.what, c)
		}
		if got := pathOf(all(t, f.Driver, f.Root), id, f.Root); !tt.gone && got != tt.want {
			t.Errorf("%s: it lies at %q, want %q", tt.what, got, tt.want)
		}
		if c.Entry != nil {
			same(t, tt.what, *c.Entry, f.get(t, id, tt.kind))
		}
	}
}

// by does something with the item that lies in the root under a name, and gives its id.
func (f Fixture) by(name string, do func() error) func() (remote.ID, error) {
	return func() (remote.ID, error) {
		for e, err := range f.Driver.Children(context.Background(), f.Root) {
			if err != nil {
				return "", err
			}
			if e.Name == name {
				return e.ID, do()
			}
		}
		return "", do()
	}
}

func testFeedEchoes(t testing.TB, f Fixture) {
	feed, cursor := f.feed(t)
	if feed == nil {
		return
	}
	file, dir := f.create(t, "a.txt", "a"), f.mkdir(t, "dir")
	removed := f.create(t, "b.txt", "b")
	f.remove(t, removed)
	last, _ := drain(t, feed, cursor)
	for _, e := range []remote.Entry{file, dir, removed} {
		if _, told := last[e.ID]; !told {
			t.Errorf("the feed tells %+v, want %q (%s) among it", last, e.Name, e.ID)
		}
	}
	if c := last[file.ID]; c.Entry != nil {
		same(t, "the echo", *c.Entry, file)
	}
	if c := last[removed.ID]; !c.Gone && c.Entry != nil {
		t.Errorf("the last word on what was deleted is %+v", c)
	}
}

func testFeedNothing(t testing.TB, f Fixture) {
	file := f.create(t, "a.txt", "a")
	feed, cursor := f.feed(t)
	if feed == nil {
		return
	}
	last, next := drain(t, feed, cursor)
	if c, told := last[file.ID]; told && (c.Gone || c.Entry != nil && c.Entry.Content != file.Content) {
		t.Errorf("the feed tells %+v of what has not changed", c)
	}
	if again, _ := drain(t, feed, next); len(again) != 0 {
		t.Errorf("the feed tells %+v though nothing happened", again)
	}
}

func testFeedAgain(t testing.TB, f Fixture) {
	feed, cursor := f.feed(t)
	if feed == nil {
		return
	}
	ids := []remote.ID{f.create(t, "a.txt", "a").ID, f.create(t, "b.txt", "b").ID}
	for range 2 { // as a process does that was stopped before it stored the next position
		last, _ := drain(t, feed, cursor)
		for _, id := range ids {
			if _, told := last[id]; !told {
				t.Errorf("the feed tells %+v, want %q among it", last, id)
			}
		}
	}
}

func testFeedReset(t testing.TB, f Fixture) {
	feed, _ := f.feed(t)
	if feed == nil {
		return
	}
	_, err := feed.Changes(t.Context(), "no position at all")
	refused(t, "changes", err, remote.Reset)
}

func testFeedWait(t testing.TB, f Fixture) {
	feed, cursor := f.feed(t)
	if feed == nil {
		return
	}
	ctx, cancel := context.WithTimeout(t.Context(), f.Expect.Patience)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- waited(ctx, feed, cursor) }()
	f.put(t, "a.txt", "a")
	if err := <-ended; err != nil {
		t.Errorf("wait: %v", err)
	}
}

// waited waits until the feed has something to tell: an end of Wait is a hint only.
func waited(ctx context.Context, feed remote.Feed, cursor string) error {
	for {
		if err := feed.Wait(ctx, cursor); err != nil {
			return err
		}
		page, err := feed.Changes(ctx, cursor)
		if err != nil || len(page.Items) > 0 {
			return err
		}
	}
}

func testFeedWaitCancelled(t testing.TB, f Fixture) {
	feed, cursor := f.feed(t)
	if feed == nil {
		return
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- feed.Wait(ctx, cursor) }()
	cancel()
	if err := <-ended; err == nil {
		t.Error("wait ended without error, though nothing happened")
	}
}
