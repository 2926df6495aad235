package watch

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestHintsAreCondensed(t *testing.T) {
	for name, c := range map[string]struct {
		folders, trees []string
		want           Hint
	}{
		"nothing":                   {},
		"sorted, each once":         {[]string{"b", "a", "b"}, nil, Hint{Folders: []string{"a", "b"}}},
		"the root is a folder":      {[]string{"", "a"}, nil, Hint{Folders: []string{"", "a"}}},
		"a folder in a tree":        {[]string{"a", "a/b", "a/b/c", "c"}, []string{"a/b"}, Hint{Folders: []string{"a", "c"}, Trees: []string{"a/b"}}},
		"a tree in a tree":          {nil, []string{"a/b/c", "a", "ab"}, Hint{Trees: []string{"a", "ab"}}},
		"a name that begins alike":  {[]string{"a b", "a-b/c"}, []string{"a"}, Hint{Folders: []string{"a b", "a-b/c"}, Trees: []string{"a"}}},
		"everything below the root": {[]string{"a"}, []string{"", "b"}, Hint{All: true}},
	} {
		t.Run(name, func(t *testing.T) {
			h := begun()
			for _, f := range c.folders {
				h.addFolder(f)
			}
			for _, f := range c.trees {
				h.addTree(f)
			}
			got := h.take()
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
			for _, f := range append(c.folders, c.trees...) {
				if !got.Covers(f) || !got.Covers(f+"/x") && contains(c.trees, f) {
					t.Errorf("%+v does not cover %q", got, f)
				}
			}
			if got.Covers("else/where") != got.All {
				t.Errorf("%+v covers everything", got)
			}
			if again := h.take(); !again.Empty() {
				t.Errorf("taken twice: %+v", again)
			}
		})
	}
}

// begun are hints after the first.
func begun() *hints {
	h := newHints()
	h.addFolder("before that, nobody need come")
	h.addAll()
	h.take()
	return h
}

func contains(list []string, s string) bool {
	for _, l := range list {
		if l == s {
			return true
		}
	}
	return false
}

func TestHintsHaveABound(t *testing.T) {
	h := begun()
	for i := range maxHints + 1 {
		h.addFolder(fmt.Sprint(i))
	}
	h.addTree("a")
	if got := h.take(); !cmp.Equal(got, Hint{All: true}) {
		t.Errorf("%d folders, %d trees, all: %v", len(got.Folders), len(got.Trees), got.All)
	}
	h.addFolder("a")
	<-h.changed
	if got := h.take(); !cmp.Equal(got, Hint{Folders: []string{"a"}}) {
		t.Errorf("after that: %+v", got)
	}
}

func TestWhatIsToldWhileSomebodyTakesIsToldAgain(t *testing.T) {
	h := begun()
	h.addFolder("a")
	<-h.changed
	h.addFolder("b")
	if got := h.take(); !cmp.Equal(got, Hint{Folders: []string{"a", "b"}}) {
		t.Errorf("%+v", got)
	}
	select {
	case <-h.changed:
		t.Error("there is nothing more to take")
	default:
	}
	h.addAll()
	select {
	case <-h.changed:
	default:
		t.Error("nobody is told")
	}
}
