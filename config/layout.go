package config

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// position is a place in the file, both from 1; columns count bytes.
type position struct{ line, col int }

// layout knows where each key of the file stands. Paths are spelled like the manual's keys, whatever the capitals
// in the file (the decoder does not mind them either); sections in double brackets count from 1: client[2].guards.window.
type layout struct {
	lines  []int // offset at which each line starts
	places map[string]position
}

func newLayout(data []byte) *layout {
	l := &layout{lines: []int{0}, places: map[string]position{}}
	for i, b := range data {
		if b == '\n' {
			l.lines = append(l.lines, i+1)
		}
	}
	return l
}

func (l *layout) position(offset int) position {
	line := sort.SearchInts(l.lines, offset+1) // lines that start at or before offset
	return position{line, offset - l.lines[line-1] + 1}
}

// find returns where a key stands, or where the nearest section around it does.
func (l *layout) find(path string) position {
	for ; path != ""; path = parent(path) {
		if at, ok := l.places[path]; ok {
			return at
		}
	}
	return position{1, 1}
}

// has tells whether the file says something at this very path.
func (l *layout) has(path string) bool {
	_, ok := l.places[path]
	return ok
}

// section is a place in the file and what the Config has there; a nil type stands for what it does not know.
type section struct {
	path string
	t    reflect.Type
}

// step goes from a section to one of its keys.
func (s section) step(key string) section {
	if s.t != nil && s.t.Kind() == reflect.Slice {
		s.t = s.t.Elem()
	}
	next := section{path: join(s.path, key)}
	switch {
	case s.t == nil:
	case s.t.Kind() == reflect.Map:
		next.t = s.t.Elem()
	case s.t.Kind() == reflect.Struct && !isText(s.t):
		if f, ok := fieldByKey(s.t, key); ok {
			next = section{path: join(s.path, f.Tag.Get("toml")), t: f.Type}
		}
	}
	return next
}

// walker reads the file's syntax before the decoder does. The decoder stops at the first value that does not fit; the
// walker reports them all, and blanks them for the decoder.
type walker struct {
	*report
	data  []byte // blanked as it goes
	count map[string]int
	table section // to which assignments belong
	unfit bool    // the current expression holds a value that does not fit
}

// walk returns the file with what does not fit blanked, and whether every section is of the right form: if not, decoding
// makes no sense.
func (r *report) walk(data []byte) (blanked []byte, sound bool) {
	w := &walker{report: r, data: slices.Clone(data), count: map[string]int{}, table: section{t: reflect.TypeFor[Config]()}}
	var p unstable.Parser
	p.Reset(data)
	sound = true
	from := -1 // where the expression before begins, if it is to be blanked
	for p.NextExpression() {
		n := p.Expression()
		start := w.start(n)
		w.blank(from, start)
		from, w.unfit = -1, false
		switch n.Kind {
		case unstable.KeyValue:
			w.assignment(n, w.table)
			if w.unfit {
				from = start
			}
		case unstable.Table, unstable.ArrayTable:
			sound = w.header(n) && sound
		}
	}
	w.blank(from, len(data))
	return w.data, sound
}

// start is where an expression begins: the brackets and quotes before its first key are its own.
func (w *walker) start(n *unstable.Node) int {
	_, at := keysOf(n)
	for at > 0 && strings.IndexByte("[ \t\"'", w.data[at-1]) >= 0 {
		at--
	}
	return at
}

// blank overwrites with spaces and keeps all lines. A negative start stands for nothing to do.
func (w *walker) blank(start, end int) {
	if start < 0 {
		return
	}
	for i := start; i < end; i++ {
		if w.data[i] != '\n' && w.data[i] != '\r' {
			w.data[i] = ' '
		}
	}
}

