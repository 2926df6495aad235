package doctor

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"dossier/daemon"
	"dossier/state"
)

// stateFacts are what was seen of the state's folder.
type stateFacts struct {
	path    string
	there   bool
	err     error
	kind    string
	network bool
	kindErr error
	write   access
	open    bool  // other users may read it
	newer   error // it was written by a newer dossier, or cannot be read
}

func (x *examination) stateFolder() []Line {
	f := stateFacts{path: x.Config.State, write: mayWrite(nearest(x.Config.State))}
	info, err := os.Stat(f.path)
	if f.there = err == nil; f.there {
		f.open = openToOthers(info)
		if !info.IsDir() {
			f.err = errors.New("it is no folder")
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		f.err = err
	}
	f.kind, f.network, f.kindErr = state.DriveKind(f.path)
	_, f.newer = daemon.Known(x.Config)
	return []Line{stateLine(f)}
}

// stateLine tells whether what dossier remembers is in good hands.
func stateLine(f stateFacts) Line {
	l := Line{Check: "state", Level: Well, Says: f.path}
	switch {
	case f.err != nil:
		l.Level, l.Says, l.Do = Wrong, fmt.Sprintf("%s cannot be used: %v", f.path, f.err), "Name another folder with `state` in the configuration."
	case f.kindErr != nil:
		l.Level, l.Says = Unknown, fmt.Sprintf("on what kind of drive %s lies cannot be told: %v", f.path, f.kindErr)
	case f.network:
		l.Level, l.Says = Wrong, fmt.Sprintf("%s lies on a network drive (%s), where a break can damage it", f.path, f.kind)
		l.Do, l.Set = "Name a folder of this computer.", `state = "/var/lib/dossier"`
	case f.write == mayNot:
		l.Level, l.Says, l.Do = Wrong, "this user may not write to "+f.path, "It belongs to whoever ran dossier first: run it as that user, or give the folder to this one."
	case f.newer != nil:
		l.Level, l.Says, l.Do = Wrong, fmt.Sprintf("what is remembered cannot be read: %v", f.newer), "If it is from a newer dossier, install that one."
	case f.open:
		l.Level, l.Says, l.Do = Note, f.path+" can be entered by other users of this computer; the files in it are for its owner only", fmt.Sprintf("chmod 700 %q", f.path)
	case !f.there:
		l.Says += ", made at the first run"
	}
	return l
}
