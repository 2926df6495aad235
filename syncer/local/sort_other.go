//go:build !linux

package local

import (
	"slices"
	"strings"
)

// sortNamed sorts a listing by name.
func sortNamed(list []Named) {
	slices.SortFunc(list, func(a, b Named) int { return strings.Compare(a.Name, b.Name) })
}
