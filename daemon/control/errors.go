package control

import (
	"errors"
	"fmt"
	"net/http"
)

// Code says what kind of refusal an Error is. More may come; a caller must have an answer for one that it does not know.
type Code string

const (
	BadRequest    Code = "bad-request"    // the request makes no sense, or has a field that is not known
	NotFound      Code = "not-found"      // no such route, item, plan
	UnknownClient Code = "unknown-client" // no client of that name
	UnknownVerb   Code = "unknown-verb"   // Ask: no such verb
	NotAllowed    Code = "not-allowed"    // not this user, or not like this
	Refused       Code = "refused"        // it was understood, and cannot be done as things stand
	Busy          Code = "busy"           // something else is under way; later it may work
	TooMany       Code = "too-many"       // as many as may be are under way
	TooLarge      Code = "too-large"      // the request has too many bytes
	Configuration Code = "configuration"  // the configuration is faulty
	SignIn        Code = "sign-in"        // the portal does not accept the token
	Stopped       Code = "stopped"        // the daemon stops
	DaemonOlder   Code = "daemon-older"   // the daemon is older than the command: restart or update the daemon
	CommandOlder  Code = "command-older"  // the command is older than the daemon: update the command
	Internal      Code = "internal"       // all else
)

var statusOf = map[Code]int{
	BadRequest:    http.StatusBadRequest,
	NotFound:      http.StatusNotFound,
	UnknownClient: http.StatusNotFound,
	UnknownVerb:   http.StatusNotFound,
	NotAllowed:    http.StatusForbidden,
	Refused:       http.StatusConflict,
	Busy:          http.StatusConflict,
	TooMany:       http.StatusTooManyRequests,
	TooLarge:      http.StatusRequestEntityTooLarge,
	Configuration: http.StatusUnprocessableEntity,
	SignIn:        http.StatusUnprocessableEntity,
	Stopped:       http.StatusServiceUnavailable,
	DaemonOlder:   http.StatusNotImplemented,
	CommandOlder:  http.StatusGone,
	Internal:      http.StatusInternalServerError,
}

// Error is a refusal as it goes over the wire.
type Error struct {
	Code    Code   `json:"code"`
	Message string `json:"message"`      // what is wrong, in plain words
	Do      string `json:"do,omitempty"` // what to do about it
}

func (e *Error) Error() string { return e.Message }

// Errorf makes an Error.
func Errorf(code Code, do, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...), Do: do}
}

// CodeOf is the code of an error; empty: it has none.
func CodeOf(err error) Code {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return ""
	}
	return e.Code
}

// errorOf is how any error goes over the wire.
func errorOf(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return &Error{Code: Internal, Message: err.Error()}
}

func (e *Error) status() int {
	if status, known := statusOf[e.Code]; known {
		return status
	}
	return http.StatusInternalServerError
}
