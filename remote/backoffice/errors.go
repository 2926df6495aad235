package backoffice

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"

	"dossier/remote"

	"net/http"
)

// keptText is how much of an error's body is kept for people to read, in bytes. What it looks like nobody tells: the status decides (B-4).
const keptText = 2 << 10

func explain(_ int, _ http.Header, body []byte) remote.Error {
	text := strings.ToValidUTF8(strings.TrimSpace(said(body)), "?")
	if text == "" {
		return remote.Error{}
	}
	return remote.Error{Err: errors.New(text)}
}

// said is what a refusal says to people: its message, if it has one, else all of it, unless it is a page for browsers.
func said(body []byte) string {
	var refusal struct {
		Message string `json:"message"`
	}
	if err := json.Unmarshal(body, &refusal); err == nil && refusal.Message != "" {
		return refusal.Message[:min(len(refusal.Message), keptText)]
	}
	if bytes.HasPrefix(bytes.TrimSpace(body), []byte("<")) {
		return ""
	}
	return string(body[:min(len(body), keptText)])
}

func failure(op string, code remote.Code, why string) *remote.Error {
	return &remote.Error{Op: op, Code: code, Err: errors.New(why)}
}

func corrupt(op, why string) *remote.Error     { return failure(op, remote.Corrupt, why) }
func denied(op, why string) *remote.Error      { return failure(op, remote.Denied, why) }
func unsupported(op, why string) *remote.Error { return failure(op, remote.Unsupported, why) }
func notFound(op, why string) *remote.Error    { return failure(op, remote.NotFound, why) }

// unsure says of a failure that the call may have been done.
func unsure(e *remote.Error) *remote.Error {
	e.Outcome = remote.MaybeDone
	return e
}

func status(err error) int {
	if e, ok := errors.AsType[*remote.Error](err); ok {
		return e.Status
	}
	return 0
}
