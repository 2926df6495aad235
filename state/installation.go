package state

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// idLength is the length of a random id, before hex.
const idLength = 16

// NewID gives a random id of 32 hex digits, for a mirror or an installation.
func NewID() string {
	b := make([]byte, idLength)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// Installation gives the id of this installation: random, made once, kept in <dir>/installation. Processes that start at once get
// the same. A file that holds no id is an error, never replaced: markers on disk name the id.
func Installation(dir string) (string, error) {
	path := filepath.Join(dir, "installation")
	if id, err := readInstallation(path); !errors.Is(err, fs.ErrNotExist) {
		return id, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("make installation id: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	unlock, err := lockFile(ctx, path+".lock")
	if err != nil {
		return "", fmt.Errorf("make installation id: %w", err)
	}
	defer unlock()
	if id, err := readInstallation(path); !errors.Is(err, fs.ErrNotExist) {
		return id, err
	}
	id := NewID()
	return id, writeDurably(path, []byte(id+"\n"))
}

func readInstallation(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read installation id: %w", err)
	}
	id := strings.TrimSpace(string(text))
	if raw, err := hex.DecodeString(id); err != nil || len(raw) != idLength {
		return "", fmt.Errorf("read installation id %q: want %d hex digits: restore the file from a backup, or remove it to begin anew", path, 2*idLength)
	}
	return id, nil
}
