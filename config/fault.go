package config

import (
	"fmt"
	"strings"
)

// Fault is one thing wrong in a configuration file.
type Fault struct {
	File string `json:"file"`
	Line int    `json:"line"` // from 1
	Col  int    `json:"col"`  // from 1, in bytes
	Key  string `json:"key"`  // such as client[2].folder; client sections count from 1; empty: the file as a whole
	Text string `json:"text"` // what is wrong, and what to do
}

// Error writes the fault on one line: file:line:col: key: text.
func (f Fault) Error() string {
	if f.Key == "" {
		return fmt.Sprintf("%s:%d:%d: %s", f.File, f.Line, f.Col, f.Text)
	}
	return fmt.Sprintf("%s:%d:%d: %s: %s", f.File, f.Line, f.Col, f.Key, f.Text)
}

// Faults are all that is wrong in one file, in the order of the file. Find them in an error with errors.As.
type Faults []Fault

// Error writes one fault a line.
func (fs Faults) Error() string {
	lines := make([]string, len(fs))
	for i, f := range fs {
		lines[i] = f.Error()
	}
	return strings.Join(lines, "\n")
}
