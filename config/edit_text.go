package config

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// Section is a client as it stands in the file.
func Section(c Client) string {
	var b strings.Builder
	b.WriteString("[[client]]\n")
	line := func(key, value string) { fmt.Fprintf(&b, "%-6s = %s\n", key, value) }
	line("name", quote(c.Name))
	line("portal", quote(c.Portal))
	line("folder", quote(c.Folder))
	if c.Path != "" {
		line("path", quote(c.Path))
	}
	if c.Mode != "" {
		line("mode", quote(string(c.Mode)))
	}
	if len(c.Ignore) > 0 {
		line("ignore", quoteAll(c.Ignore))
	}
	if len(c.Private) > 0 {
		line("private", quoteAll(c.Private))
	}
	if c.Databases {
		line("databases", "true")
	}
	return b.String()
}

// AssumeLine is what stands in a portal's section for settled facts: assume = { trash = false }.
func AssumeLine(set map[string]any) string {
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(set)) {
		parts = append(parts, bareOrQuoted(key)+" = "+literal(set[key]))
	}
	return "assume = { " + strings.Join(parts, ", ") + " }"
}

// literal writes what may stand under `assume`: a bool, a number or a text.
func literal(v any) string {
	if s, ok := v.(string); ok {
		return quote(s)
	}
	return fmt.Sprint(v)
}

