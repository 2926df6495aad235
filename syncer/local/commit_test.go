package local_test

import (
	"testing"
	"testing/synctest"
	"time"

	"dossier/syncer/local"
	"dossier/syncer/local/simdisk"
)

func TestCommitPlacesANewFile(t *testing.T) {
	b := newBench(t, simdisk.Options{})
	got, err := local.Commit(t.Context(), b.disk, b.stage("s1", "new"), local.In("a.pdf"), nil, b.vault)
	if err != nil {
		t.Fatal(err)
	}
	b.at("a.pdf", "new")
	if got.Fingerprint != withoutRacy(b.hash("a.pdf"), got.Racy) || got.MTime != old.Add(time.Hour).UnixNano() {
		t.Errorf("fingerprint %+v is not that of the file", got)
	}
	if ids, _ := local.StagedIDs(b.disk); len(ids) != 0 {
		t.Errorf("still staged: %v", ids)
	}
}

func withoutRacy(f local.Fingerprint, racy bool) local.Fingerprint { f.Racy = racy; return f }

func TestCommitReplacesAndKeepsTheOldOneInTheVault(t *testing.T) {
	b := newBench(t, simdisk.Options{})
	was := b.write("a.pdf", "old")
	got, err := local.Commit(t.Context(), b.disk, b.stage("s1", "new"), local.In("a.pdf"), &was, b.vault)
	if err != nil {
		t.Fatal(err)
	}
	b.at("a.pdf", "new")
	item := b.vaulted()["a.pdf"]
	if item.ID != got.Vaulted || item.Why != local.Replaced || item.Size != 3 || item.Files[0].SHA256 != was.SHA256 {
		t.Errorf("vault has %+v", item)
	}
	if _, err := b.vault.Restore(t.Context(), item.ID, local.In("a (old).pdf")); err != nil {
		t.Fatal(err)
	}
	b.at("a (old).pdf", "old")
	if len(b.vaulted()) != 0 {
		t.Error("the restored item is still in the vault")
	}
}

// E1: whatever a user does to the target before the last moment, his bytes stay where he put them.
func TestCommitLeavesWhatWasNotExpected(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(b *bench)
		want error
	}{
		"saved in place":           {func(b *bench) { b.user.WriteFile("a", "mine") }, local.ErrChanged},
		"saved by rename":          {func(b *bench) { b.user.SaveByRename("a", "mine") }, local.ErrChanged},
		"same size, time put back": {func(b *bench) { b.write("a", "mine") }, local.ErrChanged},
		"removed":                  {func(b *bench) { b.user.Remove("a") }, local.ErrChanged},
		"a folder now":             {func(b *bench) { b.user.Remove("a"); b.user.Mkdir("a") }, local.ErrChanged},
		"a link now":               {func(b *bench) { b.user.Remove("a"); b.user.Symlink("a") }, local.ErrChanged},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, simdisk.Options{})
			was := b.write("a", "base")
			c.do(b)
			before := b.disk.Tree(local.Client)
			staged := b.stage("s1", "new")
			b.disk.SetHooks(func(op string, _ local.Path) error {
				if op == "rename" {
					t.Error("it was moved before it was looked at")
				}
				return nil
			}, nil)
			_, err := local.Commit(t.Context(), b.disk, staged, local.In("a"), &was, b.vault)
			b.want(err, c.want)
			b.disk.SetHooks(nil, nil)
			if after := b.disk.Tree(local.Client); !equalTrees(before, after) {
				t.Errorf("the folder was %v and is %v", before, after)
			}
			if len(b.vaulted()) != 0 {
				t.Errorf("vault has %v", b.vaulted())
			}
		})
	}
}

func equalTrees(a, b map[string]string) bool {
	if len(a) != len(b) {
		return false
	}
	for k, v := range a {
		if w, ok := b[k]; !ok || v != w {
			return false
		}
	}
	return true
}

// A program that touches a file (an attribute, a tag) does not change its content.
func TestCommitReadsAgainWhenOnlyTimesDiffer(t *testing.T) {
	b := newBench(t, simdisk.Options{})
	was := b.write("a", "base")
	b.user.SetTime("a", old.Add(time.Minute).UnixNano())
	if _, err := local.Commit(t.Context(), b.disk, b.stage("s1", "new"), local.In("a"), &was, b.vault); err != nil {
		t.Fatal(err)
	}
	b.at("a", "new")
}

