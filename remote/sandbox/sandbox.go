// Package sandbox is a portal to try dossier on: real HTTP APIs with their own paths, shapes, status codes and
// oddities, served from one store, with quirks and faults on demand.
//
// It is strict: a call that the real portal would refuse, it refuses. It starts no goroutine but those that serve its
// listeners, and takes all time from its clock, the time package and contexts, so that it works inside a
// testing/synctest bubble (see Server.InMemory).
package sandbox

import (
	crand "crypto/rand"
	"encoding/binary"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"dossier/remote/sandbox/boxapi"
	"dossier/remote/sandbox/mischief"
	"dossier/remote/sandbox/store"
)

// Options say what kind of sandbox it is. The zero value is a strict sandbox in memory without rate limits.
type Options struct {
	// Dir keeps everything, and is read again at the next start. Empty: in memory, for tests.
	Dir string
	// Clock tells the time; nil: time.Now.
	Clock func() time.Time
	// Seed makes tokens and links repeatable; 0: random ones.
	Seed uint64
	// Limits enforces the vendor's calls and uploads a minute.
	Limits bool
	// Quirks are on from the start; see Quirks for the list.
	Quirks []string
	// Durable fsyncs before each answer. Without it a sandbox survives kill -9, but not a power cut.
	Durable bool
	// Log is for what goes wrong in the sandbox itself; nil: nowhere.
	Log *slog.Logger

	// TokenLife is how long access tokens from the token endpoint live; 0: an hour. Info's token never expires.
	TokenLife time.Duration
	// PartSize is the size of the parts of upload sessions; 0: 8 MiB.
	PartSize int64
	// MinSession is the smallest file an upload session is given for; 0: 20,000,000 bytes.
	MinSession int64
	// MaxFile is the largest file that is taken; 0: 50 GB.
	MaxFile int64
	// Quota is the space of an account, trash counted; 0: 1 PB.
	Quota int64
}

// Server is one sandbox. All its methods may be called from many goroutines at once.
type Server struct {
	opts  Options
	store *store.Store
	desk  *mischief.Desk
	box   *boxapi.API

	boxHandler, boxDownloads http.Handler
}

// Box is the name of Box's portal, as Portal, Downloads, Calls and Info take it.
const Box = boxapi.Name

// New opens a sandbox. Close must be called when it is done with.
func New(opts Options) (*Server, error) {
	if opts.Clock == nil {
		opts.Clock = time.Now
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	s := &Server{opts: opts, desk: mischief.New(boxapi.Quirks())}
	if err := s.desk.Set(opts.Quirks...); err != nil {
		return nil, err
	}
	var err error
	if s.store, err = store.Open(store.Options{Dir: opts.Dir, Clock: opts.Clock, Durable: opts.Durable}); err != nil {
		return nil, err
	}
	if s.box, err = boxapi.New(boxapi.Options{
		Store: s.store, Desk: s.desk, Clock: opts.Clock, Rand: newRand(opts.Seed), Log: opts.Log.With("portal", Box),
		Limits: opts.Limits, TokenLife: opts.TokenLife, PartSize: opts.PartSize, MinSession: opts.MinSession,
		MaxFile: opts.MaxFile, Quota: opts.Quota,
	}); err != nil {
		s.store.Close()
		return nil, err
	}
	s.boxHandler, s.boxDownloads = s.box.Handler(), s.box.Downloads()
	return s, nil
}

func newRand(seed uint64) *rand.Rand {
	if seed == 0 {
		var b [8]byte
		crand.Read(b[:]) // never fails
		seed = binary.LittleEndian.Uint64(b[:])
	}
	return rand.New(rand.NewPCG(seed, 0))
}

// Close ends the sandbox. Listeners must be closed before: Serve and InMemory do that themselves.
func (s *Server) Close() error { return s.store.Close() }

// Quirks lists all quirks, by name.
func Quirks() []Quirk { return mischief.New(boxapi.Quirks()).Quirks() }

// Portal returns the handler of a portal's API origin. It panics if there is no such portal.
func (s *Server) Portal(name string) http.Handler {
	mustBePortal(name)
	return s.boxHandler
}

// Downloads returns the handler of the other origin that a portal sends downloads to. It refuses requests with an
// Authorization header.
func (s *Server) Downloads(name string) http.Handler {
	mustBePortal(name)
	return s.boxDownloads
}

// SetDownloads says under which origin ("http://127.0.0.1:4712") a portal's Downloads handler is reached. Until then
// redirects lead to "dl." before the host that the API was asked under.
func (s *Server) SetDownloads(name, origin string) {
	mustBePortal(name)
	s.box.SetDownloads(origin)
}

func mustBePortal(name string) {
	if name != Box {
		panic("sandbox: no portal " + strconv.Quote(name))
	}
}

// Info is what a client needs to know to use a sandbox. It is printed as one line of JSON by `dossier sandbox`.
type Info struct {
	Portals map[string]PortalInfo `json:"portals"`
	Visitor string                `json:"visitor"` // origin of the page where a visitor answers a file request
	Admin   string                `json:"admin"`   // origin of the admin API
}

// PortalInfo is where one portal is and how to sign in.
type PortalInfo struct {
	URL          string `json:"url"`       // origin of the API
	Downloads    string `json:"downloads"` // origin that downloads are redirected to
	Token        string `json:"token"`     // never expires
	ClientID     string `json:"client_id,omitempty"`
	ClientSecret string `json:"client_secret,omitempty"`
	RefreshToken string `json:"refresh_token,omitempty"` // for one use; each Info has another
	EnterpriseID string `json:"enterprise_id,omitempty"` // subject of client credentials
	UserID       string `json:"user_id,omitempty"`
	Folder       string `json:"folder"` // the folder that is there for clients' folders
	// FileRequest is the id of a file request, as a template to copy: Box has no other way to make one.
	FileRequest string `json:"file_request,omitempty"`
}

// Origins are the addresses under which a sandbox's handlers are reached.
type Origins struct {
	Box, BoxDownloads, Visitor, Admin string
}

// ClientsFolder is the folder, in the root of each portal, that Info names.
const ClientsFolder = "Clients"

// Info returns what a client needs to use the sandbox under these origins, and makes Box redirect downloads there.
func (s *Server) Info(at Origins) (Info, error) {
	s.box.SetDownloads(at.BoxDownloads)
	folder, err := s.MkdirAll(Box, ClientsFolder)
	if err != nil {
		return Info{}, err
	}
	box, err := s.accountInfo(s.box.Main())
	if err != nil {
		return Info{}, err
	}
	if box.FileRequest, err = s.templateRequest(); err != nil {
		return Info{}, err
	}
	box.URL, box.Downloads, box.Folder = at.Box, at.BoxDownloads, folder
	return Info{Portals: map[string]PortalInfo{Box: box}, Visitor: at.Visitor, Admin: at.Admin}, nil
}

func (s *Server) accountInfo(acc *boxapi.Account) (PortalInfo, error) {
	cred, err := s.box.Credentials(acc)
	if err != nil {
		return PortalInfo{}, fmt.Errorf("sign in to sandbox: %w", err)
	}
	return PortalInfo{
		Token: cred.Token, ClientID: cred.ClientID, ClientSecret: cred.ClientSecret, RefreshToken: cred.RefreshToken,
		EnterpriseID: cred.EnterpriseID, UserID: cred.UserID, Folder: "0",
	}, nil
}

// Routes lists what a portal serves, as Calls counts it.
func (s *Server) Routes(name string) []string {
	mustBePortal(name)
	return s.box.Routes()
}
