package syncer

import (
	"fmt"
	"path"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"dossier/remote"
	"dossier/syncer/local"
	"dossier/syncer/plan"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// diskNames is how the disk deals in names.
type diskNames struct {
	local.Names
	copies copyNames
}

func (d diskNames) From(other string) (string, string, bool) {
	name, _ := d.Encode(other)
	return name, "", true
}

func (d diskNames) Copy(name string, n int) string          { return d.copies.name(name, n) }
func (d diskNames) Park(name string, id plan.NodeID) string { return parked(name, id) }

// portalNames is how the portal deals in names. Its names are spelled as they are there; the disk's are decoded for it.
type portalNames struct {
	disk   local.Names
	fold   bool
	check  func(name string, kind remote.Kind) error
	copies copyNames
}

// Key folds case where the portal does. Composed and decomposed letters are one name to a person, so they are one here as well.
func (p portalNames) Key(name string) string {
	name = norm.NFC.String(name)
	if p.fold {
		return cases.Fold().String(name)
	}
	return name
}

func (p portalNames) From(other string) (name, why string, ok bool) {
	name = p.disk.Decode(other)
	if err := p.check(name, remote.File); err != nil {
		return name, plain(err), false
	}
	return name, "", true
}

// plain is what a person reads of an error: its innermost words.
func plain(err error) string {
	s := err.Error()
	if e, ok := err.(*remote.Error); ok && e.Err != nil {
		s = e.Err.Error()
	}
	return s
}

func (p portalNames) Twin(name, tag string) string            { return p.disk.Twin(name, tag) }
func (p portalNames) Copy(name string, n int) string          { return p.copies.name(name, n) }
func (p portalNames) Park(name string, id plan.NodeID) string { return parked(name, id) }

// parked is the name that an item has for a moment while names are swapped.
func parked(name string, id plan.NodeID) string {
	stem, ext := splitExt(name)
	return fmt.Sprintf("%s (moving %d)%s", cut(stem, 180), id, ext)
}

// copyNames makes the names of conflict copies. Its stamp is fixed for as long as a plan lives.
type copyNames struct {
	who string // host and four digits of the installation id
	at  time.Time
}

// conflictMark finds the mark of an earlier conflict, so that a copy's copy is named from the original stem.
var conflictMark = regexp.MustCompile(` \(conflict [^()]+ \d{4}-\d\d-\d\d \d\d\.\d\d\.\d\d(?: \d+)?\)`)

func (c copyNames) name(name string, n int) string {
	stem, ext := splitExt(conflictMark.ReplaceAllString(name, ""))
	again := ""
	if n > 0 {
		again = fmt.Sprintf(" %d", n+1)
	}
	mark := fmt.Sprintf(" (conflict %s %s%s)", c.who, c.at.Format("2006-01-02 15.04.05"), again)
	return cut(stem, 255-len(mark)-len(ext)-10) + mark + ext
}

// splitExt splits off a short extension.
func splitExt(name string) (stem, ext string) {
	ext = path.Ext(name)
	if len(ext) > 16 || ext == name || strings.ContainsAny(ext, " ") {
		ext = ""
	}
	return strings.TrimSuffix(name, ext), ext
}

// cut shortens s to at most n bytes, at a letter's end.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return strings.TrimRight(s[:n], " .")
}
