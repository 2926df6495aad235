package watch

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// cases is a number of random cases, times what DOSSIER_EFFORT says.
func cases(usual int) int {
	if f, err := strconv.ParseFloat(os.Getenv("DOSSIER_EFFORT"), 64); err == nil && f > 0 {
		return max(1, int(float64(usual)*f))
	}
	return usual
}

// somebody works in a folder, at random and without pause.
type somebody struct {
	rng  *rand.Rand
	root string
	log  []string
}

// place is a path of up to three levels of few names, so that things meet.
func (s *somebody) place() string {
	p := s.root
	for range 1 + s.rng.IntN(3) {
		p = filepath.Join(p, string(rune('a'+s.rng.IntN(3))))
	}
	return p
}

// act does one thing, or fails to: what matters is what the disk shows afterwards.
func (s *somebody) act() {
	one, two := s.place(), s.place()
	switch s.rng.IntN(7) {
	case 0, 1:
		s.note("mkdir", one, os.MkdirAll(one, 0o755))
	case 2, 3:
		s.note("write", one, os.WriteFile(filepath.Join(one, "f"), make([]byte, s.rng.IntN(100)), 0o644))
	case 4:
		s.note("rename to "+two, one, os.Rename(one, two))
	case 5:
		s.note("remove", one, os.RemoveAll(one))
	case 6: // rmdir and mkdir in one breath
		s.note("replace", one, errors.Join(os.RemoveAll(one), os.Mkdir(one, 0o755)))
	}
}

func (s *somebody) note(what, path string, err error) {
	s.log = append(s.log, strings.ReplaceAll(fmt.Sprintf("%s %s: %v", what, path, err), s.root, ""))
}

// listings says for each folder below a root what its listing shows, each folder told from another at its place.
func listings(t *testing.T, root string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		line := fmt.Sprintln(d.Name(), info.Mode())
		if !d.IsDir() {
			line = fmt.Sprintln(d.Name(), info.Size(), info.ModTime().UnixNano())
		}
		if rel == "." {
			all[""] = ""
			return nil
		}
		rel = filepath.ToSlash(rel)
		all[parent(rel)] += line
		if d.IsDir() {
			all[rel] = ""
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// changed lists the folders whose listing is another than before.
func changed(before, after map[string]string) []string {
	var names []string
	for folder, listing := range after {
		if was, known := before[folder]; !known || was != listing {
			names = append(names, folder)
		}
	}
	slices.Sort(names)
	return names
}

// E7: whatever is done in a folder, and however fast, the hints cover every folder whose listing changed, and every folder is watched after it.
func TestHintsCoverEveryFolderThatChanged(t *testing.T) {
	for i := range cases(30) {
		seed := rand.Uint64()
		t.Run(fmt.Sprintf("%d seed %d", i, seed), func(t *testing.T) { live(t, seed) })
	}
}

func live(t *testing.T, seed uint64) {
	dir := t.TempDir()
	who := &somebody{rng: rand.New(rand.NewPCG(seed, 0)), root: dir}
	for range 10 {
		who.act()
	}
	r := begin(t, Options{}, dir, RootOptions{})
	for range 3 {
		settle(t, r, dir)
		before := listings(t, dir)
		for range 30 {
			who.act()
		}
		after := listings(t, dir)
		if !coverAll(t, r, changed(before, after)) {
			t.Fatalf("%q", who.log)
		}
	}
	settle(t, r, dir)
	for folder := range listings(t, dir) {
		put(t, dir, filepath.FromSlash(folder), "last")
		if !coverAll(t, r, []string{folder}) {
			t.Fatalf("%q is not watched: %q", folder, who.log)
		}
	}
	if s := r.Status(); s.Folders != len(listings(t, dir)) || int(r.w.held.Load()) != s.Folders {
		t.Errorf("%+v, %d are held, for %d folders", s, r.w.held.Load(), len(listings(t, dir)))
	}
}

// coverAll tells whether hints come that cover some folders, each by its own name.
func coverAll(t *testing.T, r *Root, folders []string) bool {
	t.Helper()
	hints := &seen{r: r}
	missing := hints.waited(folders)
	for _, h := range hints.hints {
		if h.All {
			t.Error("everything is to be looked at, which hides what this test is for")
		}
	}
	if missing != nil {
		t.Errorf("no hint covers %q", missing)
	}
	return missing == nil
}
