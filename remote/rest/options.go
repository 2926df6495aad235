package rest

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"dossier/remote"
)

// Options is what a driver is opened with. Every driver takes this one struct and uses what its portal knows.
type Options struct {
	// URL is the portal's origin, e.g. "https://portal.example". Empty: the vendor's own hosts.
	// Plain http is for loopback addresses, or for a Transport of the caller's own.
	URL string

	// How to sign in; which of them is for the driver to say.
	Token        Secret // a bearer token or key that does not change
	ClientID     string
	ClientSecret Secret
	Subject      string // whom an app acts for, e.g. "user:123" or "enterprise:456"
	RefreshToken Secret // the first one; those that follow live in Store
	Email        string
	Password     Secret
	Store        TokenStore // where tokens that rotate are kept; must be given with RefreshToken

	// The way there.
	Transport http.RoundTripper                         // nil: one of our own, with Proxy and CA
	Wrap      func(http.RoundTripper) http.RoundTripper // put around the transport, to inject faults; may be nil
	Proxy     string                                    // a proxy's URL; empty: as the environment says
	CA        string                                    // a file of PEM certificates, trusted besides the system's
	UserAgent string                                    // empty: "dossier"

	// The budget. A Limiter is shared by all drivers of one account, and is told the Limits; nil: the driver makes its own.
	Limits  Limits
	Limiter *Limiter

	// Patience.
	Stall    time.Duration  // a transfer without progress for so long is given up; 0: a minute
	Attempts int            // how often a read is sent at most; 0: 5
	Jitter   func() float64 // a number in [0,1) that spreads the waits; nil: random

	// ResumeFrom is the size in bytes from which uploads are sent so that they can be resumed; 0: as the portal advises.
	ResumeFrom int64

	Assume   Assume        // settings for facts that are assumed of the portal, see the driver's assume.go
	Ledger   remote.Ledger // of the folders that the portal cannot list; nil: in memory, for tests
	Download string        // the address of a content, with {file}, {id} and {client} in it; empty: the portal's own way
	Log      *slog.Logger  // nil: nothing is logged
}

const (
	defaultStall    = time.Minute
	defaultAttempts = 5
	defaultAgent    = "dossier"
)

func (o Options) withDefaults() Options {
	if o.Stall <= 0 {
		o.Stall = defaultStall
	}
	if o.Attempts <= 0 {
		o.Attempts = defaultAttempts
	}
	if o.UserAgent == "" {
		o.UserAgent = defaultAgent
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Limiter == nil {
		o.Limiter = NewLimiter(Limits{})
	}
	o.Limiter.Allow(o.Limits)
	return o
}

// Origin checks URL and returns it without a trailing slash; empty if it is empty.
func (o Options) Origin() (string, error) {
	if o.URL == "" {
		return "", nil
	}
	u, err := url.Parse(o.URL)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "" {
		return "", fmt.Errorf("portal address %q: not an origin such as https://portal.example", scrubAddress(o.URL))
	}
	switch {
	case u.Scheme == "https":
	case u.Scheme == "http" && (o.Transport != nil || isLoopback(u)):
	default:
		return "", fmt.Errorf("portal address %q: must begin with https://, or our token could be read on the way", scrubAddress(o.URL))
	}
	return originOf(u), nil
}
