// Package mijnklantportaal speaks the API of MijnKlantportaal.
package mijnklantportaal

import (
	"fmt"
	"net/url"
	"sync/atomic"
	"time"

	"dossier/remote"
	"dossier/remote/rest"
)

// Driver is one portal of MijnKlantportaal. Besides remote.Driver it is a remote.Checker, an io.Closer, and tells its calls (Calls).
//
// The documentation knows no call that lists a folder, and none that deletes. Unless the settings say that there are such calls, the
// driver lists and deletes nothing: it sends, makes folders, and reads what it is given the id of.
type Driver struct {
	rest    *rest.Client
	options rest.Options
	facts   facts

	api, oauth string // addresses, without a slash at the end
	seen       memory
	scoped     atomic.Bool   // it was seen that a listing is of the folder that was asked for
	flat       atomic.Bool   // it was seen that a listing ends at the folder's own children
	naming     chan struct{} // holds one token: a turn to look for a name and take it
}

var (
	_ remote.Driver  = (*Driver)(nil)
	_ remote.Checker = (*Driver)(nil)
)

const (
	vendorAPI   = "https://api.mijnklantportaal.nl"
	vendorOAuth = "https://manage.mijnklantportaal.nl"

	// vendorCalls is what a key may use in a minute. (getting-started/rate-limiting)
	vendorCalls = 60

	// parallel is how many transfers a mirror may run at once: each is two or three calls of those few.
	parallel = 3

	// A deletion counts once two looks, so far apart, found nothing: a listing may miss what is there, and nothing tells of a trash.
	looks      = 2
	looksApart = time.Minute
)

// Root is the id by which the file system's root goes. The portal has none for it.
const Root remote.ID = "root"

// Open makes the driver of one portal. With Options.URL that one origin serves it all: /v1 and /oauth. Signing in is by Token, an
// API key; or ClientID, ClientSecret and RefreshToken. Nothing is sent yet.
func Open(o rest.Options) (remote.Driver, error) { return open(o) }

func open(o rest.Options) (*Driver, error) {
	origin, err := o.Origin()
	if err != nil {
		return nil, err
	}
	if err := o.Assume.Check(Assumptions); err != nil {
		return nil, err
	}
	o.Limits = Budget(o)
	if o.Limiter == nil {
		o.Limiter = rest.NewLimiter(o.Limits)
	}
	d := &Driver{options: o, facts: factsOf(o.Assume), api: origin + "/v1", oauth: origin, naming: make(chan struct{}, 1)}
	if origin == "" {
		d.api, d.oauth = vendorAPI+"/v1", vendorOAuth
	}
	if err := d.facts.check(); err != nil {
		return nil, err
	}
	o.Wrap = d.facts.header(o.Wrap)
	d.rest, err = rest.New(o, rest.Portal{Trusted: trusted(d.api, d.oauth), Explain: d.facts.explain, SignIn: d.signIn})
	if err != nil {
		return nil, err
	}
	return d, nil
}

func (f facts) check() error {
	switch f.twins {
	case twinsAllowed, twinsRefused, twinsReplace, twinsRename:
	default:
		return fmt.Errorf("assume.%s: write %s, %s, %s or %s", assumeTwins, twinsAllowed, twinsRefused, twinsReplace, twinsRename)
	}
	if f.tokenHeader != headerUsual && f.tokenHeader != "Authentication" {
		return fmt.Errorf("assume.%s: write Authorization or Authentication", assumeHeader)
	}
	if f.maxSize < 0 {
		return fmt.Errorf("assume.%s: write a number of bytes, or 0", assumeMaxSize)
	}
	return nil
}

// Budget is what a key may use: as Options.Limits says; else the vendor's own budget on the vendor's own host, and elsewhere what
// the portal's refusals teach. Whoever shares a Limiter among drivers makes it of this.
func Budget(o rest.Options) rest.Limits {
	if o.URL == "" && o.Limits == (rest.Limits{}) {
		return rest.Limits{Calls: vendorCalls}
	}
	return o.Limits
}

// trusted lets our secrets go to the portal's own two hosts only, not to those of downloads.
func trusted(addresses ...string) func(*url.URL) bool {
	return func(u *url.URL) bool {
		for _, own := range addresses {
			if o, err := url.Parse(own); err == nil && u.Scheme == o.Scheme && u.Host == o.Host {
				return true
			}
		}
		return false
	}
}

// Close gives up idle connections.
func (d *Driver) Close() error { return d.rest.Close() }

// Calls is how many requests were sent, for each kind of call.
func (d *Driver) Calls() map[string]int64 { return d.rest.Calls() }

// Features is what MijnKlantportaal can do, by the settings.
//
// Recognise is false: neither a digest nor a token of ours shows on the portal. A file whose answer was lost is one of that name and
// size whose id is new to us, and only its bytes can tell whose it is.
func (d *Driver) Features() remote.Features {
	return remote.Features{
		CaseFold: d.facts.unique(), Twins: !d.facts.unique(), Listing: d.facts.listing, Folderwise: true, Delete: d.facts.deletes(), Trash: d.facts.trash,
		Looks: looks, LooksApart: looksApart, Parallel: parallel, MaxSize: d.facts.maxSize,
	}
}
