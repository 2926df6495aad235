package remote_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"dossier/remote"
	"dossier/remote/remotetest"
)

// step is what a scripted driver yields.
type step struct {
	e   remote.Entry
	err error
}

// scripted is a driver whose listings and feed are as told.
type scripted struct {
	*remotetest.Memory
	list iter.Seq2[remote.Entry, error]
	page remote.Changes
}

func (d scripted) Crawl(context.Context, remote.ID) iter.Seq2[remote.Entry, error]    { return d.list }
func (d scripted) Children(context.Context, remote.ID) iter.Seq2[remote.Entry, error] { return d.list }
func (d scripted) AsFeed() (remote.Feed, bool)                                        { return d, true }
func (d scripted) Now(context.Context) (string, error)                                { return d.page.Next, nil }
func (d scripted) Wait(context.Context, string) error                                 { return nil }
func (d scripted) Changes(context.Context, string) (remote.Changes, error)            { return d.page, nil }

func portalOf(o remote.PortalOptions, steps ...step) *remote.Portal {
	return remote.NewPortal(scripted{Memory: remotetest.NewMemory(remotetest.Full()), list: func(yield func(remote.Entry, error) bool) {
		for _, s := range steps {
			if !yield(s.e, s.err) {
				return
			}
		}
	}}, o)
}

func file(id, parent remote.ID) step {
	return step{e: remote.Entry{ID: id, Parent: parent, Name: "name", Kind: remote.File, Size: 1}}
}

func folder(id, parent remote.ID) step {
	return step{e: remote.Entry{ID: id, Parent: parent, Name: "name", Kind: remote.Folder, Size: -1}}
}

// words puts what a listing gave into one line: ids, `gap` with its folder, `end` with its code.
func words(seq iter.Seq2[remote.Entry, error]) string {
	var w []string
	for e, err := range seq {
		gap, isGap := err.(*remote.Gap)
		switch {
		case isGap:
			w = append(w, fmt.Sprintf("gap %s (%s)", gap.Folder, remote.CodeOf(gap)))
		case err != nil:
			w = append(w, fmt.Sprintf("end (%s)", remote.CodeOf(err)))
		default:
			w = append(w, string(e.ID))
		}
	}
	return strings.Join(w, ", ")
}

func TestCrawlsTellWhatCannotBeAsGaps(t *testing.T) {
	bad := file("9", "1")
	bad.e.Size = -7
	own := step{err: &remote.Gap{Folder: "1", Err: &remote.Error{Code: remote.Denied}}}
	strange := step{err: &remote.Gap{Folder: "77", Err: &remote.Error{Code: remote.Denied}}}
	for _, tt := range []struct {
		what  string
		steps []step
		want  string
	}{
		{"all well", []step{folder("1", root), file("2", "1"), folder("3", "1"), file("4", "3")}, "1, 2, 3, 4"},
		{"nothing there", nil, ""},
		{"nonsense", []step{folder("1", root), bad, file("2", "1")}, "1, gap 1 (corrupt), 2"},
		{"nonsense twice", []step{folder("1", root), bad, bad, file("2", "1")}, "1, gap 1 (corrupt), 2"},
		{"an unknown folder", []step{file("2", "77"), folder("1", root)}, "gap 0 (corrupt), 1"},
		{"a folder told late", []step{file("2", "1"), folder("1", root)}, "gap 0 (corrupt), 1"},
		{"no folder", []step{file("2", "")}, "gap 0 (corrupt)"},
		{"a file as a folder", []step{file("1", root), file("2", "1")}, "1, gap 0 (corrupt)"},
		{"twice in one folder", []step{file("1", root), file("1", root)}, "1, gap 0 (corrupt)"},
		{"twice in two folders", []step{folder("1", root), file("2", root), file("2", "1")}, "1, 2, gap 1 (corrupt)"},
		{"the root in itself", []step{folder(root, root)}, "gap 0 (corrupt)"},
		{"the root in a child", []step{folder("1", root), folder(root, "1")}, "1, gap 1 (corrupt)"},
		{"a cycle", []step{folder("1", "2"), folder("2", "1")}, "gap 0 (corrupt)"},
		{"the driver's own gap", []step{folder("1", root), own, file("2", root)}, "1, gap 1 (denied), 2"},
		{"a gap of an unknown folder", []step{strange, file("2", root)}, "gap 0 (denied), 2"},
		{"an end", []step{file("1", root), {err: errors.New("odd")}, file("2", root)}, "1, end (unknown)"},
	} {
		t.Run(tt.what, func(t *testing.T) {
			if got := words(portalOf(remote.PortalOptions{}, tt.steps...).Crawl(t.Context(), root)); got != tt.want {
				t.Errorf("crawl gave %s; want %s", got, tt.want)
			}
		})
	}
}

