// Package box speaks Box's Content API.
package box

import (
	"errors"
	"net/url"
	"strings"

	"dossier/remote"
	"dossier/remote/rest"
)

// Driver is one Box account. Besides remote.Driver it is a remote.Feed, a remote.Trash and a remote.Prober, an io.Closer,
// and tells its calls (Calls).
type Driver struct {
	rest    *rest.Client
	options rest.Options

	api, upload string // origins
	trusted     func(*url.URL) bool
	trash       bool
	resumeFrom  int64 // bytes
	polite      waits
	seen        memory
}

var (
	_ remote.Driver = (*Driver)(nil)
	_ remote.Feed   = (*Driver)(nil)
	_ remote.Trash  = (*Driver)(nil)
	_ remote.Prober = (*Driver)(nil)
)

const (
	vendorAPI    = "https://api.box.com"
	vendorUpload = "https://upload.box.com"
	vendorDomain = "box.com" // upload sessions live on further hosts of this domain

	// What Box allows a user in a minute. (rate-limits guide)
	vendorCalls   = 1000
	vendorUploads = 240

	// parallel is how many transfers a mirror may run at once.
	parallel = 8
)

// Open makes the driver of one account. With Options.URL that one origin serves it all: /2.0, /api/2.0, /oauth2/token and the
// long poll. Signing in is by Token; or ClientID, ClientSecret and RefreshToken (Store is a must); or ClientID, ClientSecret
// and Subject ("user:ID" or "enterprise:ID"). Nothing is sent yet.
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
	d := &Driver{options: o, api: origin, upload: origin, trusted: trusted(origin), polite: defaultWaits, resumeFrom: o.ResumeFrom}
	if origin == "" {
		d.api, d.upload = vendorAPI, vendorUpload
	}
	d.trash = o.Assume.Bool(assumeTrash, true)
	if d.resumeFrom == 0 {
		d.resumeFrom = advisedSession
	}
	d.rest, err = rest.New(o, rest.Portal{Trusted: d.trusted, Explain: explain, SignIn: d.signIn})
	if err != nil {
		return nil, err
	}
	return d, nil
}

// Budget is what an account may use: as Options.Limits says; else Box's own budget on Box's own hosts, and elsewhere what the
// portal's refusals teach. Whoever shares a Limiter among drivers makes it of this.
func Budget(o rest.Options) rest.Limits {
	if o.URL == "" && o.Limits == (rest.Limits{}) {
		return rest.Limits{Calls: vendorCalls, Uploads: vendorUploads}
	}
	return o.Limits
}

func trusted(origin string) func(*url.URL) bool {
	if origin != "" {
		return func(u *url.URL) bool { return u.Scheme+"://"+u.Host == origin }
	}
	return func(u *url.URL) bool {
		host := u.Hostname()
		return u.Scheme == "https" && u.Port() == "" && (host == vendorDomain || strings.HasSuffix(host, "."+vendorDomain))
	}
}

func (d *Driver) signIn(c *rest.Client) (rest.TokenSource, error) {
	o, tokenURL := d.options, d.api+"/oauth2/token"
	app := o.ClientID != "" && o.ClientSecret != ""
	switch {
	case o.Token != "":
		return rest.Static(o.Token), nil
	case app && o.Subject != "":
		kind, id, err := subject(o.Subject)
		if err != nil {
			return nil, err
		}
		return rest.ClientCredentials(c, tokenURL, url.Values{"box_subject_type": {kind}, "box_subject_id": {id}}), nil
	case app && (o.RefreshToken != "" || o.Store != nil):
		return rest.Refreshed(c, tokenURL)
	}
	return nil, errors.New("sign in to Box: needs a token; or client_id, client_secret and a refresh token or a subject")
}

// subject is "user:ID" or "enterprise:ID"; a bare ID is a user's.
func subject(s string) (kind, id string, err error) {
	kind, id, ok := strings.Cut(s, ":")
	if !ok {
		kind, id = "user", s
	}
	if (kind != "user" && kind != "enterprise") || id == "" {
		return "", "", errors.New(`sign in to Box: subject must be "user:ID" or "enterprise:ID"`)
	}
	return kind, id, nil
}

// Close gives up idle connections.
func (d *Driver) Close() error { return d.rest.Close() }

// Calls is how many requests were sent, for each kind of call.
func (d *Driver) Calls() map[string]int64 { return d.rest.Calls() }

// Features is what Box can do.
func (d *Driver) Features() remote.Features {
	return remote.Features{
		Digest: "sha1", CaseFold: true, Listing: true, Replace: true, GuardContent: true, Rename: true, MoveFiles: true,
		MoveFolders: true, Trash: d.trash, Recognise: true, Seals: true, Delete: true, DeleteTree: true, Looks: 1, Parallel: parallel, Times: true, TimeStep: timeStep,
	}
}
