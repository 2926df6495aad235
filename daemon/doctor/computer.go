package doctor

import (
	"context"
	"fmt"
	"io/fs"
	"math/bits"
	"path/filepath"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/dustin/go-humanize/english"

	"dossier/syncer/local"
)

func (x *examination) computer(ctx context.Context) []Line {
	lines := []Line{clock(time.Now(), x.Built)}
	if limits, ok := watchLimits(); ok {
		limits.folders, limits.counted = countFolders(ctx, paths(x.Config))
		limits.clients = len(x.clients)
		lines = append(lines, watches(limits)...)
	}
	return append(lines, x.rooms()...)
}

// clock tells whether the computer's clock can be right. Each portal's own clock is asked as well, see skew.
func clock(now, built time.Time) Line {
	l := Line{Check: "clock", Level: Well, Says: "the clock says " + now.Format("2006-01-02 15:04 MST")}
	if now.Before(built) || now.Year() < 2026 || now.Year() > 2100 {
		l.Level, l.Do = Wrong, "Set the clock, and let the system keep it right (NTP)."
		l.Says += ", which cannot be"
	}
	return l
}

// limits are the kernel's bounds on watching folders, and what is to be watched.
type limits struct {
	watches, instances int
	folders, clients   int
	counted            bool // all folders were counted
}

// watches tells whether every folder can be watched. Where one cannot, changes are seen at the next full look only.
func watches(l limits) []Line {
	need := Line{Check: "watches", Level: Well, Says: fmt.Sprintf("%s %s to watch, the system allows %s", humanize.Comma(int64(l.folders)), english.PluralWord(l.folders, "folder", ""), humanize.Comma(int64(l.watches)))}
	switch {
	case !l.counted:
		need.Level, need.Says = Unknown, "not all folders could be counted, so whether they can all be watched is not known; the system allows "+humanize.Comma(int64(l.watches))
	case l.folders > l.watches:
		need.Level, need.Says = Wrong, need.Says+": changes in the others are seen late"
	case l.folders > l.watches/10*8:
		need.Level, need.Says = Note, need.Says+", for all programs of this user together"
	}
	if need.Level == Wrong || need.Level == Note {
		need.Do = sysctl("max_user_watches", max(1<<19, roundUp(2*l.folders)))
	}
	lines := []Line{need}
	if l.clients+spareInstances > l.instances {
		lines = append(lines, Line{Check: "watchers", Level: Note, Do: sysctl("max_user_instances", roundUp(2*(l.clients+spareInstances))),
			Says: fmt.Sprintf("%d clients to watch, and the system allows %d watchers for all programs of this user together", l.clients, l.instances)})
	}
	return lines
}

// spareInstances is how many watchers the other programs of a desktop have, roughly.
const spareInstances = 32

func sysctl(name string, n int) string {
	return fmt.Sprintf("As root: echo fs.inotify.%s=%d > /etc/sysctl.d/60-dossier-%s.conf && sysctl --system", name, n, name[len("max_user_"):])
}

// roundUp is the next power of two.
func roundUp(n int) int { return 1 << bits.Len(uint(max(n, 1)-1)) }

// mostFolders bounds what is counted.
const mostFolders = 2_000_000

// countFolders counts the folders that are to be watched; false: not all were.
func countFolders(ctx context.Context, roots []string) (n int, all bool) {
	all = true
	for _, root := range roots {
		_ = filepath.WalkDir(root, func(_ string, d fs.DirEntry, err error) error {
			switch {
			case ctx.Err() != nil || n > mostFolders:
				all = false
				return fs.SkipAll
			case err != nil: // not there yet, or not to be read: the folder's own check says so
				return nil
			case d.IsDir() && d.Name() == local.HouseName:
				return fs.SkipDir
			case d.IsDir():
				n++
			}
			return nil
		})
	}
	return n, all
}

// rooms tells of the space on each disk, once a disk.
func (x *examination) rooms() []Line {
	seen := map[space]bool{}
	var lines []Line
	for _, path := range append(paths(x.Config), x.Config.State) {
		s, err := spaceOf(nearest(path))
		if err != nil || !seen[space{total: s.total, volume: s.volume}] {
			seen[space{total: s.total, volume: s.volume}] = true
			reserve := max(int64(x.Config.Disk.Reserve), s.total/100*int64(x.Config.Disk.ReservePercent))
			lines = append(lines, room(path, s, reserve, err))
		}
	}
	return lines
}

// space is the room on a disk, in bytes.
type space struct {
	free, total int64
	volume      string
}

// room tells whether there is room beyond the reserve, which dossier never uses.
func room(path string, s space, reserve int64, err error) Line {
	if err != nil {
		return Line{Check: "space", Level: Unknown, Says: fmt.Sprintf("how much room there is at %s cannot be told: %v", path, err)}
	}
	l := Line{Check: "space", Level: Well, Says: fmt.Sprintf("%s free of %s where %s is; %s of it stay free (disk.reserve)", bytes(s.free), bytes(s.total), path, bytes(reserve))}
	switch {
	case s.free <= reserve:
		l.Level, l.Do = Wrong, "Make room, or lower disk.reserve: until then nothing comes down."
	case s.free < reserve+1_000_000_000 || s.free < s.total/20:
		l.Level, l.Do = Note, "It is getting tight: the vault and what comes down share this room."
	}
	return l
}

func bytes(n int64) string { return humanize.Bytes(uint64(max(n, 0))) }
