package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"dossier/config"
	"dossier/daemon"
	"dossier/daemon/control"
	"dossier/remote"
	"dossier/state"
)

// usageError is a fault in what was asked or configured: exit 2.
type usageError struct{ error }

func (e *usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error { return &usageError{fmt.Errorf(format, args...)} }

// workError comes from a command's work. All other errors are about the command line.
type workError struct{ error }

func (e *workError) Unwrap() error { return e.error }

// codeError ends a command with a given exit code.
type codeError struct {
	code int
	error
}

func (e *codeError) Unwrap() error { return e.error }

// exitOf is the exit code of an error.
func exitOf(ctx context.Context, err error) int {
	if code, ok := errors.AsType[*codeError](err); ok {
		return code.code
	}
	if err == nil {
		return daemon.ExitInStep
	}
	if _, work := errors.AsType[*workError](err); !work {
		return daemon.ExitUsage
	}
	if _, usage := errors.AsType[*usageError](err); usage {
		return daemon.ExitUsage
	}
	if ctx.Err() != nil {
		return daemon.ExitInterrupted
	}
	return daemon.ExitOf(err)
}

// explain words an error for people; empty: there is nothing to say.
func explain(err error) string {
	if err == nil || errors.Is(err, errSaid) {
		return ""
	}
	if faults, ok := errors.AsType[config.Faults](err); ok {
		return fmt.Sprintf("the configuration cannot be used:\n%s\n%s; nothing was done", indent(faults.Error()), count(len(faults), "fault"))
	}
	if _, work := errors.AsType[*workError](err); !work {
		return err.Error() + "\nTry: dossier --help"
	}
	if errors.Is(err, context.Canceled) {
		return "interrupted; what was done is kept, the next run goes on from there"
	}
	if cure := cureOf(err); cure != "" {
		return err.Error() + "\n" + cure
	}
	return err.Error()
}

// cureOf says what to do about an error; empty: its own text does, or nobody knows.
func cureOf(err error) string {
	if errors.Is(err, state.ErrLocked) {
		return "Another dossier is at work. Wait until it has finished, or stop it."
	}
	if e, ok := errors.AsType[*control.Error](err); ok {
		return e.Do
	}
	if e, ok := errors.AsType[*remote.Error](err); ok && e.Code != remote.Unknown {
		return texts[e.Code.String()].do
	}
	return ""
}

func indent(s string) string { return "  " + strings.ReplaceAll(s, "\n", "\n  ") }
