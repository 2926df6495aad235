package mkpapi

import (
	"fmt"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"dossier/remote/sandbox/store"
)

const maxName = 255 // bytes

// checkName returns the name under which an item will be kept, or why it will not be.
func (a *API) checkName(name string) (string, error) {
	longest := maxName
	switch {
	case a.has("mkp-name-slug"):
		name = slug(name)
	case a.has("mkp-name-trimmed"):
		name = strings.TrimSpace(name)
	case a.has("mkp-name-100"):
		longest = 100
	}
	switch {
	case name == "":
		return "", unprocessable("The name is required.")
	case len(name) > longest:
		return "", unprocessable("The name is too long.")
	case !utf8.ValidString(name), name == ".", name == "..", strings.TrimSpace(name) != name, strings.ContainsFunc(name, forbiddenRune),
		a.has("mkp-name-special-refused") && strings.ContainsAny(name, `<>:"|?*`):
		return "", unprocessable("The name is not valid.")
	}
	return name, nil
}

func forbiddenRune(r rune) bool { return r == '/' || r == '\\' || unicode.IsControl(r) }

// slug is the quirk in which names are made fit for addresses.
func slug(name string) string { return strings.ReplaceAll(strings.ToLower(name), " ", "-") }

// freeName alters a name that is in use.
func freeName(v store.View, folder store.ID, name string) string {
	ext := path.Ext(name)
	for n := 1; ; n++ {
		if try := fmt.Sprintf("%s (%d)%s", strings.TrimSuffix(name, ext), n, ext); len(v.Named(folder, try)) == 0 {
			return try
		}
	}
}
