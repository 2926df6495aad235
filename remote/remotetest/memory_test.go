package remotetest

import (
	"context"
	"errors"
	"io"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"dossier/remote"
)

var (
	_ remote.Driver = (*Memory)(nil)
	_ remote.Driver = (*Gate)(nil)
)

func TestSaveGivesThePortalBackAsItWas(t *testing.T) {
	m := NewMemory(Full())
	p := m.Somebody()
	id := must(p.Put("a/b.txt", []byte("old")))(t)
	cursor := must(have(m.AsFeed())(t).Now(t.Context()))(t)
	restore := m.Save()
	must(p.Put("a/b.txt", []byte("new")))(t)
	must(p.Put("c.txt", []byte("c")))(t)
	if err := p.Trash("a"); err != nil {
		t.Fatal(err)
	}
	late := must(have(m.AsFeed())(t).Now(t.Context()))(t)
	restore()
	if _, err := have(m.AsFeed())(t).Changes(t.Context(), late); remote.CodeOf(err) != remote.Reset {
		t.Errorf("a position from after the backup: error is %v, want reset", err)
	}
	e := must(m.Get(t.Context(), id, remote.File))(t)
	if got := readAll(t, m, e, 0); got != "old" {
		t.Errorf("content is %q, want the old one", got)
	}
	if page := must(have(m.AsFeed())(t).Changes(t.Context(), cursor))(t); len(page.Items) != 0 {
		t.Errorf("the feed tells of %v, want nothing: what was told is undone", page.Items)
	}
}

func TestFaultsStrikeInBothVersions(t *testing.T) {
	for _, lost := range []bool{false, true} {
		m := NewMemory(Full())
		d := Faulty(m, NthOf(MakeFolder, 2, Fault{Code: remote.Unavailable, Lost: lost}))
		must(d.MakeFolder(t.Context(), remote.Place{Parent: MemoryRoot, Name: "first"}))(t)
		_, err := d.MakeFolder(t.Context(), remote.Place{Parent: MemoryRoot, Name: "second"})
		if remote.CodeOf(err) != remote.Unavailable || remote.IsMaybeDone(err) != lost {
			t.Errorf("lost %v: error is %v", lost, err)
		}
		if got := len(names(t, m, MemoryRoot)); got != map[bool]int{false: 1, true: 2}[lost] {
			t.Errorf("lost %v: %d folders are there", lost, got)
		}
	}
}

func TestFaultsCutBodiesAtTheByte(t *testing.T) {
	m := NewMemory(Full())
	id := must(m.Somebody().Put("f", []byte("0123456789")))(t)
	e := must(m.Get(t.Context(), id, remote.File))(t)
	for _, quiet := range []bool{false, true} {
		d := Faulty(m, Each(Download, Fault{Code: remote.Unavailable, Inside: true, At: 4, Quiet: quiet}))
		b := must(d.Download(t.Context(), e, 0))(t)
		got, err := io.ReadAll(b)
		if string(got) != "0123" || quiet != (err == nil) {
			t.Errorf("quiet %v: read %q, %v", quiet, got, err)
		}
		b.Close()
	}
}

func TestFaultsCutListings(t *testing.T) {
	m := NewMemory(Full())
	for _, name := range []string{"a", "b", "c"} {
		must(m.Somebody().Put(name, nil))(t)
	}
	for _, quiet := range []bool{false, true} {
		d := Faulty(m, Each(Crawl, Fault{Code: remote.Unavailable, Inside: true, At: 2, Quiet: quiet}))
		seen := 0
		var ended error
		for _, err := range d.Crawl(t.Context(), MemoryRoot) {
			if ended = err; err == nil {
				seen++
			}
		}
		if seen != 2 || quiet != (ended == nil) || !quiet && remote.CodeOf(ended) != remote.Unavailable {
			t.Errorf("quiet %v: after %d entries: %v", quiet, seen, ended)
		}
	}
}

func TestWhoWaitsForTheFeedIsWoken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMemory(Full())
		feed := have(m.AsFeed())(t)
		ended := make(chan error, 1)
		go func() { ended <- feed.Wait(t.Context(), "0.0") }()
		synctest.Wait()
		if len(ended) != 0 {
			t.Fatalf("wait ended before anything happened: %v", <-ended)
		}
		must(m.Somebody().Put("a", nil))(t)
		done(t, <-ended)
	})
}

func TestGateHooksDecide(t *testing.T) {
	g := NewGate(NewMemory(Full()))
	no := errors.New("no")
	g.Before = func(_ context.Context, c Call) error {
		if c.Verb == Account {
			return no
		}
		return nil
	}
	if _, err := g.Account(t.Context()); err != no {
		t.Errorf("error is %v, want the hook's", err)
	}
	if _, err := g.Get(t.Context(), MemoryRoot, remote.Folder); err != nil || g.Calls() != 2 {
		t.Errorf("error is %v after %d calls", err, g.Calls())
	}
}

