package syncertest_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"dossier/remote"
	"dossier/syncer/local/simdisk"
	"dossier/syncer/syncertest"
)

var kinds = []syncertest.Kind{
	{Name: "one side at a time", Machines: 1, OneSide: true, Disk: folding},
	{Name: "one side, letter case counts", Machines: 1, OneSide: true, Features: letterCase},
	{Name: "one side, busy", Machines: 1, OneSide: true, Busy: true, Disk: folding},
	{Name: "one machine", Machines: 1, Disk: folding},
	{Name: "one machine, busy", Machines: 1, Busy: true, Disk: folding},
	{Name: "one machine, busy, letter case counts", Machines: 1, Busy: true, Features: letterCase},
	{Name: "one machine, faults", Machines: 1, OneSide: true, Faults: true, Disk: folding},
	{Name: "one machine, crashes", Machines: 1, OneSide: true, Crashes: true, Disk: folding},
	{Name: "one machine, busy, faults and crashes", Machines: 1, Busy: true, Faults: true, Crashes: true, Disk: folding},
	{Name: "two machines", Machines: 2, Disk: folding},
	{Name: "two machines, one side", Machines: 2, OneSide: true, Disk: folding},
}

func effort() float64 {
	if f, err := strconv.ParseFloat(os.Getenv("DOSSIER_EFFORT"), 64); err == nil && f > 0 {
		return f
	}
	return 1
}

var (
	folding    = simdisk.Options{FoldCase: true}
	letterCase = func(f *remote.Features) { f.CaseFold = false }
)

const lives = 20

func TestLives(t *testing.T) {
	if s := os.Getenv("DOSSIER_SEED"); s != "" {
		t.Skip("TestSeed plays the seed")
	}
	for _, kind := range kinds {
		t.Run(kind.Name, func(t *testing.T) {
			t.Parallel()
			bad := 0
			var sum syncertest.Stats
			for seed := range uint64(lives * effort()) {
				out := syncertest.Live(t, syncertest.Write(kind, seed), t.TempDir())
				sum.Add(out.Stats)
				if len(out.Faults) > 0 {
					bad++
					if bad <= 4 {
						t.Errorf("seed %d: %s", seed, strings.Join(out.Faults, "\n"))
					}
				}
			}
			t.Logf("%d bad; %+v", bad, sum)
		})
	}
}

func TestSeed(t *testing.T) {
	seed, err := strconv.ParseUint(os.Getenv("DOSSIER_SEED"), 10, 64)
	if err != nil {
		t.Skip("plays the life of $DOSSIER_SEED")
	}
	for _, kind := range kinds {
		t.Run(kind.Name, func(t *testing.T) {
			s := syncertest.Write(kind, seed)
			out := syncertest.Live(t, s, t.TempDir())
			fmt.Println(s)
			fmt.Println(strings.Join(out.Trace, "\n"))
			if len(out.Faults) > 0 {
				t.Error(strings.Join(out.Faults, "\n"))
			}
		})
	}
}
