package state

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestSeenIsAMap plays random writes on the rows of seen and on a map.
func TestSeenIsAMap(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c := openAt(t, t.TempDir()+"/c.db", Options{NoSync: true})
		defer c.Close()
		model := map[string]Seen{}
		ids := rapid.SampledFrom([]string{"1", "2", "22", "f_3", "4"})
		rt.Repeat(map[string]func(*rapid.T){
			"put": func(rt *rapid.T) {
				s := someSeen(rt, ids.Draw(rt, "id"))
				update(t, c, func(tx *Tx) error { return tx.PutSeen(s) })
				model[s.ID] = s
			},
			"drop": func(rt *rapid.T) {
				id := ids.Draw(rt, "id")
				update(t, c, func(tx *Tx) error { return tx.DropSeen(id) })
				delete(model, id)
			},
			"forget": func(rt *rapid.T) {
				update(t, c, (*Tx).ForgetSeen)
				clear(model)
			},
			"": func(rt *rapid.T) { compareSeen(rt, c, model) },
		})
	})
}

func someSeen(rt *rapid.T, id string) Seen {
	times := rapid.SampledFrom([]time.Time{{}, noon(), time.Unix(0, 0).UTC(), time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC),
		time.Date(1, 1, 1, 0, 0, 1, 0, time.UTC)})
	return Seen{ID: id, Parent: rapid.SampledFrom([]string{"", "1", "2", "77"}).Draw(rt, "parent"), Name: someName.Draw(rt, "name"),
		Kind: rapid.SampledFrom([]Kind{KindFile, KindFolder, KindOther}).Draw(rt, "kind"), Size: someInt.Draw(rt, "size"),
		Content: someText.Draw(rt, "content"), SHA1: rapid.SampledFrom([]SHA1{{}, {9}}).Draw(rt, "sha1"), SHA256: someHash.Draw(rt, "sha256"),
		Guard: someText.Draw(rt, "guard"), Seq: someInt.Draw(rt, "seq"), Modified: times.Draw(rt, "modified"), Uploader: someName.Draw(rt, "uploader"),
		Frozen: someText.Draw(rt, "frozen"), Pinned: someText.Draw(rt, "pinned"), Token: someText.Draw(rt, "token"), Since: times.Draw(rt, "first"), Gone: rapid.Bool().Draw(rt, "gone"), InTrash: rapid.Bool().Draw(rt, "in trash"), GoneSince: times.Draw(rt, "since"),
		Looks: rapid.IntRange(0, 3).Draw(rt, "looks"), Witness: someText.Draw(rt, "witness"), At: times.Draw(rt, "at")}
}

func compareSeen(rt *rapid.T, c *Client, model map[string]Seen) {
	if err := c.Check(); err != nil {
		rt.Fatal(err)
	}
	err := c.View(func(tx *Tx) error {
		all := map[string]Seen{}
		for s := range tx.AllSeen() {
			all[s.ID] = s
		}
		if diff := cmp.Diff(model, all); diff != "" {
			return errors.New(diff)
		}
		for _, parent := range []string{"", "1", "2", "77"} {
			want := map[string]Seen{}
			for id, s := range model {
				if s.Parent == parent {
					want[id] = s
				}
			}
			got := map[string]Seen{}
			for _, s := range tx.SeenIn(parent) {
				got[s.ID] = s
			}
			if diff := cmp.Diff(want, got); diff != "" {
				return fmt.Errorf("in %q: %s", parent, diff)
			}
		}
		return nil
	})
	if err != nil {
		rt.Fatal(err)
	}
}

// world is a remote folder as three places know it, larger than one step of the merge.
type world struct{ base, crawl, seen map[string]bool }

func build(t *testing.T, c *Client) (w world, gen uint64) {
	t.Helper()
	w = world{map[string]bool{}, map[string]bool{}, map[string]bool{}}
	update(t, c, func(tx *Tx) error {
		crawl, err := tx.BeginCrawl()
		gen = crawl.Gen
		for i := range 3 * mergeStep {
			id := fmt.Sprint(1_000_000 + i)
			if i%2 == 0 {
				w.base[id] = true
				err = errors.Join(err, tx.Put(Node{ID: must(tx.NewID()), Parent: Root, Local: id, RemoteID: id}))
			}
			if i%3 == 0 {
				w.crawl[id] = true
				err = errors.Join(err, tx.Spill(gen, []Seen{{ID: id, Name: "old"}, {ID: id, Name: "now"}}, id))
			}
			if i%5 == 0 {
				w.seen[id] = true
				err = errors.Join(err, tx.PutSeen(Seen{ID: id, Name: "before"}))
			}
		}
		return err
	})
	return w, gen
}

