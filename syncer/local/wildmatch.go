package local

import "strings"

// wildmatch reports whether text matches a pattern of git's: "*" and "?" match within a name, "**" between slashes matches
// any number of folders, "[a-z]", "[!a]" and "[[:digit:]]" match one byte, a backslash takes the next byte as it is. With
// path not set there is no slash in text and "**" is a "*".
//
// Go's libraries for this were tried against git itself and each fails some of git's cases (brackets, classes, "**" next to
// other characters); the test in ignore_test.go holds this one to git's answers.
func wildmatch(pattern, text string, path bool) bool { return matchFrom(pattern, text, path, true) }

// matchFrom matches the rest of a pattern. start means that a name begins here.
func matchFrom(pattern, text string, path, start bool) bool {
	for len(pattern) > 0 {
		first := pattern[0]
		switch first {
		case '*':
			return star(pattern, text, path, start)
		case '?':
			if text == "" || path && text[0] == '/' {
				return false
			}
			pattern = pattern[1:]
		case '[':
			ok, rest := bracket(pattern, text)
			if !ok || path && text[0] == '/' {
				return false
			}
			pattern = rest
		default:
			if first == '\\' {
				pattern = pattern[1:]
			}
			if pattern == "" || text == "" || pattern[0] != text[0] {
				return false
			}
			pattern = pattern[1:]
		}
		text, start = text[1:], first == '/'
	}
	return text == ""
}

// star matches a pattern that begins with one or more "*". Two or more that make up a whole name match any number of
// folders, none included.
func star(pattern, text string, path, start bool) bool {
	rest := strings.TrimLeft(pattern, "*")
	wide := path && len(pattern)-len(rest) >= 2 && start && (rest == "" || rest[0] == '/')
	if wide && rest != "" && matchFrom(rest[1:], text, path, true) {
		return true
	}
	for i := 0; ; i++ {
		if matchFrom(rest, text[i:], path, false) {
			return true
		}
		if i == len(text) || path && !wide && text[i] == '/' {
			return false
		}
	}
}

// bracket matches one byte of text against the bracket expression pattern begins with and returns what follows it.
func bracket(pattern, text string) (ok bool, rest string) {
	if text == "" {
		return false, ""
	}
	set, rest, closed := cutBracket(pattern)
	if !closed {
		return false, ""
	}
	negated := set[0] == '!' || set[0] == '^'
	if negated {
		set = set[1:]
	}
	return inSet(set, text[0]) != negated, rest
}

// cutBracket returns what is between the brackets, and what follows. A "]" that comes first is a member.
func cutBracket(pattern string) (set, rest string, closed bool) {
	i := 1
	if i < len(pattern) && (pattern[i] == '!' || pattern[i] == '^') {
		i++
	}
	for first := true; i < len(pattern); first = false {
		switch {
		case pattern[i] == ']' && !first:
			return pattern[1:i], pattern[i+1:], true
		case pattern[i] == '\\':
			i += 2
		default:
			class, n := classAt(pattern[i:])
			if n > 0 && classes[class] == nil {
				return "", "", false
			}
			i += max(1, n)
		}
	}
	return "", "", false
}

// classAt returns the name of the class set begins with, as "digit" of "[:digit:]", and how much of set that takes; 0 if it
// begins with none.
func classAt(set string) (name string, n int) {
	rest, ok := strings.CutPrefix(set, "[:")
	end := strings.IndexByte(rest, ']')
	if !ok || end < 1 || rest[end-1] != ':' {
		return "", 0
	}
	return rest[:end-1], len("[:") + end + 1
}

// inSet reports whether c is one of the bytes, ranges and classes of set.
func inSet(set string, c byte) bool {
	for i := 0; i < len(set); {
		if class, n := classAt(set[i:]); n > 0 {
			if classes[class](c) {
				return true
			}
			i += n
			continue
		}
		low, n := member(set[i:])
		i += n
		high := low
		if i+1 < len(set) && set[i] == '-' {
			high, n = member(set[i+1:])
			i += 1 + n
		}
		if c == low || low <= c && c <= high {
			return true
		}
	}
	return false
}

// member is the first byte of set, and how much of it that takes.
func member(set string) (byte, int) {
	if set[0] == '\\' && len(set) > 1 {
		return set[1], 2
	}
	return set[0], 1
}

// classes are those of ctype.h in the C locale, which git uses.
var classes = map[string]func(c byte) bool{
	"alnum":  func(c byte) bool { return isLower(c) || isUpper(c) || isDigit(c) },
	"alpha":  func(c byte) bool { return isLower(c) || isUpper(c) },
	"blank":  func(c byte) bool { return c == ' ' || c == '\t' },
	"cntrl":  func(c byte) bool { return c < ' ' || c == 0x7f },
	"digit":  isDigit,
	"graph":  isGraph,
	"lower":  isLower,
	"print":  func(c byte) bool { return isGraph(c) || c == ' ' },
	"punct":  func(c byte) bool { return isGraph(c) && !isLower(c) && !isUpper(c) && !isDigit(c) },
	"space":  func(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' },
	"upper":  isUpper,
	"xdigit": func(c byte) bool { return isDigit(c) || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F' },
}

func isLower(c byte) bool { return 'a' <= c && c <= 'z' }
func isUpper(c byte) bool { return 'A' <= c && c <= 'Z' }
func isDigit(c byte) bool { return '0' <= c && c <= '9' }
func isGraph(c byte) bool { return c > ' ' && c < 0x7f }

// malformed reports whether a bracket is not closed or a backslash ends the pattern: git matches nothing then.
func malformed(pattern string) bool {
	for pattern != "" {
		switch pattern[0] {
		case '\\':
			if len(pattern) == 1 {
				return true
			}
			pattern = pattern[2:]
		case '[':
			_, rest, closed := cutBracket(pattern)
			if !closed {
				return true
			}
			pattern = rest
		default:
			pattern = pattern[1:]
		}
	}
	return false
}
