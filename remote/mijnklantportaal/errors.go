package mijnklantportaal

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"dossier/remote"
)

// explain reads an error answer, of which only a message is promised.
func (f facts) explain(status int, _ http.Header, body []byte) remote.Error {
	message, own := messageOf(body)
	e := remote.Error{Code: codes[status]}
	if message != "" {
		e.Err = errors.New(message)
	}
	if !own && !f.bareErrors && (status == http.StatusNotFound || status == http.StatusGone) {
		// Only the portal's own word that something is not there is one: this is somebody's in between, or of another address.
		e.Code, e.Err = remote.Corrupt, errors.New("the answer says that nothing is there, but it is not the portal's")
	}
	return e
}

// messageOf is an error's message, and whether the body has the shape of the portal's own errors.
func messageOf(body []byte) (text string, own bool) {
	var r struct {
		Message *string `json:"message"`
	}
	if json.Unmarshal(body, &r) != nil || r.Message == nil {
		return "", false
	}
	return *r.Message, true
}

// codes is what a status means here, where that is not what it means everywhere.
var codes = map[int]remote.Code{
	http.StatusMethodNotAllowed:    remote.Unsupported,
	http.StatusUnprocessableEntity: remote.BadName, // of an upload, for a reason that only its text tells: that one file waits
	http.StatusUpgradeRequired:     remote.Quota,   // not an upgrade of the protocol: of the licence
}

func failed(op string, code remote.Code, format string, args ...any) *remote.Error {
	return &remote.Error{Op: op, Code: code, Err: fmt.Errorf(format, args...)}
}

func corrupt(op, format string, args ...any) *remote.Error {
	return failed(op, remote.Corrupt, format, args...)
}

func unsupported(op, why string) *remote.Error {
	return &remote.Error{Op: op, Code: remote.Unsupported, Err: errors.New(why)}
}

// told marks the refusal of an answer to a call that changed something: that call was done.
func told(e *remote.Error) *remote.Error {
	e.Outcome = remote.MaybeDone
	return e
}

func status(err error) int {
	if e, ok := errors.AsType[*remote.Error](err); ok {
		return e.Status
	}
	return 0
}
