// Package filesro speaks the API of Files.ro, a relative of VueFileManager.
//
// Much of that API is not documented, and what is not is assumed: see assume.go. Nothing here ever deletes for good: an item goes
// to the trash, and the trash is not emptied.
package filesro

import (
	"errors"
	"net/url"
	"time"

	"dossier/remote"
	"dossier/remote/rest"
)

// Driver is one Files.ro account. Besides remote.Driver it is a remote.Trash, a remote.Checker and an io.Closer, and tells its
// calls (Calls).
type Driver struct {
	rest    *rest.Client
	options rest.Options
	assumed assumed

	origin  string
	trusted func(*url.URL) bool
	seen    whereabouts
}

var (
	_ remote.Driver  = (*Driver)(nil)
	_ remote.Trash   = (*Driver)(nil)
	_ remote.Checker = (*Driver)(nil)
)

// Root is the folder that holds all that an account sees.
const Root remote.ID = "home"

const (
	vendor = "https://files.ro"

	// home is the account's file system itself, which has no id on the portal.
	home = Root

	// parallel is how many transfers a mirror may run at once: the budget is small.
	parallel = 3

	// Absence shows in two looks so far apart, unless the item lies in the trash: a listing that changes while it is read may
	// miss an item.
	looks      = 2
	looksApart = time.Minute
)

// Open makes the driver of one account. Signing in is by Token; or by Email and Password, which are exchanged for a token of our
// own that is kept in Options.Store. Nothing is sent yet.
func Open(o rest.Options) (remote.Driver, error) { return open(o) }

func open(o rest.Options) (*Driver, error) {
	origin, err := o.Origin()
	if err != nil {
		return nil, err
	}
	if origin == "" {
		origin = vendor
	}
	a, err := assume(o.Assume)
	if err != nil {
		return nil, err
	}
	o.Limits = Budget(o)
	d := &Driver{options: o, assumed: a, origin: origin}
	d.trusted = func(u *url.URL) bool { return u.Scheme+"://"+u.Host == origin }
	d.rest, err = rest.New(o, rest.Portal{Trusted: d.trusted, Explain: a.explain, SignIn: d.signIn, Whoami: d.api(pathUser)})
	if err != nil {
		return nil, err
	}
	return d, nil
}

// Budget is what an account may use: as Options.Limits says; else what is assumed of the vendor's own host, and elsewhere what the
// portal's refusals teach. Whoever shares a Limiter among drivers makes it of this.
func Budget(o rest.Options) rest.Limits {
	if o.URL == "" && o.Limits == (rest.Limits{}) {
		return rest.Limits{Calls: vendorCalls}
	}
	return o.Limits
}

func (d *Driver) signIn(c *rest.Client) (rest.TokenSource, error) {
	o := d.options
	switch {
	case o.Token != "":
		return rest.Static(o.Token), nil
	case o.Email != "" && o.Password != "":
		return rest.Exchanged(c, d.logIn(c))
	}
	return nil, errors.New("sign in to Files.ro: needs a token, or an e-mail address and a password")
}

// Close gives up idle connections.
func (d *Driver) Close() error { return d.rest.Close() }

// Calls is how many requests were sent, for each kind of call.
func (d *Driver) Calls() map[string]int64 { return d.rest.Calls() }

// Features is what Files.ro can do.
//
// Seals is true although the portal compares no digest. We do: the SHA-256 of all that was read is compared, and the source
// asked, after its last byte and before the end of the last chunk is sent. Until that end has come the portal has no file.
func (d *Driver) Features() remote.Features {
	return remote.Features{
		Twins: d.assumed.twins, CaseFold: !d.assumed.twins, Listing: true, Folderwise: !d.assumed.latest, Rename: true, MoveFiles: true, MoveFolders: true,
		Delete: d.assumed.delete, DeleteTree: d.assumed.delete, Trash: d.assumed.trash, SendOnly: !d.assumed.read, Recognise: true, Seals: true, Looks: looks, LooksApart: looksApart, Parallel: parallel,
	}
}
