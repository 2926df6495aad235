package local_test

import (
	"fmt"
	"testing/synctest"

	"errors"
	"golang.org/x/sync/errgroup"
	"io/fs"
	"testing"
	"time"

	"dossier/syncer/local"
	"dossier/syncer/local/simdisk"
)

func (b *bench) remove(rel string) string {
	b.t.Helper()
	got, err := local.Remove(b.t.Context(), b.disk, local.In(rel), b.hash(rel), b.vault)
	if err != nil {
		b.t.Fatal(err)
	}
	return got.Vaulted
}

func TestVaultIsListedInOrderAndRestored(t *testing.T) {
	b := newBench(t, simdisk.Options{})
	b.write("b", "1")
	b.write("a", "2")
	first, second := b.remove("b"), b.remove("a")
	items, err := b.vault.List()
	if err != nil || len(items) != 2 || items[0].ID != first || items[1].ID != second || items[0].Run != "r1" {
		t.Fatalf("%+v, %v", items, err)
	}
	b.user.WriteFile("b", "mine")
	_, err = b.vault.Restore(t.Context(), first, local.Path{})
	b.want(err, local.ErrTaken)
	b.at("b", "mine")
	if _, err := b.vault.Restore(t.Context(), second, local.Path{}); err != nil {
		t.Error(err)
	}
	b.at("a", "2")
	for _, to := range []local.Path{local.In("../x"), local.In(".dossier-client"), local.InHouse("x")} {
		if _, err := b.vault.Restore(t.Context(), first, to); !errors.Is(err, local.ErrBadPath) {
			t.Errorf("restored to %v: %v", to, err)
		}
	}
	_, err = b.vault.Restore(t.Context(), "20000101T000000.000000000Z-000", local.Path{})
	b.want(err, fs.ErrNotExist)
}

