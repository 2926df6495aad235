package state

import (
	"fmt"
	"os"
	"path/filepath"
)

// writeDurably replaces path by data: after it returns, a crash finds the new content, before it the old.
func writeDurably(path string, data []byte) (err error) {
	return replaceDurably(path, func(f *os.File) error {
		_, err := f.Write(data)
		return err
	})
}

func replaceDurably(path string, write func(*os.File) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return fmt.Errorf("write %q: %w", path, err)
	}
	defer os.Remove(f.Name()) // nothing there any more, if all went well
	err = write(f)
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write %q: %w", path, err)
	}
	return syncDir(filepath.Dir(path))
}
