package remotetest

import (
	"context"
	"io"
	"testing"

	"dossier/remote"
)

var downloadTests = []conformance{
	{"content comes from any offset on", false, testRanges},
	{"content is what the entry names, or it is stale", false, testPinned},
	{"content of what is gone does not come", false, testDownloadGone},
	{"a download ends with its context", false, testDownloadCancelled},
	{"a download can be left early, and several run at once", false, testDownloadsAtOnce},
}

func testRanges(t testing.TB, f Fixture) {
	content := pattern(1<<20 + 3)
	e := must(f.Driver.Create(t.Context(), UploadOf(f.at("a.bin"), content)))(t)
	for _, offset := range []int64{0, 1, 4095, 1 << 19, int64(len(content)) - 1} {
		if got := f.readAll(t, e, offset); got != string(content[offset:]) {
			t.Errorf("from %d on came %d bytes, want %d", offset, len(got), int64(len(content))-offset)
		}
	}
}

func testPinned(t testing.TB, f Fixture) {
	if f.Driver.Features().SendOnly {
		return // that it is refused is a test of its own
	}
	old := f.get(t, f.put(t, "a.txt", "old content"), remote.File)
	f.put(t, "a.txt", "new and longer content")
	for _, offset := range []int64{0, 4} {
		b, err := f.Driver.Download(t.Context(), old, offset)
		if err != nil {
			want := []remote.Code{remote.Stale}
			if !f.Driver.Features().Replace { // the new content is another item
				want = append(want, gone...)
			}
			refused(t, "download", err, want...)
			continue
		}
		if got := string(must(io.ReadAll(b))(t)); got != "old content"[offset:] {
			t.Errorf("from %d on came %q of what was %q", offset, got, "old content")
		}
		done(t, b.Close())
	}
}

func testDownloadGone(t testing.TB, f Fixture) {
	if f.Driver.Features().SendOnly {
		return // that it is refused is a test of its own
	}
	e := f.create(t, "a.txt", "a")
	f.remove(t, e)
	b, err := f.Driver.Download(t.Context(), e, 0)
	if err == nil && f.Expect.Lingers {
		defer b.Close()
		if got := string(must(io.ReadAll(b))(t)); got != "a" {
			t.Errorf("came %q", got)
		}
		return
	}
	refused(t, "download", err, append(gone, remote.Stale)...)
}

func testDownloadCancelled(t testing.TB, f Fixture) {
	if f.Driver.Features().SendOnly {
		return // that it is refused is a test of its own
	}
	e := must(f.Driver.Create(t.Context(), UploadOf(f.at("a.bin"), pattern(16<<20))))(t)
	ctx, cancel := context.WithCancel(t.Context())
	b := must(f.Driver.Download(ctx, e, 0))(t)
	defer b.Close()
	must(io.ReadFull(b, make([]byte, 1000)))(t)
	cancel()
	if n, err := io.Copy(io.Discard, b); err == nil {
		t.Errorf("after cancel came %d bytes, and a good end", n)
	}
}

func testDownloadsAtOnce(t testing.TB, f Fixture) {
	if f.Driver.Features().SendOnly {
		return // that it is refused is a test of its own
	}
	a, b := f.create(t, "a.txt", "aaa"), f.create(t, "b.txt", "bbb")
	left := must(f.Driver.Download(t.Context(), a, 0))(t)
	if got := f.readAll(t, b, 0); got != "bbb" {
		t.Errorf("content is %q", got)
	}
	done(t, left.Close())
	if got := f.readAll(t, a, 1); got != "aa" {
		t.Errorf("content is %q", got)
	}
}
