package local_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"dossier/syncer/local"
	"dossier/syncer/local/simdisk"
)

// step is a change of the disk and what must hold after it, done, failed or cut off.
type step struct {
	opt simdisk.Options
	// set up the disk; the step itself is returned
	prepare func(b *bench) func() error
	// the outcomes there may be: the client's tree after Recover, and the paths in the vault
	before, after outcome
}

type outcome struct {
	tree  map[string]string
	vault []string
}

type tree = map[string]string

var steps = map[string]step{
	"place a new file": {
		prepare: func(b *bench) func() error {
			staged := b.stage("s1", "new")
			return func() error {
				_, err := local.Commit(b.t.Context(), b.disk, staged, local.In("a"), nil, b.vault)
				return err
			}
		},
		before: outcome{tree{}, nil},
		after:  outcome{tree{"a": "new"}, nil},
	},
	"replace a file": {
		prepare: func(b *bench) func() error {
			was, staged := b.write("a", "base"), b.stage("s1", "new")
			return func() error {
				_, err := local.Commit(b.t.Context(), b.disk, staged, local.In("a"), &was, b.vault)
				return err
			}
		},
		before: outcome{tree{"a": "base"}, nil},
		after:  outcome{tree{"a": "new"}, []string{"a"}},
	},
	"remove a file": {
		prepare: func(b *bench) func() error {
			was := b.write("a", "base")
			return func() error {
				_, err := local.Remove(b.t.Context(), b.disk, local.In("a"), was, b.vault)
				return err
			}
		},
		before: outcome{tree{"a": "base"}, nil},
		after:  outcome{tree{}, []string{"a"}},
	},
	"remove a folder": {
		prepare: func(b *bench) func() error {
			b.user.Mkdir("d")
			b.user.Mkdir("d/e")
			known := map[string]local.Fingerprint{"f": b.write("d/f", "one"), "e/g": b.write("d/e/g", "two")}
			return func() error {
				_, err := local.RemoveDir(b.t.Context(), b.disk, local.In("d"), judge(known), b.vault)
				return err
			}
		},
		before: outcome{tree{"d/": "", "d/e/": "", "d/f": "one", "d/e/g": "two"}, nil},
		after:  outcome{tree{}, []string{"d"}},
	},
	"move a file": {
		prepare: func(b *bench) func() error {
			b.user.Mkdir("d")
			was := b.write("a", "base")
			return func() error {
				_, err := local.Move(b.t.Context(), b.disk, local.In("a"), local.In("d/b"), &was, b.vault)
				return err
			}
		},
		before: outcome{tree{"d/": "", "a": "base"}, nil},
		after:  outcome{tree{"d/": "", "d/b": "base"}, nil},
	},
	"rename a folder in letter case only": {
		opt: simdisk.Options{FoldCase: true},
		prepare: func(b *bench) func() error {
			b.user.Mkdir("vat")
			b.write("vat/f", "one")
			return func() error {
				_, err := local.Move(b.t.Context(), b.disk, local.In("vat"), local.In("VAT"), nil, b.vault)
				return err
			}
		},
		before: outcome{tree{"vat/": "", "vat/f": "one"}, nil},
		after:  outcome{tree{"VAT/": "", "VAT/f": "one"}, nil},
	},
	"move a file aside": {
		prepare: func(b *bench) func() error {
			b.write("a.pdf", "mine")
			return func() error {
				_, err := local.MoveAside(b.t.Context(), b.disk, local.In("a.pdf"), "a (conflict).pdf")
				return err
			}
		},
		before: outcome{tree{"a.pdf": "mine"}, nil},
		after:  outcome{tree{"a (conflict).pdf": "mine"}, nil},
	},
	"make a folder": {
		prepare: func(b *bench) func() error {
			return func() error {
				_, err := local.Mkdir(b.disk, local.In("d"))
				return err
			}
		},
		before: outcome{tree{}, nil},
		after:  outcome{tree{"d/": ""}, nil},
	},
	"restore from the vault": {
		prepare: func(b *bench) func() error {
			was := b.write("a", "base")
			got, err := local.Remove(b.t.Context(), b.disk, local.In("a"), was, b.vault)
			if err != nil {
				b.t.Fatal(err)
			}
			return func() error {
				_, err := b.vault.Restore(b.t.Context(), got.Vaulted, local.Path{})
				return err
			}
		},
		before: outcome{tree{}, []string{"a"}},
		after:  outcome{tree{"a": "base"}, nil},
	},
}