// quote writes a text as people do: in single quotes where it holds a backslash, as paths of Windows do.
func quote(s string) string {
	if strings.Contains(s, `\`) && !strings.ContainsFunc(s, func(r rune) bool { return r == '\'' || r < ' ' || r == 0x7f }) {
		return "'" + s + "'"
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteString(`\` + string(r))
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return `"` + b.String() + `"`
}

func quoteAll(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = quote(s)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

func bareOrQuoted(key string) string {
	if key != "" && strings.Trim(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == "" {
		return key
	}
	return quote(key)
}

// appendLines puts lines at the end of a text, after a blank one, with the text's own line ends.
func appendLines(text []byte, lines string) []byte {
	out := slices.Clone(text)
	if len(out) > 0 && out[len(out)-1] != '\n' {
		out = append(out, '\n')
	}
	if len(bytes.TrimSpace(out)) > 0 && !bytes.HasSuffix(out, []byte("\n\n")) && !bytes.HasSuffix(out, []byte("\n\r\n")) {
		out = append(out, '\n')
	}
	out = append(out, lines...)
	if bytes.Contains(text, []byte("\r\n")) {
		out = bytes.ReplaceAll(bytes.ReplaceAll(out, []byte("\r\n"), []byte("\n")), []byte("\n"), []byte("\r\n"))
	}
	return out
}

// spot is one place in the text: an assignment, or a section's header.
type spot struct {
	table []string // of the section it stands in
	keys  []string // of the assignment, relative to that; empty: a header
	start int      // offset of the first key
	value int      // offset of the value; of a header: none
	end   int      // offset behind it
	last  int      // of a value in braces: offset behind its last assignment; 0: it is empty, or not in braces
	brace bool
}

func (s spot) path() []string { return slices.Concat(s.table, s.keys) }

// spots lists all assignments and headers, those in braces too, in the order of the text.
func spots(text []byte) ([]spot, error) {
	var p unstable.Parser
	p.Reset(text)
	var all []spot
	var table []string
	for p.NextExpression() {
		n := p.Expression()
		switch n.Kind {
		case unstable.Table, unstable.ArrayTable:
			keys, start := keysOf(n)
			table = keys
			all = append(all, spot{table: table, start: start, end: lastKeyEnd(n)})
		case unstable.KeyValue:
			all = append(all, assignments(n, table)...)
		}
	}
	return all, p.Error()
}

func assignments(n *unstable.Node, table []string) []spot {
	keys, start := keysOf(n)
	s := spot{table: table, keys: keys, start: start, end: int(n.Raw.Offset + n.Raw.Length)}
	s.value = lastKeyEnd(n)
	v := n.Value()
	s.brace = v.Kind == unstable.InlineTable
	var inner []spot
	if s.brace {
		for it := v.Children(); it.Next(); {
			more := assignments(it.Node(), s.path())
			s.last = more[0].end
			inner = append(inner, more...)
		}
	}
	return append([]spot{s}, inner...)
}

func lastKeyEnd(n *unstable.Node) int {
	end := 0
	for it := n.Key(); it.Next(); {
		end = int(it.Node().Raw.Offset + it.Node().Raw.Length)
	}
	return end
}

var errNoPlace = errors.New("the portal's section is written in a way that cannot be edited safely")

// setAssumed settles one fact: where it stands already its value is replaced; else it joins those beside it; else it begins a line
// at the end of the portal's section.
func setAssumed(text []byte, portal, key string, value any) ([]byte, error) {
	all, err := spots(text)
	if err != nil {
		return nil, err
	}
	assume := []string{"portal", portal, "assume"}
	if s, ok := lastSpot(all, func(s spot) bool { return len(s.keys) > 0 && samePath(s.path(), append(slices.Clone(assume), key)) }); ok {
		return splice(text, afterEquals(text, s.value), s.end, literal(value)), nil
	}
	entry := bareOrQuoted(key) + " = " + literal(value)
	if s, ok := lastSpot(all, func(s spot) bool { return s.brace && samePath(s.path(), assume) }); ok {
		if s.last > 0 {
			return splice(text, s.last, s.last, ", "+entry), nil
		}
		return splice(text, afterEquals(text, s.value), s.end, "{ "+entry+" }"), nil
	}
	if s, ok := lastSpot(all, func(s spot) bool { return samePath(s.table, assume) }); ok {
		return addLine(text, s, entry), nil
	}
	if s, ok := lastSpot(all, func(s spot) bool { return samePath(s.table, assume[:2]) && !nested(all, s) }); ok {
		if dotted(all, assume) {
			return addLine(text, s, "assume."+entry), nil
		}
		return addLine(text, s, "assume = { "+entry+" }"), nil
	}
	return nil, errNoPlace
}

// nested tells whether a spot stands in the braces of another.
func nested(all []spot, s spot) bool {
	return slices.ContainsFunc(all, func(o spot) bool { return o.brace && o.start < s.start && s.end < o.end })
}

// dotted tells whether facts stand there as assume.x = …, to which no table may be added.
func dotted(all []spot, assume []string) bool {
	_, found := lastSpot(all, func(s spot) bool { return len(s.keys) > 1 && samePath(s.path()[:len(s.path())-1], assume) })
	return found
}

func lastSpot(all []spot, want func(spot) bool) (found spot, ok bool) {
	for _, s := range all {
		if want(s) {
			found, ok = s, true
		}
	}
	return found, ok
}

// samePath compares keys as the decoder does, which does not mind capitals in ours.
func samePath(a, b []string) bool { return slices.EqualFunc(a, b, strings.EqualFold) }

// afterEquals is the offset of the value behind a key.
func afterEquals(text []byte, at int) int {
	at += bytes.IndexByte(text[at:], '=') + 1
	for at < len(text) && (text[at] == ' ' || text[at] == '\t') {
		at++
	}
	return at
}

func splice(text []byte, from, to int, with string) []byte {
	return slices.Concat(text[:from], []byte(with), text[to:])
}

// addLine puts a line below the one that a spot ends on, indented as it is.
func addLine(text []byte, s spot, line string) []byte {
	end := len(text)
	if i := bytes.IndexByte(text[s.end:], '\n'); i >= 0 {
		end = s.end + i + 1
	} else {
		line = "\n" + line
	}
	if bytes.HasSuffix(text[:end], []byte("\r\n")) {
		line += "\r"
	}
	begin := bytes.LastIndexByte(text[:s.start], '\n') + 1
	indent := text[begin : begin+len(text[begin:s.start])-len(bytes.TrimLeft(text[begin:s.start], " \t"))]
	return splice(text, end, end, string(indent)+line+"\n")
}

// Diff shows what a draft changes, a line with - for each that goes and + for each that comes, between what stays around them.
func (d *Draft) Diff() string {
	was, is := linesOf(d.Before), linesOf(d.After)
	head := 0
	for head < min(len(was), len(is)) && was[head] == is[head] {
		head++
	}
	tail := 0
	for tail < min(len(was), len(is))-head && was[len(was)-1-tail] == is[len(is)-1-tail] {
		tail++
	}
	const around = 3
	var b strings.Builder
	fmt.Fprintf(&b, "--- %s\n+++ %s\n@@ line %d @@\n", d.Path, d.Path, head+1)
	show := func(sign string, lines []string) {
		for _, l := range lines {
			b.WriteString(sign + l + "\n")
		}
	}
	show(" ", was[max(0, head-around):head])
	show("-", was[head:len(was)-tail])
	show("+", is[head:len(is)-tail])
	show(" ", was[len(was)-tail:min(len(was), len(was)-tail+around)])
	return b.String()
}

func linesOf(text []byte) []string {
	return strings.Split(strings.TrimSuffix(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n"), "\n")
}

// Assign is a line that gives a key a text.
func Assign(key, text string) string { return key + " = " + quote(text) + "\n" }
