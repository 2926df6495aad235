package watch

import (
	"maps"
	"slices"
	"strings"
	"sync"
)

// Hint says what to look at. Paths are relative to the client's folder, with slashes; "" is that folder itself.
type Hint struct {
	All     bool     // everything; the lists are empty then
	Folders []string // whose own entries may have changed; sorted, none of them at or below one of Trees
	Trees   []string // to be looked at with everything below; sorted, none of them below another
}

// Empty tells whether there is nothing to look at.
func (h Hint) Empty() bool { return !h.All && len(h.Folders)+len(h.Trees) == 0 }

// Covers tells whether a folder's own entries are to be looked at.
func (h Hint) Covers(folder string) bool {
	if h.All {
		return true
	}
	if _, found := slices.BinarySearch(h.Folders, folder); found {
		return true
	}
	return slices.ContainsFunc(h.Trees, func(tree string) bool { return within(folder, tree) })
}

// within tells whether a path is a tree's or lies below it.
func within(path, tree string) bool {
	return tree == "" || path == tree || len(path) > len(tree) && path[len(tree)] == '/' && strings.HasPrefix(path, tree)
}

// maxHints bounds the folders that are kept for one root; one more, and all is to be looked at.
const maxHints = 1000

// hints collects what to look at until somebody takes it.
type hints struct {
	changed chan struct{} // holds something while there is something to take

	mu             sync.Mutex
	begun          bool // the first hint, which is All, was given; before that nobody need come
	all            bool
	folders, trees map[string]struct{}
}

func newHints() *hints {
	return &hints{changed: make(chan struct{}, 1), folders: map[string]struct{}{}, trees: map[string]struct{}{}}
}

func (h *hints) addAll() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.begun = true
	h.becomeAll()
	h.signal()
}

func (h *hints) addFolder(rel string) { h.add(h.folders, rel) }
func (h *hints) addTree(rel string)   { h.add(h.trees, rel) }

func (h *hints) add(to map[string]struct{}, rel string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, known := to[rel]; known || h.all || !h.begun {
		return
	}
	to[strings.Clone(rel)] = struct{}{}
	if len(h.folders)+len(h.trees) > maxHints {
		h.becomeAll()
	}
	h.signal()
}

func (h *hints) becomeAll() {
	h.all = true
	clear(h.folders)
	clear(h.trees)
}

func (h *hints) signal() {
	select {
	case h.changed <- struct{}{}:
	default:
	}
}

// take hands over what was collected, and begins anew.
func (h *hints) take() Hint {
	h.mu.Lock()
	defer h.mu.Unlock()
	select {
	case <-h.changed:
	default:
	}
	hint := condense(h.all, h.folders, h.trees)
	h.all = false
	clear(h.folders)
	clear(h.trees)
	return hint
}

// condense leaves out what lies below a tree that is looked at anyway.
func condense(all bool, folders, trees map[string]struct{}) Hint {
	if _, root := trees[""]; all || root {
		return Hint{All: true}
	}
	hint := Hint{Trees: slices.Sorted(maps.Keys(trees))}
	hint.Trees = slices.DeleteFunc(hint.Trees, func(tree string) bool { return belowAny(tree, trees) })
	for _, folder := range slices.Sorted(maps.Keys(folders)) {
		if _, tree := trees[folder]; !tree && !belowAny(folder, trees) {
			hint.Folders = append(hint.Folders, folder)
		}
	}
	return hint
}

func belowAny(path string, trees map[string]struct{}) bool {
	for path != "" && len(trees) > 0 {
		path = parent(path)
		if _, ok := trees[path]; ok {
			return true
		}
	}
	return false
}

// parent is the folder in which a path lies; that of a name without a folder is "".
func parent(rel string) string { return rel[:max(0, strings.LastIndexByte(rel, '/'))] }
