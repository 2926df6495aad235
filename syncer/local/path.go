package local

import (
	"errors"
	"fmt"
	"strings"
)

// Area says which of the two directories of a [Disk] a path is in.
type Area uint8

const (
	Client Area = iota // the client's folder
	House              // our own directory beside it (or inside it, see [OSDisk]), on the same file system
)

// Path is a place on a [Disk]. Rel is relative to the area, slash-separated, in the names the disk has; "" is the
// area's own directory.
type Path struct {
	Area Area
	Rel  string
}

// In returns the path of rel in the client's folder.
func In(rel string) Path { return Path{Client, rel} }

// InHouse returns the path of rel in our own directory.
func InHouse(rel string) Path { return Path{House, rel} }

// Join returns the path of name in the directory p. The name is not checked here: every [Disk] checks the whole path.
func (p Path) Join(name string) Path {
	if p.Rel == "" {
		return Path{p.Area, name}
	}
	return Path{p.Area, p.Rel + "/" + name}
}

// Split returns the directory p is in and its name there. The area's own directory has the name "".
func (p Path) Split() (dir Path, name string) {
	i := strings.LastIndexByte(p.Rel, '/')
	if i < 0 {
		return Path{p.Area, ""}, p.Rel
	}
	return Path{p.Area, p.Rel[:i]}, p.Rel[i+1:]
}

// Dir returns the directory p is in.
func (p Path) Dir() Path { dir, _ := p.Split(); return dir }

// String returns p for messages.
func (p Path) String() string {
	switch {
	case p.Area == House && p.Rel == "":
		return HouseName
	case p.Area == House:
		return HouseName + "/" + p.Rel
	case p.Rel == "":
		return "."
	}
	return p.Rel
}

// ErrBadPath is returned for a path that no file of a client can have. It means a mistake of the caller or a hostile
// name that was not encoded.
var ErrBadPath = errors.New("not a path inside the folder")

// Check returns [ErrBadPath] unless each component of p is a plain name.
func (p Path) Check() error {
	if p.Rel == "" {
		return nil
	}
	for name := range strings.SplitSeq(p.Rel, "/") {
		if !plainName(name) {
			return fmt.Errorf("check %q: %w", p.Rel, ErrBadPath)
		}
	}
	return nil
}

// plainName reports whether name names an entry of the directory it is used in, on every platform.
func plainName(name string) bool {
	return name != "" && name != "." && name != ".." && !strings.ContainsAny(name, forbiddenInNames)
}
