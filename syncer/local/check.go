package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"
)

// check returns [ErrChanged] unless the file at p has the content that was expected. What a look cannot tell is read. moved
// means that p was renamed since, which sets its time of change.
func check(ctx context.Context, disk Disk, p Path, expect Fingerprint, moved bool) error {
	info, err := disk.Lstat(p)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("check %q: %w: it is gone: %w", p.String(), ErrChanged, err)
	}
	if err != nil {
		return err
	}
	if info.Kind != File || info.Size != expect.Size || info.FileID != "" && expect.FileID != "" && info.FileID != expect.FileID {
		return fmt.Errorf("check %q: %w: another %v", p.String(), ErrChanged, info.Kind)
	}
	if proven(info, expect, moved, time.Now()) {
		return nil
	}
	now, err := Hash(ctx, disk, p)
	if err != nil {
		return err
	}
	if same, known := now.SameContent(expect); !same || !known {
		return fmt.Errorf("check %q: %w: other content", p.String(), ErrChanged)
	}
	return nil
}

// proven reports whether times alone prove that the content is the same: they are equal, and fine and old enough that no
// write could have left them so.
func proven(info Info, expect Fingerprint, moved bool, now time.Time) bool {
	if expect.Racy || info.MTime != expect.MTime || !moved && info.CTime != expect.CTime {
		return false
	}
	return !recent(info.MTime, now) && !coarse(info)
}

// coarse reports whether the times look like those of a clock of seconds. A time set by a program may as well, but the time
// of change is the system's own.
func coarse(info Info) bool { return info.MTime%1e9 == 0 && info.CTime%1e9 == 0 }

// checkTarget refuses to change what is ours, and the folder itself.
func checkTarget(p Path) error {
	if err := p.Check(); err != nil {
		return err
	}
	if p.Area != Client || p.Rel == "" {
		return fmt.Errorf("change %q: %w", p.String(), ErrBadPath)
	}
	for name := range strings.SplitSeq(p.Rel, "/") {
		if isOurs(name) {
			return fmt.Errorf("change %q: %w", p.String(), ErrBadPath)
		}
	}
	return nil
}
