package notice

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// FileName is the memory's file, in the state's folder.
const FileName = "notices.json"

// Load reads the memory of a state's folder. One that is not there, or was written by another version, is empty; with one that cannot be
// read comes an error, and an empty memory to go on with: what was told is then told once more.
func Load(dir string) (Memory, error) {
	var m Memory
	path := filepath.Join(dir, FileName)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Memory{}, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &m)
	}
	if err != nil {
		return Memory{}, fmt.Errorf("read what was told: %w", err)
	}
	if m.Version != memoryVersion {
		return Memory{}, nil
	}
	return m, nil
}

// Save writes the memory, mode 0600, whole or not at all.
func Save(dir string, m Memory) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("write what was told: %w", err)
		}
	}()
	data, err := json.Marshal(m)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".notices-*.new") // made with mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // gone after the rename
	_, err = f.Write(data)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), filepath.Join(dir, FileName))
}
