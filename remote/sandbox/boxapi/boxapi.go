package boxapi

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"dossier/remote/sandbox/mischief"
	"dossier/remote/sandbox/shelf"
	"dossier/remote/sandbox/store"
)

// Name is how this portal is called in configurations, counts and faults.
const Name = "box"

// Options say what kind of Box it is.
type Options struct {
	shelf.Options

	PartSize   int64 // of upload sessions; 0: 8 MiB
	MinSession int64 // smallest file for an upload session; 0: 20,000,000
}

// API is one imitation of Box. Its handlers may be used by many goroutines at once and start none.
type API struct {
	opts     Options
	store    *store.Store
	desk     *mischief.Desk
	requests atomic.Int64
	meters   shelf.Meters
	links    links
	sessions sessions

	origins struct {
		sync.RWMutex
		downloads string
	}
	accounts struct {
		sync.RWMutex
		byKey map[string]*Account
	}
}

// New opens Box's part of a store.
func New(opts Options) (*API, error) {
	orElse(&opts.TokenLife, time.Hour)
	orElse(&opts.PartSize, 8<<20)
	orElse(&opts.MinSession, 20_000_000)
	orElse(&opts.MaxFile, 50_000_000_000)
	orElse(&opts.Quota, 1_000_000_000_000_000)
	a := &API{opts: opts, store: opts.Store, desk: opts.Desk}
	if err := a.openAccounts(); err != nil {
		return nil, fmt.Errorf("open box accounts: %w", err)
	}
	return a, nil
}

func orElse[T comparable](value *T, def T) {
	var zero T
	if *value == zero {
		*value = def
	}
}

// SetDownloads names the origin of the handler that Downloads returns, as redirects give it. Until it is set it is
// "http://dl." before the host that the API was asked under.
func (a *API) SetDownloads(origin string) {
	a.origins.Lock()
	defer a.origins.Unlock()
	a.origins.downloads = origin
}

// Handler serves the API origin: /2.0, /api/2.0, /oauth2 and the long poll.
func (a *API) Handler() http.Handler {
	mux := http.NewServeMux()
	for pattern, serve := range a.routes() {
		mux.Handle(pattern, a.signedIn(serve))
	}
	mux.Handle("POST /oauth2/token", a.open(a.token))
	mux.Handle("POST /oauth2/revoke", a.open(a.revoke))
	mux.Handle("GET /subscribe", a.open(a.subscribe))
	mux.Handle("/", a.open(func(c *call) error { return a.unknownRoute(c, mux) }))
	return a.desk.Handler(a.failing(), mux)
}

func (a *API) routes() map[string]serve {
	return map[string]serve{
		"GET /2.0/users/me": a.me,

		"GET /2.0/folders/{id}":          a.getFolder,
		"GET /2.0/folders/{id}/items":    a.listFolder,
		"POST /2.0/folders":              a.createFolder,
		"PUT /2.0/folders/{id}":          a.updateItem(store.Folder),
		"DELETE /2.0/folders/{id}":       a.deleteItem(store.Folder),
		"POST /2.0/folders/{id}/copy":    a.copyItem(store.Folder),
		"POST /2.0/folders/{id}":         a.restore(store.Folder),
		"GET /2.0/folders/{id}/trash":    a.getTrashed(store.Folder),
		"DELETE /2.0/folders/{id}/trash": a.purge(store.Folder),
		"GET /2.0/folders/trash/items":   a.listTrash,

		"GET /2.0/files/{id}":          a.getFile,
		"PUT /2.0/files/{id}":          a.updateItem(store.File),
		"DELETE /2.0/files/{id}":       a.deleteItem(store.File),
		"POST /2.0/files/{id}/copy":    a.copyItem(store.File),
		"POST /2.0/files/{id}":         a.restore(store.File),
		"GET /2.0/files/{id}/trash":    a.getTrashed(store.File),
		"DELETE /2.0/files/{id}/trash": a.purge(store.File),
		"GET /2.0/files/{id}/content":  a.download,
		"GET /2.0/files/{id}/versions": a.listVersions,

		"POST /2.0/files/{id}/versions/current": a.promote,

		"OPTIONS /2.0/files/content":                           a.preflight,
		"OPTIONS /2.0/files/content/{$}":                       a.preflight,
		"OPTIONS /2.0/files/{id}/content":                      a.preflight,
		"OPTIONS /2.0/files/{id}/content/{$}":                  a.preflight,
		"POST /api/2.0/files/content":                          a.upload,
		"POST /api/2.0/files/{id}/content":                     a.upload,
		"POST /api/2.0/files/upload_sessions":                  a.createSession,
		"GET /api/2.0/files/upload_sessions/{session}":         a.sessionStatus,
		"PUT /api/2.0/files/upload_sessions/{session}":         a.putPart,
		"DELETE /api/2.0/files/upload_sessions/{session}":      a.abortSession,
		"GET /api/2.0/files/upload_sessions/{session}/parts":   a.listParts,
		"POST /api/2.0/files/upload_sessions/{session}/commit": a.commitSession,
		"POST /api/2.0/files/{id}/upload_sessions":             a.createSession,

		"GET /2.0/events":     a.events,
		"OPTIONS /2.0/events": a.realtimeServers,

		"GET /2.0/file_requests/{id}":       a.getFileRequest,
		"PUT /2.0/file_requests/{id}":       a.updateFileRequest,
		"DELETE /2.0/file_requests/{id}":    a.deleteFileRequest,
		"POST /2.0/file_requests/{id}/copy": a.copyFileRequest,
	}
}

