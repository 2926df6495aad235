// Package shelf is what the portals of a sandbox have in common: what they are opened with, how one signs in to them, and how
// calls are metered.
package shelf

import (
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"dossier/remote/sandbox/mischief"
	"dossier/remote/sandbox/store"
)

// Options are what a portal is opened with. Store, Desk, Clock, Random and Log must be set.
type Options struct {
	Store  *store.Store
	Desk   *mischief.Desk
	Clock  func() time.Time
	Random *Random
	Log    *slog.Logger

	Limits    bool          // enforce the vendor's calls a minute
	TokenLife time.Duration // of access tokens that a sign-in gives; 0: the portal's own
	MaxFile   int64         // largest file that is taken, in bytes; 0: the portal's own
	Quota     int64         // space of an account, in bytes; 0: practically without end
}

// SignIn is all that a client may sign in with. What a portal does not know is empty.
type SignIn struct {
	Token        string // never expires
	ClientID     string
	ClientSecret string
	RefreshToken string
	EnterpriseID string
	UserID       string
	Email        string
	Password     string
}

// Random makes tokens and links. It may be used by many goroutines at once.
type Random struct {
	mu  sync.Mutex
	src *rand.Rand // guarded by mu
}

// NewRandom draws from src, which nobody else may use afterwards.
func NewRandom(src *rand.Rand) *Random { return &Random{src: src} }

// Text returns n random lower-case letters and digits.
func (r *Random) Text(n int) string {
	const alphabet = "abcdefghijklmnopqrstuvwxyz0123456789"
	r.mu.Lock()
	defer r.mu.Unlock()
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[r.src.IntN(len(alphabet))]
	}
	return string(b)
}

// Habits are what a person in a portal's web pages finds there.
type Habits struct {
	Versions bool // content is replaced under a file's id; else a new file takes the place of the old
	Bin      bool // what is deleted goes into a trash
	Twins    bool // several items of one folder may have one name, and names that differ in case are two
}