// judge expects exactly the known files, and folders.
func judge(known map[string]local.Fingerprint) local.Judge {
	return func(rel string, info local.Info) (local.Verdict, *local.Fingerprint) {
		if info.Kind == local.Dir {
			return local.Expected, nil
		}
		if f, ok := known[rel]; ok {
			return local.Expected, &f
		}
		if rel == "Thumbs.db" {
			return local.Junk, nil
		}
		return local.Unexpected, nil
	}
}

func (b *bench) is(o outcome) bool {
	if !equalTrees(o.tree, b.disk.Tree(local.Client)) {
		return false
	}
	items := b.vaulted()
	for _, path := range o.vault {
		if _, ok := items[path]; !ok {
			return false
		}
	}
	return len(items) == len(o.vault)
}

func (b *bench) dump() string {
	return fmt.Sprintf("client %q, house %q", b.disk.Tree(local.Client), b.disk.Tree(local.House))
}

// recover does what the next run does first.
func (b *bench) recover() local.Recovered {
	b.t.Helper()
	b.vault = openVault(b.t, b.disk)
	got, err := local.Recover(b.t.Context(), b.disk, b.vault)
	if err != nil {
		b.t.Fatalf("recover: %v; %s", err, b.dump())
	}
	if open, err := b.disk.ReadDir(local.InHouse("vault/jansen/open")); err == nil && len(open) > 0 {
		b.t.Errorf("recover left %v", open)
	}
	return got
}

// check verifies what must always hold after a step that ended with err and a recovery.
func (s step) check(b *bench, err error, what string) {
	b.t.Helper()
	b.recover()
	switch {
	case b.is(s.after):
	case err == nil:
		b.t.Errorf("%s: said done, but is not; %s", what, b.dump())
	case !b.is(s.before):
		b.t.Errorf("%s: %v: neither before nor after; %s", what, err, b.dump())
	}
}

var errDisk = errors.New("the disk failed")

// E5, E2: the n-th call fails, in both versions (not done; done, but not told), alone or with all that follow.
func TestEachCallFails(t *testing.T) {
	for name, s := range steps {
		t.Run(name, func(t *testing.T) {
			for _, told := range []bool{true, false} {
				for _, only := range []bool{true, false} {
					for n := 0; s.failAt(t, n, told, only); n++ {
					}
				}
			}
		})
	}
}

// failAt reports whether the step has so many calls.
func (s step) failAt(t *testing.T, n int, told, only bool) bool {
	b := newBench(t, s.opt)
	do := s.prepare(b)
	calls, hit := 0, false
	hook := func(string, local.Path) error {
		calls++
		if calls-1 == n || calls-1 > n && !only {
			hit = true
			return errDisk
		}
		return nil
	}
	if told {
		b.disk.SetHooks(hook, nil)
	} else {
		b.disk.SetHooks(nil, hook)
	}
	err := do()
	b.disk.SetHooks(nil, nil)
	s.check(b, err, fmt.Sprintf("call %d fails, before its effect %v, alone %v", n, told, only))
	return hit && !t.Failed()
}

