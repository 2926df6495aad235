package plan

import (
	"fmt"
	"strings"
)

func (k Kind) String() string { return [...]string{"nothing", "file", "folder"}[k] }

func (k OpKind) String() string {
	return [...]string{"", "record", "forget", "make-folder", "send", "update", "move", "delete", "conflict", "aside", "compare"}[k]
}

func (m Mode) String() string { return [...]string{"two-way", "down", "up", "collect"}[m] }

// String tells an operation in one line, by numbers: the plan knows no paths.
func (o Op) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%v %d", o.Kind, o.Node)
	switch o.Kind {
	case Record, Forget, Compare:
	default:
		fmt.Fprintf(&b, " on %v", o.Side)
	}
	if o.Twin != 0 {
		fmt.Fprintf(&b, " with %d", o.Twin)
	}
	if o.To != (Place{}) {
		fmt.Fprintf(&b, " to %d/%q", o.To.Parent, o.To.Name)
	}
	if o.Park {
		b.WriteString(" in passing")
	}
	if len(o.Below) > 0 {
		fmt.Fprintf(&b, " with all %d below", len(o.Below))
	}
	if o.Rule != "" {
		fmt.Fprintf(&b, " (%s)", o.Rule)
	}
	return b.String()
}
