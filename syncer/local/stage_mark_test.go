package local_test

import (
	"io"
	"strings"
	"testing"
	"time"

	"dossier/syncer/local"
	"dossier/syncer/local/simdisk"
)

// reopen opens what is staged as s1.
func (b *bench) reopen() *local.Staged {
	b.t.Helper()
	s, err := local.Stage(b.t.Context(), b.disk, "s1")
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

// begin receives a part of s1.
func (b *bench) begin(data string) *local.Staged {
	b.t.Helper()
	s := b.reopen()
	if _, err := io.WriteString(s, data); err != nil {
		b.t.Fatal(err)
	}
	return s
}

// What was closed in order is vouched for, over any number of openings; what a process left when it died is not.
func TestOnlyWhatWasClosedIsVouchedFor(t *testing.T) {
	b := newBench(t, simdisk.Options{})
	for _, part := range []string{"hello", ", ", "world"} {
		s := b.begin(part)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if s := b.reopen(); !s.Vouched() || s.Offset() != 12 {
		t.Errorf("%d bytes, vouched for: %v", s.Offset(), s.Vouched())
	}
	b.begin("!") // and the process dies
	s := b.reopen()
	if s.Vouched() || s.Offset() != 13 {
		t.Errorf("%d bytes, vouched for: %v", s.Offset(), s.Vouched())
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if b.reopen().Vouched() {
		t.Error("what nobody vouched for is vouched for once it was looked at")
	}
	if err := s.Restart(); err != nil || !s.Vouched() {
		t.Errorf("begun anew: %v, %v", s.Vouched(), err)
	}
}

// E3: whatever a power cut leaves of the file and of its mark, what is vouched for is what was written.
func TestAMarkIsNotFooledByAPowerCut(t *testing.T) {
	kept := 0
	for seed := range uint64(400) {
		b := newBench(t, simdisk.Options{})
		if err := b.begin("hello").Close(); err != nil {
			t.Fatal(err)
		}
		b.disk.Crash(newRand(seed))
		s := b.reopen()
		if !s.Vouched() {
			continue
		}
		io.WriteString(s, "hello"[min(5, s.Offset()):])
		kept++
		if _, err := s.Finish(local.Want{Size: 5}, time.Time{}); err != nil {
			t.Fatal(err)
		}
		if _, err := local.Commit(t.Context(), b.disk, s, local.In("a"), nil, b.vault); err != nil {
			t.Fatal(err)
		}
		b.at("a", "hello")
	}
	if kept == 0 {
		t.Error("nothing was ever kept")
	}
}

// Nothing stays in staging once a file has its place, was kept in the vault or thrown away.
func TestMarksGoWithTheirFiles(t *testing.T) {
	for name, end := range map[string]func(b *bench, s *local.Staged) error{
		"placed": func(b *bench, s *local.Staged) error {
			_, err := local.Commit(b.t.Context(), b.disk, s, local.In("a"), nil, b.vault)
			return err
		},
		"kept": func(b *bench, s *local.Staged) error {
			_, err := b.vault.Keep(b.t.Context(), s, "a", local.Deleted)
			return err
		},
		"discarded": func(_ *bench, s *local.Staged) error { return s.Discard() },
		"by its id": func(b *bench, _ *local.Staged) error { return local.DiscardStaged(b.disk, "s1") },
	} {
		b := newBench(t, simdisk.Options{})
		if err := b.begin("hel").Close(); err != nil {
			t.Fatal(err)
		}
		s := b.begin("lo")
		if _, err := s.Finish(local.Want{Size: 5}, time.Time{}); err != nil {
			t.Fatal(err)
		}
		if err := end(b, s); err != nil {
			t.Fatal(err)
		}
		if name != "by its id" {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
		for p := range b.disk.Tree(local.House) {
			if strings.HasPrefix(p, "stage/") && p != "stage/" {
				t.Errorf("%s: %s stays", name, p)
			}
		}
	}
}

// A finished file that could not be put in its place is not received again.
func TestAFinishedFileIsVouchedFor(t *testing.T) {
	b := newBench(t, simdisk.Options{})
	b.user.WriteFile("a", "theirs")
	s := b.stage("s1", "hello")
	_, err := local.Commit(t.Context(), b.disk, s, local.In("a"), nil, b.vault)
	b.want(err, local.ErrTaken)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s := b.reopen(); !s.Vouched() || s.Offset() != 5 {
		t.Errorf("%d bytes, vouched for: %v", s.Offset(), s.Vouched())
	}
}

// What nobody goes on with does not fill the disk for ever.
func TestOldStagedFilesAreSweptAway(t *testing.T) {
	b := newBench(t, simdisk.Options{})
	if err := b.begin("hello").Close(); err != nil {
		t.Fatal(err)
	}
	if n, err := local.SweepStaged(b.disk, time.Now().Add(-time.Hour)); err != nil || n != 0 {
		t.Errorf("%d bytes, %v", n, err)
	}
	if s := b.reopen(); s.Offset() != 5 {
		t.Error("what is of today was swept away")
	}
	n, err := local.SweepStaged(b.disk, time.Now().Add(time.Hour))
	if err != nil || n != 5+64 {
		t.Errorf("%d bytes, %v", n, err)
	}
	if ids, err := local.StagedIDs(b.disk); err != nil || len(ids) != 0 {
		t.Errorf("%v, %v", ids, err)
	}
}

// A mark whose file went without it, as when a crash came between the two, keeps no later file from being vouched for.
func TestAnOrphanedMarkIsReplaced(t *testing.T) {
	b := newBench(t, simdisk.Options{})
	if err := b.begin("earlier").Close(); err != nil {
		t.Fatal(err)
	}
	if err := b.disk.Remove(local.InHouse("stage").Join("s1")); err != nil {
		t.Fatal(err)
	}
	if err := b.begin("hello").Close(); err != nil {
		t.Error(err)
	}
	if s := b.reopen(); !s.Vouched() || s.Offset() != 5 {
		t.Errorf("%d bytes, vouched for: %v", s.Offset(), s.Vouched())
	}
}
