package local

import (
	"strings"
	"unicode/utf8"
)

// Class is what an entry means to us.
type Class uint8

const (
	Normal        Class = iota
	Ignored             // by a rule of the configuration (Entry.Why is the rule)
	Private             // never sent
	OfficeOwner         // says that somebody has the document Entry.Of open
	Temp                // a program's temporary file
	NeverLive           // a database of a program, unsafe to copy while in use (.pst, .qbw …)
	Link                // a symbolic link: reported, never followed
	CloudOnly           // a cloud placeholder: reported, never fetched
	Special             // device, socket, pipe, or a place where another disk is mounted
	BadName             // not UTF-8, or it means the same portal name as a sibling
	Ours                // our own marker or directory
	ForeignMarker       // another client's marker; its folder is a wall, see Listing
	Unseen              // there, but could not be looked at (Entry.Err)
)

var classNames = [...]string{
	"normal", "ignored", "private", "office owner file", "temporary file", "program database", "symbolic link",
	"cloud placeholder", "special file", "bad name", "ours", "another client's marker", "unseen",
}

// String returns the class in plain words.
func (c Class) String() string {
	if int(c) < len(classNames) {
		return classNames[c]
	}
	return "unknown"
}

// Entry is one name in a directory of the client.
type Entry struct {
	Name  string // on disk
	Plain string // on the portal ([Names.Decode])
	Info  Info
	Class Class
	Of    string // OfficeOwner: the document, as far as its owner file tells (see OwnerOf)
	Why   string // Ignored: the rule
	Err   error  // Unseen

	// Descend is preset for directories of class Normal. The callback of [Scan] may clear it.
	Descend bool
}

// neverLive are the extensions of databases that are open most of the time: mail (Outlook), QuickBooks.
var neverLive = map[string]bool{
	".pst": true, ".qbw": true, ".tlg": true, ".nd": true, ".des": true, ".qba": true, ".qbr": true, ".qby": true, ".qdt": true,
}

// unfinished begins the names that uploads have on a portal until they are whole, where a new name is what makes them so.
const unfinished = ".dossier-upload-"

// ClassOfName tells the class that a file's name alone decides (OfficeOwner with its document, Temp, NeverLive, else Normal).
// It holds for names on the portal as well.
func ClassOfName(name string) (class Class, of string) {
	if doc, ok := strings.CutPrefix(name, "~$"); ok {
		return OfficeOwner, doc
	}
	if doc, ok := strings.CutPrefix(name, ".~lock."); ok && strings.HasSuffix(doc, "#") {
		return OfficeOwner, strings.TrimSuffix(doc, "#")
	}
	if strings.HasPrefix(name, unfinished) {
		return Temp, ""
	}
	dot := strings.LastIndexByte(name, '.')
	if dot < 0 {
		if officeSave(name) {
			return Temp, ""
		}
		return Normal, ""
	}
	if len(name)-dot > len(".pst") {
		return Normal, ""
	}
	switch ext := strings.ToLower(name[dot:]); {
	case ext == ".tmp":
		return Temp, ""
	case neverLive[ext]:
		return NeverLive, ""
	}
	return Normal, ""
}

// officeSave reports whether name is what Excel writes into while it saves: eight upper-case hex digits.
func officeSave(name string) bool {
	if len(name) != 8 {
		return false
	}
	for i := range len(name) {
		if c := name[i]; (c < '0' || c > '9') && (c < 'A' || c > 'F') {
			return false
		}
	}
	return true
}

// OwnerOf reports whether an owner file that tells of is there for the document doc. Word leaves out the first one or two
// characters of a long document name and puts its "~$" there.
func OwnerOf(of, doc string) bool {
	if of == doc {
		return true
	}
	cut, ok := strings.CutSuffix(doc, of)
	return ok && of != "" && utf8.RuneCountInString(cut) <= 2
}
