package remotetest

import (
	"context"
	"errors"
	"io"
	"testing"

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
	restore()
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
	d := Faulty(m, Each(Crawl, Fault{Code: remote.Unavailable, Inside: true, At: 2}))
	seen := 0
	for _, err := range d.Crawl(t.Context(), MemoryRoot) {
		if err == nil {
			seen++
		} else if seen != 2 || remote.CodeOf(err) != remote.Unavailable {
			t.Errorf("after %d entries: %v", seen, err)
		}
	}
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
