package backofficeapi

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"dossier/remote/sandbox/mischief"
	"dossier/remote/sandbox/shelf"
	"dossier/remote/sandbox/store"
)

// Name is how this portal is called in configurations, counts and faults.
const Name = "backoffice"

// API is one imitation of Back Office. Its handlers may be used by many goroutines at once and start none.
type API struct {
	opts     shelf.Options
	store    *store.Store
	root     store.ID
	numbers  numbers
	pace     pace
	attempts attempts
}

// New opens the portal's part of a store.
func New(opts shelf.Options) (*API, error) {
	if opts.TokenLife == 0 {
		opts.TokenLife = 10 * time.Hour
	}
	if opts.MaxFile == 0 {
		opts.MaxFile = 10_000_000_000
	}
	a := &API{opts: opts, store: opts.Store}
	var err error
	if a.root, err = opts.Store.Root(Name); err != nil {
		return nil, fmt.Errorf("open back office: %w", err)
	}
	opts.Store.View(func(v store.View) { err = a.numbers.load(v) })
	if err == nil {
		err = a.ensureMain()
	}
	if err != nil {
		return nil, fmt.Errorf("open back office: %w", err)
	}
	return a, nil
}

// Handler serves the API origin, downloads included.
func (a *API) Handler() http.Handler {
	mux := http.NewServeMux()
	for pattern, serve := range a.routes() {
		mux.Handle(pattern, a.signedIn(serve))
	}
	for pattern, serve := range a.openRoutes() {
		mux.Handle(pattern, a.open(serve))
	}
	mux.Handle("/", a.open(func(c *call) error { return a.unknownRoute(c, mux) }))
	return a.opts.Desk.Handler(a.failing(), mux)
}

func (a *API) openRoutes() map[string]serve {
	return map[string]serve{
		"POST /api/v2/signin":      a.signIn,
		"POST /api/v2/2fa/confirm": a.confirm,
		"POST /api/v2/refresh":     a.refresh,
		"POST /api/v2/signout":     a.signOut,
	}
}

const (
	clientRoute  = "/api/v2/clients/{clientId}"
	fileRoute    = clientRoute + "/files/{fileId}"
	folderRoute  = clientRoute + "/folders/{folderId}"
	folderRoute1 = clientRoute + "/folder/{folderId}" // the other spelling
	treeRoute    = "/api/v2/folders"
)

func (a *API) routes() map[string]serve {
	return map[string]serve{
		"GET /api/v2/clients":   a.listClients,
		"POST /api/v2/clients":  a.createClient,
		"GET " + clientRoute:    a.getClient,
		"PATCH " + clientRoute:  a.updateClient,
		"DELETE " + clientRoute: a.deleteClient,

		"GET " + clientRoute + "/files":  a.listFiles,
		"POST " + clientRoute + "/files": a.upload,
		"PUT " + fileRoute:               a.updateFile,
		"PATCH " + fileRoute:             a.updateFile,
		"DELETE " + fileRoute:            a.deleteFile,
		"GET /storage/{file...}":         a.download,

		"GET " + clientRoute + "/folders":  a.listFolders, // refused, unless a quirk says otherwise
		"POST " + clientRoute + "/folders": a.createFolder,
		"PUT " + folderRoute:               a.spelt("folders", a.updateFolder),
		"PATCH " + folderRoute:             a.spelt("folders", a.updateFolder),
		"DELETE " + folderRoute:            a.spelt("folders", a.deleteFolder),
		"PUT " + folderRoute1:              a.spelt("folder", a.updateFolder),
		"PATCH " + folderRoute1:            a.spelt("folder", a.updateFolder),
		"DELETE " + folderRoute1:           a.spelt("folder", a.deleteFolder),

		"GET " + treeRoute:                                  a.listTree,
		"POST " + treeRoute:                                 a.createTreeFolder,
		"GET " + treeRoute + "/{folderId}":                  a.getTreeFolder,
		"PUT " + treeRoute + "/{folderId}":                  a.updateTreeFolder,
		"PATCH " + treeRoute + "/{folderId}":                a.updateTreeFolder,
		"POST " + treeRoute + "/{folderId}/addSubdirectory": a.createTreeFolder,
	}
}

// serve answers one call, or says why not. An error that is no *problem is ours, and becomes a 500.
type serve func(*call) error

// call is one request on its way.
type call struct {
	w   http.ResponseWriter
	r   *http.Request
	who account // nobody where no token is asked for
	api *API
}

func (a *API) open(f serve) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := f(&call{w: w, r: r, api: a}); err != nil {
			a.refuse(w, r, err)
		}
	})
}

func (a *API) signedIn(f serve) http.Handler {
	return a.open(func(c *call) (err error) {
		if c.who, err = a.authorize(c.r); err != nil {
			return err
		}
		if err := a.admit(c); err != nil {
			return err
		}
		if c.r.Method == http.MethodPatch && a.has("bo-patch-405") {
			return a.noMethod()
		}
		return f(c)
	})
}

func (a *API) unknownRoute(c *call, mux *http.ServeMux) error {
	for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
		other := c.r.Clone(c.r.Context())
		other.Method = method
		if _, pattern := mux.Handler(other); pattern != "/" {
			return a.noMethod()
		}
	}
	return notFound
}

func (a *API) noMethod() error {
	if a.has("bo-no-405") {
		return notFound
	}
	return methodNotAllowed
}

func (a *API) has(quirk string) bool { return a.opts.Desk.Has(quirk) }

// active says whether a fault that only the portal can play was chosen for the call.
func (c *call) active(fault string) bool { return mischief.Active(c.r.Context(), fault) }

// Routes lists what is served, as calls are counted.
func (a *API) Routes() []string {
	var routes []string
	for _, some := range []map[string]serve{a.routes(), a.openRoutes()} {
		for pattern := range some {
			routes = append(routes, strings.TrimSuffix(pattern, "/"))
		}
	}
	slices.Sort(routes)
	return routes
}

// Downloads is nil: downloads come from the API's own origin.
func (a *API) Downloads() http.Handler { return nil }

// SetDownloads has no effect, as there is no other origin.
func (a *API) SetDownloads(string) {}

// Root is the folder whose children are the clients.
func (a *API) Root() store.ID { return a.root }

// Worker is who works in the web pages.
func (a *API) Worker() string { return mainEmail }

// Habits are those of the product: no versions, no trash, any name as often as one likes.
func (a *API) Habits() shelf.Habits {
	return shelf.Habits{Twins: true, Versions: a.has("bo-replaced-in-place") || a.has("bo-replaced-same-path")}
}
