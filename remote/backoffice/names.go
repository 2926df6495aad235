package backoffice

import (
	"errors"
	"path"
	"regexp"
	"strings"
	"unicode/utf8"

	"dossier/remote"
)

// longestName bounds a caption, in characters: nobody tells a limit (B-21), and this is what a column of text commonly holds.
const longestName = 255

// CheckName says why a name would not be taken. Nobody tells the rules of captions (B-21): refused is what could not be sent as it
// is, or is commonly changed on the way.
func (d *Driver) CheckName(name string, _ remote.Kind) error {
	if why := refusedName(name); why != "" {
		return &remote.Error{Op: "name", Code: remote.BadName, Err: errors.New(why)}
	}
	return nil
}

func refusedName(name string) string {
	switch {
	case name == "":
		return "a name must not be empty"
	case !utf8.ValidString(name):
		return "the name is not valid Unicode"
	case strings.TrimSpace(name) != name:
		return "the portal may take away a blank at the beginning or the end of a name"
	case utf8.RuneCountInString(name) > longestName:
		return "the portal may not take names of more than 255 characters"
	case strings.ContainsFunc(name, func(r rune) bool { return r < 0x20 || r == 0x7f }):
		return "the portal may not take control characters in a name"
	}
	return ""
}

var extension = regexp.MustCompile(`\.[0-9A-Za-z]{1,8}$`)

// known are the extensions by which a caption is complete: people write captions such as "Offer 2.1", too.
var known = regexp.MustCompile(`(?i)\.(pdf|docx?|docm|dotx?|xlsx?|xlsm|xlsb|xltx?|pptx?|pptm|odt|ods|odp|rtf|txt|md|csv|tsv|xml|xbrl|json|html?|` +
	`eml|msg|mbox|zip|rar|7z|gz|tgz|tar|bz2|jpe?g|png|gif|bmp|tiff?|webp|heic|svg|mp[34]|m4a|mov|avi|wav|p7[ms]|asc|sig|bak|log|ini|exe|dwg|vsdx?|pages|numbers|key)$`)

// shownName is what a file is called here: its caption, with the extension of the stored path where the caption has none.
func shownName(r fileRow) string {
	name := r.text()
	if name == "" {
		name = "File " + string(fileID(0, r.key()))[len("0/f"):]
	}
	return name + missing(name, storedExtension(r.File))
}

// missing is the part of an extension that a caption lacks: all of it or nothing.
func missing(caption, ext string) string {
	if ext == "" || known.MatchString(caption) || strings.HasSuffix(strings.ToLower(caption), strings.ToLower(ext)) {
		return ""
	}
	return ext
}

// storedExtension is that of a stored path; empty: it has none that can be one.
func storedExtension(stored string) string {
	base := path.Base(stored)
	if !strings.Contains(strings.TrimLeft(base, "."), ".") {
		return ""
	}
	return extension.FindString(base)
}

// captionFor is what a file shall be called on the portal so that it is shown under a name. Where captions have no extensions (B-23)
// the one is left out that the stored path brings back.
func (d *Driver) captionFor(name, stored string) string {
	if ext := storedExtension(stored); d.set.bareCaptions && ext != "" {
		if bare, ok := strings.CutSuffix(name, ext); ok && bare != "" && missing(bare, ext) == ext {
			return bare
		}
	}
	return name
}

// sentName is the file name that goes with an upload's content. It names the upload (B-24), and has what the caption may lack: the extension.
func sentName(token, name string) string {
	ext := ""
	if strings.Contains(strings.TrimLeft(name, "."), ".") {
		ext = extension.FindString(name)
	}
	safe := unsafe.ReplaceAllString(strings.TrimSuffix(name, ext), "_")
	safe = safe[:min(len(safe), 60)] + ext
	if !tokenForm.MatchString(token) {
		return safe
	}
	return "dossier-" + token + "-" + safe
}

var (
	unsafe    = regexp.MustCompile(`[^0-9A-Za-z_-]+`)
	tokenForm = regexp.MustCompile(`^[0-9A-Za-z]{6,64}$`)
	tokenPart = regexp.MustCompile(`(?:^|[/_-])dossier-([0-9A-Za-z]{6,64})-[^/]*$`)
)

// tokenIn is the token of the upload that a stored path names, where the portal keeps the names it is sent.
func (d *Driver) tokenIn(stored string) string {
	if part := tokenPart.FindStringSubmatch(stored); part != nil && d.set.storedNames {
		return part[1]
	}
	return ""
}

// usable says why a stored path must not be made part of an address.
func usable(stored string) error {
	switch {
	case stored == "":
		return errors.New("the portal does not tell where it is stored")
	case strings.Contains(stored, "://") || schemeForm.MatchString(stored):
		return errors.New("its stored path is an address")
	}
	for part := range strings.SplitSeq(strings.TrimPrefix(strings.ReplaceAll(stored, `\`, "/"), "/"), "/") {
		if part == ".." || part == "." || part == "" {
			return errors.New("its stored path leads elsewhere")
		}
	}
	return nil
}

var schemeForm = regexp.MustCompile(`^[A-Za-z][0-9A-Za-z+.-]*:`)
