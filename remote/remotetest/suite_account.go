package remotetest

import (
	"context"
	"errors"
	"testing"

	"dossier/remote"
)

var accountTests = []conformance{
	{"the account says who it is", false, testAccount},
	{"features make sense and stay the same", false, testFeatures},
	{"what is not offered is refused as unsupported", false, testUnsupported},
	{"a cancelled context sends nothing", false, testCancelled},
	{"plain cases take the calls they should", false, testCalls},
}

func testAccount(t testing.TB, f Fixture) {
	if f.Expect.Nobody {
		_, err := f.Driver.Account(t.Context())
		refused(t, "account", err, remote.Unsupported)
		return
	}
	a := must(f.Driver.Account(t.Context()))(t)
	if a.ID == "" {
		t.Errorf("account is %+v, want an id", a)
	}
	if again := must(f.Driver.Account(t.Context()))(t); again.ID != a.ID {
		t.Errorf("account is %q, then %q", a.ID, again.ID)
	}
}

func testFeatures(t testing.TB, f Fixture) {
	features := f.Driver.Features()
	if features.Digest != "" && features.Digest != "sha1" && features.Digest != "sha256" {
		t.Errorf("digest is %q", features.Digest)
	}
	if features.Parallel < 1 || features.Looks < 0 || features.LooksApart < 0 || features.MaxSize < 0 {
		t.Errorf("features are %+v", features)
	}
	if features.Times && features.TimeStep <= 0 {
		t.Error("times are kept, but their step is not told")
	}
	if f.Driver.Features() != features {
		t.Error("features are others when asked again")
	}
	if _, ok := remote.AsFeed(f.Driver); ok != f.Expect.Feed {
		t.Errorf("there is a feed: %v, want %v", ok, f.Expect.Feed)
	}
	if _, ok := remote.AsTrash(f.Driver); ok != f.Expect.Restore {
		t.Errorf("there is a trash we can use: %v, want %v", ok, f.Expect.Restore)
	}
}

func testUnsupported(t testing.TB, f Fixture) {
	features, ctx := f.Driver.Features(), t.Context()
	file, folder := f.create(t, "a.txt", "a"), f.mkdir(t, "dir")
	inner := f.mkdir(t, "inner")
	if !features.Replace {
		_, err := f.Driver.Replace(ctx, file, UploadOf(f.at("a.txt"), []byte("b")))
		refused(t, "replace", err, remote.Unsupported)
	}
	if !features.Rename {
		_, err := f.Driver.Move(ctx, file, f.at("b.txt"))
		refused(t, "rename", err, remote.Unsupported)
	}
	if !features.MoveFiles {
		_, err := f.Driver.Move(ctx, file, remote.Place{Parent: folder.ID, Name: "a.txt"})
		refused(t, "move a file", err, remote.Unsupported)
	}
	if !features.MoveFolders {
		_, err := f.Driver.Move(ctx, inner, remote.Place{Parent: folder.ID, Name: "inner"})
		refused(t, "move a folder", err, remote.Unsupported)
	}
	if !features.Delete {
		refused(t, "delete a file", f.Driver.Delete(ctx, file), remote.Unsupported)
		refused(t, "delete a folder", f.Driver.Delete(ctx, inner), remote.Unsupported)
	}
	if !features.Listing {
		refused(t, "crawl", firstError(f.Driver.Crawl(ctx, f.Root)), remote.Unsupported)
		refused(t, "list", firstError(f.Driver.Children(ctx, f.Root)), remote.Unsupported)
	}
	same(t, "the file afterwards", f.get(t, file.ID, remote.File), file)
	same(t, "the folder afterwards", f.get(t, inner.ID, remote.Folder), inner)
}

func firstError[E any](seq func(func(E, error) bool)) error {
	for _, err := range seq {
		if err != nil {
			return err
		}
	}
	return nil
}

func testCancelled(t testing.TB, f Fixture) {
	file := f.create(t, "a.txt", "a")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	before := f.Somebody.Calls()
	errs := map[Verb]error{}
	d := f.Driver
	_, errs[Account] = d.Account(ctx)
	_, errs[Get] = d.Get(ctx, file.ID, remote.File)
	errs[Crawl] = firstError(d.Crawl(ctx, f.Root))
	errs[Children] = firstError(d.Children(ctx, f.Root))
	_, errs[Confirm] = d.Confirm(ctx, file)
	_, errs[Download] = d.Download(ctx, file, 0)
	_, errs[Create] = d.Create(ctx, UploadOf(f.at("b.txt"), []byte("b")))
	_, errs[Replace] = d.Replace(ctx, file, UploadOf(f.at("a.txt"), []byte("b")))
	_, errs[MakeFolder] = d.MakeFolder(ctx, f.at("dir"))
	_, errs[Move] = d.Move(ctx, file, f.at("c.txt"))
	errs[Delete] = d.Delete(ctx, file)
	if feed, ok := remote.AsFeed(d); ok {
		_, errs[Now] = feed.Now(ctx)
		_, errs[Changes] = feed.Changes(ctx, "")
		errs[Wait] = feed.Wait(ctx, "")
	}
	for verb, err := range errs {
		if _, ok := errors.AsType[*remote.Error](err); !ok || remote.IsMaybeDone(err) {
			t.Errorf("%s: error is %v, want a *remote.Error, not done", verb, err)
		}
	}
	if n := f.Somebody.Calls() - before; n != 0 {
		t.Errorf("%d calls were sent", n)
	}
}

func testCalls(t testing.TB, f Fixture) {
	features, ctx := f.Driver.Features(), t.Context()
	count := func(verb Verb, call func() error) {
		t.Helper()
		before := f.Somebody.Calls()
		done(t, call())
		got := f.Somebody.Calls() - before
		if want, told := f.Expect.Calls[verb]; told && got != want {
			t.Errorf("%s takes %d calls, want %d", verb, got, want)
		}
	}
	var file remote.Entry
	if !f.Expect.Nobody {
		count(Account, func() (err error) { _, err = f.Driver.Account(ctx); return })
	}
	count(Create, func() (err error) { file, err = f.Driver.Create(ctx, UploadOf(f.at("a.txt"), []byte("a"))); return })
	count(MakeFolder, func() (err error) { _, err = f.Driver.MakeFolder(ctx, f.at("dir")); return })
	count(Get, func() (err error) { _, err = f.Driver.Get(ctx, file.ID, remote.File); return })
	if !features.SendOnly {
		count(Download, func() error { f.readAll(t, file, 0); return nil })
	}
	if features.Listing {
		count(Children, func() error { return firstError(f.Driver.Children(ctx, f.Root)) })
		count(Crawl, func() error { return firstError(f.Driver.Crawl(ctx, f.Root)) })
	}
	if features.Replace {
		count(Replace, func() (err error) {
			file, err = f.Driver.Replace(ctx, file, UploadOf(f.at("a.txt"), []byte("b")))
			return
		})
	}
	if features.Rename {
		count(Move, func() (err error) { file, err = f.Driver.Move(ctx, file, f.at("b.txt")); return })
	}
	if features.Delete {
		count(Delete, func() error { return f.Driver.Delete(ctx, file) })
	} else {
		f.remove(t, file)
	}
	count(Confirm, func() (err error) { _, err = f.Driver.Confirm(ctx, file); return })
}
