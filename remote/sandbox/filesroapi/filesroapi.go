package filesroapi

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"dossier/remote/sandbox/mischief"
	"dossier/remote/sandbox/shelf"
	"dossier/remote/sandbox/store"
)

// Name is how this portal is called in configurations, counts and faults.
const Name = "filesro"

const base = "/api/v1"

// API is one imitation of Files.ro. Its handlers may be used by many goroutines at once and start none.
type API struct {
	opts       shelf.Options
	store      *store.Store
	desk       *mischief.Desk
	root       store.ID
	signingKey []byte
	windows    windows
	listings   atomic.Uint64 // for quirks that give each listing another look
	chunks     sync.Mutex    // held while chunks are put together

	origins struct {
		sync.RWMutex
		downloads string
	}
	accounts struct {
		sync.RWMutex
		byEmail map[string]*Account
	}
}

// New opens the portal's part of a store.
func New(opts shelf.Options) (*API, error) {
	if opts.Quota == 0 {
		opts.Quota = 1_000_000_000_000_000
	}
	a := &API{opts: opts, store: opts.Store, desk: opts.Desk}
	var err error
	if a.root, err = opts.Store.Root(Name); err != nil {
		return nil, err
	}
	if err := a.openAccounts(); err != nil {
		return nil, fmt.Errorf("open files.ro accounts: %w", err)
	}
	return a, a.openSigningKey()
}

func (a *API) has(quirk string) bool { return a.desk.Has(quirk) }

// serve answers one call, or says why not. An error that is no *problem is ours, and becomes a 500.
type serve func(*call) error

// call is one request on its way.
type call struct {
	w   http.ResponseWriter
	r   *http.Request
	who *Account // nil: nobody is signed in
	api *API
}

// Handler serves the API and, beside it, the files and the pages of the site.
func (a *API) Handler() http.Handler {
	mux := http.NewServeMux()
	for pattern, serve := range a.private() {
		mux.Handle(pattern, a.answered(a.signedIn(serve)))
	}
	for pattern, serve := range a.public() {
		mux.Handle(pattern, a.answered(a.metered(serve)))
	}
	mux.Handle("POST "+base+"/login", a.answered(a.login))
	mux.Handle(fileRoute, a.answered(a.fetched))
	mux.Handle("/", a.answered(a.elsewhere))
	return a.desk.Handler(a.failing(), mux)
}

const fileRoute = "GET /file/{basename}"

// private lists what a token is needed for.
func (a *API) private() map[string]serve {
	return map[string]serve{
		"GET " + base + "/user":                   a.me,
		"POST " + base + "/user/tokens":           a.createToken,
		"DELETE " + base + "/user/tokens/{token}": a.deleteToken,

		"GET " + base + "/browse/navigation":         a.navigation,
		"GET " + base + "/browse/folders/{id}":       a.unless("filesro-no-folders-path", a.listFolder),
		"GET " + base + "/browse/latest":             a.unless("filesro-no-latest", a.listLatest),
		"GET " + base + "/browse/trash/{id}":         a.unless("filesro-no-trash-path", a.listTrash),
		"GET " + base + "/teams/folders/{id}":        a.listTeam,
		"GET " + base + "/teams/shared-with-me/{id}": a.listTeam,

		"POST " + base + "/items":          a.unless("filesro-create-folder-path", a.createFolder),
		"POST " + base + "/create-folder":  a.only("filesro-create-folder-path", a.createFolder),
		"PATCH " + base + "/items/{item}":  a.rename,
		"DELETE " + base + "/items":        a.deleteItems,
		"POST " + base + "/moves":          a.moveItems,
		"POST " + base + "/trash/restore":  a.restoreItems,
		"POST " + base + "/uploads":        a.uploads,
		"GET " + base + "/zip":             a.zip,
		"POST " + base + "/requests":       a.createRequest,
		"POST " + base + "/share":          a.createShare,
		"PATCH " + base + "/share/{token}": a.updateShare,
	}
}

// public lists what anybody may call who knows the id of a file request.
func (a *API) public() map[string]serve {
	return map[string]serve{
		"GET " + base + "/requests/{id}":                a.unless("filesro-no-request-detail", a.getRequest),
		"DELETE " + base + "/requests/{id}":             a.unless("filesro-no-request-close", a.inRequest(a.fillRequest)),
		"POST " + base + "/requests/{id}/uploads":       a.inRequest(a.uploadIn),
		"POST " + base + "/requests/{id}/items":         a.inRequest(a.createIn),
		"PATCH " + base + "/requests/{id}/items/{item}": a.inRequest(a.renameIn),
		"DELETE " + base + "/requests/{id}/items":       a.inRequest(a.deleteIn),
		"POST " + base + "/requests/{id}/moves":         a.inRequest(a.moveIn),
	}
}

// unless serves a path that, with the quirk, is not there.
func (a *API) unless(quirk string, f serve) serve {
	return func(c *call) error {
		if a.has(quirk) {
			return a.elsewhere(c)
		}
		return f(c)
	}
}

// only serves a path that is there with the quirk only.
func (a *API) only(quirk string, f serve) serve {
	return func(c *call) error {
		if a.has(quirk) {
			return f(c)
		}
		return a.elsewhere(c)
	}
}

func (a *API) answered(f serve) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := f(&call{w: w, r: r, api: a}); err != nil {
			a.refuse(w, r, err)
		}
	})
}

// metered counts a call, for who makes it or else for where it comes from.
func (a *API) metered(f serve) serve {
	return func(c *call) error {
		c.who = a.authorize(c.r)
		if err := a.admit(c); err != nil {
			return err
		}
		return f(c)
	}
}

func (a *API) signedIn(f serve) serve {
	return a.metered(func(c *call) error {
		if c.who == nil {
			return unauthenticated
		}
		return f(c)
	})
}

// fetched is for files, which lie outside the API and its limits.
func (a *API) fetched(c *call) error {
	if !a.has("filesro-no-bearer-download") {
		c.who = a.authorize(c.r)
	}
	if c.who == nil {
		return unauthenticated
	}
	return a.download(c)
}

// elsewhere answers all paths that are not served: to GET with the page of the web app, whatever was asked for.
func (a *API) elsewhere(c *call) error {
	switch {
	case a.has("filesro-unknown-404"):
		return &problem{status: http.StatusNotFound, message: "The route " + strings.TrimPrefix(c.r.URL.Path, "/") + " could not be found."}
	case c.r.Method == http.MethodGet, c.r.Method == http.MethodHead:
		writeHTML(c.w, http.StatusOK, appPage)
		return nil
	}
	c.w.Header().Set("Allow", "GET, HEAD")
	return &problem{status: http.StatusMethodNotAllowed, message: "The " + c.r.Method + " method is not supported for this route. Supported methods: GET, HEAD."}
}

// Routes lists what the API, the site and its store of bytes serve, as calls are counted.
func (a *API) Routes() []string {
	routes := []string{"POST " + base + "/login", fileRoute, "GET " + storedBytes}
	for pattern := range a.private() {
		routes = append(routes, pattern)
	}
	for pattern := range a.public() {
		routes = append(routes, pattern)
	}
	slices.Sort(routes)
	return routes
}

// Root is the folder of everything that the first account sees.
func (a *API) Root() store.ID { return a.root }

// Worker is who works in the web pages.
func (a *API) Worker() string { return mainEmail }

// Habits are Files.ro's: names are not unique, and content is never replaced.
func (a *API) Habits() shelf.Habits { return shelf.Habits{Bin: true, Twins: true} }
