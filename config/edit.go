package config

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// Edit changes the text of a configuration, and leaves comments, order and all else as they are.
type Edit struct {
	text  func(text []byte) ([]byte, error) // what is written
	means func(doc map[string]any)          // what it shall mean: the proof that nothing else was changed
	holds func(was, is *Config) bool        // what shall be read of it
	lines string                            // what a person would add by hand
}

// AddClients appends a section for each client, with those of its keys that say something.
func AddClients(clients ...Client) Edit {
	var lines strings.Builder
	for i, c := range clients {
		if i > 0 {
			lines.WriteByte('\n')
		}
		lines.WriteString(Section(c))
	}
	return Edit{
		lines: lines.String(),
		text:  func(text []byte) ([]byte, error) { return appendLines(text, lines.String()), nil },
		means: func(doc map[string]any) {
			list, _ := doc["client"].([]any)
			for _, c := range clients {
				var section struct{ Client []any }
				_ = toml.Unmarshal([]byte(Section(c)), &section) // it is parsed whole a moment later
				list = append(list, section.Client...)
			}
			doc["client"] = list
		},
		holds: func(was, is *Config) bool { return len(is.Clients) == len(was.Clients)+len(clients) },
	}
}

// SetAssumed settles facts under a portal's `assume`.
func SetAssumed(portal string, set map[string]any) Edit {
	return Edit{
		lines: "[portal." + portal + "]\n" + AssumeLine(set) + "\n",
		text: func(text []byte) (_ []byte, err error) {
			for _, key := range slices.Sorted(maps.Keys(set)) {
				if text, err = setAssumed(text, portal, key, set[key]); err != nil {
					return nil, err
				}
			}
			return text, nil
		},
		means: func(doc map[string]any) {
			assume := under(under(under(doc, "portal"), portal), "assume")
			maps.Copy(assume, set)
		},
		holds: func(_, is *Config) bool {
			for key, value := range set {
				if is.Portals[portal].Assume[key] != value {
					return false
				}
			}
			return true
		},
	}
}

// under is a section of a document; one that is not there is made.
func under(doc map[string]any, key string) map[string]any {
	for k := range doc {
		if strings.EqualFold(k, key) {
			key = k
		}
	}
	section, ok := doc[key].(map[string]any)
	if !ok {
		section = map[string]any{}
		doc[key] = section
	}
	return section
}

// Draft is an edited configuration that is good, and not yet written.
type Draft struct {
	Path          string
	Before, After []byte
	Config        *Config // as it will be
}

// Prepare edits the file at path in memory. The outcome is read again: it must mean what was there before and the edit, and pass every
// check. If it does not pass, the error is Faults with positions in the edited text.
func Prepare(path string, e Edit, also ...Check) (*Draft, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("edit configuration %q: %w", path, err)
	}
	before, err := readFile(abs)
	if err != nil {
		return nil, fmt.Errorf("edit configuration %q: %w", path, err)
	}
	was, err := parse(abs, before, thisMachine(abs), also...)
	if err != nil {
		return nil, err // as it stands, before we touch it
	}
	mark := len(before) - len(bytes.TrimPrefix(before, byteOrderMark))
	edited, err := e.text(before[mark:])
	if err != nil {
		return nil, &ByHandError{Path: path, Lines: e.lines, Err: err}
	}
	after := slices.Concat(before[:mark], edited)
	cfg, err := parse(abs, after, thisMachine(abs), also...)
	if err != nil {
		return nil, err
	}
	if !e.proven(before[mark:], edited) || !e.holds(was, cfg) {
		return nil, &ByHandError{Path: path, Lines: e.lines, Err: errors.New("more would change than was meant")}
	}
	return &Draft{Path: path, Before: before, After: after, Config: cfg}, nil
}

// byteOrderMark is what Notepad begins a file with.
var byteOrderMark = []byte("\xef\xbb\xbf")

// proven tells whether the edited text means what the edit says, and nothing else.
func (e Edit) proven(before, after []byte) bool {
	var was, is map[string]any
	if toml.Unmarshal(before, &was) != nil || toml.Unmarshal(after, &is) != nil {
		return false
	}
	if was == nil {
		was = map[string]any{}
	}
	e.means(was)
	return reflect.DeepEqual(was, is)
}

// ByHandError is the error of an edit that cannot be made safely: a person must add the lines himself.
type ByHandError struct {
	Path  string
	Lines string
	Err   error
}

func (e *ByHandError) Error() string {
	return fmt.Sprintf("edit configuration %q: %v; add this by hand:\n%s", e.Path, e.Err, strings.TrimRight(e.Lines, "\n"))
}

func (e *ByHandError) Unwrap() error { return e.Err }

// Write replaces the file by the draft, whole or not at all, and keeps its mode and owner. A link stays a link. If the file was changed
// since it was read, nothing is written.
func (d *Draft) Write() error {
	if err := d.write(); err != nil {
		return fmt.Errorf("write configuration %q: %w", d.Path, err)
	}
	return nil
}

func (d *Draft) write() error {
	path, err := filepath.EvalSymlinks(d.Path)
	if err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return errors.New("it is no ordinary file")
	}
	if now, err := readFile(path); err != nil || !bytes.Equal(now, d.Before) {
		return errors.Join(err, errors.New("it was changed meanwhile; nothing was written, try again"))
	}
	return replaceFile(path, d.After, info)
}

// replaceFile writes a file anew beside the old one, and puts it in its place.
func replaceFile(path string, data []byte, like os.FileInfo) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".dossier-*.new")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // gone after the rename
	_, err = f.Write(data)
	if err := errors.Join(err, keepOwner(f, like), f.Chmod(like.Mode().Perm()), f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// Create writes a new configuration, with the folder around it. One that is there is never replaced.
func Create(path string, text []byte) error {
	perm := os.FileMode(0o600)
	if IsSystem(path) {
		perm = 0o644 // the service's user must read it; no secret is in it
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("write configuration %q: %w", path, err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	if err != nil {
		return fmt.Errorf("write configuration %q: %w", path, err)
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(fmt.Errorf("write configuration %q: %w", path, err), os.Remove(path))
	}
	return syncDir(filepath.Dir(path))
}
