// Package backoffice speaks the client files of a B2CORE Back Office, version 2 of its API.
//
// A client's files are one flat list without sizes, digests or times; his folders are not listed at all, so that they are known from the
// Ledger, and by their numbers from the files in them. Nothing is replaced, nothing can be taken back, and contents come down only where
// the configuration says how. All that is assumed stands in assume.go.
//
// What this API cannot tell, and so is not seen:
//
// BUG(backoffice): bytes that somebody replaces under the same id and stored path.
// BUG(backoffice): a download that is short and announces its short length, of a file that we did not send.
// BUG(backoffice): rights that hide some of a client's files, which look deleted; the mirror's two looks and its guards stand before that.
// BUG(backoffice): a folder whose creation was never answered, unless folders are listed: the next attempt makes a second one, and says so.
// BUG(backoffice): a folder that somebody renames or deletes on the portal, unless folders are listed.
package backoffice

import (
	"cmp"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"dossier/remote"
	"dossier/remote/rest"
)

// Driver is one account of a Back Office. Besides remote.Driver it is a remote.Checker, an io.Closer, and tells its calls (Calls).
type Driver struct {
	rest     *rest.Client
	options  rest.Options
	origin   string
	set      settings
	host     string // of this machine
	ledger   remote.Ledger
	content  *template // nil: contents cannot be fetched
	log      *slog.Logger
	seen     memory
	patience []time.Duration
	making   turn // one folder is made at a time, so that none is made twice

	folderPath atomic.Pointer[string] // the spelling that has answered; nil: none yet
	put        atomic.Bool            // PATCH is not taken here
}

var (
	_ remote.Driver  = (*Driver)(nil)
	_ remote.Checker = (*Driver)(nil)
)

const (
	// looks and looksApart: rights may hide rows without a word, which looks like deletion. (§ what a client must do)
	looks      = 2
	looksApart = time.Minute
)

// Open makes the driver of one account. Options.URL is where the Back Office is; signing in is by Email and Password. Nothing is sent yet.
func Open(o rest.Options) (remote.Driver, error) { return open(o) }

func open(o rest.Options) (*Driver, error) {
	d := &Driver{ledger: o.Ledger, making: make(turn, 1), patience: patience, seen: memory{emptyFor: looksApart}, log: cmp.Or(o.Log, slog.New(slog.DiscardHandler))}
	var err error
	if d.origin, err = o.Origin(); err != nil {
		return nil, err
	}
	if d.origin == "" || o.Email == "" || o.Password == "" {
		return nil, errors.New("sign in to a Back Office: needs url, email and password")
	}
	if d.set, err = settingsOf(o.Assume); err != nil {
		return nil, err
	}
	if d.content, err = readTemplate(o.Download, d.origin); err != nil {
		return nil, err
	}
	if d.ledger == nil {
		d.log.Warn("folders are remembered by this process only: no ledger was given")
		d.ledger = newShortLedger()
	}
	if d.set.folderPath != "" {
		d.folderPath.Store(&d.set.folderPath)
	}
	d.host, _ = os.Hostname()
	o.Limits = Budget(o)
	d.options = o
	d.rest, err = rest.New(o, rest.Portal{Trusted: d.trusted, Explain: explain, SignIn: d.signIn})
	if err != nil {
		return nil, err
	}
	return d, nil
}

// Budget is what an account may use: as Options.Limits says, else what is assumed of every Back Office (B-5). Whoever shares a Limiter
// among drivers makes it of this.
func Budget(o rest.Options) rest.Limits {
	if o.Limits == (rest.Limits{}) {
		return rest.Limits{Calls: assumedCalls}
	}
	return o.Limits
}

func (d *Driver) trusted(u *url.URL) bool { return u.User == nil && u.Scheme+"://"+u.Host == d.origin }

// Close gives up idle connections.
func (d *Driver) Close() error { return d.rest.Close() }

// Calls is how many requests were sent, for each kind of call.
func (d *Driver) Calls() map[string]int64 { return d.rest.Calls() }

// Features is what a Back Office can do.
func (d *Driver) Features() remote.Features {
	return remote.Features{
		Twins: d.set.twins, Listing: true, Ledger: !d.set.listFolders, SendOnly: d.content == nil, Rename: true, MoveFiles: true,
		Delete: d.set.delete, Recognise: d.set.storedNames, Looks: looks, LooksApart: looksApart, Parallel: 1,
	}
}

// call is a request as every one of them is sent.
func (d *Driver) call(op, object, method, path string, body *rest.Body) rest.Call {
	return rest.Call{Op: op, Object: object, Method: method, URL: d.origin + "/api/v2" + path, Body: body, Header: headers(),
		Write: method != http.MethodGet, Limit: longestAnswer}
}

// longestAnswer bounds a page of a list, in bytes.
const longestAnswer = 8 << 20

func headers() http.Header {
	return http.Header{"Accept": {"application/json"}, "Accept-Language": {language}}
}

// mayWrite refuses what would change something on a machine that only reads (B-42): several ledgers would each know half the folders.
func (d *Driver) mayWrite(op string) error {
	if d.set.writer == "" || strings.EqualFold(d.set.writer, d.host) {
		return nil
	}
	return denied(op, "only the machine "+d.set.writer+" may change something here; this one, "+d.host+", reads")
}
