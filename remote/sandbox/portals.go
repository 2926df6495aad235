package sandbox

import (
	"net/http"
	"strconv"

	"dossier/remote/sandbox/backofficeapi"
	"dossier/remote/sandbox/boxapi"
	"dossier/remote/sandbox/filesroapi"
	"dossier/remote/sandbox/mischief"
	"dossier/remote/sandbox/mkpapi"
	"dossier/remote/sandbox/shelf"
	"dossier/remote/sandbox/store"
)

// The names of the portals, as Portal, Downloads, Calls, Info and a configuration's kind have them.
const (
	Box              = boxapi.Name
	MijnKlantportaal = mkpapi.Name
	FilesRo          = filesroapi.Name
	BackOffice       = backofficeapi.Name
)

// Portals lists all portals, in the order of their listeners.
func Portals() []string { return []string{Box, MijnKlantportaal, FilesRo, BackOffice} }

// api is what a portal's shelf offers.
type api interface {
	Handler() http.Handler
	Downloads() http.Handler // the other origin that downloads come from; nil: there is none
	SetDownloads(origin string)
	Routes() []string // as calls are counted

	Root() store.ID // what the first account sees
	Worker() string // who works in the web pages
	Habits() shelf.Habits
	ShowID(store.ID, store.Kind) string
	ReadID(string) store.ID // 0: no such id
	SignIn() (shelf.SignIn, error)
	AddAccount(name string, ownTree bool) (shelf.SignIn, error)
}

// portal is one portal that is being served.
type portal struct {
	api
	name               string
	handler, downloads http.Handler
}

func allQuirks() []mischief.Quirk {
	var all []mischief.Quirk
	for _, some := range [][]mischief.Quirk{boxapi.Quirks(), mkpapi.Quirks(), filesroapi.Quirks(), backofficeapi.Quirks()} {
		all = append(all, some...)
	}
	return all
}

// open makes the portals on the server's store.
func (s *Server) open() error {
	o := s.opts
	random := shelf.NewRandom(newRand(o.Seed))
	with := func(name string) shelf.Options {
		return shelf.Options{Store: s.store, Desk: s.desk, Clock: o.Clock, Random: random, Log: o.Log.With("portal", name),
			Limits: o.Limits, TokenLife: o.TokenLife, MaxFile: o.MaxFile, Quota: o.Quota}
	}
	box, err := boxapi.New(boxapi.Options{Options: with(Box), PartSize: o.PartSize, MinSession: o.MinSession})
	if err != nil {
		return err
	}
	mkp, err := mkpapi.New(with(MijnKlantportaal))
	if err != nil {
		return err
	}
	filesro, err := filesroapi.New(with(FilesRo))
	if err != nil {
		return err
	}
	backoffice, err := backofficeapi.New(with(BackOffice))
	if err != nil {
		return err
	}
	s.portals = map[string]*portal{}
	for name, a := range map[string]api{Box: box, MijnKlantportaal: mkp, FilesRo: filesro, BackOffice: backoffice} {
		s.portals[name] = &portal{api: a, name: name, handler: a.Handler(), downloads: a.Downloads()}
	}
	return nil
}

// must returns a portal by its name. It panics if there is no such portal.
func (s *Server) must(name string) *portal {
	p := s.portals[name]
	if p == nil {
		panic("sandbox: no portal " + strconv.Quote(name))
	}
	return p
}

// Portal returns the handler of a portal's API origin. It panics if there is no such portal.
func (s *Server) Portal(name string) http.Handler { return s.must(name).handler }

// Downloads returns the handler of the other origin that a portal sends downloads to, nil if there is none. It refuses requests
// with an Authorization header.
func (s *Server) Downloads(name string) http.Handler { return s.must(name).downloads }

// SetDownloads says under which origin ("http://127.0.0.1:4712") a portal's Downloads handler is reached. Until then
// redirects lead to "dl." before the host that the API was asked under.
func (s *Server) SetDownloads(name, origin string) { s.must(name).SetDownloads(origin) }

// Routes lists what a portal serves, as Calls counts it.
func (s *Server) Routes(name string) []string { return s.must(name).Routes() }
