package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/dustin/go-humanize"

	"dossier/config"
	"dossier/daemon"
	"dossier/syncer"
)

// Options say how to show it.
type Options struct {
	Once    bool   // tell the story and end; else go on until ctx ends
	Dir     string // where everything is kept; empty: in a temporary folder, removed at the end
	Seed    uint64
	Drivers daemon.Drivers
	Every   time.Duration // how often the folders are looked at when it goes on; 0: every two seconds
	Out     io.Writer
	Log     *slog.Logger
}

// Run shows dossier at work. With Once, an error means that a step did not go as told.
func Run(ctx context.Context, opt Options) (err error) {
	dir, leave, err := prepare(opt)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, leave()) }()
	s, err := openStage(ctx, dir, Clients(opt.Seed), opt.Log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	show := &show{stage: s, Options: opt, clients: Clients(opt.Seed)}
	if opt.Once {
		return show.story(ctx)
	}
	return show.goOn(ctx)
}

// ErrNotOurs is the error of a folder that cannot be used.
var ErrNotOurs = errors.New("the folder is not free")

// prepare makes the demonstration's folder. It takes no folder that holds anything but an earlier demonstration, and for Once
// none that holds one either: the story begins at the beginning.
func prepare(opt Options) (dir string, leave func() error, err error) {
	if opt.Dir == "" {
		if dir, err = os.MkdirTemp("", "dossier-demo-"); err != nil {
			return "", nil, err
		}
		return dir, func() error { return os.RemoveAll(dir) }, mark(dir)
	}
	if dir, err = filepath.Abs(opt.Dir); err != nil {
		return "", nil, err
	}
	leave = func() error { return nil }
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", nil, err
	}
	_, own := os.Stat(filepath.Join(dir, ownMark))
	switch {
	case len(entries) == 0:
		return dir, leave, mark(dir)
	case own != nil:
		return "", nil, fmt.Errorf("use %q: %w: it holds other things; name one that is empty or not there yet", dir, ErrNotOurs)
	case opt.Once:
		return "", nil, fmt.Errorf("use %q: %w: it holds an earlier demo; name another one, or leave --once away to go on with it", dir, ErrNotOurs)
	}
	return dir, leave, nil
}

func mark(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, ownMark), []byte("This folder was made by dossier demo, and may be removed.\n"), 0o600)
}

// show is the demonstration while it runs.
type show struct {
	*stage
	Options
	clients []Client
}

func (s *show) say(format string, args ...any) { fmt.Fprintf(s.Out, format+"\n", args...) }

// reconcile runs these clients of an office once, as `dossier reconcile` does.
func (s *show) reconcile(ctx context.Context, office *config.Config, names ...string) daemon.Run {
	return daemon.Reconcile(ctx, daemon.Options{Config: office, Drivers: s.Drivers, Only: names, Log: s.Log}, syncer.RunOptions{})
}

func size(n int64) string { return humanize.Bytes(uint64(n)) }
