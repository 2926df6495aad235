package config

import (
	"fmt"
	"slices"
)

// maxFaults bounds what is gathered from one file: a file of another format is a fault on every line.
const maxFaults = 100

// report gathers faults, each at the line of its key.
type report struct {
	*layout
	file   string
	faults Faults
	bad    map[string]bool // keys already reported: nothing more is said about their values
}

func (r *report) add(key string, at position, format string, args ...any) {
	if len(r.faults) >= maxFaults {
		return
	}
	r.faults = append(r.faults, Fault{File: r.file, Line: at.line, Col: at.col, Key: key, Text: fmt.Sprintf(format, args...)})
}

// fault reports something wrong at a key, such as client[2].folder; a key that is missing is reported at its section.
func (r *report) fault(key string, format string, args ...any) {
	if r.bad[key] {
		return
	}
	r.add(key, r.find(key), format, args...)
}

// err returns all faults in the order of the file, or nil.
func (r *report) err() error {
	if len(r.faults) == 0 {
		return nil
	}
	slices.SortStableFunc(r.faults, func(a, b Fault) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Col - b.Col
	})
	return r.faults
}
