package mkpapi

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"dossier/remote/sandbox/mischief"
	"dossier/remote/sandbox/shelf"
	"dossier/remote/sandbox/store"
)

// Name is how this portal is called in configurations, counts and faults.
const Name = "mijnklantportaal"

// What a portal without a limit of its own has.
const (
	noLimit   = 1_000_000_000_000_000 // bytes of a file, and of an account
	tokenLife = time.Hour
)

// API is one imitation of MijnKlantportaal. Its handlers may be used by many goroutines at once and start none.
type API struct {
	opts   shelf.Options
	store  *store.Store
	desk   *mischief.Desk
	meters shelf.Meters

	origins struct {
		sync.RWMutex
		downloads string
	}
	accounts struct {
		sync.RWMutex
		byKey map[string]*account
	}
}

// New opens the portal's part of a store.
func New(opts shelf.Options) (*API, error) {
	orElse(&opts.TokenLife, tokenLife)
	orElse(&opts.MaxFile, noLimit)
	orElse(&opts.Quota, noLimit)
	a := &API{opts: opts, store: opts.Store, desk: opts.Desk}
	if err := a.openAccounts(); err != nil {
		return nil, fmt.Errorf("open mijnklantportaal accounts: %w", err)
	}
	return a, a.store.Update(func(tx *store.Tx) error { a.app(tx); return nil })
}

func orElse[T comparable](value *T, def T) {
	var zero T
	if *value == zero {
		*value = def
	}
}

// SetDownloads names the origin of the handler that Downloads returns, as links give it. Until it is set it is "http://dl."
// before the host that the API was asked under.
func (a *API) SetDownloads(origin string) {
	a.origins.Lock()
	defer a.origins.Unlock()
	a.origins.downloads = origin
}

func (a *API) downloadOrigin(r *http.Request) string {
	a.origins.RLock()
	defer a.origins.RUnlock()
	if a.origins.downloads != "" {
		return a.origins.downloads
	}
	scheme, host, _ := strings.Cut(origin(r), "://")
	return scheme + "://dl." + host
}

// origin is where the client reaches us, as he sees it.
func origin(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// Handler serves the API origin: /v1, and /oauth, which MijnKlantportaal itself has on another host.
func (a *API) Handler() http.Handler {
	mux := http.NewServeMux()
	for pattern, to := range a.routes() {
		mux.Handle(pattern, a.signedIn(to))
	}
	for pattern, to := range a.undocumented() {
		mux.Handle(pattern, a.signedIn(to))
	}
	mux.Handle("GET /oauth/authorize", a.open(a.authorizePage))
	mux.Handle("POST /oauth/tokens", a.open(a.tokens))
	mux.Handle("/", a.open(func(c *call) error { return a.unknownRoute(c, mux) }))
	return a.desk.Handler(a.failing(), mux)
}

// route is what answers a call, and the scope that it asks for.
type route struct {
	scope string
	serve serve
}

func (a *API) routes() map[string]route {
	return map[string]route{
		"GET /v1/files":               {"files.read", a.listFiles},
		"GET /v1/files/{id}":          {"files.read", a.getItem},
		"GET /v1/files/{id}/download": {"files.read", a.download},
		"POST /v1/files":              {"files.write", a.postFiles},
		"DELETE /v1/files/{id}":       {"files.write", a.deleting(a.deleteItem)},

		"GET /v1/file-requests":         {"filerequest.read", listRecords(a, requests, (*renderer).request)},
		"GET /v1/file-requests/{id}":    {"filerequest.read", getRecord(a, requests, (*renderer).request)},
		"POST /v1/file-requests":        {"filerequest.write", a.createRequest},
		"DELETE /v1/file-requests/{id}": {"filerequest.write", a.deleting(deleteRecord(a, requests, a.afterRequest))},

		"GET /v1/file-shares":         {"fileshare.read", listRecords(a, shares, (*renderer).share)},
		"GET /v1/file-shares/{id}":    {"fileshare.read", getRecord(a, shares, (*renderer).share)},
		"POST /v1/file-shares":        {"fileshare.write", a.createShare},
		"DELETE /v1/file-shares/{id}": {"fileshare.write", a.deleting(deleteRecord(a, shares, nil))},

		"GET /v1/customers":         {"customers.read", listRecords(a, customers, (*renderer).customer)},
		"GET /v1/customers/{id}":    {"customers.read", getRecord(a, customers, (*renderer).customer)},
		"POST /v1/customers":        {"customers.write", a.createCustomer},
		"PATCH /v1/customers/{id}":  {"customers.write", a.editCustomer},
		"DELETE /v1/customers/{id}": {"customers.write", a.deleting(deleteRecord(a, customers, nil))},

		"GET /v1/webhooks":         {"webhooks.read", listRecords(a, webhooks, (*renderer).webhook)},
		"GET /v1/webhooks/{id}":    {"webhooks.read", getRecord(a, webhooks, (*renderer).webhook)},
		"POST /v1/webhooks":        {"webhooks.write", a.createWebhook},
		"DELETE /v1/webhooks/{id}": {"webhooks.write", a.deleting(deleteRecord(a, webhooks, nil))},
	}
}

// undocumented are the routes that are there with a quirk only.
func (a *API) undocumented() map[string]route {
	return map[string]route{
		"PATCH /v1/files/{id}":         {"files.write", a.onlyWith("mkp-rename", a.renameItem)},
		"PATCH /v1/file-requests/{id}": {"filerequest.write", a.onlyWith("mkp-request-patch", a.editRequest)},
	}
}

func (a *API) onlyWith(quirk string, f serve) serve {
	return func(c *call) error {
		if !a.has(quirk) {
			return methodNotAllowed
		}
		return f(c)
	}
}

func (a *API) unknownRoute(c *call, mux *http.ServeMux) error {
	for _, method := range []string{"GET", "POST", "PATCH", "DELETE"} {
		other := c.r.Clone(c.r.Context())
		other.Method = method
		if _, pattern := mux.Handler(other); pattern != "/" {
			return methodNotAllowed
		}
	}
	return notFound
}

func (a *API) has(quirk string) bool { return a.desk.Has(quirk) }

// Routes lists what the API and its download origin serve, as calls are counted.
func (a *API) Routes() []string {
	routes := []string{"GET /oauth/authorize", "POST /oauth/tokens", "GET /d/{ticket}"}
	for pattern := range a.routes() {
		routes = append(routes, pattern)
	}
	slices.Sort(routes)
	return routes
}

// Root is the folder of everything that the first account sees.
func (a *API) Root() store.ID { return a.main().Root }

// Worker is who works in the web pages.
func (a *API) Worker() string { return a.main().Name }

// Habits are MijnKlantportaal's: every change is a new file, what is deleted is gone, and names may come twice. In the web pages names
// are treated as in the API.
func (a *API) Habits() shelf.Habits {
	return shelf.Habits{Versions: a.has("mkp-duplicate-replaced"), Twins: !a.has("mkp-duplicate-refused")}
}
