// Package mkpapi imitates MijnKlantportaal.
package mkpapi

import (
	"net/http"

	"dossier/remote/sandbox/mischief"
	"dossier/remote/sandbox/shelf"
	"dossier/remote/sandbox/store"
)

// Name is how this portal is called in configurations, counts and faults.
const Name = "mijnklantportaal"

// API is one imitation of MijnKlantportaal. Its handlers may be used by many goroutines at once and start none.
type API struct {
	opts shelf.Options
	root store.ID
}

// New opens the portal's part of a store.
func New(opts shelf.Options) (*API, error) {
	root, err := opts.Store.Root(Name)
	return &API{opts: opts, root: root}, err
}

// Quirks are all the ways in which this portal can be made to differ.
func Quirks() []mischief.Quirk { return nil }

// Handler serves the API origin.
func (a *API) Handler() http.Handler {
	return a.opts.Desk.Handler(mischief.Portal{Name: Name}, http.NewServeMux())
}

// Downloads serves the other origin that downloads come from; nil: there is none.
func (a *API) Downloads() http.Handler { return nil }

// SetDownloads names the origin of the handler that Downloads returns.
func (a *API) SetDownloads(string) {}

// Routes lists what is served, as calls are counted.
func (a *API) Routes() []string { return nil }

// Root is the folder of everything that the first account sees.
func (a *API) Root() store.ID { return a.root }

// Worker is who works in the web pages.
func (a *API) Worker() string { return "" }

// Habits are what a person in the web pages finds.
func (a *API) Habits() shelf.Habits { return shelf.Habits{} }

// ShowID writes an id as the portal does.
func (a *API) ShowID(id store.ID, kind store.Kind) string { return "" }

// ReadID reads what ShowID wrote; 0: it is none.
func (a *API) ReadID(text string) store.ID { return 0 }

// SignIn returns what a client may sign in to the first account with.
func (a *API) SignIn() (shelf.SignIn, error) { return shelf.SignIn{}, nil }

// AddAccount adds a user, with a tree of his own or one who sees what the first user sees, and returns how to sign in as him.
func (a *API) AddAccount(name string, ownTree bool) (shelf.SignIn, error) { return shelf.SignIn{}, nil }