// F10: two writes of the same size within one tick of a coarse clock.
func TestCommitSeesASameSizeOverwriteWithinOneTick(t *testing.T) {
	b := newBench(t, simdisk.Options{Granularity: 2 * time.Second, NoFileIDs: true, Now: func() time.Time { return old }})
	b.user.WriteFile("a", "base")
	was := b.hash("a")
	b.user.WriteFile("a", "mine")
	if now := b.hash("a"); now.MTime != was.MTime || now.CTime != was.CTime {
		t.Fatal("the clock was to hide the second write")
	}
	_, err := local.Commit(t.Context(), b.disk, b.stage("s1", "new"), local.In("a"), &was, b.vault)
	b.want(err, local.ErrChanged)
	b.at("a", "mine")
}

// F10: a file hashed just after it was written may have been written once more in the same tick.
func TestCommitSeesASecondWriteInTheTickOfTheFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, simdisk.Options{Granularity: time.Millisecond})
		time.Sleep(7 * time.Millisecond)
		b.user.WriteFile("a", "base")
		was := b.hash("a")
		b.user.WriteFile("a", "mine")
		time.Sleep(10 * time.Second)
		if now, err := b.disk.Lstat(local.In("a")); err != nil || now.MTime != was.MTime || now.CTime != was.CTime || was.Matches(now) {
			t.Fatalf("%+v is not what the clock hides in %+v (%v)", was, now, err)
		}
		_, err := local.Commit(t.Context(), b.disk, b.stage("s1", "new"), local.In("a"), &was, b.vault)
		b.want(err, local.ErrChanged)
		b.at("a", "mine")
	})
}

// E1: a user saves at each call of a commit in turn, in each way. His bytes are at his name after it, always.
func TestCommitAgainstAUserAtEachCall(t *testing.T) {
	save := func(b *bench) {
		if _, there := b.user.ReadFile("a"); there {
			b.user.Remove("a")
		}
		b.user.WriteFile("a", "mine")
	}
	for name, act := range map[string]func(b *bench){
		"saves in place":                   func(b *bench) { b.user.WriteFile("a", "mine") },
		"saves by rename":                  save,
		"puts in a file of that same time": func(b *bench) { save(b); b.user.SetTime("a", old.UnixNano()) },
	} {
		for n := 0; commitWithUserAt(t, name, act, n); n++ {
		}
	}
}

// commitWithUserAt reports whether a commit has so many calls.
func commitWithUserAt(t *testing.T, name string, act func(b *bench), n int) bool {
	b := newBench(t, simdisk.Options{})
	was := b.write("a", "base")
	staged := b.stage("s1", "new")
	calls := 0
	b.disk.SetHooks(func(string, local.Path) error {
		if calls++; calls == n+1 {
			act(b)
		}
		return nil
	}, nil)
	got, err := local.Commit(t.Context(), b.disk, staged, local.In("a"), &was, b.vault)
	b.disk.SetHooks(nil, nil)
	if calls <= n {
		return false
	}
	b.at("a", "mine")
	if err != nil && !b.holds("new") {
		t.Errorf("%s at call %d: %v, and what was staged is gone", name, n, err)
	}
	if items := b.vaulted(); len(items) > 0 && items["a"].ID != got.Vaulted {
		t.Errorf("%s at call %d: %v; the vault has %v, not %q", name, n, err, items, got.Vaulted)
	}
	return true
}

// A rename that was done, though the call failed, is done.
func TestCommitLooksAfterAFailedRename(t *testing.T) {
	b := newBench(t, simdisk.Options{})
	was, staged := b.write("a", "base"), b.stage("s1", "new")
	b.disk.SetHooks(nil, func(op string, _ local.Path) error {
		if op == "rename" {
			return errDisk
		}
		return nil
	})
	_, err := local.Commit(t.Context(), b.disk, staged, local.In("a"), &was, b.vault)
	b.disk.SetHooks(nil, nil)
	if err != nil || !b.is(outcome{tree{"a": "new"}, []string{"a"}}) {
		t.Errorf("%v; %s", err, b.dump())
	}
}

// A file that cannot be placed leaves the one it was to replace at its name, at once, and stays staged.
func TestCommitPutsBackWhatItCannotReplace(t *testing.T) {
	b := newBench(t, simdisk.Options{})
	was, staged := b.write("a", "base"), b.stage("s1", "new")
	b.disk.SetHooks(func(op string, p local.Path) error {
		if op == "rename" && p == local.InHouse("stage/s1") {
			return local.ErrInUse
		}
		return nil
	}, nil)
	got, err := local.Commit(t.Context(), b.disk, staged, local.In("a"), &was, b.vault)
	b.disk.SetHooks(nil, nil)
	b.want(err, local.ErrInUse)
	if got.Vaulted != "" || !b.is(outcome{tree{"a": "base"}, nil}) {
		t.Errorf("%+v; %s", got, b.dump())
	}
	now := b.hash("a")
	if _, err := local.Commit(t.Context(), b.disk, staged, local.In("a"), &now, b.vault); err != nil {
		t.Errorf("tried again: %v", err)
	}
	b.at("a", "new")
}
