package syncertest_test

import (
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"dossier/remote"
	"dossier/remote/remotetest"
	"dossier/syncer/local/simdisk"
	"dossier/syncer/plan"
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
	{Name: "uploads unsealed", Machines: 1, Busy: true, Sizes: []int{0, 100_000}, Faults: true, Crashes: true, Disk: folding, Features: func(f *remote.Features) { f.Seals = false }},
	{Name: "no trash, two looks", Machines: 1, Busy: true, Disk: folding, Portal: func(m *remotetest.Memory) { m.NoFeed = true }, Features: func(f *remote.Features) { f.Trash, f.Looks, f.LooksApart = false, 2, time.Minute }},
	{Name: "no digests", Machines: 1, Busy: true, Disk: folding, Features: func(f *remote.Features) { f.Digest = "" }},
	{Name: "no digests, one side", Machines: 1, OneSide: true, Disk: folding, Features: func(f *remote.Features) { f.Digest = "" }},
	{Name: "chunks", Machines: 1, Busy: true, Faults: true, Crashes: true, Disk: folding, Portal: func(m *remotetest.Memory) { m.ChunkSize = 100 }},
	{Name: "many hands", Machines: 1, Parallel: 4, Busy: true, Faults: true, Crashes: true, Disk: folding},
	{Name: "many hands, one side", Machines: 1, Parallel: 4, OneSide: true, Busy: true, Faults: true, Crashes: true, Disk: folding},
	{Name: "a state is lost", Machines: 1, Forgets: true, Busy: true, Disk: folding},
	{Name: "states are lost on two machines", Machines: 2, Forgets: true, Busy: true, Disk: folding},
	{Name: "copies", Machines: 1, Copies: true, Busy: true, Disk: folding},
	{Name: "copies, one side", Machines: 1, OneSide: true, Copies: true, Busy: true, Crashes: true, Disk: folding},
	{Name: "a long life", Machines: 1, Long: true, Busy: true, Faults: true, Crashes: true, Disk: folding},
	{Name: "a long life together", Machines: 2, Together: true, Long: true, Busy: true, Disk: folding, Allow: []string{"name-taken"}},
	{Name: "odd names", Machines: 1, Busy: true, Disk: folding, Names: oddNames, Allow: oddProblems},
	{Name: "odd names, one side", Machines: 1, OneSide: true, Disk: folding, Names: oddNames, Allow: oddProblems},
	{Name: "odd names, letters fold", Machines: 1, Busy: true, Names: oddNames, Disk: simdisk.Options{FoldCase: true, FoldUnicode: true}, Allow: oddProblems},
	{Name: "empty files", Machines: 1, Busy: true, Disk: folding, Sizes: []int{-1, 0, 0}, Allow: []string{"emptied-file"}},
	{Name: "the disk folds, the portal does not", Machines: 1, Busy: true, Disk: folding, Features: letterCase},
	{Name: "the portal folds, the disk does not", Machines: 1, Busy: true, Allow: []string{"name-taken", "refused"}},
	{Name: "twins on the portal", Machines: 1, Busy: true, Disk: folding, Portal: func(m *remotetest.Memory) { m.Twins = true }},
	{Name: "bare", Machines: 1, Busy: true, Features: as(remotetest.Bare), Portal: weak},
	{Name: "bare, one side", Machines: 1, OneSide: true, Features: as(remotetest.Bare), Portal: weak},
	{Name: "bare, all mishaps", Machines: 1, Busy: true, Faults: true, Crashes: true, Features: as(remotetest.Bare), Portal: weak},
	{Name: "bare, the disk folds", Machines: 1, Busy: true, Disk: folding, Features: as(remotetest.Bare), Portal: weak},
	{Name: "bare, two machines", Machines: 2, Features: as(remotetest.Bare), Portal: weak},
	{Name: "bare, sizes untold", Machines: 1, Busy: true, Features: as(remotetest.Bare), Portal: func(m *remotetest.Memory) { weak(m); m.NoSizes = true }},
	{Name: "loose", Machines: 1, Busy: true, Features: as(remotetest.Loose), Portal: weak},
	{Name: "loose, one side", Machines: 1, OneSide: true, Features: as(remotetest.Loose), Portal: weak},
	{Name: "loose, all mishaps", Machines: 1, Busy: true, Faults: true, Crashes: true, Features: as(remotetest.Loose), Portal: tokens},
	{Name: "loose, two machines", Machines: 2, Features: as(remotetest.Loose), Portal: weak},
	{Name: "flat", Machines: 1, Busy: true, Features: as(remotetest.Flat), Portal: tokens},
	{Name: "flat, one side", Machines: 1, OneSide: true, Features: as(remotetest.Flat), Portal: tokens},
	{Name: "flat, all mishaps", Machines: 1, Busy: true, Faults: true, Crashes: true, Features: as(remotetest.Flat), Portal: tokens},
	{Name: "down", Machines: 1, Busy: true, Mode: plan.Down, Disk: folding, Allow: []string{"unsent", "reported"}},
	{Name: "up", Machines: 1, Busy: true, Mode: plan.Up, Disk: folding, Allow: []string{"unsent", "reported", "name-taken", "deletion-pending"}},
	{Name: "two machines, one side", Machines: 2, OneSide: true, Disk: folding},
	{Name: "two machines", Machines: 2, Disk: folding},
	{Name: "two machines together, busy", Machines: 2, Together: true, Busy: true, Disk: folding},
	{Name: "three machines together, all mishaps", Machines: 3, Together: true, Busy: true, Faults: true, Crashes: true, Disk: folding},
}

