package daemon

import (
	"errors"
	"fmt"

	"dossier/state"
)

// Refusal is why a question was not answered, as it travels from one process to another: an exit code and words. Of what was named and
// is not there it keeps what there is instead.
type Refusal struct {
	Exit  int      `json:"exit"`
	Text  string   `json:"text"`
	Kind  string   `json:"kind,omitempty"` // client, plan
	Name  string   `json:"name,omitempty"`
	Known []string `json:"known,omitempty"`
}

func (r *Refusal) Error() string { return r.Text }

// Is lets whoever asked another process tell that a client is locked.
func (r *Refusal) Is(target error) bool { return target == state.ErrLocked && r.Exit == ExitLocked }

// refusef refuses what was asked for: exit code 2.
func refusef(format string, args ...any) error {
	return &Refusal{Exit: ExitUsage, Text: fmt.Sprintf(format, args...)}
}

// unknown refuses a name that is not there.
func unknown(kind, name string, known []string) error {
	return &Refusal{Exit: ExitUsage, Text: fmt.Sprintf("there is no %s %q", kind, name), Kind: kind, Name: name, Known: known}
}

// RefusalOf is an error in the shape in which it travels.
func RefusalOf(err error) *Refusal {
	if r, ok := errors.AsType[*Refusal](err); ok {
		travels := *r
		travels.Text = err.Error()
		return &travels
	}
	r := &Refusal{Exit: ExitOf(err), Text: err.Error()}
	if u, ok := errors.AsType[*UnknownClientError](err); ok {
		r.Kind, r.Name, r.Known = "client", u.Name, u.Known
	}
	return r
}
