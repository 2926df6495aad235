package local_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"dossier/syncer/local"
	"dossier/syncer/local/simdisk"
)

// life is a random run of steps, of a user between their calls, of failures and crashes, on few names.
type life struct {
	*bench
	r     *rand.Rand
	alive map[string]bool // contents that must be somewhere: nobody took them away on purpose
	n     int             // numbers contents and stages
	quiet bool            // the user does nothing now
}

// P6, E1, E2, E3, E5: in any life, each content that its user did not himself overwrite or remove, and each that a step said
// to have placed, is somewhere: at a name, aside, or in the vault.
func TestNoLifeLosesAByte(t *testing.T) {
	seeds := uint64(400)
	if testing.Short() {
		seeds = 40
	}
	first := uint64(0)
	if s := os.Getenv("DOSSIER_SEED"); s != "" { // replays one life
		var err error
		if first, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatal(err)
		}
		seeds = 1
	}
	done := map[string]int{}
	for seed := first; seed < first+seeds; seed++ {
		if !liveOnce(t, seed, done) {
			t.Fatalf("replay with DOSSIER_SEED=%d go test -run %s", seed, t.Name())
		}
	}
	t.Logf("steps that succeeded: %v", done)
	for _, step := range []string{"place", "replace", "remove", "remove folder", "move", "aside", "restore"} {
		if done[step] == 0 && seeds > 1 {
			t.Errorf("no life ever did %q", step)
		}
	}
}

func liveOnce(t *testing.T, seed uint64, done map[string]int) bool {
	r := rand.New(rand.NewPCG(seed, 3))
	l := &life{bench: newBench(t, simdisk.Options{FoldCase: r.IntN(2) == 0}), r: r, alive: map[string]bool{}}
	for range 40 {
		l.quiet = r.IntN(2) == 0
		fail := r.IntN(4) == 0
		before, after := l.hook(fail), l.hook(fail && r.IntN(2) == 0)
		l.disk.SetHooks(before, after)
		name, err := l.step()
		l.disk.SetHooks(nil, nil)
		if err == nil {
			done[name]++
		}
		if errors.Is(err, simdisk.ErrCrashed) || r.IntN(10) == 0 {
			l.disk.Crash(r)
			l.recover()
		}
		for data := range l.alive {
			if !l.holds(data) {
				t.Errorf("seed %d: after %s (%v) %q is lost; %s", seed, name, err, data, l.dump())
				return false
			}
		}
	}
	return !t.Failed()
}

// hook lets the user act, and calls fail, now and then; after a crash every call fails.
func (l *life) hook(fail bool) simdisk.Hook {
	crashed := false
	return func(string, local.Path) error {
		if !l.quiet && l.r.IntN(20) == 0 {
			l.act()
		}
		switch {
		case crashed || fail && l.r.IntN(60) == 0:
			crashed = true
			return simdisk.ErrCrashed
		case fail && l.r.IntN(30) == 0:
			return errDisk
		}
		return nil
	}
}

func (l *life) content() string { l.n++; return fmt.Sprint("c", l.n) }

func (l *life) name() string {
	return []string{"a", "A", "b", "d/a", "d/b", "d/e/a"}[l.r.IntN(6)]
}

// files returns the paths of the files in the client's folder.
func (l *life) files() []string {
	tree := l.disk.Tree(local.Client)
	return slices.DeleteFunc(simdisk.Paths(tree), func(p string) bool { return strings.HasSuffix(p, "/") })
}

// act is one action of the user. What he overwrites or removes is his to lose.
func (l *life) act() {
	files, tree := l.files(), l.disk.Tree(local.Client)
	rel := l.name()
	if dir := local.In(rel).Dir().Rel; dir != "" {
		if _, there := tree[dir+"/"]; !there {
			return
		}
	}
	if len(files) > 0 && l.r.IntN(2) == 0 {
		rel = files[l.r.IntN(len(files))]
	}
	if was, there := l.user.ReadFile(rel); there {
		delete(l.alive, was)
		if l.r.IntN(3) == 0 {
			l.user.Remove(rel)
			return
		}
	}
	data := l.content()
	l.user.WriteFile(rel, data)
	l.alive[data] = true
}

// step is one change by us, decided on what is seen at its beginning.
func (l *life) step() (string, error) {
	ctx, files := l.t.Context(), l.files()
	switch kind := l.r.IntN(8); {
	case kind == 0:
		_, err := local.Mkdir(l.disk, local.In([]string{"d", "d/e"}[l.r.IntN(2)]))
		return "mkdir", err
	case kind == 1:
		return "remove folder", l.removeFolder()
	case kind == 2:
		return "restore", l.restore()
	case kind == 3 || len(files) == 0:
		return "place", l.place(l.name(), nil)
	default:
		rel := files[l.r.IntN(len(files))]
		was, err := local.Hash(ctx, l.disk, local.In(rel))
		if err != nil {
			return "hash", err
		}
		switch kind {
		case 4:
			return "replace", l.place(rel, &was)
		case 5:
			_, err = local.Remove(ctx, l.disk, local.In(rel), was, l.vault)
			return "remove", err
		case 6:
			_, err = local.Move(ctx, l.disk, local.In(rel), local.In(l.name()), &was, l.vault)
			return "move", err
		}
		_, err = local.MoveAside(ctx, l.disk, local.In(rel), l.content())
		return "aside", err
	}
}

func (l *life) place(rel string, expect *local.Fingerprint) error {
	data := l.content()
	staged, err := stage(l.bench, data, data)
	if err != nil {
		return err
	}
	l.alive[data] = true // and not placed, it stays staged
	if _, err = local.Commit(l.t.Context(), l.disk, staged, local.In(rel), expect, l.vault); err != nil {
		delete(l.alive, data) // the portal has it
	}
	return err
}

func (l *life) removeFolder() error {
	known := map[string]local.Fingerprint{}
	for _, rel := range l.files() {
		if below, ok := strings.CutPrefix(rel, "d/"); ok {
			f, err := local.Hash(l.t.Context(), l.disk, local.In(rel))
			if err != nil {
				return err
			}
			known[below] = f
		}
	}
	_, err := local.RemoveDir(l.t.Context(), l.disk, local.In("d"), judge(known), l.vault)
	return err
}

func (l *life) restore() error {
	items, err := l.vault.List()
	if err != nil || len(items) == 0 {
		return errors.Join(err, errDisk)
	}
	_, err = l.vault.Restore(l.t.Context(), items[l.r.IntN(len(items))].ID, local.Path{})
	return err
}
