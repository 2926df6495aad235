package control

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// OpenAPI describes the API.
//
//go:embed openapi.yaml
var OpenAPI []byte

// route is one thing that can be asked for.
type route struct {
	method, path string
	query        []string // parameters that it knows
	handle       func(http.ResponseWriter, *http.Request) error
}

func (s *Server) routes() []route {
	return []route{
		{"GET", "/v1/version", nil, get(func(*http.Request) (Version, error) { return s.version(), nil })},
		{"GET", "/v1/openapi.yaml", nil, describe},
		{"GET", "/v1/status", []string{"client"}, get(s.status)},
		{"GET", "/v1/events", []string{"since"}, s.events},
		{"POST", "/v1/reconcile", nil, s.reconcile},
		{"POST", "/v1/pause", nil, post(none(s.Daemon.Pause))},
		{"POST", "/v1/resume", nil, post(none(s.Daemon.Resume))},
		{"POST", "/v1/reload", nil, post(func(ctx context.Context, _ struct{}) (Reloaded, error) { return s.Daemon.Reload(ctx) })},
		{"POST", "/v1/stop", nil, post(none(func(ctx context.Context, _ struct{}) error { return s.Daemon.Stop(ctx) }))},
		{"POST", "/v1/log-level", nil, post(none(s.logLevel))},
		{"POST", "/v1/approve", nil, post(s.approve)},
		{"POST", "/v1/ask/{verb}", nil, s.ask},
	}
}

// get answers from the address alone.
func get[A any](do func(*http.Request) (A, error)) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		answer, err := do(r)
		if err != nil {
			return err
		}
		return send(w, http.StatusOK, answer)
	}
}

// post answers to a body.
func post[Q, A any](do func(context.Context, Q) (A, error)) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		req, err := decodeBody[Q](w, r)
		if err != nil {
			return err
		}
		answer, err := do(r.Context(), req)
		if err != nil {
			return err
		}
		return send(w, http.StatusOK, answer)
	}
}

// none is for what answers nothing but that it went well.
func none[Q any](do func(context.Context, Q) error) func(context.Context, Q) (struct{}, error) {
	return func(ctx context.Context, req Q) (struct{}, error) { return struct{}{}, do(ctx, req) }
}

func decodeBody[Q any](w http.ResponseWriter, r *http.Request) (Q, error) {
	text, err := body(w, r)
	if err != nil {
		var none Q
		return none, err
	}
	return Decode[Q](text)
}

func describe(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "application/yaml")
	_, err := w.Write(OpenAPI)
	return err
}

func (s *Server) status(r *http.Request) (Status, error) {
	return s.Daemon.Status(r.Context(), r.URL.Query()["client"])
}

var levels = []string{"debug", "info", "warn", "error"}

func (s *Server) logLevel(ctx context.Context, req LogLevelRequest) error {
	if !slices.Contains(levels, req.Level) {
		return Errorf(BadRequest, "use one of "+strings.Join(levels, ", "), "there is no log level %q", req.Level)
	}
	return s.Daemon.LogLevel(ctx, req.Level)
}

func (s *Server) approve(ctx context.Context, req ApproveRequest) (Approved, error) {
	if req.Plan == "" {
		return Approved{}, Errorf(BadRequest, "`dossier status` shows the plans that wait", "no plan is named")
	}
	return s.Daemon.Approve(ctx, req)
}

var verbForm = regexp.MustCompile(`^[a-z]+([.-][a-z]+)*$`)

func (s *Server) ask(w http.ResponseWriter, r *http.Request) error {
	verb := r.PathValue("verb")
	if !verbForm.MatchString(verb) {
		return Errorf(UnknownVerb, "", "%q is no verb", verb)
	}
	text, err := body(w, r)
	if err != nil {
		return err
	}
	args, err := Decode[json.RawMessage](text)
	if err != nil {
		return err
	}
	if args == nil {
		args = json.RawMessage("null")
	}
	answer, err := s.Daemon.Ask(r.Context(), verb, args)
	if err != nil {
		return err
	}
	return send(w, http.StatusOK, answer)
}

func elsewhere(_ http.ResponseWriter, r *http.Request) error {
	return unheard(r.Method, r.URL.Path, API)
}

// unheard is the answer to what is no route. Another API's number says which side is older.
func unheard(method, path string, api int) *Error {
	var asked int
	if _, err := fmt.Sscanf(path, "/v%d/", &asked); err == nil && asked > 0 && asked != api {
		return older(asked > api)
	}
	return Errorf(NotFound, "", "there is no %s %s", method, path)
}
