package config

import (
	"encoding"
	"reflect"
	"strings"
)

// fieldByKey finds the field for a key. The decoder does not mind letter case, so neither does this.
func fieldByKey(t reflect.Type, key string) (reflect.StructField, bool) {
	for i := range t.NumField() {
		if f := t.Field(i); strings.EqualFold(f.Tag.Get("toml"), key) {
			return f, true
		}
	}
	return reflect.StructField{}, false
}

// knownKeys lists the keys of a section, in the manual's order, as the end of a sentence.
func knownKeys(t reflect.Type) string {
	if isList(t) {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || isText(t) {
		return "; this is no section"
	}
	var keys []string
	for i := range t.NumField() {
		if key := t.Field(i).Tag.Get("toml"); key != "-" {
			keys = append(keys, key)
		}
	}
	return "; known here: " + strings.Join(keys, ", ")
}

// isText tells whether a key's value is a text with a meaning of its own.
func isText(t reflect.Type) bool {
	return reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

// isTable tells whether a key is a section.
func isTable(t reflect.Type) bool {
	return t.Kind() == reflect.Map || (t.Kind() == reflect.Struct && !isText(t))
}

// isList tells whether a key is a section in double brackets.
func isList(t reflect.Type) bool {
	return t.Kind() == reflect.Slice && isTable(t.Elem())
}

// wanted says in words what belongs at a key of type t.
func wanted(t reflect.Type) string {
	switch t {
	case reflect.TypeFor[Duration]():
		return `a length of time in quotes, such as "90s" or "30d"`
	case reflect.TypeFor[Size]():
		return `a size in quotes, such as "500MB"`
	case reflect.TypeFor[TimeOfDay]():
		return `a time of day in quotes, such as "08:30"`
	case reflect.TypeFor[Secret]():
		return `a reference to a secret in quotes, such as "keyring:office"`
	}
	switch {
	case t.Kind() == reflect.String:
		return `text in quotes, such as "abc"`
	case t.Kind() == reflect.Int:
		return "a whole number"
	case t.Kind() == reflect.Bool:
		return "true or false"
	case isList(t):
		return "a section in double brackets, such as [[client]]"
	case t.Kind() == reflect.Slice:
		return `a list of texts, such as ["a", "b"]`
	default:
		return "a section in single brackets, such as [guards]"
	}
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// parent cuts the last key, or the last number in brackets, off a path.
func parent(path string) string {
	return path[:max(strings.LastIndexAny(path, ".["), 0)]
}
