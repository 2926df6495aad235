package rest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"dossier/remote"
)

// Assume are settings for facts that are assumed of a portal, by name: bool, int64 or string.
type Assume map[string]any

// Bool is a setting, or what the driver assumes if nothing is set.
func (a Assume) Bool(name string, otherwise bool) bool { return valueOr(a, name, otherwise) }

// Int is a setting, or what the driver assumes if nothing is set.
func (a Assume) Int(name string, otherwise int64) int64 { return valueOr(a, name, otherwise) }

// Text is a setting, or what the driver assumes if nothing is set.
func (a Assume) Text(name, otherwise string) string { return valueOr(a, name, otherwise) }

func valueOr[T any](a Assume, name string, otherwise T) T {
	if v, ok := a[name].(T); ok {
		return v
	}
	return otherwise
}

// Check says which settings are none of these assumptions', or have a value of another kind. All faults are told.
func (a Assume) Check(known []remote.Assumption) error {
	var faults, names []string
	kinds := map[string]any{}
	for _, k := range known {
		if k.Setting != "" {
			kinds[k.Setting] = k.Default
			names = append(names, k.Setting)
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	for _, name := range slices.Sorted(maps.Keys(a)) {
		want, ok := kinds[name]
		switch {
		case !ok:
			faults = append(faults, fmt.Sprintf("assume.%s: there is no such setting; there are %s", name, strings.Join(names, ", ")))
		case fmt.Sprintf("%T", want) != fmt.Sprintf("%T", a[name]):
			faults = append(faults, fmt.Sprintf("assume.%s: write %s", name, kindOf(want)))
		}
	}
	if len(faults) == 0 {
		return nil
	}
	return fmt.Errorf("%s", strings.Join(faults, "; "))
}

func kindOf(v any) string {
	switch v.(type) {
	case bool:
		return "true or false"
	case int64:
		return "a whole number"
	}
	return "a text"
}
