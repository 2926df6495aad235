package mkpapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"dossier/remote/sandbox/mischief"
)

// problem is an answer that refuses. MijnKlantportaal promises a message, and nothing else.
type problem struct {
	status  int
	message string
}

func (p *problem) Error() string { return fmt.Sprintf("%d %s", p.status, p.message) }

var (
	unauthenticated  = &problem{http.StatusUnauthorized, "Unauthenticated."}
	notFound         = &problem{http.StatusNotFound, "Not found."}
	methodNotAllowed = &problem{http.StatusMethodNotAllowed, "Method not allowed."}
	lengthRequired   = &problem{http.StatusLengthRequired, "Length required."}
	tooLarge         = &problem{http.StatusRequestEntityTooLarge, "The file is too large."}
	storageFull      = &problem{http.StatusUpgradeRequired, "The file does not fit in the storage that is left on this licence."}
	tooMany          = &problem{http.StatusTooManyRequests, "Too many requests."}
	serverError      = &problem{http.StatusInternalServerError, "Server error."}
)

// unprocessable is the answer to posted data that something is wrong with.
func unprocessable(message string) *problem {
	return &problem{http.StatusUnprocessableEntity, message}
}

// refuse writes a refusal.
func (a *API) refuse(w http.ResponseWriter, err error) {
	var p *problem
	if !errors.As(err, &p) {
		a.opts.Log.Error("sandbox call failed", "error", err)
		p = serverError
	}
	switch {
	case a.has("mkp-errors-html"):
		w.Header().Set("Content-Type", "text/html; charset=UTF-8")
		w.WriteHeader(p.status)
		io.WriteString(w, "<!DOCTYPE html><html><body><h1>"+http.StatusText(p.status)+"</h1></body></html>")
	case a.has("mkp-errors-empty"):
		w.WriteHeader(p.status)
	case p.status == http.StatusTooManyRequests && !a.has("mkp-429-plain"):
		writeJSON(w, p.status, object{{"code", p.status}, {"message", p.message}})
	default:
		writeJSON(w, p.status, object{{"message", p.message}})
	}
}

func writeJSON(w http.ResponseWriter, status int, body any) error {
	b, err := json.Marshal(body)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	w.WriteHeader(status)
	w.Write(b) // an error means that nobody listens any more
	return nil
}

// failing is how faults speak MijnKlantportaal's language. It has no codes but the status.
func (a *API) failing() mischief.Portal {
	return mischief.Portal{
		Name: Name,
		Error: func(w http.ResponseWriter, status int, _ string) {
			p := &problem{status, http.StatusText(status)}
			if after, err := strconv.Atoi(w.Header().Get("Retry-After")); err == nil && status == http.StatusTooManyRequests {
				p = tooMany
				a.showReset(w, after)
			}
			a.refuse(w, p)
		},
		Expired: func(w http.ResponseWriter) { a.refuse(w, unauthenticated) },
	}
}
