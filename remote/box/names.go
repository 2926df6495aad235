package box

import (
	"errors"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"dossier/remote"
)

// CheckName says why Box would refuse a name.
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
		return "Box does not take the names . and .."
	case !utf8.ValidString(name):
		return "the name is not valid Unicode"
	case strings.HasSuffix(name, " "):
		return "Box does not take a name that ends with a space"
	case len(utf16.Encode([]rune(name))) > longestName:
		return "Box does not take names of more than 255 characters"
	case strings.ContainsAny(name, refusedCharacters):
		return `Box does not take / or \ in a name`
	case strings.ContainsFunc(name, func(r rune) bool { return r < 0x20 || r == 0x7f }):
		return "Box does not take control characters in a name"
	}
	return ""
}
