package watch

import "github.com/fsnotify/fsnotify"

// source is where events come from: fsnotify, or a test. Its channels are read without pause from [Watcher.source] to the end.
type source interface {
	// Add watches a folder, not what lies in those below it. It may be called again for the same folder.
	Add(path string) error
	// Remove forgets a folder. It fails where the folder is gone, which does not matter.
	Remove(path string) error
	Events() <-chan fsnotify.Event
	Errors() <-chan error
	// Close ends both channels.
	Close() error
}

type notify struct{ *fsnotify.Watcher }

func (n notify) Events() <-chan fsnotify.Event { return n.Watcher.Events }
func (n notify) Errors() <-chan error          { return n.Watcher.Errors }

func openNotify() (source, error) {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, err
	}
	return notify{w}, nil
}
