package filesroapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"dossier/remote/sandbox/mischief"
)

// problem is an answer that refuses. Laravel has several shapes for that; which one comes depends on where in the program it is made.
type problem struct {
	status  int
	kind    string // the member "type": "error" or "gone"; none where the framework speaks
	message string
	errors  map[string][]string // by field, where the input does not do
	missing bool                // a record was not found: the one refusal with a type that is HTML for who does not ask for JSON
}

func (p *problem) Error() string { return fmt.Sprintf("%d %s", p.status, p.message) }

var (
	notFound        = &problem{status: 404, kind: "error", message: "We couldn't find your requested item.", missing: true}
	notYours        = &problem{status: 403, message: "This action is unauthorized."}
	accessDenied    = &problem{status: 403, message: "Access Denied"}
	gone            = &problem{status: 410, kind: "gone", message: "Gone"}
	quotaExceeded   = &problem{status: 401, kind: "error", message: "This action is not allowed."}
	notInYourPlan   = &problem{status: 401, kind: "error", message: "This action is not allowed."}
	tooLarge        = &problem{status: 413, message: "Payload Too Large"}
	serverError     = &problem{status: 500, message: "Server Error"}
	unauthenticated = &problem{status: 401, message: "Unauthenticated."}
)

// invalid refuses input, in words for each field.
func invalid(faults map[string][]string) *problem {
	first := faults[slices.Min(slices.Collect(maps.Keys(faults)))][0]
	if more := len(faults) - 1; more == 1 {
		first += " (and 1 more error)"
	} else if more > 1 {
		first += fmt.Sprintf(" (and %d more errors)", more)
	}
	return &problem{status: http.StatusUnprocessableEntity, message: first, errors: faults}
}

func invalidField(name, text string) *problem { return invalid(map[string][]string{name: {text}}) }

// wantsJSON says whether the first thing that a client asks for is JSON, which is all that Laravel looks at.
func wantsJSON(r *http.Request) bool {
	first, _, _ := strings.Cut(r.Header.Get("Accept"), ",")
	return strings.Contains(first, "/json") || strings.Contains(first, "+json")
}

// refuse writes a refusal as the client asked for it, once it has sent all: the web server in front hands on whole requests only.
func (a *API) refuse(w http.ResponseWriter, r *http.Request, err error) {
	io.Copy(io.Discard, r.Body) // an error means that nobody listens any more
	var p *problem
	if !errors.As(err, &p) {
		a.opts.Log.Error("sandbox call failed", "method", r.Method, "path", r.URL.Path, "error", err)
		p = serverError
	}
	asked := wantsJSON(r)
	switch {
	case p.missing && a.has("filesro-html-404"):
		asked = false
	case p.status == http.StatusUnauthorized && p.kind == "" && asked && a.has("filesro-unauthorized-words"):
		p = &problem{status: p.status, kind: "error", message: "You are not authorized"}
	}
	switch {
	case asked, p.kind != "" && !p.missing:
		writeProblem(w, p)
	case p.status == http.StatusUnauthorized, p.status == http.StatusUnprocessableEntity:
		redirectPage(w, http.StatusFound, "/")
	case p.missing:
		redirectPage(w, p.status, "/not-found")
	default:
		writeHTML(w, p.status, fmt.Sprintf("<!DOCTYPE html><html lang=\"en\"><head><title>%s</title></head><body>%d %s</body></html>", p.message, p.status, p.message))
	}
}

func writeProblem(w http.ResponseWriter, p *problem) {
	body := struct {
		Type    string              `json:"type,omitempty"`
		Message string              `json:"message"`
		Errors  map[string][]string `json:"errors,omitempty"`
	}{p.kind, p.message, p.errors}
	writeJSON(w, p.status, body)
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

// succeed answers as all calls do that have no record to show.
func succeed(c *call, message string) error {
	return writeJSON(c.w, http.StatusOK, map[string]string{"type": "success", "message": message})
}

const appPage = `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Files.ro</title></head><body><div id="app"></div><script src="/js/main.js"></script></body></html>`

func writeHTML(w http.ResponseWriter, status int, page string) {
	w.Header().Set("Content-Type", "text/html; charset=UTF-8")
	w.WriteHeader(status)
	io.WriteString(w, page) // an error means that nobody listens any more
}

// redirectPage sends a browser elsewhere, if need be with a status that no client follows.
func redirectPage(w http.ResponseWriter, status int, to string) {
	w.Header().Set("Location", to)
	writeHTML(w, status, `<!DOCTYPE html><html><head><meta http-equiv="refresh" content="0;url='`+to+`'"><title>Redirecting to `+to+`</title></head><body>Redirecting to <a href="`+to+`">`+to+`</a>.</body></html>`)
}

// failing is how faults speak Files.ro's language.
func (a *API) failing() mischief.Portal {
	return mischief.Portal{
		Name: Name,
		Error: func(w http.ResponseWriter, status int, code string) {
			p := &problem{status: status, kind: code, message: http.StatusText(status)}
			switch status {
			case http.StatusTooManyRequests:
				p.kind, p.message = "", "Too Many Attempts."
			case http.StatusInternalServerError:
				p.message = serverError.message
			case http.StatusNotFound:
				p.kind, p.message = notFound.kind, notFound.message
			}
			writeProblem(w, p)
		},
		Expired: func(w http.ResponseWriter) { writeProblem(w, unauthenticated) },
	}
}
