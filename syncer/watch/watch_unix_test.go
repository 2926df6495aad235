//go:build !windows

package watch

import (
	"path/filepath"
	"syscall"
	"testing"
)

func TestAFolderThatReplacesAnEmptyOneIsWatched(t *testing.T) {
	dir := t.TempDir()
	mkdir(t, dir, "a")
	mkdir(t, dir, "b/x")
	r := begin(t, Options{}, dir, RootOptions{})
	if err := syscall.Rename(filepath.Join(dir, "b"), filepath.Join(dir, "a")); err != nil {
		t.Fatal(err)
	}
	expect(t, r, "", "a", "a/x")
	settle(t, r, dir)
	put(t, dir, "a/x/f")
	expect(t, r, "a/x")
	settle(t, r, dir)
	put(t, dir, "a/f")
	expect(t, r, "a")
}