func TestGateTellsTheEndOfEachCall(t *testing.T) {
	m := NewMemory(Full())
	id := must(m.Somebody().Put("a", []byte("a")))(t)
	must(m.Somebody().Put("b", nil))(t)
	g := NewGate(m)
	began, ended := map[Verb]int{}, map[Verb]int{}
	g.Before = func(_ context.Context, c Call) error { began[c.Verb]++; return nil }
	g.After = func(_ context.Context, c Call, err error) error { ended[c.Verb]++; return err }
	for range g.Crawl(t.Context(), MemoryRoot) {
		break
	}
	names(t, g, MemoryRoot)
	g.Get(t.Context(), "none", remote.File)
	readAll(t, g, must(g.Get(t.Context(), id, remote.File))(t), 0)
	have(g.AsFeed())(t).Now(t.Context())
	have(g.AsTrash())(t).Restore(t.Context(), "none", remote.File, nil)
	want := map[Verb]int{Crawl: 1, Children: 1, Get: 2, Download: 1, Now: 1, Restore: 1}
	if !maps.Equal(began, want) || !maps.Equal(ended, want) {
		t.Errorf("began %v, ended %v, want %v", began, ended, want)
	}
}

func TestFaultsStallUntilTheContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMemory(Full())
		id := must(m.Somebody().Put("a", []byte("abc")))(t)
		e := must(m.Get(t.Context(), id, remote.File))(t)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		began := time.Now()
		d := Faulty(m, NthOf(Get, 1, Fault{Stall: true}), NthOf(Download, 1, Fault{Stall: true, Inside: true, At: 2}))
		b := must(d.Download(ctx, e, 0))(t)
		if got, err := io.ReadAll(b); string(got) != "ab" || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("read %q, %v", got, err)
		}
		if _, err := d.Get(ctx, id, remote.File); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("get: %v", err)
		}
		if took := time.Since(began); took != time.Minute {
			t.Errorf("it took %s, want a minute", took)
		}
	})
}

func TestMemoryRefusesWhatItsWaysForbid(t *testing.T) {
	ctx := t.Context()
	for _, tt := range []struct {
		what string
		set  func(*Memory)
		call func(m *Memory, file remote.Entry) error
		want remote.Code
	}{
		{"quota", func(m *Memory) { m.SetQuota(4) }, func(m *Memory, _ remote.Entry) error {
			_, err := m.Create(ctx, UploadOf(remote.Place{Parent: MemoryRoot, Name: "b"}, []byte("12")))
			return err
		}, remote.Quota},
		{"largest size", func(m *Memory) { m.features.MaxSize = 1 }, func(m *Memory, _ remote.Entry) error {
			_, err := m.Create(ctx, UploadOf(remote.Place{Parent: MemoryRoot, Name: "b"}, []byte("12")))
			return err
		}, remote.TooBig},
		{"no deleting", func(m *Memory) { m.NoDelete = true }, func(m *Memory, file remote.Entry) error {
			return m.Delete(ctx, file)
		}, remote.Unsupported},
		{"frozen, to read", func(m *Memory) { m.Freeze("a", "locked") }, func(m *Memory, file remote.Entry) error {
			_, err := m.Download(ctx, file, 0)
			return err
		}, remote.Denied},
		{"frozen, to move", func(m *Memory) { m.Freeze("a", "locked") }, func(m *Memory, file remote.Entry) error {
			_, err := m.Move(ctx, file, remote.Place{Parent: MemoryRoot, Name: "b"})
			return err
		}, remote.Denied},
		{"a lost feed", func(m *Memory) { m.LoseFeed() }, func(m *Memory, _ remote.Entry) error {
			_, err := memoryFeed{m}.Changes(ctx, "0.0")
			return err
		}, remote.Reset},
		{"a bookmark's name", func(m *Memory) { m.Bookmark("link") }, func(m *Memory, _ remote.Entry) error {
			_, err := m.MakeFolder(ctx, remote.Place{Parent: MemoryRoot, Name: "link"})
			return err
		}, remote.NameTaken},
	} {
		m := NewMemory(Full())
		file := must(m.Create(ctx, UploadOf(remote.Place{Parent: MemoryRoot, Name: "a"}, []byte("123"))))(t)
		tt.set(m)
		if err := tt.call(m, file); remote.CodeOf(err) != tt.want {
			t.Errorf("%s: error is %v, want %s", tt.what, err, tt.want)
		}
	}
}

func TestMemoryCanBeLookedAtFromBehind(t *testing.T) {
	m := NewMemory(Full())
	m.Twins = true
	must(m.Somebody().Put("x/a", []byte("1")))(t)
	must(m.Somebody().Put("y/b", []byte("2")))(t)
	at := remote.Place{Parent: MemoryRoot, Name: "twin"}
	must(m.Create(t.Context(), UploadOf(at, []byte("3"))))(t)
	must(m.Create(t.Context(), UploadOf(at, []byte("3"))))(t)
	done(t, m.Somebody().Trash("y"))
	if got, want := m.Tree(), map[string]string{"x/": "", "x/a": "1", "twin": "3"}; !maps.Equal(got, want) {
		t.Errorf("tree is %v, want %v", got, want)
	}
	if got := m.Bin(); !slices.Equal(got, []string{"2"}) {
		t.Errorf("bin is %v", got)
	}
	m.ChangeAccess()
	last, _ := drain(t, memoryFeed{m}, "0.0")
	if !last[""].Access {
		t.Errorf("the feed tells %v", last)
	}
	n := 0
	for range m.Children(t.Context(), MemoryRoot) {
		n++
	}
	if n != 3 {
		t.Errorf("%d items are listed, want the twins and a folder", n)
	}
}
