package state

import (
	"path/filepath"
	"testing"
)

// openTest opens a client's file in a directory of the test's own.
func openTest(t testing.TB, opt Options) *Client {
	t.Helper()
	return openAt(t, filepath.Join(t.TempDir(), "client.db"), opt)
}

func openAt(t testing.TB, path string, opt Options) *Client {
	t.Helper()
	c, err := OpenClient(path, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func update(t testing.TB, c *Client, fn func(*Tx) error) {
	t.Helper()
	if err := c.Update(fn); err != nil {
		t.Fatal(err)
	}
}

func view(t testing.TB, c *Client, fn func(*Tx)) {
	t.Helper()
	if err := c.View(func(tx *Tx) error { fn(tx); return nil }); err != nil {
		t.Fatal(err)
	}
}

func check(t testing.TB, c *Client) {
	t.Helper()
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
}

func TestANewFileHasARootAndNothingElse(t *testing.T) {
	c := openTest(t, Options{})
	if !c.Fresh().New || c.Fresh().Reason != "" {
		t.Errorf("fresh: %+v", c.Fresh())
	}
	view(t, c, func(tx *Tx) {
		if root, ok := tx.Node(Root); !ok || !root.Dir || root.Parent != 0 {
			t.Errorf("root: %+v, %v", root, ok)
		}
		if got := tx.Count(); got != (Count{}) {
			t.Errorf("count: %+v", got)
		}
	})
	check(t, c)
}
