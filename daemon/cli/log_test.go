package cli

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"dossier/config"
	"dossier/daemon"
	"dossier/state"
)

func TestFollowingTellsNewEntriesOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := daemon.Client{Client: config.Client{Name: "Jansen"}, StatePath: filepath.Join(t.TempDir(), "jansen.db")}
		add := func(path string) {
			if err := change(c, func(tx *state.Tx) error { _, err := tx.Append(state.Entry{Op: "send", Path: path}); return err }); err != nil {
				t.Error(err)
			}
		}
		add("before")
		seen := map[string]uint64{}
		if _, err := readLog([]daemon.Client{c}, time.Time{}, time.Time{}, seen); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var told []string
		done := make(chan error)
		go func() {
			done <- followLog(ctx, []daemon.Client{c}, seen, func(entries []state.Entry, first bool) error {
				for _, e := range entries {
					told = append(told, e.Path)
				}
				return nil
			})
		}()
		for _, path := range []string{"one", "two"} {
			add(path)
			time.Sleep(2*followEvery + followEvery/2)
		}
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if diff := cmp.Diff([]string{"one", "two"}, told); diff != "" {
			t.Error(diff)
		}
	})
}

func TestTimesAreReadAsPeopleWriteThem(t *testing.T) {
	now := time.Date(2026, 11, 21, 14, 0, 0, 0, time.Local)
	for text, want := range map[string]time.Time{
		"": {}, "2026-11-01": time.Date(2026, 11, 1, 0, 0, 0, 0, time.Local), "2h": now.Add(-2 * time.Hour),
		"2026-11-21 13:30": now.Add(-30 * time.Minute), "2026-11-21T13:30": now.Add(-30 * time.Minute),
		"2026-11-21T12:00:00Z": time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC),
	} {
		if got, err := parseTime(text, now); err != nil || !got.Equal(want) {
			t.Errorf("%q is %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"yesterday", "-2h", "21.11.2026"} {
		if got, err := parseTime(text, now); err == nil {
			t.Errorf("%q is %v", text, got)
		}
	}
}
