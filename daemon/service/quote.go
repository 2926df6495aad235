package service

import (
	"encoding/xml"
	"regexp"
	"strings"
)

// systemdWord quotes an argument in a unit: specifiers (%) and variables ($) stand for themselves.
func systemdWord(s string) string { return systemdPath(strings.ReplaceAll(s, "$", "$$")) }

// systemdPath quotes a path in a unit, and the program of a command: there variables are not replaced.
func systemdPath(s string) string {
	if quiet.MatchString(s) {
		return s
	}
	return `"` + systemdText(systemdEscape.Replace(s)) + `"`
}

// quiet is a word that means itself in every format.
var quiet = regexp.MustCompile(`^[A-Za-z0-9/._=-]+$`)

// systemdText is a value that systemd takes to the end of the line, without unquoting.
func systemdText(s string) string { return strings.ReplaceAll(s, "%", "%%") }

var systemdEscape = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// shell quotes a word for sh.
func shell(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// xmlText escapes a text for XML.
func xmlText(s string) (string, error) {
	var b strings.Builder
	err := xml.EscapeText(&b, []byte(s))
	return b.String(), err
}

// windowsArg quotes an argument as programs of Windows take their command line apart: backslashes count only before a quotation mark.
func windowsArg(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	slashes := 0
	for i := range len(s) {
		switch c := s[i]; c {
		case '\\':
			slashes++
		case '"':
			b.WriteString(strings.Repeat(`\`, slashes+1))
			slashes = 0
		default:
			slashes = 0
		}
		b.WriteByte(s[i])
	}
	return b.String() + strings.Repeat(`\`, slashes) + `"`
}

// windowsLine is a command line of Windows.
func windowsLine(words ...string) string {
	var quoted []string
	for _, w := range words {
		quoted = append(quoted, windowsArg(w))
	}
	return strings.Join(quoted, " ")
}
