package syncertest_test

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"dossier/remote"
	"dossier/remote/remotetest"
	"dossier/syncer/local/simdisk"
	"dossier/syncer/syncertest"

	"github.com/google/go-cmp/cmp"
)

// kinds are the kinds of lives, the simple ones first.
var kinds = []syncertest.Kind{
	{Name: "one side at a time", Machines: 1, OneSide: true, Disk: folding},
	{Name: "one side, letter case counts", Machines: 1, OneSide: true, Features: letterCase},
	{Name: "one side, busy", Machines: 1, OneSide: true, Busy: true, Disk: folding},
	{Name: "one side, faults", Machines: 1, OneSide: true, Faults: true, Disk: folding},
	{Name: "one side, crashes", Machines: 1, OneSide: true, Crashes: true, Disk: folding},
	{Name: "one side, the daemon, all mishaps", Machines: 1, OneSide: true, Busy: true, Faults: true, Crashes: true, Stay: true, Disk: folding},
	{Name: "both sides", Machines: 1, Disk: folding},
	{Name: "both sides, busy", Machines: 1, Busy: true, Disk: folding},
	{Name: "both sides, busy, letter case counts", Machines: 1, Busy: true, Features: letterCase},
	{Name: "both sides, all mishaps", Machines: 1, Busy: true, Faults: true, Crashes: true, Disk: folding},
	{Name: "both sides, the daemon, all mishaps", Machines: 1, Busy: true, Faults: true, Crashes: true, Stay: true, Disk: folding},
	{Name: "a coarse clock", Machines: 1, Busy: true, Disk: simdisk.Options{FoldCase: true, Granularity: 2 * time.Second}},
	{Name: "a coarse clock, one side", Machines: 1, OneSide: true, Busy: true, Disk: simdisk.Options{FoldCase: true, Granularity: 2 * time.Second, NoUseInfo: true}},
	{Name: "no file ids", Machines: 1, Busy: true, Disk: simdisk.Options{FoldCase: true, NoFileIDs: true, NoUseInfo: true}},
	{Name: "no file ids, one side", Machines: 1, OneSide: true, Disk: simdisk.Options{FoldCase: true, NoFileIDs: true}},
	{Name: "half renames", Machines: 1, Busy: true, Crashes: true, Disk: simdisk.Options{FoldCase: true, HalfRenames: true}},
	{Name: "no feed", Machines: 1, Busy: true, Faults: true, Disk: folding, Portal: func(m *remotetest.Memory) { m.NoFeed, m.PageSize = true, 2 }},
	{Name: "no feed, one side", Machines: 1, OneSide: true, Busy: true, Disk: folding, Portal: func(m *remotetest.Memory) { m.NoFeed, m.PageSize = true, 1 }},
	{Name: "an opaque feed", Machines: 1, Busy: true, Faults: true, Crashes: true, Disk: folding, Portal: func(m *remotetest.Memory) { m.OpaqueFeed = true }},
	{Name: "an opaque feed, one side", Machines: 1, OneSide: true, Busy: true, Disk: folding, Portal: func(m *remotetest.Memory) { m.OpaqueFeed = true }},
	{Name: "uploads unsealed", Machines: 1, Busy: true, Faults: true, Crashes: true, Disk: folding, Features: func(f *remote.Features) { f.Seals = false }},
	{Name: "no trash, two looks", Machines: 1, Busy: true, Disk: folding, Portal: func(m *remotetest.Memory) { m.NoFeed = true }, Features: func(f *remote.Features) { f.Trash, f.Looks, f.LooksApart = false, 2, time.Minute }},
	{Name: "no digests", Machines: 1, Busy: true, Disk: folding, Features: func(f *remote.Features) { f.Digest = "" }},
	{Name: "no digests, one side", Machines: 1, OneSide: true, Disk: folding, Features: func(f *remote.Features) { f.Digest = "" }},
	{Name: "chunks", Machines: 1, Busy: true, Faults: true, Crashes: true, Disk: folding, Portal: func(m *remotetest.Memory) { m.ChunkSize = 100 }},
	{Name: "two machines, one side", Machines: 2, OneSide: true, Disk: folding},
	{Name: "two machines", Machines: 2, Disk: folding},
	{Name: "two machines together, busy", Machines: 2, Together: true, Busy: true, Disk: folding},
	{Name: "three machines together, all mishaps", Machines: 3, Together: true, Busy: true, Faults: true, Crashes: true, Disk: folding},
}

