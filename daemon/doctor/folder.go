package doctor

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"dossier/config"
	"dossier/syncer/local"
)

// folder is what was seen of a folder on disk.
type folder struct {
	who     string // Jansen; the root
	path    string
	there   bool
	err     error  // it could not be looked at, or is no folder
	write   access // to it, or to the nearest folder above
	leads   string // where links in its path lead; empty: nowhere else
	kind    string // of its file system
	network bool
	cloud   string // keeps it in step with a cloud
	sure    bool   // of that
	absent  int    // files of which only a placeholder is here
	marker  *local.Marker
	ran     bool   // the client has run in it
	mirror  string // the id that the marker must have
	service bool
	tried   bool // by writing
	folding local.Folding
	tryErr  error
}

// access is whether somebody may write.
type access uint8

const (
	notTold access = iota
	may
	mayNot
)

func (x *examination) folders() []Line {
	var lines []Line
	if x.Config.Root != "" {
		lines = append(lines, lookOver(x.see("the root", x.Config.Root, nil))...)
	}
	for _, d := range x.Config.Discover {
		if d.Path != x.Config.Root {
			lines = append(lines, lookOver(x.see("discover "+d.Under, d.Path, nil))...)
		}
	}
	for _, c := range x.clients {
		lines = append(lines, lookOver(x.see(c.Name, c.Path, &c))...)
	}
	if len(lines) == 0 {
		lines = []Line{{Check: "folder", Level: Note, Says: "there is no client yet", Do: "Add one: dossier clients add"}}
	}
	return lines
}

// see gathers the facts of one folder; c is nil if it is no client's own.
func (x *examination) see(who, path string, c *client) folder {
	f := folder{who: who, path: path, service: x.system}
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		f.there = true
	case err == nil:
		f.err = errors.New("it is no folder")
	case !errors.Is(err, fs.ErrNotExist):
		f.err = err
	}
	if real, err := filepath.EvalSymlinks(path); err == nil && config.Fold(real) != config.Fold(path) {
		f.leads = real
	}
	f.write = mayWrite(nearest(path))
	f.kind, f.network = driveOf(path)
	home, _ := os.UserHomeDir() // none: no cloud is looked for there
	f.cloud, f.sure = cloudOf(orElse(f.leads, path), cloudFacts{goos: runtime.GOOS, home: home, env: os.Getenv, exists: exists})
	f.absent = placeholders(path)
	if c != nil {
		f.ran, f.mirror = c.ran, c.mirror
		f.marker = readMarker(path)
		if x.ProbeWrites && f.there {
			f.tried = true
			f.folding, f.tryErr = tryFolder(path)
		}
	}
	return f
}

// tryFolder finds out by writing how the file system treats names; the house beside the folder is made.
func tryFolder(path string) (local.Folding, error) {
	disk, err := local.OSDisk(path)
	if err != nil {
		return local.Folding{}, err
	}
	f, err := local.Probe(disk)
	return f, errors.Join(err, disk.Close())
}

// maxMarker bounds what is read as a marker, bytes.
const maxMarker = 64 << 10

func readMarker(path string) *local.Marker {
	r, err := os.Open(filepath.Join(path, local.MarkerName))
	if err != nil {
		return nil
	}
	defer r.Close() // read only
	var m local.Marker
	if json.NewDecoder(io.LimitReader(r, maxMarker)).Decode(&m) != nil {
		return nil
	}
	return &m
}

// mostPlaceholders bounds how many entries are looked at.
const mostPlaceholders = 5000

// placeholders counts files whose content is in a cloud only, in a folder and those directly in it.
func placeholders(path string) (n int) {
	seen := 0
	_ = filepath.WalkDir(path, func(p string, d fs.DirEntry, err error) error {
		if seen++; err != nil || seen > mostPlaceholders {
			return fs.SkipAll
		}
		if d.IsDir() && strings.Count(strings.TrimPrefix(p, path), string(filepath.Separator)) > 1 {
			return fs.SkipDir
		}
		if info, err := d.Info(); err == nil && !d.IsDir() && isPlaceholder(p, info) {
			n++
		}
		return nil
	})
	return n
}

// lookOver tells all that is to be said of a folder; if nothing is wrong or odd, that it is well.
func lookOver(f folder) []Line {
	lines := thereAndOurs(f)
	lines = append(lines, elsewhere(f)...)
	lines = append(lines, fileSystem(f)...)
	for i := range lines {
		lines[i].Says = f.who + ": " + lines[i].Says
	}
	return lines
}

