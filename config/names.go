package config

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Fold maps names that some file system takes for the same onto one text: letter case and the encoding of accents are levelled.
func Fold(name string) string {
	return norm.NFC.String(cases.Fold().String(norm.NFD.String(name)))
}

// maxName is the longest name a client may have, in bytes: it leaves room for endings within the 255 of most file systems.
const maxName = 200

// reserved are the names of devices on Windows, which no folder there can bear, with or without an ending.
var reserved = []string{
	"con", "prn", "aux", "nul", "conin$", "conout$",
	"com0", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9", "com¹", "com²", "com³",
	"lpt0", "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9", "lpt¹", "lpt²", "lpt³",
}

// checkFolderName tells why a name cannot be a folder's on every system, or nil.
func checkFolderName(name string) error {
	stem, _, _ := strings.Cut(strings.ToLower(name), ".")
	switch {
	case name == "":
		return errors.New("missing; give each client the name of its folder")
	case name == "." || name == "..":
		return fmt.Errorf("%q is no name of a folder", name)
	case len(name) > maxName:
		return fmt.Errorf("longer than %d bytes; shorten it", maxName)
	case strings.ContainsAny(name, `/\`):
		return fmt.Errorf("%q is a path, and must be the name of one folder; use path for a folder elsewhere", name)
	case strings.ContainsAny(name, `<>:"|?*`):
		return fmt.Errorf(`%q holds one of < > : " | ? *, which a folder on Windows cannot; leave it out`, name)
	case strings.ContainsFunc(name, unicode.IsControl):
		return fmt.Errorf("%q holds a control character; leave it out", name)
	case strings.HasSuffix(name, ".") || strings.TrimSpace(name) != name:
		return fmt.Errorf("%q begins or ends with a blank or ends with a dot, which a folder on Windows cannot; leave it out", name)
	case slices.Contains(reserved, strings.TrimSpace(stem)):
		return fmt.Errorf("%q is the name of a device on Windows; choose another", name)
	case Fold(name) == vaultName:
		return fmt.Errorf("%q is where dossier keeps deleted files; choose another", name)
	}
	return nil
}

// vaultName is the folder beside the clients' folders in which deleted and replaced files rest.
const vaultName = ".dossier"

// expandHome puts the home directory in the place of a leading "~".
func expandHome(path string, home func() (string, error)) (string, error) {
	if path != "~" && !strings.HasPrefix(path, "~/") && !strings.HasPrefix(path, `~\`) {
		return path, nil
	}
	dir, err := home()
	if err != nil || dir == "" {
		return "", errors.New(`"~" is of no use here: this user has no home directory; write the whole path`)
	}
	return filepath.Join(dir, path[1:]), nil
}
