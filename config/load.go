package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"unicode/utf8"
)

// maxFile bounds a configuration file, in bytes: some fifty thousand clients.
const maxFile = 16 << 20

// Check is what somebody else has to say about a configuration, as its fault at a key such as portal.office.assume.trash. It must
// bear a configuration in which other things are wrong, and changes nothing.
type Check func(cfg *Config, fault func(key, text string))

// Load reads and checks the file at path. Everything wrong with its content comes back at once, as Faults;
// other errors are about the file itself. A file that every user of the machine may write is refused.
func Load(path string, also ...Check) (*Config, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("read configuration %q: %w", path, err)
	}
	data, err := readFile(abs)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("read configuration %q: %w; `dossier init` makes one, `dossier config example` prints one to edit", path, os.ErrNotExist)
	}
	if err != nil {
		return nil, fmt.Errorf("read configuration %q: %w", path, err)
	}
	return parse(abs, data, thisMachine(abs), also...)
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() // read only
	if info, err := f.Stat(); err != nil || info.IsDir() {
		return nil, errors.Join(err, errors.New("it is a folder; name the file in it"))
	}
	if err := checkNotForeign(f); err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = fmt.Errorf("it is longer than %d MB", maxFile>>20)
	}
	return data, err
}

// Parse reads and checks a configuration from memory; name stands for the file in faults. Folders are looked
// up on this machine as Load does.
func Parse(name string, data []byte, also ...Check) (*Config, error) {
	return parse(name, data, thisMachine(name), also...)
}

func parse(name string, data []byte, m machine, also ...Check) (*Config, error) {
	data = bytes.TrimPrefix(data, byteOrderMark)
	r := &report{file: name, bad: map[string]bool{}}
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		r.add("", position{1, 1}, "the file is written as UTF-16; save it as UTF-8")
		return nil, r.err()
	}
	if at, ok := firstInvalid(data); ok {
		r.add("", at, "a byte here is no UTF-8; save the file as UTF-8")
		return nil, r.err()
	}
	r.layout = newLayout(data)
	cfg := Defaults()
	if decode(r, data, &cfg) {
		check(r, &cfg, m)
		for _, more := range also {
			more(&cfg, func(key, text string) { r.fault(key, "%s", text) })
		}
	}
	if err := r.err(); err != nil {
		return nil, err
	}
	return &cfg, nil
}

// firstInvalid finds the first byte that is no UTF-8.
func firstInvalid(data []byte) (position, bool) {
	if utf8.Valid(data) {
		return position{}, false
	}
	at := position{1, 1}
	for len(data) > 0 {
		c, n := utf8.DecodeRune(data)
		if c == utf8.RuneError && n == 1 {
			break
		}
		at.col += n
		if c == '\n' {
			at = position{at.line + 1, 1}
		}
		data = data[n:]
	}
	return at, true
}
