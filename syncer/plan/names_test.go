package plan

import (
	"fmt"
	"path"
	"strings"
)

// spelling is a side's names, small: it may fold case, and the disk cannot hold a name that ends in a dot.
type spelling struct {
	side  Side
	folds bool
	plain bool // nothing to map or refuse
}

func (n spelling) Key(name string) string {
	if n.folds {
		return strings.ReplaceAll(strings.ToLower(name), "a\u0308", "ä")
	}
	return name
}

// From maps a trailing dot to one that a disk can hold, and back. The portal refuses a trailing blank.
func (n spelling) From(other string) (name, why string, ok bool) {
	if n.plain {
		return other, "", true
	}
	if n.side == Local {
		if s, cut := strings.CutSuffix(other, "."); cut {
			return s + "．", "", true
		}
		return other, "", true
	}
	if strings.HasSuffix(other, " ") {
		return "", "the name ends in a blank", false
	}
	if s, cut := strings.CutSuffix(other, "．"); cut {
		return s + ".", "", true
	}
	return other, "", true
}

func (n spelling) Twin(name, tag string) string {
	ext := path.Ext(name)
	return strings.TrimSuffix(name, ext) + " ~" + tag + ext
}

// Copy names a copy from the original stem, also that of a copy.
func (n spelling) Copy(name string, k int) string {
	ext := path.Ext(name)
	stem, _, _ := strings.Cut(strings.TrimSuffix(name, ext), " (copy")
	if k == 0 {
		return stem + " (copy)" + ext
	}
	return fmt.Sprintf("%s (copy %d)%s", stem, k, ext)
}

func (n spelling) Park(name string, id NodeID) string { return fmt.Sprintf("~park-%d-%s", id, name) }

func spellings(foldLocal, foldRemote bool) [2]Names {
	return [2]Names{spelling{side: Local, folds: foldLocal}, spelling{side: Remote, folds: foldRemote}}
}

var plainNames = [2]Names{spelling{side: Local, plain: true}, spelling{side: Remote, plain: true}}
