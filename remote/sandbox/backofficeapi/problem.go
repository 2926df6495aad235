package backofficeapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"dossier/remote/sandbox/mischief"
)

// problem is an answer that refuses. The vendor does not describe its body.
type problem struct {
	status  int
	message string
	field   string // of the request that is at fault, if one is
	detail  string // about the field
	header  map[string]string
}

func (p *problem) Error() string { return fmt.Sprintf("%d %s", p.status, p.message) }

var (
	notFound         = &problem{status: http.StatusNotFound, message: "Not Found"}
	methodNotAllowed = &problem{status: http.StatusMethodNotAllowed, message: "Method Not Allowed"}
	forbidden        = &problem{status: http.StatusForbidden, message: "Access Denied"}
	tooLarge         = &problem{status: http.StatusRequestEntityTooLarge, message: "The file is too large"}
)

func malformed(message string) *problem {
	return &problem{status: http.StatusBadRequest, message: message}
}

// invalid refuses one field that can be read but not be taken.
func invalid(field, message string) *problem {
	return &problem{status: http.StatusBadRequest, message: "Validation failed", field: field, detail: message}
}

var expired = unauthorized("The access token has expired")

func unauthorized(message string) *problem {
	return &problem{status: http.StatusUnauthorized, message: message, header: map[string]string{"WWW-Authenticate": "Bearer"}}
}

// refuse writes a refusal, with the status that the quirks give it.
func (a *API) refuse(w http.ResponseWriter, r *http.Request, err error) {
	var p *problem
	if !errors.As(err, &p) {
		a.opts.Log.Error("sandbox call failed", "method", r.Method, "path", r.URL.Path, "error", err)
		p = &problem{status: http.StatusInternalServerError, message: "Internal Server Error"}
	}
	said := *p
	switch {
	case p.field != "" && a.has("bo-validation-422"):
		said.status = http.StatusUnprocessableEntity
	case p.status == http.StatusNotFound && a.has("bo-missing-403"),
		p.status == http.StatusUnauthorized && a.has("bo-token-403"):
		said.status = http.StatusForbidden
	}
	a.write(w, &said)
}

func (a *API) write(w http.ResponseWriter, p *problem) {
	for name, value := range p.header {
		w.Header().Set(name, value)
	}
	if a.has("bo-errors-html") {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(p.status)
		fmt.Fprintf(w, "<!DOCTYPE html><html><head><title>%d</title></head><body><h1>%s</h1></body></html>", p.status, p.message)
		return
	}
	body := map[string]any{"code": p.status, "message": p.message}
	if p.field != "" {
		body["errors"] = map[string][]string{p.field: {p.detail}}
	}
	writeJSON(w, p.status, body)
}

func writeJSON(w http.ResponseWriter, status int, body any) error {
	b, err := json.Marshal(body)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	w.WriteHeader(status)
	w.Write(b) // an error means that nobody listens any more
	return nil
}

// failing is how faults speak this portal's language.
func (a *API) failing() mischief.Portal {
	return mischief.Portal{
		Name: Name,
		Error: func(w http.ResponseWriter, status int, code string) {
			if code == "" {
				code = http.StatusText(status)
			}
			a.write(w, &problem{status: status, message: code})
		},
		Expired: func(w http.ResponseWriter) { a.refuse(w, nil, expired) },
	}
}
