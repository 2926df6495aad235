package local

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode/utf8"
)

// Names is the mapping between the names a portal has and the names this disk can hold. It is a value: a test on Linux
// runs the rules of Windows.
//
// What a disk cannot hold becomes a character that looks like it: "a/b" is "a／b", on Windows "CON" is "‛CON" and "Q1?" is
// "Q1？". Where a name has such a look-alike itself, the quote ‛ stands before it. Bytes that are no UTF-8 are ‛ and two hex
// digits. Control characters are mapped everywhere.
type Names struct {
	Windows bool // characters, reserved names, trailing dot or blank, as Windows has them
	Folding Folding
}

// Folding is how the file system compares and keeps names and times, as [Probe] found it.
type Folding struct {
	Case        bool  // "A" and "a" are one name
	Unicode     bool  // composed (NFC) and decomposed (NFD) forms are one name
	Granularity int64 // of times of modification, nanoseconds
	NoReplace   bool  // files: a rename that meets something at its target is refused
	NoReplaceIn bool  // the same for folders
}

// maxName is the longest name: bytes on Linux and macOS, UTF-16 units on Windows.
const maxName = 255

// quote stands before what is not what it looks like.
const quote = '‛'

// Encode returns the name on disk for a name on the portal, which may be any bytes. exact means that [Names.Decode] gives
// name back; it is false only for names beyond the length limit, whose disk name the caller keeps.
func (n Names) Encode(name string) (disk string, exact bool) {
	disk = n.escape(name)
	if n.length(disk) <= maxName {
		return disk, true
	}
	sum := sha256.Sum256([]byte(name))
	return n.suffixed(disk, "~"+hex.EncodeToString(sum[:4])), false
}

// Decode returns the name on the portal for a name on disk. A name that Encode would not have given stands for itself.
func (n Names) Decode(disk string) string {
	if n.plain(disk) {
		return disk
	}
	name := n.unescape(disk)
	if n.escape(name) != disk {
		return disk
	}
	return name
}

// Twin returns a second name on disk for an entry whose name on disk is taken by a sibling: "stem ~tag.ext". The same name
// and tag (a remote id, say) always give the same twin; of the tag, 8 characters of its hash are used.
func (n Names) Twin(disk, tag string) string {
	sum := sha256.Sum256([]byte(tag))
	return n.suffixed(disk, " ~"+hex.EncodeToString(sum[:4]))
}

// plain reports, quickly, whether name is ASCII that needs no mapping in either direction.
func (n Names) plain(name string) bool {
	for i := range len(name) {
		if c := name[i]; c >= utf8.RuneSelf || c < ' ' || c == 0x7f {
			return false
		}
	}
	return name != ""
}

func (n Names) escape(name string) string {
	var b strings.Builder
	if name == "" || isOurs(name) || n.Windows && reserved(name) {
		b.WriteRune(quote)
	}
	for i, size := 0, 0; i < len(name); i += size {
		var r rune
		r, size = utf8.DecodeRuneInString(name[i:])
		last := i+size == len(name)
		switch {
		case r == utf8.RuneError && size == 1:
			b.WriteRune(quote)
			b.WriteString(strings.ToUpper(hex.EncodeToString([]byte{name[i]})))
		case n.unholdable(r, name, last):
			b.WriteRune(lookAlike(r))
		case r == quote || n.ambiguous(r, name, last):
			b.WriteRune(quote)
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func (n Names) unescape(disk string) string {
	var b strings.Builder
	for i := 0; i < len(disk); {
		r, size := utf8.DecodeRuneInString(disk[i:])
		i += size
		if r == quote {
			i += unquote(&b, disk[i:])
			continue
		}
		if n.ambiguous(r, disk, i == len(disk)) {
			r = original(r)
		}
		if r == utf8.RuneError && size == 1 {
			b.WriteByte(disk[i-1])
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// unquote writes what the quote before rest stands for and returns how much of rest it took.
func unquote(b *strings.Builder, rest string) int {
	if len(rest) >= 2 {
		if c, err := hex.DecodeString(rest[:2]); err == nil && c[0] >= utf8.RuneSelf {
			b.WriteByte(c[0])
			return 2
		}
	}
	r, size := utf8.DecodeRuneInString(rest)
	if r == utf8.RuneError {
		return 0
	}
	b.WriteRune(r)
	return size
}

// unholdable reports whether the disk cannot hold r at this place in name.
func (n Names) unholdable(r rune, name string, last bool) bool {
	switch {
	case r == '/' || r < ' ' || r == 0x7f:
		return true
	case r == '.' && last && (name == "." || name == ".."):
		return true
	case !n.Windows:
		return false
	}
	return strings.ContainsRune(windowsForbidden, r) || last && (r == '.' || r == ' ')
}

const windowsForbidden = `<>:"|?*\`

// lookAlike is the character that stands for r.
func lookAlike(r rune) rune {
	switch {
	case r <= ' ':
		return '␀' + r
	case r == 0x7f:
		return '␡'
	}
	return r - '!' + '！'
}

// original is the inverse of lookAlike.
func original(r rune) rune {
	switch {
	case r == '␡':
		return 0x7f
	case r <= '␠':
		return r - '␀'
	}
	return r - '！' + '!'
}

// ambiguous reports whether r, at this place in name, is a character that stands for another one on this disk.
func (n Names) ambiguous(r rune, name string, last bool) bool {
	switch {
	case r >= '␀' && r < '␠' || r == '␡' || r == '／':
		return true
	case r == '．':
		return last && (n.Windows || name == "．" || name == ".．")
	case r == '␠':
		return last && n.Windows
	case !n.Windows || r < '！' || r > '～':
		return false
	}
	return strings.ContainsRune(windowsForbidden, original(r))
}

// reserved reports whether Windows takes name for a device: whatever comes after the first dot, and blanks before it, do
// not count.
func reserved(name string) bool {
	stem, _, _ := strings.Cut(name, ".")
	stem = strings.ToUpper(strings.TrimRight(stem, " "))
	switch stem {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$":
		return true
	}
	port, ok := strings.CutPrefix(stem, "COM")
	if !ok {
		port, ok = strings.CutPrefix(stem, "LPT")
	}
	return ok && utf8.RuneCountInString(port) == 1 && strings.Contains("0123456789¹²³", port)
}

func (n Names) length(disk string) int {
	if !n.Windows {
		return len(disk)
	}
	units := 0
	for _, r := range disk {
		units += max(1, utf16Len(r))
	}
	return units
}

func utf16Len(r rune) int {
	if r > 0xffff {
		return 2
	}
	return 1
}

// maxExt is the longest extension that is kept when a name is cut.
const maxExt = 20

// suffixed puts suffix between stem and extension and cuts the stem so that the whole fits.
func (n Names) suffixed(disk, suffix string) string {
	stem, ext := disk, ""
	if i := strings.LastIndexByte(disk, '.'); i > 0 && n.length(disk[i:]) <= maxExt {
		stem, ext = disk[:i], disk[i:]
	}
	for n.length(stem)+n.length(suffix)+n.length(ext) > maxName {
		_, size := utf8.DecodeLastRuneInString(stem)
		stem = stem[:len(stem)-size]
	}
	return stem + suffix + ext
}
