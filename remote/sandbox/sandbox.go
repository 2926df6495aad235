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
	"time"

	"dossier/remote/sandbox/mischief"
	"dossier/remote/sandbox/shelf"
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
	opts    Options
	store   *store.Store
	desk    *mischief.Desk
	portals map[string]*portal
}

// New opens a sandbox. Close must be called when it is done with.
func New(opts Options) (*Server, error) {
	if opts.Clock == nil {
		opts.Clock = time.Now
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	s := &Server{opts: opts, desk: mischief.New(allQuirks())}
	if err := s.desk.Set(opts.Quirks...); err != nil {
		return nil, err
	}
	var err error
	if s.store, err = store.Open(store.Options{Dir: opts.Dir, Clock: opts.Clock, Durable: opts.Durable}); err != nil {
		return nil, err
	}
	if err := s.open(); err != nil {
		s.store.Close()
		return nil, err
	}
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
func Quirks() []Quirk { return mischief.New(allQuirks()).Quirks() }

// Info is what a client needs to know to use a sandbox. It is printed as one line of JSON by `dossier sandbox`.
type Info struct {
	Portals map[string]PortalInfo `json:"portals"`
	Visitor string                `json:"visitor"` // origin of the page where a visitor answers a file request
	Admin   string                `json:"admin"`   // origin of the admin API
}

// PortalInfo is where one portal is and how to sign in. What a portal does not know is left out.
type PortalInfo struct {
	URL          string `json:"url"`                 // origin of the API
	Downloads    string `json:"downloads,omitempty"` // origin that downloads are redirected to
	Token        string `json:"token,omitempty"`     // never expires
	ClientID     string `json:"client_id,omitempty"`
	ClientSecret string `json:"client_secret,omitempty"`
	RefreshToken string `json:"refresh_token,omitempty"` // Box: for one use, each Info has another
	EnterpriseID string `json:"enterprise_id,omitempty"` // subject of client credentials
	UserID       string `json:"user_id,omitempty"`
	Email        string `json:"email,omitempty"`
	Password     string `json:"password,omitempty"`
	Folder       string `json:"folder"` // the folder, or on a Back Office the client, that is there for clients' folders
	// FileRequest is the id of a file request, as a template to copy: Box has no other way to make one.
	FileRequest string `json:"file_request,omitempty"`
}

// Origins are the addresses under which a sandbox's handlers are reached: those of each portal by its name.
type Origins struct {
	Portals, Downloads map[string]string
	Visitor, Admin     string
}

// ClientsFolder is the folder, in the root of each portal, that Info names.
const ClientsFolder = "Clients"

// Info returns what a client needs to use the sandbox under these origins, and makes portals redirect downloads there. A portal
// without an address is left out.
func (s *Server) Info(at Origins) (Info, error) {
	info := Info{Portals: map[string]PortalInfo{}, Visitor: at.Visitor, Admin: at.Admin}
	for _, name := range Portals() {
		if at.Portals[name] == "" {
			continue
		}
		one, err := s.portalInfo(s.portals[name])
		if err != nil {
			return Info{}, fmt.Errorf("sandbox of %s: %w", name, err)
		}
		one.URL, one.Downloads = at.Portals[name], at.Downloads[name]
		s.portals[name].SetDownloads(one.Downloads)
		info.Portals[name] = one
	}
	return info, nil
}

func (s *Server) portalInfo(p *portal) (PortalInfo, error) {
	folder, err := s.MkdirAll(p.name, ClientsFolder)
	if err != nil {
		return PortalInfo{}, err
	}
	cred, err := p.SignIn()
	if err != nil {
		return PortalInfo{}, err
	}
	info := infoOf(cred, folder)
	if p.name == Box {
		info.FileRequest, err = s.templateRequest()
	}
	return info, err
}

func infoOf(cred shelf.SignIn, folder string) PortalInfo {
	return PortalInfo{
		Token: cred.Token, ClientID: cred.ClientID, ClientSecret: cred.ClientSecret, RefreshToken: cred.RefreshToken,
		EnterpriseID: cred.EnterpriseID, UserID: cred.UserID, Email: cred.Email, Password: cred.Password, Folder: folder,
	}
}