// thereAndOurs tells whether the folder is there, can be written to and carries the right marker.
func thereAndOurs(f folder) []Line {
	l := Line{Check: "folder", Level: Well, Says: f.path}
	if f.kind != "" {
		l.Says += " (" + f.kind + ")"
	}
	switch {
	case f.err != nil:
		l.Level, l.Says, l.Do = Wrong, fmt.Sprintf("%s cannot be used: %v", f.path, f.err), "Name a folder that this user may open."
	case !f.there && f.ran:
		l.Level, l.Says, l.Do = Wrong, f.path+" is not there, and was", "Mount its disk, or put the folder back. Nothing of this client runs until then, and nothing is deleted."
	case f.write == mayNot:
		l.Level, l.Says, l.Do = Wrong, "this user may not write to "+nearest(f.path), "Give the user who runs dossier the right to write there."
	case !f.there:
		l.Says += ", made at the first run"
	case f.write == notTold && !f.tried:
		l.Says += " (whether it can be written to shows --probe-writes)"
	}
	if l.Level == Wrong || !f.there {
		return []Line{l}
	}
	if m, ok := markerLine(f); ok {
		return []Line{l, m}
	}
	return []Line{l}
}

// markerLine tells of a marker that is missing, or somebody else's.
func markerLine(f folder) (Line, bool) {
	const cure = "If it is the right folder, and an earlier installation marked it, remove the file .dossier-client in it; a portal that does not show what lies there is then sent all of it once more."
	l := Line{Check: "marker", Level: Wrong}
	switch {
	case f.ran && f.marker == nil:
		l.Says, l.Do = "the folder has lost its marker (.dossier-client): it may be another one than before", "Put the right folder back, or the marker."
	case f.ran && f.marker.Mirror != f.mirror:
		l.Says, l.Do = fmt.Sprintf("the folder carries another client's marker, made on %s", f.marker.Host), cure
	case !f.ran && f.marker != nil:
		l.Says, l.Do = fmt.Sprintf("the folder was marked by another installation, on %s", f.marker.Host), cure
	default:
		return l, false
	}
	return l, true
}

// elsewhere tells of folders that lie, or are kept in step, somewhere else.
func elsewhere(f folder) []Line {
	var lines []Line
	if f.leads != "" {
		lines = append(lines, Line{Check: "redirected", Level: Note, Says: fmt.Sprintf("%s leads to %s", f.path, f.leads)})
	}
	switch {
	case f.cloud != "" && f.sure:
		lines = append(lines, Line{Check: "cloud", Level: Wrong, Says: f.cloud + " keeps this folder in step as well; two programs would answer each other's changes for ever",
			Do: "Put the clients' folders where only dossier looks after them."})
	case f.cloud != "":
		lines = append(lines, Line{Check: "cloud", Level: Note, Says: "its name looks as if " + f.cloud + " kept it in step as well", Do: "If so, put the clients' folders elsewhere."})
	}
	if f.absent > 0 {
		lines = append(lines, Line{Check: "placeholder", Level: Wrong, Says: fmt.Sprintf("%d files are placeholders, whose content is in a cloud only: dossier leaves them alone", f.absent),
			Do: "Have them kept on this device, or put the clients' folders elsewhere."})
	}
	if f.network {
		lines = append(lines, Line{Check: "network", Level: Note, Says: fmt.Sprintf("it lies on another machine (%s): changes are found by looking, not by being told, and only one machine may mirror it", f.kind)})
	}
	return lines
}

// fileSystem tells how names and times are kept, where it was tried, and what is known to be poor.
func fileSystem(f folder) []Line {
	if f.tryErr != nil {
		return []Line{{Check: "file-system", Level: Wrong, Says: fmt.Sprintf("a probe file could not be written: %v", f.tryErr), Do: "Check who may write there, and whether the disk is well."}}
	}
	if f.tried {
		return []Line{folded(f)}
	}
	switch f.kind {
	case "vfat", "exfat", "msdos":
		return []Line{{Check: "file-system", Level: Note, Says: f.kind + " keeps times to two seconds and no file ids: moved files are compared whole", Do: "A disk with ext4, APFS or NTFS is better."}}
	}
	return nil
}

func folded(f folder) Line {
	same := func(is bool) string {
		if is {
			return "one name"
		}
		return "two names"
	}
	g := f.folding
	l := Line{Check: "file-system", Level: Well, Says: fmt.Sprintf(`%s: "A" and "a" are %s, the two forms of "ä" are %s, times to %v`,
		orElse(f.kind, "file system"), same(g.Case), same(g.Unicode), time.Duration(g.Granularity))}
	if !g.NoReplace || !g.NoReplaceIn {
		l.Level = Note
		l.Says += "; it cannot refuse a rename onto what is there"
		l.Do = "A disk of this computer, with ext4, APFS or NTFS, is safer."
	}
	return l
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