// E2, E3, P6: the machine stops before the n-th call and forgets any part of what was not made durable. After Recover the old
// or the new state is there, whole; a step that had returned is durable.
func TestCrashAtEachCall(t *testing.T) {
	seeds := uint64(40)
	if testing.Short() {
		seeds = 4
	}
	for name, s := range steps {
		t.Run(name, func(t *testing.T) {
			for n := 0; ; n++ {
				more := false
				for seed := range seeds {
					more = s.crashAt(t, n, seed)
				}
				if !more || t.Failed() {
					break
				}
			}
		})
	}
}

func (s step) crashAt(t *testing.T, n int, seed uint64) bool {
	b := newBench(t, s.opt)
	do := s.prepare(b)
	calls, hit := 0, false
	b.disk.SetHooks(func(string, local.Path) error {
		calls++
		if calls > n {
			hit = true
			return simdisk.ErrCrashed
		}
		return nil
	}, nil)
	err := do()
	b.disk.SetHooks(nil, nil)
	b.disk.Crash(rand.New(rand.NewPCG(seed, uint64(n))))
	s.check(b, err, fmt.Sprintf("crash at call %d, seed %d", n, seed))
	return hit
}

// A second crash during Recover changes nothing.
func TestCrashDuringRecover(t *testing.T) {
	for name, s := range steps {
		for seed := range uint64(400) {
			r := rand.New(rand.NewPCG(seed, 1))
			b := newBench(t, s.opt)
			do := s.prepare(b)
			err := b.stopAfter(r.IntN(60), do)
			b.disk.Crash(r)
			for range 3 {
				b.stopAfter(r.IntN(30), func() error {
					_, err := local.Recover(t.Context(), b.disk, openVault(t, b.disk))
					return err
				})
				b.disk.Crash(r)
			}
			s.check(b, err, fmt.Sprintf("%s, seed %d", name, seed))
			if t.Failed() {
				return
			}
		}
	}
}

// Without a journal a crash may leave a renamed thing at both its names. Nothing is lost then either, and a step that had
// returned is done.
func TestCrashWithoutAJournal(t *testing.T) {
	for name, s := range steps {
		s.opt.HalfRenames = true
		for n := 0; ; n++ {
			more := false
			for seed := range uint64(20) {
				b := newBench(t, s.opt)
				do := s.prepare(b)
				had := slices.Collect(maps.Values(s.before.tree))
				if s.before.vault != nil {
					had = append(had, "base")
				}
				err := b.stopAfter(n, do)
				more = more || err != nil
				b.disk.Crash(newRand(seed))
				b.recover()
				if err == nil && !b.is(s.after) {
					t.Errorf("%s, seed %d: said done, but is not; %s", name, seed, b.dump())
				}
				for _, data := range had {
					if data != "" && !b.holds(data) {
						t.Errorf("%s, crash at call %d, seed %d: %q is lost; %s", name, n, seed, data, b.dump())
					}
				}
			}
			if !more || t.Failed() {
				break
			}
		}
	}
}

// A removal that was cut off after its file was in the vault is finished, not undone.
func TestRecoverFinishesARemoval(t *testing.T) {
	b := newBench(t, simdisk.Options{})
	was := b.write("a", "base")
	b.disk.SetHooks(func(op string, p local.Path) error {
		if op == "rename" && p.Area == local.House { // of the note, at the end
			return simdisk.ErrCrashed
		}
		return nil
	}, nil)
	local.Remove(t.Context(), b.disk, local.In("a"), was, b.vault)
	b.disk.SetHooks(nil, nil)
	b.disk.Crash(newRand(1))
	if got := b.recover(); len(got.Kept) != 1 || len(got.Back) != 0 || got.Kept[0].Path != "a" {
		t.Errorf("%+v", got)
	}
	b.at("a", "")
}

// stopAfter lets n calls of do through.
func (b *bench) stopAfter(n int, do func() error) error {
	calls := 0
	b.disk.SetHooks(func(string, local.Path) error {
		if calls++; calls > n {
			return simdisk.ErrCrashed
		}
		return nil
	}, nil)
	defer b.disk.SetHooks(nil, nil)
	return do()
}