// header opens a section: [[client]] the next one, [client.guards] belongs to the last.
func (w *walker) header(n *unstable.Node) bool {
	keys, offset := keysOf(n)
	double := n.Kind == unstable.ArrayTable
	s := section{t: reflect.TypeFor[Config]()}
	for i, k := range keys {
		s = w.known(s, k, offset)
		if double && i == len(keys)-1 {
			w.count[s.path]++
		}
		if c := w.count[s.path]; c > 0 {
			s.path = fmt.Sprintf("%s[%d]", s.path, c)
		}
	}
	w.table = s
	if !w.has(s.path) {
		w.places[s.path] = w.position(offset)
	}
	if w.unfit {
		return false
	}
	if s.t == nil || double == isList(s.t) && (isList(s.t) || isTable(s.t)) {
		return true
	}
	w.add(s.path, w.position(offset), "want %s", wanted(s.t))
	return false
}

// known steps to a key, and reports one that means nothing with those that would.
func (w *walker) known(s section, key string, offset int) section {
	next := s.step(key)
	if s.t != nil && s.t.Kind() != reflect.Interface && next.t == nil {
		w.add(s.path, w.position(offset), "unknown key %q%s", key, knownKeys(s.t))
		w.unfit = w.unfit || (!isTable(s.t) && !isList(s.t)) // the decoder would stumble over a key below a value
	}
	return next
}

// assignment notes a key and looks at its value.
func (w *walker) assignment(n *unstable.Node, s section) {
	keys, offset := keysOf(n)
	for _, k := range keys {
		s = w.known(s, k, offset)
	}
	at := w.position(offset)
	if w.has(s.path) {
		w.add(s.path, at, "written twice; keep one")
		w.unfit = true
		return
	}
	w.places[s.path] = at
	w.value(n.Value(), s)
}

// value checks that a value is of the kind that its key wants.
func (w *walker) value(v *unstable.Node, s section) {
	switch {
	case s.t == nil || s.t.Kind() == reflect.Interface:
	case isText(s.t):
		w.text(v, s)
	case s.t.Kind() == reflect.String && v.Kind == unstable.String:
	case s.t.Kind() == reflect.Bool && v.Kind == unstable.Bool:
	case s.t.Kind() == reflect.Int && v.Kind == unstable.Integer:
		if _, err := strconv.ParseInt(string(v.Data), 0, strconv.IntSize); err != nil {
			w.misfit(v, s, "%s is out of range", v.Data)
		}
	case isTable(s.t) && v.Kind == unstable.InlineTable:
		for it := v.Children(); it.Next(); {
			w.assignment(it.Node(), s)
		}
	case s.t.Kind() == reflect.Slice && v.Kind == unstable.Array:
		i := 0
		for it := v.Children(); it.Next(); {
			i++
			w.element(it.Node(), section{path: fmt.Sprintf("%s[%d]", s.path, i), t: s.t.Elem()}, s)
		}
	default:
		w.misfit(v, s, "want %s", wanted(s.t))
	}
}

// element notes one value of a list. An element without a position of its own stands where its list does.
func (w *walker) element(v *unstable.Node, s, list section) {
	w.places[s.path] = w.find(list.path)
	if v.Raw.Length > 0 {
		w.places[s.path] = w.position(int(v.Raw.Offset))
	}
	w.value(v, s)
}

// text tries a value that is written as text and means something: a size, a time, a reference to a secret.
func (w *walker) text(v *unstable.Node, s section) {
	zero := v.Kind == unstable.Integer && string(v.Data) == "0" && s.t != reflect.TypeFor[Secret]()
	if v.Kind != unstable.String && !zero {
		w.misfit(v, s, "want %s", wanted(s.t))
		return
	}
	if err := reflect.New(s.t).Interface().(encoding.TextUnmarshaler).UnmarshalText(v.Data); err != nil {
		w.misfit(v, s, "%v", err)
	}
}

func (w *walker) misfit(v *unstable.Node, s section, format string, args ...any) {
	at := w.find(s.path)
	if v.Raw.Length > 0 {
		at = w.position(int(v.Raw.Offset))
	}
	w.add(s.path, at, format, args...)
	w.bad[s.path] = true
	w.unfit = true
}

func keysOf(n *unstable.Node) (keys []string, offset int) {
	offset = -1
	for it := n.Key(); it.Next(); {
		k := it.Node()
		if offset < 0 {
			offset = int(k.Raw.Offset)
		}
		keys = append(keys, string(k.Data))
	}
	return keys, max(offset, 0)
}
