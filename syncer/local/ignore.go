package local

import (
	"errors"
	"fmt"
	"strings"
)

// Ignore is a checked list of rules in gitignore syntax, relative to the client's folder. Names are compared byte by byte, as
// git does.
type Ignore struct {
	rules []rule
	fold  bool
}

// rule is one line.
type rule struct {
	text     string // as written
	pattern  string
	negated  bool // "!": what matches is not ignored after all
	dirOnly  bool // ends in "/"
	anchored bool // has a "/" inside: matches the whole path, else the last name only
}

// NewIgnore checks the rules, all at once. Empty lines and comments are left out.
func NewIgnore(rules []string) (*Ignore, error) {
	g := &Ignore{}
	var errs []error
	for _, text := range rules {
		r, ok := parseRule(text)
		switch {
		case !ok:
		case strings.ContainsAny(text, "\n\x00"):
			errs = append(errs, fmt.Errorf("ignore rule %q: one rule a line", text))
		case malformed(r.pattern):
			errs = append(errs, fmt.Errorf("ignore rule %q: it can match nothing: a bracket or a backslash is not closed", text))
		default:
			g.rules = append(g.rules, r)
		}
	}
	return g, errors.Join(errs...)
}

// WithoutCase returns the same rules for a disk where letter case does not count (ASCII letters only).
func (g *Ignore) WithoutCase() *Ignore {
	folded := &Ignore{fold: true}
	for _, r := range g.rules {
		r.pattern = lowerPattern(r.pattern)
		folded.rules = append(folded.rules, r)
	}
	return folded
}

// lowerPattern leaves the names of character classes as they are but for [:upper:], which means any letter then.
func lowerPattern(p string) string {
	return strings.ReplaceAll(asciiLower(p), "[:upper:]", "[:alpha:]")
}

func asciiLower(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return r >= 'A' && r <= 'Z' }) < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// parseRule reads one line; ok is false for an empty line or a comment.
func parseRule(text string) (r rule, ok bool) {
	p := trimBlanks(strings.TrimSuffix(text, "\r"))
	if p == "" || p[0] == '#' {
		return r, false
	}
	r.text = p
	p, r.negated = strings.CutPrefix(p, "!")
	p, r.dirOnly = strings.CutSuffix(p, "/")
	r.anchored = strings.Contains(p, "/")
	r.pattern = strings.TrimPrefix(p, "/")
	return r, r.pattern != ""
}

// trimBlanks takes away blanks at the end that no backslash guards.
func trimBlanks(s string) string {
	end := 0
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			i++
			end = i + 1
		case s[i] != ' ':
			end = i + 1
		}
	}
	return s[:end]
}

// Match returns the rule that ignores rel (portal names, slash-separated), "" if none does. The last rule that matches
// decides. A folder above rel that is ignored is the caller's to know: git does not look inside, and so do we not.
func (g *Ignore) Match(rel string, dir bool) string {
	if g == nil || len(g.rules) == 0 {
		return ""
	}
	if g.fold {
		rel = asciiLower(rel)
	}
	name := rel[strings.LastIndexByte(rel, '/')+1:]
	for i := len(g.rules) - 1; i >= 0; i-- {
		if r := &g.rules[i]; r.matches(rel, name, dir) {
			if r.negated {
				return ""
			}
			return r.text
		}
	}
	return ""
}

func (r *rule) matches(rel, name string, dir bool) bool {
	if r.dirOnly && !dir {
		return false
	}
	if r.anchored {
		// As git does: what comes before the first wildcard is compared by itself, so that the "**" of "a**/b" counts as
		// the beginning of a name.
		literal := strings.IndexAny(r.pattern+"*", `*?[\`)
		rest, ok := strings.CutPrefix(rel, r.pattern[:literal])
		return ok && wildmatch(r.pattern[literal:], rest, true)
	}
	return wildmatch(r.pattern, name, false)
}