func TestChildrenEndAtWhatCannotBe(t *testing.T) {
	for what, steps := range map[string][]step{
		"twice":          {file("1", root), file("1", root)},
		"another folder": {folder("1", root), file("2", "1")},
		"no id":          {file("1", root), file("", root)},
	} {
		if got := words(portalOf(remote.PortalOptions{}, steps...).Children(t.Context(), root)); got != "1, end (corrupt)" {
			t.Errorf("%s: listing gave %s", what, got)
		}
	}
}

func TestListingsThatNeverEndAreEnded(t *testing.T) {
	endless := func(next func(i int) step) *remote.Portal {
		return remote.NewPortal(scripted{Memory: remotetest.NewMemory(remotetest.Full()), list: func(yield func(remote.Entry, error) bool) {
			for i := 0; ; i++ {
				if s := next(i); !yield(s.e, s.err) {
					return
				}
			}
		}}, remote.PortalOptions{MaxEntries: 5000})
	}
	fresh := func(i int) step { return file(remote.ID(fmt.Sprint(i+1)), root) }
	same := func(i int) step {
		if i > 2000 {
			t.Error("one item was told 2,000 times, and was still listened to")
			return step{err: errors.New("enough")}
		}
		return file("1", root)
	}
	for what, p := range map[string]*remote.Portal{"ever new items": endless(fresh), "one item again and again": endless(same)} {
		got := words(p.Crawl(t.Context(), root))
		if !strings.HasSuffix(got, "end (corrupt)") {
			t.Errorf("%s: crawl ended with %s", what, got[max(0, len(got)-40):])
		}
		if got := words(p.Children(t.Context(), root)); !strings.HasSuffix(got, "end (corrupt)") {
			t.Errorf("%s: listing ended with %s", what, got[max(0, len(got)-40):])
		}
	}
}

func TestAListingThatACancelCutShortIsNotComplete(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	list := func(yield func(remote.Entry, error) bool) {
		yield(file("1", root).e, nil)
		cancel()
	}
	p := remote.NewPortal(scripted{Memory: remotetest.NewMemory(remotetest.Full()), list: list}, remote.PortalOptions{})
	if got := words(p.Crawl(ctx, root)); got != "1, end (unknown)" {
		t.Errorf("crawl gave %s", got)
	}
}

// P3 for what a portal tells: whatever comes, the mirror sees a tree, and knows if it is not the whole one.
func TestWhateverAPortalTellsTheMirrorSeesATree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ids := rapid.SampledFrom([]remote.ID{root, "1", "2", "3", "4", "", "a\x00"})
		clean := true
		var steps []step
		told := map[remote.ID]remote.Kind{root: remote.Folder}
		for range rapid.IntRange(0, 12).Draw(t, "entries") {
			s := step{e: remote.Entry{ID: ids.Draw(t, "id"), Parent: ids.Draw(t, "parent"), Name: rapid.SampledFrom([]string{"a", ""}).Draw(t, "name"), Kind: remote.Kind(rapid.IntRange(0, 4).Draw(t, "kind"))}}
			_, twice := told[s.e.ID]
			if twice || told[s.e.Parent] != remote.Folder || s.e.Name == "" || s.e.ID == "" || s.e.ID == "a\x00" || s.e.Kind == 0 || s.e.Kind > remote.Other {
				clean = false
			} else {
				told[s.e.ID] = s.e.Kind
			}
			steps = append(steps, s)
		}
		seen := map[remote.ID]remote.Kind{root: remote.Folder}
		faults := 0
		for e, err := range portalOf(remote.PortalOptions{}, steps...).Crawl(context.Background(), root) {
			if err != nil {
				faults++
				continue
			}
			if _, twice := seen[e.ID]; twice || seen[e.Parent] != remote.Folder {
				t.Fatalf("%q in %q: twice %v, parent is %s", e.ID, e.Parent, twice, seen[e.Parent])
			}
			seen[e.ID] = e.Kind
		}
		if clean != (faults == 0) || clean && len(seen) != len(steps)+1 {
			t.Fatalf("of %d entries (clean: %v) came %d, with %d faults", len(steps), clean, len(seen)-1, faults)
		}
	})
}

