package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"

	"dossier/remote/sandbox/mischief"
)

// Admin returns the handler of the admin API, which is reached on a listener of its own and asks for no token, but takes
// no request from another site's page:
//
//	GET    /quirk            all quirks, and which are on
//	POST   /quirk            {"name": …}: on
//	DELETE /quirk[?name=…]   off; all without a name
//	GET    /fault            the rules, with their hits
//	POST   /fault            a mischief.Fault: adds a rule, answers {"id": …}
//	DELETE /fault[?id=…]     removes; all without an id
//	GET    /calls[?portal=…] {"calls": {route: n}, "total": …, "mutating": …, "up": …, "down": …}
//	DELETE /calls            counts from zero
//	GET    /tree[?portal=…]  path → id, kind, sha1, size
func (s *Server) Admin() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /quirk", func(w http.ResponseWriter, r *http.Request) {
		reply(w, http.StatusOK, map[string]any{"quirks": s.desk.Quirks(), "on": s.desk.On()})
	})
	mux.HandleFunc("POST /quirk", s.postQuirk)
	mux.HandleFunc("DELETE /quirk", func(w http.ResponseWriter, r *http.Request) {
		s.desk.Clear(r.URL.Query()["name"]...)
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("GET /fault", func(w http.ResponseWriter, r *http.Request) {
		reply(w, http.StatusOK, map[string]any{"faults": s.desk.Faults(), "kinds": mischief.Kinds()})
	})
	mux.HandleFunc("POST /fault", s.postFault)
	mux.HandleFunc("DELETE /fault", func(w http.ResponseWriter, r *http.Request) {
		s.desk.ClearFaults(r.URL.Query()["id"]...)
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("GET /calls", s.getCalls)
	mux.HandleFunc("DELETE /calls", func(w http.ResponseWriter, r *http.Request) {
		s.desk.ResetCalls()
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("GET /tree", func(w http.ResponseWriter, r *http.Request) {
		reply(w, http.StatusOK, s.Tree(portalOf(r)))
	})
	return http.NewCrossOriginProtection().Handler(mux)
}

func portalOf(r *http.Request) string {
	if name := r.URL.Query().Get("portal"); name != "" {
		return name
	}
	return Box
}

func (s *Server) postQuirk(w http.ResponseWriter, r *http.Request) {
	var q mischief.Quirk
	if !read(w, r, &q) {
		return
	}
	if err := s.desk.Set(q.Name); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (s *Server) postFault(w http.ResponseWriter, r *http.Request) {
	var f mischief.Fault
	if !read(w, r, &f) {
		return
	}
	id, err := s.desk.Fault(f)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	reply(w, http.StatusCreated, map[string]string{"id": id})
}

func (s *Server) getCalls(w http.ResponseWriter, r *http.Request) {
	calls := s.desk.Calls(portalOf(r))
	up, down := s.desk.Traffic()
	reply(w, http.StatusOK, map[string]any{"calls": calls, "total": calls.Total(), "mutating": calls.Mutating(), "up": up, "down": down})
}

// read decodes a request, strictly: a misspelt member of a rule would otherwise match everything.
func read(w http.ResponseWriter, r *http.Request, into any) bool {
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		http.Error(w, fmt.Sprintf("read request: %v", err), http.StatusBadRequest)
		return false
	}
	return true
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body) // an error means that nobody listens any more
}
