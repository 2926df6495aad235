package watch

import (
	"errors"
	"os"
	"path/filepath"
	"time"
)

// patience is how long a trial file's event may take. It usually takes microseconds, but this may be a busy computer that has just started.
const patience = 10 * time.Second

// errDeaf: a trial file made no event.
var errDeaf = errors.New("a new file made no event")

// try makes a file in a folder of its own below dir, and waits for its event. Where no file can be made, nothing is known, and so nothing is wrong.
func (w *Watcher) try(src source, dir string) error {
	folder, err := trialFolder(dir)
	if err != nil {
		w.opt.Log.Warn("file events could not be tried", "error", err)
		return nil
	}
	defer os.RemoveAll(folder)
	heard := w.listen(folder)
	defer w.unlisten(folder)
	if err := src.Add(folder); err != nil {
		return err
	}
	defer src.Remove(folder)
	if err := os.WriteFile(filepath.Join(folder, "trial"), nil, 0o600); err != nil {
		w.opt.Log.Warn("file events could not be tried", "error", err)
		return nil
	}
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case <-heard:
		return nil
	case <-late.C:
		return errDeaf
	case <-w.ctx.Done():
		return ErrClosed
	}
}

func trialFolder(dir string) (string, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	return os.MkdirTemp(dir, "watch-")
}

func (w *Watcher) listen(folder string) <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	heard := make(chan struct{}, 1)
	w.trials[filepath.Clean(folder)] = heard
	return heard
}

func (w *Watcher) unlisten(folder string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.trials, filepath.Clean(folder))
}