// TestACrawlIsMergedOnceForEachID: with base and with what was seen before, by steps, although each step writes what it walks over.
func TestACrawlIsMergedOnceForEachID(t *testing.T) {
	c := openTest(t, Options{NoSync: true})
	w, gen := build(t, c)
	got := map[string]Sight{}
	finished := 0
	err := c.MergeCrawl(gen, func(tx *Tx, s Sight) error {
		if _, twice := got[s.ID]; twice {
			t.Fatalf("id %s came twice", s.ID)
		}
		got[s.ID] = s
		if s.Listed {
			return tx.PutSeen(s.Now)
		}
		return tx.DropSeen(s.ID)
	}, func(tx *Tx) error { finished++; return tx.SetFeed(Feed{Gen: gen}) })
	if err != nil || finished != 1 {
		t.Fatalf("merge: %v, finished %d times", err, finished)
	}
	all := maps.Clone(w.base)
	maps.Copy(all, w.crawl)
	maps.Copy(all, w.seen)
	for id := range all {
		s, ok := got[id]
		if !ok || s.InBase != w.base[id] || s.Listed != w.crawl[id] || s.WasSeen != w.seen[id] {
			t.Fatalf("id %s: %+v", id, s)
		}
		if s.InBase && s.Base.RemoteID != id || s.Listed && s.Now.Name != "now" || s.WasSeen && s.Before.Name != "before" {
			t.Fatalf("id %s is another's: %+v", id, s)
		}
	}
	if len(got) != len(all) {
		t.Errorf("%d ids, want %d", len(got), len(all))
	}
	view(t, c, func(tx *Tx) {
		if _, on := tx.Crawl(); on || tx.rows(crawlBucket) != 0 || tx.Feed().Gen != gen {
			t.Errorf("the crawl was not dropped: %v, feed %+v", on, tx.Feed())
		}
		if n := tx.rows(seenBucket); n != len(w.crawl) {
			t.Errorf("%d seen, want %d", n, len(w.crawl))
		}
	})
	check(t, c)
}

// TestAMergeThatIsCutOffCanBeCalledAgain: at any of its commits (E2).
func TestAMergeThatIsCutOffCanBeCalledAgain(t *testing.T) {
	errCrash := errors.New("crash")
	left := -1
	c := openTest(t, Options{NoSync: true, Commit: func(commit func() error) error {
		if left == 0 {
			return errCrash
		}
		left--
		return commit()
	}})
	w, gen := build(t, c)
	keep := func(tx *Tx, s Sight) error {
		if s.Listed {
			return tx.PutSeen(s.Now)
		}
		return tx.DropSeen(s.ID)
	}
	last := func(tx *Tx) error { return tx.SetFeed(Feed{Gen: gen}) }
	for commits := range 3 {
		left = commits
		if err := c.MergeCrawl(gen, keep, last); !errors.Is(err, errCrash) {
			t.Fatalf("cut off at commit %d: %v", commits, err)
		}
		view(t, c, func(tx *Tx) {
			if tx.Feed().Gen != 0 {
				t.Error("the crawl counts as read before it was")
			}
		})
	}
	left = -1
	if err := c.MergeCrawl(gen, keep, last); err != nil {
		t.Fatal(err)
	}
	var ids []string
	view(t, c, func(tx *Tx) {
		for s := range tx.AllSeen() {
			ids = append(ids, s.ID)
		}
	})
	slices.Sort(ids)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(w.crawl)), ids); diff != "" {
		t.Error(diff)
	}
}

// TestAnOlderCrawlCannotBeMerged: a listing that another has overtaken says nothing.
func TestAnOlderCrawlCannotBeMerged(t *testing.T) {
	c := openTest(t, Options{NoSync: true})
	_, old := build(t, c)
	update(t, c, func(tx *Tx) error { _, err := tx.BeginCrawl(); return err })
	nothing := func(*Tx) error { return nil }
	if err := c.MergeCrawl(old, func(*Tx, Sight) error { return nil }, nothing); !errors.Is(err, ErrNotFound) {
		t.Errorf("merge: %v", err)
	}
	err := c.Update(func(tx *Tx) error { return tx.Spill(old, []Seen{{ID: "1"}}, "") })
	if !errors.Is(err, ErrNotFound) {
		t.Errorf("spill: %v", err)
	}
}