var (
	folding    = simdisk.Options{FoldCase: true}
	letterCase = func(f *remote.Features) { f.CaseFold = false }
)

// as makes a portal as weak as another.
func as(features func() remote.Features) func(*remote.Features) {
	return func(f *remote.Features) { *f = features() }
}

func weak(m *remotetest.Memory) { m.NoFeed, m.NoCounts, m.Twins = true, true, true }

func tokens(m *remotetest.Memory) {
	weak(m)
	m.TellTokens = true
}

// oddProblems may be left where names are odd. Waiting: a folder with the owner file of an office program in it does not go.
var oddProblems = []string{"hidden", "refused", "name-taken", "bad-name", "waiting"}

// oddNames are names that are one to some, are not held by others, or are not mirrored.
var oddNames = []string{"a", "A", "ä", "a\u0308", "a.", "CON.txt", "~$a", "1A2B3C4D", "a ~1", "ö／b", "a\uff0f"}

const lives = 12 // of each kind

func effort() float64 {
	if f, err := strconv.ParseFloat(os.Getenv("DOSSIER_EFFORT"), 64); err == nil && f > 0 {
		return f
	}
	return 1
}

// TestLives plays lives of every kind: P2, P6, P11, P13, P15 at the level of the engine, and E1 to E6, E11, E12. With $DOSSIER_SEED it
// plays that one, drops from it what need not be for it to go wrong, and tells it.
func TestLives(t *testing.T) {
	only, given := os.LookupEnv("DOSSIER_SEED")
	for _, kind := range kinds {
		t.Run(kind.Name, func(t *testing.T) {
			if given {
				replay(t, kind, only)
				return
			}
			t.Parallel()
			play(t, kind)
		})
	}
}

// play plays many lives of a kind.
func play(t *testing.T, kind syncertest.Kind) {
	var sum syncertest.Stats
	dir, bad := t.TempDir(), 0
	for seed := range uint64(max(1, lives*effort())) {
		out := syncertest.Live(t, syncertest.Write(kind, seed), dir)
		sum.Add(out.Stats)
		if len(out.Faults) == 0 {
			continue
		}
		if bad++; bad <= 3 {
			t.Errorf("replay with DOSSIER_SEED=%d go test -v -run 'TestLives/%s$' ./syncer/syncertest\n%s", seed,
				strings.ReplaceAll(kind.Name, " ", "_"), strings.Join(out.Faults, "\n"))
		}
	}
	if bad > 0 {
		t.Errorf("%d of %d lives went wrong", bad, sum.Lives)
	}
	t.Logf("%+v", sum)
}

// replay plays one life.
func replay(t *testing.T, kind syncertest.Kind, text string) {
	seed, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	dir, s := t.TempDir(), syncertest.Write(kind, seed)
	fails := func(s syncertest.Script) bool { return len(syncertest.Live(t, s, dir).Faults) > 0 }
	if fails(s) {
		s = syncertest.Shrink(s, fails)
	}
	out := syncertest.Live(t, s, dir)
	t.Logf("%s\n%s", s, strings.Join(out.Trace, "\n"))
	if len(out.Faults) > 0 {
		t.Error(strings.Join(out.Faults, "\n"))
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

// plain takes chance out of a trace. What several hands of one machine tell in the same instant was written down in one transaction,
// and has no order.
func plain(trace []string) []string {
	out := []string{}
	for _, line := range trace {
		out = append(out, random.ReplaceAllString(line, "…"))
	}
	for i := 0; i < len(out); {
		n := i + 1
		for n < len(out) && told(out[i]) != "" && told(out[n]) == told(out[i]) {
			n++
		}
		slices.Sort(out[i:n])
		i = n
	}
	return out
}

// told is when and by whom a job's end was told; empty: the line tells of something else.
func told(line string) string {
	when, _, ok := strings.Cut(line, " log: msg=done")
	if !ok {
		return ""
	}
	return when
}
