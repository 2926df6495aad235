package filesro

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"dossier/remote"
)

// CheckName says why Files.ro would refuse a name, or would store another.
func (d *Driver) CheckName(name string, _ remote.Kind) error {
	why := refusedName(name)
	if why == "" {
		return nil
	}
	return &remote.Error{Op: "name", Code: remote.BadName, Err: errors.New(why)}
}

func refusedName(name string) string {
	switch {
	case name == "":
		return "a name must not be empty"
	case name == ".", name == "..":
		return "the names . and .. mean something else"
	case !utf8.ValidString(name):
		return "the name is not valid Unicode"
	case strings.TrimFunc(name, trimmed) != name:
		return "Files.ro takes off blanks at the ends of a name"
	case len(utf16.Encode([]rune(name))) > longestName:
		return "Files.ro does not take names of more than 255 characters"
	case strings.ContainsAny(name, `/\`):
		return `a name with / or \ could be taken for a path`
	case strings.ContainsFunc(name, unicode.IsControl):
		return "a name must not have control characters"
	case tokenIn(name) != "":
		return "names that begin with " + tokenPrefix + " are those of uploads under way"
	}
	return ""
}

// trimmed says whether PHP may take a character for a blank: newer versions take off what has no width as well.
func trimmed(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) }

// While it goes up, a file has a name that tells whose upload it is. (The portal has no other word for that.)
const tokenPrefix = ".dossier-upload-"

var (
	tokenForm = regexp.MustCompile(`^[0-9A-Za-z]{8,64}$`)
	tokenName = regexp.MustCompile(`^\.dossier-upload-([0-9A-Za-z]{8,64})-[0-9A-Z]{8}\.[0-9A-Za-z]{1,16}$`)
)

// tokenIn is the token of the upload that a name belongs to; empty: of none.
func tokenIn(name string) string {
	if m := tokenName.FindStringSubmatch(name); m != nil {
		return m[1]
	}
	return ""
}

// tokenOf is the token that an upload goes under: its own, where that can be part of a name.
func tokenOf(u remote.Upload) string {
	switch {
	case u.Token == "":
		return rand.Text()
	case tokenForm.MatchString(u.Token):
		return u.Token
	}
	sum := sha256.Sum256([]byte(u.Token))
	return hex.EncodeToString(sum[:16])
}

// extension is what the portal is told of a name's extension. It becomes part of a path there: letters and digits only, and
// never nothing. (§7)
func extension(name string) string {
	const most = 16
	_, after, _ := cutLast(name, ".")
	clean := strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			return r
		}
		return -1
	}, after)
	if clean == "" || len(clean) > most {
		return "bin"
	}
	return clean
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}
