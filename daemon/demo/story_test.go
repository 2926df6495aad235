package demo

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dossier/config"
	"dossier/daemon"
	"dossier/remote"
	"dossier/remote/box"
	"dossier/remote/rest"
	"dossier/remote/sandbox"
)

func options(t *testing.T, dir string) Options {
	return Options{Once: true, Dir: dir, Seed: 1, Out: t.Output(), Log: slog.New(slog.DiscardHandler), Drivers: daemon.Drivers{config.Box: {Open: box.Open, Assumptions: box.Assumptions}}}
}

func TestTheStoryGoesAsTold(t *testing.T) {
	if err := Run(t.Context(), options(t, t.TempDir())); err != nil {
		t.Error(err)
	}
}

// idle is a portal on which replacing a file's content does nothing, and says it did.
type idle struct{ remote.Driver }

func (d idle) Replace(ctx context.Context, old remote.Entry, _ remote.Upload) (remote.Entry, error) {
	return d.Get(ctx, old.ID, remote.File)
}

// slowMover is a portal on which a folder cannot be renamed.
type slowMover struct{ remote.Driver }

func (d slowMover) Features() remote.Features {
	f := d.Driver.Features()
	f.Rename, f.MoveFolders, f.MoveFiles = false, false, false
	return f
}

func TestTheStoryEndsAtTheFirstStepThatIsNotAsTold(t *testing.T) {
	for step, wrap := range map[string]func(remote.Driver) remote.Driver{
		"step 3": func(d remote.Driver) remote.Driver { return idle{d} },
		"step 6": func(d remote.Driver) remote.Driver { return slowMover{d} },
	} {
		opt := options(t, t.TempDir())
		opt.Drivers = daemon.Drivers{config.Box: {Open: func(o rest.Options) (remote.Driver, error) {
			d, err := box.Open(o)
			return wrap(d), err
		}}}
		if err := Run(t.Context(), opt); err == nil || !strings.Contains(err.Error(), step+" of the demo did not go as told") {
			t.Errorf("%s: %v", step, err)
		}
	}
}

func TestBothSidesAreReallyCompared(t *testing.T) {
	s, err := openStage(t.Context(), t.TempDir(), Clients(1)[:1], slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	client := Clients(1)[0]
	for _, f := range client.Files {
		path := s.onDisk(client.Name, f.Path)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, f.Data, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := s.compare(client.Name); n != len(client.Files) || err != nil {
		t.Fatalf("%d files are equal, %v", n, err)
	}
	paper := client.Files[0]
	for what, change := range map[string]func() error{
		"another byte":  func() error { return os.WriteFile(s.onDisk(client.Name, paper.Path), []byte("x"), 0o600) },
		"a file more":   func() error { return os.WriteFile(s.onDisk(client.Name, "more"), nil, 0o600) },
		"a folder more": func() error { return os.Mkdir(s.onDisk(client.Name, "more"), 0o700) },
		"a file less":   func() error { return os.Remove(s.onDisk(client.Name, paper.Path)) },
		"one on the portal": func() error {
			_, err := s.portal.Put(sandbox.Box, onPortal(client.Name, "there"), strings.NewReader(""), time.Time{})
			return err
		},
	} {
		if err := change(); err != nil {
			t.Fatal(err)
		}
		if _, err := s.compare(client.Name); err == nil {
			t.Errorf("%s: not seen", what)
		}
		undo := errors.Join(os.WriteFile(s.onDisk(client.Name, paper.Path), paper.Data, 0o600), os.RemoveAll(s.onDisk(client.Name, "more")))
		if s.portalTree(client.Name)["there"] != "" {
			undo = errors.Join(undo, s.portal.Purge(sandbox.Box, onPortal(client.Name, "there")))
		}
		if undo != nil {
			t.Fatal(undo)
		}
	}
}

// A note saved in one office comes to the other, by way of the portal.
func TestItGoesOnUntilItIsEnded(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	opt := options(t, t.TempDir())
	var out bytes.Buffer
	opt.Once, opt.Every, opt.Out = false, time.Millisecond, writer(func(p []byte) (int, error) {
		if bytes.Contains(p, []byte("1 file down")) && bytes.Contains(p, []byte("colleague")) {
			cancel()
		}
		if bytes.Contains(p, []byte("Ctrl-C")) {
			path := filepath.Join(opt.Dir, clientsDir, Clients(1)[0].Name, "note.txt")
			if err := os.WriteFile(path, []byte("a note"), 0o600); err != nil {
				t.Error(err)
			}
		}
		return out.Write(p)
	})
	if err := Run(ctx, opt); err != nil {
		t.Errorf("%v\n%s", err, out.String())
	}
}

type writer func([]byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

func TestItTakesNoFolderThatHoldsOtherThings(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "mine.txt"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, once := range []bool{true, false} {
		opt := options(t, dir)
		opt.Once = once
		if err := Run(t.Context(), opt); !errors.Is(err, ErrNotOurs) {
			t.Errorf("once %v: %v", once, err)
		}
	}
	if entries, err := os.ReadDir(dir); len(entries) != 1 || err != nil {
		t.Errorf("the folder holds %v, %v", entries, err)
	}
}
