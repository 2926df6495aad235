package cli

import (
	"fmt"
	"slices"
	"strings"

	"dossier/config"
)

// unknownName is an error that says what else there is: the nearest names, or all if they are few.
func unknownName(kind, name string, known []string) error {
	near := nearest(name, known)
	switch {
	case len(known) == 0:
		return fmt.Errorf("there is no %s %q; there is none at all", kind, name)
	case len(near) > 0:
		return fmt.Errorf("there is no %s %q; did you mean %s?", kind, name, quoted(near))
	case len(known) <= 5:
		return fmt.Errorf("there is no %s %q; there is %s", kind, name, quoted(known))
	}
	return fmt.Errorf("there is no %s %q; `dossier status` lists all %d", kind, name, len(known))
}

// nearest lists up to three known names that hold the name, or have a word a few letters away from it, the closest first.
func nearest(name string, known []string) []string {
	type candidate struct {
		name string
		far  int
	}
	var near []candidate
	folded := config.Fold(name)
	for _, k := range known {
		far := distance(folded, config.Fold(k))
		for word := range strings.FieldsSeq(config.Fold(k)) {
			far = min(far, distance(folded, word))
		}
		if folded != "" && strings.Contains(config.Fold(k), folded) {
			far = 0
		}
		if far <= max(1, len([]rune(folded))/3) {
			near = append(near, candidate{k, far})
		}
	}
	slices.SortStableFunc(near, func(a, b candidate) int { return a.far - b.far })
	var names []string
	for _, c := range near[:min(3, len(near))] {
		names = append(names, c.name)
	}
	return names
}

// distance counts the letters to add, drop or replace to make b of a.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		diagonal := row[0]
		row[0] = i + 1
		for j := range y {
			cost := diagonal
			if x[i] != y[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(y)]
}

func quoted(names []string) string {
	q := make([]string, len(names))
	for i, n := range names {
		q[i] = fmt.Sprintf("%q", n)
	}
	if len(q) < 2 {
		return strings.Join(q, "")
	}
	return strings.Join(q[:len(q)-1], ", ") + " or " + q[len(q)-1]
}
