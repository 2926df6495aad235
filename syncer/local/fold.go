package local

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Key returns the same string for all disk names that this file system takes for one. It may take more for one than the
// file system does: a name is then held to be taken that is not.
func (n Names) Key(disk string) string { return foldName(disk, n.Folding.Case, n.Folding.Unicode) }

// foldName folds with the full rules of Unicode, which cover those of NTFS, APFS and ext4.
func foldName(name string, letterCase, unicode bool) string {
	if isASCII(name) {
		if letterCase {
			return strings.ToLower(name)
		}
		return name
	}
	if unicode {
		name = norm.NFC.String(name)
	}
	if letterCase {
		name = cases.Fold().String(name)
		if unicode {
			name = norm.NFC.String(name)
		}
	}
	return name
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// isOurs reports whether a name on disk is one of ours, in any spelling some file system takes for it.
func isOurs(name string) bool {
	if len(name) < len(HouseName) || name[0] != '.' {
		return false
	}
	name = foldName(name, true, true)
	return name == HouseName || name == MarkerName
}

func foldAll(name string) string { return foldName(name, true, true) }
