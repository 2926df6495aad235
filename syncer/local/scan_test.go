package local_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"dossier/syncer/local"
	"dossier/syncer/local/simdisk"
)

// look scans and returns the classes by path (disk names), and the errors of directories.
func look(t *testing.T, disk local.Disk, opt local.ScanOptions, dirs ...string) map[string]string {
	t.Helper()
	seen := map[string]string{}
	err := local.Scan(t.Context(), disk, opt, func(l *local.Listing) error {
		if l.Err != nil {
			seen[l.Rel+"/"] = "unknown"
		}
		for _, e := range l.Entries {
			what := e.Class.String()
			if e.Of != "" {
				what += " of " + e.Of
			}
			if e.Why != "" {
				what += " by " + e.Why
			}
			if e.Plain != e.Name {
				what += " = " + e.Plain
			}
			seen[strings.TrimPrefix(l.Rel+"/"+e.Name, "/")] = what
		}
		return nil
	}, dirs...)
	if err != nil {
		t.Fatal(err)
	}
	return seen
}

func TestScanSaysWhatEachEntryIs(t *testing.T) {
	b := newBench(t, simdisk.Options{})
	for _, dir := range []string{"2026", "2026/VAT", "Internal", "Internal/x", "internal2", "out", "wall"} {
		b.user.Mkdir(dir)
	}
	for _, file := range []string{
		"2026/VAT/q1.xlsx", "2026/VAT/~$q1.xlsx", "2026/.~lock.b.odt#", "2026/1A2B3C4D", "2026/1a2b3c4d", "2026/x.TMP", "mail.PST",
		"a.bak", "out/x", "Internal/x/y", "internal2/z", "wall/.dossier-client", "wall/hers.pdf", ".dossier-client", "a／b", "bad\xff", "a.qbw",
	} {
		b.user.WriteFile(file, "x")
	}
	b.user.Symlink("link")
	b.user.Placeholder("cloud.pdf")
	b.user.Device("dev")
	b.user.MountPoint("usb")
	b.user.Mkdir("secret")
	b.user.Deny("secret", true)
	ignore, err := local.NewIgnore([]string{"*.bak", "/out/"})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"2026": "normal", "2026/VAT": "normal", "2026/VAT/q1.xlsx": "normal", "2026/VAT/~$q1.xlsx": "office owner file of q1.xlsx",
		"2026/.~lock.b.odt#": "office owner file of b.odt", "2026/1A2B3C4D": "temporary file", "2026/1a2b3c4d": "normal",
		"2026/x.TMP": "temporary file", "mail.PST": "program database", "a.qbw": "program database", "a.bak": "ignored by *.bak", "out": "ignored by /out/",
		"Internal": "private", "internal2": "normal", "internal2/z": "normal", "wall": "normal", "wall/": "unknown",
		".dossier-client": "ours", "a／b": "normal = a/b", "bad\xff": "bad name", "link": "symbolic link", "cloud.pdf": "cloud placeholder",
		"dev": "special file", "usb": "special file", "secret": "normal", "secret/": "unknown",
	}
	got := look(t, b.disk, local.ScanOptions{Ignore: ignore, Private: []string{"internal/"}})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// P17: a file whose name means the portal name of its sibling is reported, not sent over it.
func TestScanReportsTwoNamesForOnePortalName(t *testing.T) {
	b := newBench(t, simdisk.Options{})
	for _, name := range []string{"a?", "a？", "‛CON", "b"} {
		b.user.WriteFile(name, "x")
	}
	got := look(t, b.disk, local.ScanOptions{Names: windows})
	want := map[string]string{"a?": "normal", "a？": "bad name = a?", "‛CON": "normal = CON", "b": "normal"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestScanDescendsWhereItIsTold(t *testing.T) {
	b := newBench(t, simdisk.Options{})
	for _, dir := range []string{"a", "a/b", "c", "c/d"} {
		b.user.Mkdir(dir)
	}
	var order []string
	scan := func(dirs ...string) []string {
		order = nil
		err := local.Scan(t.Context(), b.disk, local.ScanOptions{Parallel: 1}, func(l *local.Listing) error {
			order = append(order, l.Rel)
			for i := range l.Entries {
				l.Entries[i].Descend = l.Entries[i].Descend && l.Entries[i].Name != "d"
			}
			return nil
		}, dirs...)
		if err != nil {
			t.Fatal(err)
		}
		return order
	}
	if got := scan(); !slices.Equal(got, []string{"", "a", "a/b", "c"}) {
		t.Errorf("all: %q", got)
	}
	if got := scan("c", "a"); !slices.Equal(got, []string{"c", "a", "a/b"}) {
		t.Errorf("two: %q", got)
	}
}

// P8: whatever call fails, what is under the failure is unknown, and all else is seen as it is.
func TestScanNeverTakesAnErrorForEmptiness(t *testing.T) {
	b := newBench(t, simdisk.Options{})
	for i := range 5 {
		b.user.Mkdir(fmt.Sprintf("d%d", i))
		b.user.WriteFile(fmt.Sprintf("d%d/f", i), "x")
	}
	whole := look(t, b.disk, local.ScanOptions{})
	for n := 0; ; n++ {
		var calls atomic.Int64
		b.disk.SetHooks(func(string, local.Path) error {
			if calls.Add(1) == int64(n+1) {
				return fs.ErrPermission
			}
			return nil
		}, nil)
		got := look(t, b.disk, local.ScanOptions{})
		b.disk.SetHooks(nil, nil)
		if calls.Load() <= int64(n) {
			break
		}
		for path := range whole {
			if _, ok := got[path]; !ok && !unknownAbove(got, path) {
				t.Errorf("call %d failed: %q is missing and nothing above it is unknown", n, path)
			}
		}
	}
}

func unknownAbove(got map[string]string, path string) bool {
	for dir := range maps.Keys(got) {
		if strings.HasSuffix(dir, "/") && strings.HasPrefix("/"+path, "/"+strings.TrimPrefix(dir, "/")) {
			return true
		}
	}
	return false
}

func TestScanStopsWithItsContextAndItsVisitor(t *testing.T) {
	defer goleak.VerifyNone(t)
	b := newBench(t, simdisk.Options{})
	for i := range 50 {
		b.user.Mkdir(fmt.Sprintf("d%d", i))
	}
	stop := errors.New("stop")
	ctx, cancel := context.WithCancelCause(t.Context())
	visits := 0
	err := local.Scan(ctx, b.disk, local.ScanOptions{}, func(*local.Listing) error {
		if visits++; visits == 3 {
			cancel(stop)
		}
		return nil
	})
	if !errors.Is(err, stop) || visits > 4 {
		t.Errorf("context: %v after %d visits", err, visits)
	}
	visits = 0
	err = local.Scan(t.Context(), b.disk, local.ScanOptions{}, func(*local.Listing) error { visits++; return stop })
	if !errors.Is(err, stop) || visits != 1 {
		t.Errorf("visitor: %v after %d visits", err, visits)
	}
}