var (
	folding    = simdisk.Options{FoldCase: true}
	letterCase = func(f *remote.Features) { f.CaseFold = false }
)

const lives = 12 // of each kind

func effort() float64 {
	if f, err := strconv.ParseFloat(os.Getenv("DOSSIER_EFFORT"), 64); err == nil && f > 0 {
		return f
	}
	return 1
}

// TestLives plays lives of every kind: P2, P6, P11, P13, P15 at the level of the engine, and E1 to E6, E11, E12.
func TestLives(t *testing.T) {
	if os.Getenv("DOSSIER_SEED") != "" {
		t.Skip("TestSeed plays the seed")
	}
	for _, kind := range kinds {
		t.Run(kind.Name, func(t *testing.T) {
			t.Parallel()
			var sum syncertest.Stats
			dir, bad := t.TempDir(), 0
			for seed := range uint64(max(1, lives*effort())) {
				out := syncertest.Live(t, syncertest.Write(kind, seed), dir)
				sum.Add(out.Stats)
				if len(out.Faults) == 0 {
					continue
				}
				if bad++; bad <= 3 {
					t.Errorf("replay with DOSSIER_SEED=%d go test -run 'TestSeed/%s$' ./syncer/syncertest\n%s", seed,
						strings.ReplaceAll(kind.Name, " ", "_"), strings.Join(out.Faults, "\n"))
				}
			}
			if bad > 0 {
				t.Errorf("%d of %d lives went wrong", bad, sum.Lives)
			}
			t.Logf("%+v", sum)
		})
	}
}

// TestSeed plays one life, drops from it what need not be for it to go wrong, and tells it.
func TestSeed(t *testing.T) {
	if os.Getenv("DOSSIER_SEED") == "" {
		t.Skip("plays the life of $DOSSIER_SEED")
	}
	seed, err := strconv.ParseUint(os.Getenv("DOSSIER_SEED"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range kinds {
		t.Run(kind.Name, func(t *testing.T) {
			dir := t.TempDir()
			s := syncertest.Write(kind, seed)
			if out := syncertest.Live(t, s, dir); len(out.Faults) > 0 {
				s = syncertest.Shrink(s, func(s syncertest.Script) bool { return len(syncertest.Live(t, s, dir).Faults) > 0 })
			}
			out := syncertest.Live(t, s, dir)
			t.Logf("%s\n%s", s, strings.Join(out.Trace, "\n"))
			if len(out.Faults) > 0 {
				t.Error(strings.Join(out.Faults, "\n"))
			}
		})
	}
}

// One seed is one life: played twice, the same happens.
func TestLivesAreTheSameEachTime(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind.Name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(3) {
				s := syncertest.Write(kind, seed)
				one, two := syncertest.Live(t, s, t.TempDir()), syncertest.Live(t, s, t.TempDir())
				if d := cmp.Diff(plain(one.Trace), plain(two.Trace)); d != "" {
					t.Fatalf("seed %d:\n%s", seed, d)
				}
			}
		})
	}
}

// random is what the engine makes by chance: ids of mirrors and attempts.
var random = regexp.MustCompile(`[0-9a-f]{16}`)

func plain(trace []string) []string {
	out := []string{}
	for _, line := range trace {
		out = append(out, random.ReplaceAllString(line, "…"))
	}
	return out
}
