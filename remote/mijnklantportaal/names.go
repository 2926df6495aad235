package mijnklantportaal

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"dossier/remote"
)

// CheckName says why MijnKlantportaal would refuse a name.
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
		return "MijnKlantportaal does not take the names . and .."
	case !utf8.ValidString(name):
		return "the name is not valid Unicode"
	case strings.TrimFunc(name, unicode.IsSpace) != name:
		return "MijnKlantportaal does not take a name that begins or ends with a blank"
	case len(name) > longestName:
		return "MijnKlantportaal does not take names of more than 255 bytes"
	case strings.ContainsAny(name, refusedCharacters):
		return `MijnKlantportaal does not take / or \ in a name`
	case strings.ContainsFunc(name, unicode.IsControl):
		return "MijnKlantportaal does not take control characters in a name"
	}
	return ""
}