func TestFeedsTellWhatCannotBeAsALookAtEverything(t *testing.T) {
	good := file("1", root).e
	other := file("2", root).e
	d := scripted{Memory: remotetest.NewMemory(remotetest.Full()), page: remote.Changes{Next: "here", More: true, Items: []remote.Change{
		{ID: "1", Kind: remote.File, Entry: &good},
		{ID: "1", Kind: remote.File, Entry: &other},
		{ID: "", Kind: remote.File},
		{ID: "1", Kind: 7},
	}}}
	feed, ok := remote.NewPortal(d, remote.PortalOptions{}).AsFeed()
	if !ok {
		t.Fatal("no feed")
	}
	page, err := feed.Changes(t.Context(), "here")
	want := []remote.Change{{ID: "1", Kind: remote.File, Entry: &good}, {ID: "1", Kind: remote.File}, {Access: true}, {Access: true}}
	if err != nil || !slices.Equal(page.Items, want) {
		t.Errorf("page is %+v, %v", page.Items, err)
	}
	if page.More {
		t.Error("a page that stays where it is asks for more")
	}
	d.page.Next = ""
	feed, _ = remote.NewPortal(d, remote.PortalOptions{}).AsFeed()
	if _, err := feed.Now(t.Context()); remote.CodeOf(err) != remote.Corrupt {
		t.Errorf("no position: error is %v", err)
	}
	if _, err := feed.Changes(t.Context(), "here"); remote.CodeOf(err) != remote.Corrupt {
		t.Errorf("no next position: error is %v", err)
	}
}

func TestAPortalHasAFeedIfItsDriverHas(t *testing.T) {
	m := remotetest.NewMemory(remotetest.Full())
	m.NoFeed = true
	if _, ok := remote.NewPortal(m, remote.PortalOptions{}).AsFeed(); ok {
		t.Error("there is a feed")
	}
	if _, ok := remote.NewPortal(m, remote.PortalOptions{}).AsTrash(); !ok {
		t.Error("there is no trash")
	}
}

// BenchmarkCrawl is what the checks cost an entry: 8 files in each folder.
func BenchmarkCrawl(b *testing.B) {
	entries := make([]remote.Entry, 0, b.N)
	parent := root
	for i := range b.N {
		e := remote.Entry{ID: remote.ID(fmt.Sprint(i + 1)), Parent: parent, Name: "invoice.pdf", Kind: remote.File, Size: 1, SHA1: strings.Repeat("a", 40), Content: "1"}
		if i%9 == 0 {
			e.Kind, e.Parent, parent = remote.Folder, root, e.ID
		}
		entries = append(entries, e)
	}
	list := func(yield func(remote.Entry, error) bool) {
		for _, e := range entries {
			if !yield(e, nil) {
				return
			}
		}
	}
	p := remote.NewPortal(scripted{Memory: remotetest.NewMemory(remotetest.Full()), list: list}, remote.PortalOptions{})
	b.ReportAllocs()
	b.ResetTimer()
	for _, err := range p.Crawl(b.Context(), root) {
		if err != nil {
			b.Fatal(err)
		}
	}
}
