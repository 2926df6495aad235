package cli

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"dossier/daemon"
	"dossier/state"
)

func TestFollowingTellsNewEntriesOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		pages := []daemon.LogPage{
			{Entries: []state.Entry{{Path: "one"}}, Seen: map[string]uint64{"Jansen": 2}},
			{Seen: map[string]uint64{"Jansen": 2}},
			{Entries: []state.Entry{{Path: "two"}}, Seen: map[string]uint64{"Jansen": 3}},
		}
		var asked []uint64
		more := func(args daemon.LogArgs) (page daemon.LogPage, _ error) {
			asked = append(asked, args.After["Jansen"])
			page, pages = pages[0], pages[1:]
			if len(pages) == 0 {
				cancel()
			}
			return page, nil
		}
		var told []string
		err := followLog(ctx, daemon.LogArgs{After: map[string]uint64{"Jansen": 1}}, func(entries []state.Entry, first bool) error {
			for _, e := range entries {
				told = append(told, e.Path)
			}
			return nil
		}, more)
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if diff := cmp.Diff([]string{"one", "two"}, told); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]uint64{1, 2, 2}, asked); diff != "" {
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
