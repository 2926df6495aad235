package control

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strconv"
	"time"
)

const (
	// host is what requests must call the daemon: a page in a browser cannot, whatever it has been led to.
	host = "dossier"

	// versionHeader carries what a caller speaks, as API.Revision, and what the daemon does.
	versionHeader = "Dossier-Api"
)

// handler is all that answers, behind the door.
func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	for _, r := range s.routes() {
		mux.Handle(r.method+" "+r.path, s.door(r))
	}
	mux.Handle("/", s.door(route{handle: elsewhere}))
	origin := http.NewCrossOriginProtection()
	origin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		reply(w, Errorf(NotAllowed, "", "a page in a browser may not call the daemon"))
	}))
	return hosted(origin.Handler(mux))
}

func hosted(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set(versionHeader, fmt.Sprintf("%d.%d", API, Revision))
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		if r.Host != host {
			reply(w, Errorf(NotAllowed, "call it http://"+host+"/", "the daemon is not called %q", r.Host))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// door is what each call passes on its way in and out.
func (s *Server) door(to route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun := time.Now()
		err := s.safely(func() error {
			if err := knownQuery(r.URL, to.query); err != nil {
				return err
			}
			return to.handle(w, r)
		})
		caller, _ := CallerOf(r.Context())
		log := s.Log.With("method", r.Method, "path", r.URL.Path, "user", caller.Name, "pid", caller.PID, "took", time.Since(begun))
		if err == nil {
			log.Debug("a command was answered")
			return
		}
		e := blame(errorOf(err), r.Header.Get(versionHeader))
		log.Debug("a command was refused", "code", e.Code, "error", e.Message)
		reply(w, e)
	})
}

// safely calls fn, and makes an error of a panic.
func (s *Server) safely(fn func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			s.Log.Error("a command ran into a fault of the program", "panic", p, "stack", string(debug.Stack()))
			err = Errorf(Internal, "please report it, with the daemon's log", "a fault of the program: %v", p)
		}
	}()
	return fn()
}

// knownQuery refuses parameters that would not be obeyed.
func knownQuery(u *url.URL, known []string) error {
	values, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return Errorf(BadRequest, "", "the address is faulty: %v", err)
	}
	for name := range values {
		if !slices.Contains(known, name) {
			return Errorf(BadRequest, "", "there is no parameter %q", name)
		}
	}
	return nil
}

// blame makes a refusal of what is not known into one that says which side is older, if the caller says that it knows more than we do.
func blame(e *Error, speaks string) *Error {
	unknown := e.Code == BadRequest || e.Code == NotFound || e.Code == UnknownVerb
	var api, revision int
	if _, err := fmt.Sscanf(speaks, "%d.%d", &api, &revision); err != nil || !unknown || api != API || revision <= Revision {
		return e
	}
	newer := older(true)
	newer.Message += ": " + e.Message
	return newer
}

// older says which side is to be updated.
func older(daemon bool) *Error {
	if daemon {
		return Errorf(DaemonOlder, "update the daemon or restart it: dossier service restart", "the running daemon is older than this command")
	}
	return Errorf(CommandOlder, "update this command to the daemon's version", "this command is older than the running daemon")
}

// body reads a request's body, within its bounds.
func body(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	rc := http.NewResponseController(w)
	_ = rc.SetReadDeadline(time.Now().Add(bodyTime)) // a recorder in a test has none
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if _, much := errors.AsType[*http.MaxBytesError](err); much {
		return nil, Errorf(TooLarge, "", "the request has more than %d bytes", maxBody)
	}
	if err != nil {
		return nil, Errorf(BadRequest, "", "read the request: %v", err)
	}
	_ = rc.SetReadDeadline(time.Time{}) // or the caller would seem gone when it is over
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); len(text) > 0 && kind != "application/json" {
		return nil, Errorf(BadRequest, "", "the request must be application/json")
	}
	return text, nil
}

// send answers with one JSON value.
func send(w http.ResponseWriter, status int, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	text = append(text, '\n')
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(writeTime))
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(status)
	_, _ = w.Write(text) // whoever asked has gone
	return nil
}

// failure is how an Error goes over the wire.
type failure struct {
	Error *Error `json:"error"`
}

func reply(w http.ResponseWriter, e *Error) {
	_ = send(w, e.status(), failure{e}) // strings can always be encoded
}