// Promise 1: at the cap nothing younger than its term is evicted; what would go into the vault waits.
func TestVaultFull(t *testing.T) {
	b := newBench(t, simdisk.Options{})
	var err error
	if b.vault, err = local.OpenVault(b.disk, local.VaultOptions{Client: "jansen", Cap: 10}); err != nil {
		t.Fatal(err)
	}
	b.write("a", "12345")
	b.write("b", "123456")
	id := b.remove("a")
	_, err = local.Remove(t.Context(), b.disk, local.In("b"), b.hash("b"), b.vault)
	b.want(err, local.ErrVaultFull)
	b.at("b", "123456")
	other, err := local.OpenVault(b.disk, local.VaultOptions{Client: "bakker", Cap: 10})
	if err != nil {
		t.Fatal(err)
	}
	_, err = local.Remove(t.Context(), b.disk, local.In("b"), b.hash("b"), other)
	b.want(err, local.ErrVaultFull) // one cap for all clients
	if err := b.vault.Empty(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	b.remove("b")
}

// Promise 1, E13: what is within its term stays; what is beyond goes, unless a program wrote into it.
func TestExpire(t *testing.T) {
	b := newBench(t, simdisk.Options{})
	for _, name := range []string{"young", "old", "written"} {
		b.write(name, name)
	}
	handle := b.user.Open("written")
	young, aged, written := b.remove("young"), b.remove("old"), b.remove("written")
	handle.WriteAt("WRITTEN", 0)
	items, err := b.vault.List()
	if err != nil {
		t.Fatal(err)
	}
	running := func(since time.Time) time.Duration {
		if since.Equal(items[0].When) {
			return local.DefaultTerm - 1
		}
		return local.DefaultTerm
	}
	removed, changed, err := b.vault.Expire(t.Context(), running)
	if err != nil || len(removed) != 1 || removed[0].ID != aged || len(changed) != 1 || changed[0].ID != written {
		t.Fatalf("removed %+v, changed %+v, %v", removed, changed, err)
	}
	left := b.vaulted()
	if len(left) != 2 || left["young"].ID != young {
		t.Errorf("left %+v", left)
	}
	if b.holds("old") {
		t.Error("the expired item is still on the disk")
	}
}

// E13 in folders: a file changed, added or taken away.
func TestRecheckLooksIntoFolders(t *testing.T) {
	b := newBench(t, simdisk.Options{})
	b.user.Mkdir("d")
	known := map[string]local.Fingerprint{"f": b.write("d/f", "one"), "g": b.write("d/g", "two")}
	handle := b.user.Open("d/g")
	if _, err := local.RemoveDir(t.Context(), b.disk, local.In("d"), judge(known), b.vault); err != nil {
		t.Fatal(err)
	}
	if changed, err := b.vault.Recheck(t.Context(), time.Time{}); err != nil || len(changed) != 0 {
		t.Fatalf("%v, %v", changed, err)
	}
	handle.WriteAt("TWO", 0)
	changed, err := b.vault.Recheck(t.Context(), time.Time{})
	if err != nil || len(changed) != 1 {
		t.Fatalf("%v, %v", changed, err)
	}
	if again, err := b.vault.Recheck(t.Context(), changed[0].When.Add(1)); err != nil || len(again) != 0 {
		t.Errorf("what came in before is not asked for: %v, %v", again, err)
	}
}

// The design's table: junk goes with the folder, what is unexpected keeps it.
func TestRemoveDir(t *testing.T) {
	setUp := func(t *testing.T) (*bench, map[string]local.Fingerprint) {
		b := newBench(t, simdisk.Options{})
		b.user.Mkdir("d")
		known := map[string]local.Fingerprint{"f": b.write("d/f", "one")}
		b.user.WriteFile("d/Thumbs.db", "junk")
		return b, known
	}
	t.Run("junk goes along", func(t *testing.T) {
		b, known := setUp(t)
		if _, err := local.RemoveDir(t.Context(), b.disk, local.In("d"), judge(known), b.vault); err != nil {
			t.Fatal(err)
		}
		if got := b.disk.Tree(local.Client); len(got) != 0 || !b.holds("junk") || !b.holds("one") {
			t.Error(b.dump())
		}
	})
	for name, spoil := range map[string]func(b *bench){
		"a new file":     func(b *bench) { b.user.WriteFile("d/new", "mine") },
		"a changed file": func(b *bench) { b.user.WriteFile("d/f", "mine") },
		"same size":      func(b *bench) { b.write("d/f", "two") },
		"a link":         func(b *bench) { b.user.Symlink("d/link") },
		"no permission":  func(b *bench) { b.user.Mkdir("d/e"); b.user.Deny("d/e", true) },
	} {
		t.Run(name, func(t *testing.T) {
			b, known := setUp(t)
			spoil(b)
			before := b.disk.Tree(local.Client)
			_, err := local.RemoveDir(t.Context(), b.disk, local.In("d"), judge(known), b.vault)
			if err == nil || name != "no permission" && !errors.Is(err, local.ErrNotEmpty) {
				t.Errorf("error is %v", err)
			}
			if !equalTrees(before, b.disk.Tree(local.Client)) || len(b.vaulted()) != 0 {
				t.Error(b.dump())
			}
		})
	}
}

// E1: a user acts at each call of the removal of a folder; his new file is at its name, or where the vault's item says.
func TestRemoveDirAgainstAUserAtEachCall(t *testing.T) {
	for n := 0; ; n++ {
		b := newBench(t, simdisk.Options{})
		b.user.Mkdir("d")
		known := map[string]local.Fingerprint{"f": b.write("d/f", "one")}
		calls, acted := 0, false
		b.disk.SetHooks(func(string, local.Path) error {
			if calls++; calls == n+1 {
				if _, there := b.disk.Tree(local.Client)["d/"]; there {
					b.user.WriteFile("d/new", "mine")
					acted = true
				}
			}
			return nil
		}, nil)
		_, err := local.RemoveDir(t.Context(), b.disk, local.In("d"), judge(known), b.vault)
		b.disk.SetHooks(nil, nil)
		if calls <= n {
			break
		}
		if acted {
			b.want(err, local.ErrNotEmpty)
			b.at("d/new", "mine")
			b.at("d/f", "one")
		} else if err != nil {
			t.Errorf("call %d: %v", n, err)
		}
	}
}

func TestMove(t *testing.T) {
	b := newBench(t, simdisk.Options{})
	b.user.Mkdir("d")
	was := b.write("a", "one")
	b.write("b", "two")
	_, err := local.Move(t.Context(), b.disk, local.In("a"), local.In("b"), &was, b.vault)
	b.want(err, local.ErrTaken)
	got, err := local.Move(t.Context(), b.disk, local.In("a"), local.In("d/c"), &was, b.vault)
	if err != nil || got.SHA256 != was.SHA256 || got.CTime == was.CTime {
		t.Errorf("%+v, %v", got, err)
	}
	b.at("d/c", "one")
	b.at("b", "two")
	_, err = local.Move(t.Context(), b.disk, local.In("b"), local.In("e"), &was, b.vault)
	b.want(err, local.ErrChanged)
	_, err = local.Move(t.Context(), b.disk, local.In("d"), local.In("d/x"), nil, b.vault)
	if err == nil {
		t.Error("a folder moved into itself")
	}
	for _, to := range []string{"", ".dossier", ".DOSSIER-CLIENT", "d/.dossier/x", "../x"} {
		_, err := local.Move(t.Context(), b.disk, local.In("b"), local.In(to), nil, b.vault)
		b.want(err, local.ErrBadPath)
	}
}

// F12: a change of letter case alone is a rename, also where both spellings are one name; a sibling is not replaced by it.
func TestMoveInLetterCaseOnly(t *testing.T) {
	for _, fold := range []bool{true, false} {
		b := newBench(t, simdisk.Options{FoldCase: fold})
		was := b.write("report.pdf", "one")
		if _, err := local.Move(t.Context(), b.disk, local.In("report.pdf"), local.In("Report.pdf"), &was, b.vault); err != nil {
			t.Fatal(err)
		}
		if got := b.disk.Tree(local.Client); !equalTrees(got, tree{"Report.pdf": "one"}) {
			t.Errorf("fold %v: %v", fold, got)
		}
		if len(b.vaulted()) != 0 {
			t.Error("left in the vault")
		}
	}
	b := newBench(t, simdisk.Options{})
	was := b.write("a", "one")
	b.write("A", "two")
	_, err := local.Move(t.Context(), b.disk, local.In("a"), local.In("A"), &was, b.vault)
	b.want(err, local.ErrTaken)
	b.at("A", "two")
}

func TestMoveAside(t *testing.T) {
	b := newBench(t, simdisk.Options{})
	b.user.WriteFile("a", "mine")
	b.user.WriteFile("taken", "x")
	_, err := local.MoveAside(t.Context(), b.disk, local.In("a"), "taken")
	b.want(err, local.ErrTaken)
	got, err := local.MoveAside(t.Context(), b.disk, local.In("a"), "a (conflict)")
	if err != nil || got.SHA256 != b.hash("a (conflict)").SHA256 {
		t.Errorf("%+v, %v", got, err)
	}
	b.at("a", "")
}

func TestMkdirNeverTakesWhatIsThere(t *testing.T) {
	b := newBench(t, simdisk.Options{})
	if _, err := local.Mkdir(b.disk, local.In("d")); err != nil {
		t.Fatal(err)
	}
	info, err := local.Mkdir(b.disk, local.In("d"))
	b.want(err, local.ErrTaken)
	if info.Kind != local.Dir {
		t.Errorf("what is there is a %v", info.Kind)
	}
}

func TestProbeFindsWhatTheDiskDoes(t *testing.T) {
	for _, c := range []struct {
		opt  simdisk.Options
		want local.Folding
	}{
		{simdisk.Options{}, local.Folding{Granularity: 1, NoReplace: true, NoReplaceIn: true}},
		{simdisk.Options{FoldCase: true, Granularity: 100}, local.Folding{Case: true, Granularity: 100, NoReplace: true, NoReplaceIn: true}},
		{simdisk.Options{FoldCase: true, FoldUnicode: true, Granularity: time.Second, ReplacesEmpty: true},
			local.Folding{Case: true, Unicode: true, Granularity: 1e9, NoReplace: true}},
		{simdisk.Options{Granularity: 2 * time.Second}, local.Folding{Granularity: 2e9, NoReplace: true, NoReplaceIn: true}},
	} {
		b := newBench(t, c.opt)
		got, err := local.Probe(b.disk)
		if err != nil || got != c.want {
			t.Errorf("%+v: %+v, %v", c.opt, got, err)
		}
		if again, err := local.Probe(b.disk); err != nil || again != got {
			t.Errorf("again: %+v, %v", again, err)
		}
	}
}

// Several files leave at the same time, at the same moment of the clock.
func TestVaultIsUsedByManyAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, simdisk.Options{})
		prints := map[string]local.Fingerprint{}
		for i := range 50 {
			name := fmt.Sprint("f", i)
			prints[name] = b.write(name, "content of "+name)
		}
		group, ctx := errgroup.WithContext(t.Context())
		group.SetLimit(8)
		for name, f := range prints {
			group.Go(func() error {
				_, err := local.Remove(ctx, b.disk, local.In(name), f, b.vault)
				return err
			})
			group.Go(func() error { _, err := b.vault.List(); return err })
		}
		if err := group.Wait(); err != nil {
			t.Fatal(err)
		}
		for name, item := range b.vaulted() {
			if item.Files[0].SHA256 != prints[name].SHA256 {
				t.Errorf("%s is noted as another", name)
			}
		}
		if got := b.vaulted(); len(got) != len(prints) {
			t.Errorf("%d items", len(got))
		}
	})
}

// F23: a note that was spoiled makes neither the item nor the vault unusable.
func TestVaultWithASpoiledNote(t *testing.T) {
	b := newBench(t, simdisk.Options{})
	b.write("a", "one")
	b.write("b", "two")
	id, other := b.remove("a"), b.remove("b")
	note := local.InHouse("vault/jansen/" + id + "/meta.json")
	if err := b.disk.Remove(note); err != nil {
		t.Fatal(err)
	}
	w, err := b.disk.Create(note)
	if err != nil {
		t.Fatal(err)
	}
	w.Write([]byte("{\x00"))
	items, err := b.vault.List()
	if err != nil || len(items) != 2 || items[0].Why != local.NoteLost || items[1].ID != other {
		t.Fatalf("%+v, %v", items, err)
	}
	aged := func(time.Time) time.Duration { return 2 * local.DefaultTerm }
	removed, changed, err := b.vault.Expire(t.Context(), aged)
	if err != nil || len(removed) != 1 || len(changed) != 1 || changed[0].ID != id {
		t.Errorf("removed %+v, changed %+v, %v", removed, changed, err)
	}
	if _, err := b.vault.Restore(t.Context(), id, local.Path{}); err != nil {
		t.Fatal(err)
	}
	b.at(id, "one")
}
