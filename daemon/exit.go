package daemon

import (
	"errors"
	"fmt"

	"dossier/daemon/control"
	"dossier/remote"
	"dossier/state"
	"dossier/syncer"
	"dossier/syncer/local"
)

// The exit codes of every command.
const (
	ExitInStep      = 0
	ExitError       = 1
	ExitUsage       = 2 // usage, configuration, or a state written by a newer version
	ExitConflicts   = 3 // conflict copies are left to be looked at
	ExitHalted      = 4 // a brake tripped: a person must approve
	ExitSignIn      = 5
	ExitPartly      = 6 // some items wait, are pending or refused
	ExitLocked      = 7 // another instance or machine is at work
	ExitInterrupted = 130
)

// exitOrder is which code counts if several hold.
var exitOrder = []int{ExitInterrupted, ExitUsage, ExitLocked, ExitSignIn, ExitHalted, ExitError, ExitPartly, ExitConflicts}

var exitOfState = map[syncer.State]int{
	syncer.InStep:    ExitInStep,
	syncer.Conflicts: ExitConflicts,
	syncer.Halted:    ExitHalted,
	syncer.SignIn:    ExitSignIn,
	syncer.Partly:    ExitPartly,
	syncer.Failed:    ExitError,
	syncer.Paused:    ExitInStep, // a person wanted it so
	syncer.Locked:    ExitLocked,
}

// exitOfCode has the codes of a daemon's refusals that are no mere errors.
var exitOfCode = map[control.Code]int{
	control.UnknownClient: ExitUsage, control.UnknownVerb: ExitUsage, control.BadRequest: ExitUsage, control.Configuration: ExitUsage,
	control.DaemonOlder: ExitUsage, control.CommandOlder: ExitUsage, control.Busy: ExitLocked, control.SignIn: ExitSignIn,
}

// exitCode is the code of a run that ended with these clients. others are the codes of what went wrong besides.
func exitCode(clients []syncer.Report, others ...int) int {
	holds := map[int]bool{}
	for _, code := range others {
		holds[code] = true
	}
	for _, c := range clients {
		code, known := exitOfState[c.State]
		if !known {
			code = ExitError
		}
		holds[code] = true
		holds[ExitConflicts] = holds[ExitConflicts] || len(c.Conflicts) > 0
		holds[ExitHalted] = holds[ExitHalted] || c.Halted != nil
	}
	for _, code := range exitOrder {
		if holds[code] {
			return code
		}
	}
	return ExitInStep
}

// ExitOf is the exit code of an error that ended a run, or a client's.
func ExitOf(err error) int {
	_, unknown := errors.AsType[*UnknownClientError](err)
	_, halted := errors.AsType[*haltError](err)
	_, nested := errors.AsType[*nestedError](err)
	refusal, refused := errors.AsType[*Refusal](err)
	switch {
	case err == nil:
		return ExitInStep
	case refused:
		return refusal.Exit
	case control.CodeOf(err) != "":
		return max(ExitError, exitOfCode[control.CodeOf(err)])
	case errors.Is(err, state.ErrNewer), unknown, nested:
		return ExitUsage
	case errors.Is(err, state.ErrLocked), errors.Is(err, local.ErrLeased):
		return ExitLocked
	case remote.CodeOf(err) == remote.SignIn:
		return ExitSignIn
	case halted:
		return ExitHalted
	}
	return ExitError
}

// haltError stops a client before its mirror could look.
type haltError struct{ code, text string }

func (e *haltError) Error() string { return e.text }

// UnknownClientError names a client that is not there, and those that are.
type UnknownClientError struct {
	Name  string
	Known []string
}

func (e *UnknownClientError) Error() string { return fmt.Sprintf("there is no client %q", e.Name) }
