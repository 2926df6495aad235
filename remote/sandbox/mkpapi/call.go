package mkpapi

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"unicode/utf8"
)

// serve answers one call, or says why not. An error that is no *problem is ours, and becomes a 500.
type serve func(*call) error

// call is one request on its way.
type call struct {
	w   http.ResponseWriter
	r   *http.Request
	api *API
	who *account // nil where no token is asked for
	key string   // what the call is counted under
}

func (a *API) open(f serve) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := &call{w: w, r: r, api: a}
		a.showLimit(w, a.perMinute())
		if err := f(c); err != nil {
			a.refuse(w, err)
		}
	})
}

func (a *API) signedIn(to route) http.Handler {
	return a.open(func(c *call) error {
		g, err := a.authorize(c.r)
		if err != nil {
			return err
		}
		c.who, c.key = a.accountByID(g.Account), g.Key
		if err := a.admit(c); err != nil {
			return err
		}
		if !g.allows(to.scope) {
			return a.scopeMissing(to.scope)
		}
		return to.serve(c)
	})
}

const maxJSON = 1 << 20

// mediaType is what the body says that it is.
func mediaType(r *http.Request) string {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return kind
}

// drain reads what is left of a body, for a client that writes before it reads.
func (c *call) drain() { io.Copy(io.Discard, c.r.Body) }

// body reads a JSON body.
func (c *call) body(into any) error {
	defer c.drain()
	raw, err := io.ReadAll(io.LimitReader(c.r.Body, maxJSON+1))
	switch {
	case err != nil:
		return unprocessable("The body cannot be read.")
	case len(raw) > maxJSON:
		return tooLarge
	case mediaType(c.r) != "application/json":
		return unprocessable("The body must be JSON.")
	case !utf8.Valid(raw) || json.Unmarshal(raw, into) != nil:
		return unprocessable("The body is not valid.")
	}
	return nil
}

// created is the status of what was made.
func (a *API) created() int {
	if a.has("mkp-create-200") {
		return http.StatusOK
	}
	return http.StatusCreated
}

// deleting is a call that deletes, where there is such a thing.
func (a *API) deleting(f serve) serve {
	return func(c *call) error {
		switch {
		case a.has("mkp-delete-404"):
			return notFound
		case a.has("mkp-delete-405"):
			return methodNotAllowed
		}
		err := f(c)
		if err == notFound && a.has("mkp-delete-again-204") {
			err = nil
		}
		if err != nil {
			return err
		}
		if a.has("mkp-delete-200") {
			return writeJSON(c.w, http.StatusOK, object{{"message", "Deleted."}})
		}
		c.w.WriteHeader(http.StatusNoContent)
		return nil
	}
}