// serve answers one call, or says why not. An error that is no *problem is ours, and becomes a 500.
type serve func(*call) error

// call is one request on its way.
type call struct {
	w   http.ResponseWriter
	r   *http.Request
	who *Account // nil where no token is asked for
	api *API
}

func (a *API) open(f serve) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.finish(&call{w: w, r: r, api: a}, f)
	})
}

func (a *API) signedIn(f serve) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := &call{w: w, r: r, api: a}
		a.finish(c, func(c *call) (err error) {
			if c.who, err = a.authorize(r); err != nil {
				return a.unauthorizedAs(err)
			}
			if err := a.admit(c); err != nil {
				return err
			}
			if id := r.PathValue("id"); id != "" {
				if _, err := parseID(id, c.who); err != nil {
					return err
				}
			}
			return f(c)
		})
	})
}

func (a *API) finish(c *call, f serve) {
	c.w.Header().Set("Box-Request-Id", fmt.Sprintf("%016x", a.requests.Add(1)))
	if err := f(c); err != nil {
		a.refuse(c.w, c.r, err)
	}
}

func (a *API) unknownRoute(c *call, mux *http.ServeMux) error {
	for _, method := range []string{"GET", "POST", "PUT", "DELETE", "OPTIONS"} {
		other := c.r.Clone(c.r.Context())
		other.Method = method
		if _, pattern := mux.Handler(other); pattern != "/" {
			return &problem{status: http.StatusMethodNotAllowed, code: "method_not_allowed", message: "Method Not Allowed"}
		}
	}
	return notFound
}

func (a *API) has(quirk string) bool { return a.desk.Has(quirk) }

// Routes lists what the API and its download origin serve, as calls are counted.
func (a *API) Routes() []string {
	routes := []string{"POST /oauth2/token", "POST /oauth2/revoke", "GET /subscribe", "GET /d/1/{ticket}/download"}
	for pattern := range a.routes() {
		if !strings.HasSuffix(pattern, "/{$}") { // the same with a slash
			routes = append(routes, pattern)
		}
	}
	slices.Sort(routes)
	return routes
}

// Root is the folder of everything that the first account sees.
func (a *API) Root() store.ID { return a.Main().Root }

// Worker is who works in the web pages.
func (a *API) Worker() string { return a.Main().ID }

// ShowID writes an id as Box does.
func (a *API) ShowID(id store.ID, _ store.Kind) string {
	if id == a.Root() {
		return "0"
	}
	return strconv.FormatUint(uint64(id), 10)
}

// ReadID reads what ShowID wrote; 0: it is none.
func (a *API) ReadID(text string) store.ID {
	id, err := parseID(text, a.Main())
	if err != nil {
		return 0
	}
	return id
}

// Habits are Box's.
func (a *API) Habits() shelf.Habits { return shelf.Habits{Versions: true, Bin: true} }
