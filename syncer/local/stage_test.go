package local_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"dossier/syncer/local"
	"dossier/syncer/local/simdisk"
)

// A download goes on where the process before was killed.
func TestStageGoesOn(t *testing.T) {
	b := newBench(t, simdisk.Options{})
	first, err := local.Stage(t.Context(), b.disk, "s1")
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(first, "hello, ") // and the process dies
	s, err := local.Stage(t.Context(), b.disk, "s1")
	if err != nil || s.Offset() != 7 {
		t.Fatalf("offset %d, %v", s.Offset(), err)
	}
	io.WriteString(s, "world")
	b.user.WriteFile("same", "hello, world")
	whole := b.hash("same")
	got, err := s.Finish(local.Want{Size: 12, SHA256: whole.SHA256, SHA1: whole.SHA1}, old)
	if err != nil || got.SHA256 != whole.SHA256 || got.MTime != old.UnixNano() || got.Racy {
		t.Errorf("%+v, %v", got, err)
	}
}

// F4: what is not what was announced is not placed.
func TestFinishRefusesOtherContent(t *testing.T) {
	b := newBench(t, simdisk.Options{})
	b.user.WriteFile("x", "other")
	other := b.hash("x")
	for name, want := range map[string]local.Want{
		"shorter": {Size: 5}, "longer": {Size: 3}, "sha-256": {Size: -1, SHA256: other.SHA256}, "sha-1": {Size: -1, SHA1: other.SHA1},
	} {
		s, err := local.Stage(t.Context(), b.disk, "s1")
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(s, "1234")
		_, err = s.Finish(want, time.Time{})
		b.want(err, local.ErrMismatch)
		if _, err := local.Commit(t.Context(), b.disk, s, local.In("y"), nil, b.vault); err == nil {
			t.Errorf("%s: placed all the same", name)
		}
		if err := s.Discard(); err != nil {
			t.Error(err)
		}
	}
	b.at("y", "")
}

// E3: after a power cut the staged file may hold anything; it is found out.
func TestStageAfterAPowerCut(t *testing.T) {
	for seed := range uint64(50) {
		b := newBench(t, simdisk.Options{})
		b.user.WriteFile("same", "hello")
		whole := b.hash("same")
		s, err := local.Stage(t.Context(), b.disk, "s1")
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(s, "hello")
		b.disk.Crash(newRand(seed))
		s, err = local.Stage(t.Context(), b.disk, "s1")
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(s, "hello"[min(5, s.Offset()):])
		got, err := s.Finish(local.Want{Size: 5, SHA256: whole.SHA256}, old)
		if err == nil && got.SHA256 != whole.SHA256 || err != nil && !errors.Is(err, local.ErrMismatch) {
			t.Fatalf("seed %d: %v, %v", seed, got.SHA256, err)
		}
	}
}

func TestStageIDs(t *testing.T) {
	b := newBench(t, simdisk.Options{})
	for _, id := range []string{"", "../x", "a/b", ".x", strings.Repeat("a", 101)} {
		if _, err := local.Stage(t.Context(), b.disk, id); !errors.Is(err, local.ErrBadPath) {
			t.Errorf("%q: %v", id, err)
		}
	}
	b.stage("b", "x")
	b.stage("a", "x")
	if ids, err := local.StagedIDs(b.disk); err != nil || len(ids) != 2 || ids[0] != "a" {
		t.Errorf("%v, %v", ids, err)
	}
	if err := errors.Join(local.DiscardStaged(b.disk, "a"), local.DiscardStaged(b.disk, "none")); err != nil {
		t.Error(err)
	}
	if ids, _ := local.StagedIDs(b.disk); len(ids) != 1 {
		t.Error(ids)
	}
}

// A full disk stops a download; what was there stays, and it goes on when there is room.
func TestStageOnAFullDisk(t *testing.T) {
	b := newBench(t, simdisk.Options{Space: 100})
	b.user.WriteFile("a", strings.Repeat("x", 90))
	s, err := local.Stage(t.Context(), b.disk, "s1")
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.WriteString(s, strings.Repeat("y", 20))
	b.want(err, local.ErrNoSpace)
	b.at("a", strings.Repeat("x", 90))
	b.user.WriteFile("a", "x")
	if s, err = local.Stage(t.Context(), b.disk, "s1"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(s, strings.Repeat("y", int(20-s.Offset()))); err != nil {
		t.Error(err)
	}
}

// F17, E11: a file that is saved while it is read is neither hashed nor copied.
func TestHashAndSnapshotSeeAChange(t *testing.T) {
	for name, change := range map[string]func(b *bench){
		"in place":         func(b *bench) { b.user.WriteFile("a", "2222") },
		"by rename":        func(b *bench) { b.user.SaveByRename("a", "2222") },
		"longer":           func(b *bench) { b.user.WriteFile("a", "22222222") },
		"through a handle": func(b *bench) { h := b.user.Open("a"); h.WriteAt("2", 0); h.Close() },
	} {
		for n := range 3 { // before the first read, between two, after the last
			b := newBench(t, simdisk.Options{})
			b.user.WriteFile("a", "1111")
			reads := 0
			b.disk.SetHooks(func(op string, p local.Path) error {
				if p == local.In("a") && (op == "read" || op == "lstat") {
					if reads == n {
						change(b)
					}
					reads++
				}
				return nil
			}, nil)
			_, err := local.Hash(t.Context(), b.disk, local.In("a"))
			b.want(err, local.ErrChanged)
			b.user.Remove("a")
			b.user.WriteFile("a", "1111")
			reads = 0
			_, _, err = local.Snapshot(t.Context(), b.disk, local.In("a"), "up1")
			b.want(err, local.ErrChanged)
			if ids, _ := local.StagedIDs(b.disk); len(ids) != 0 {
				t.Errorf("%s: left %v", name, ids)
			}
		}
	}
}

// E11: what is sent from a snapshot is what was there, though the file is saved meanwhile.
func TestSnapshotStays(t *testing.T) {
	b := newBench(t, simdisk.Options{})
	was := b.write("a", "1111")
	s, got, err := local.Snapshot(t.Context(), b.disk, local.In("a"), "up1")
	if err != nil || withoutRacy(got, false) != was {
		t.Fatalf("%+v, %v", got, err)
	}
	b.user.WriteFile("a", "2222")
	f, err := s.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if data, err := io.ReadAll(f); err != nil || string(data) != "1111" {
		t.Errorf("%q, %v", data, err)
	}
}
