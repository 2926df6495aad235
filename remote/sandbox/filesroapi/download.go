package filesroapi

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"dossier/remote/sandbox/store"
)

// linkLife is how long a signed link to stored bytes is good.
const linkLife = time.Hour

// download answers GET /file/{basename}, also of what is in the trash. There are no ranges.
func (a *API) download(c *call) error {
	if a.has("filesro-download-plan") {
		return notInYourPlan
	}
	name := c.r.PathValue("basename")
	var it *store.Item
	a.store.View(func(v store.View) { it = byBasename(v, name) })
	switch {
	case it == nil:
		return notFound
	case it.Root != c.who.Root:
		return accessDenied
	case a.has("filesro-bytes-missing"):
		return serverError
	case a.has("filesro-s3"):
		c.w.Header().Set("Location", a.downloadOrigin(c.r)+a.sign(c.who, name))
		c.w.WriteHeader(http.StatusFound)
		return nil
	}
	return a.send(c, it)
}

func (a *API) send(c *call, it *store.Item) error {
	content, err := a.store.Open(it.Content.SHA1)
	if err != nil {
		return err
	}
	defer content.Close()
	h := c.w.Header()
	h.Set("Content-Type", mimeType(it))
	h.Set("Content-Disposition", disposition(it))
	if !a.has("filesro-download-no-length") {
		h.Set("Content-Length", strconv.FormatInt(it.Content.Size, 10))
	}
	c.w.WriteHeader(http.StatusOK)
	if c.r.Method == http.MethodHead {
		return nil
	}
	if a.has("filesro-download-no-length") {
		http.NewResponseController(c.w).Flush() // else net/http counts short bodies itself
	}
	io.Copy(c.w, content) // an error means that nobody listens any more
	return nil
}

// disposition names the file with an extension, whether its name has one or not.
func disposition(it *store.Item) string {
	name := strings.Map(func(r rune) rune {
		if r < ' ' || r == '"' || r == '\\' || r > '~' {
			return '_'
		}
		return r
	}, it.Name)
	if ext := "." + extension(it); !strings.HasSuffix(name, ext) {
		name += ext
	}
	return fmt.Sprintf(`attachment; filename="%s"`, name)
}

// sign returns the path and query of a link that authorises itself.
func (a *API) sign(who *Account, basename string) string {
	path := "/files/" + who.ID + "/" + basename
	expires := strconv.FormatInt(a.opts.Clock().Add(linkLife).Unix(), 10)
	return path + "?" + url.Values{"X-Amz-Expires": {expires}, "X-Amz-Signature": {a.signature(path, expires)}}.Encode()
}

func (a *API) signature(path, expires string) string {
	sum := hmac.New(sha256.New, a.signingKey)
	sum.Write([]byte(path + "\n" + expires))
	return hex.EncodeToString(sum.Sum(nil))
}

// openSigningKey reads the key of signed links, or makes it.
func (a *API) openSigningKey() error {
	return a.store.Update(func(tx *store.Tx) error {
		if known := tx.Doc(keysBucket, "links"); known != nil {
			a.signingKey = known
			return nil
		}
		a.signingKey = []byte(strconv.Quote(a.opts.Random.Text(40)))
		tx.SetDoc(keysBucket, "links", a.signingKey)
		return nil
	})
}

// SetDownloads names the origin of the handler that Downloads returns, as redirects give it. Until it is set it is "http://dl." before the
// host that the API was asked under.
func (a *API) SetDownloads(origin string) {
	a.origins.Lock()
	defer a.origins.Unlock()
	a.origins.downloads = origin
}

func (a *API) downloadOrigin(r *http.Request) string {
	a.origins.RLock()
	defer a.origins.RUnlock()
	if a.origins.downloads != "" {
		return a.origins.downloads
	}
	scheme, host, _ := strings.Cut(origin(r), "://")
	return scheme + "://dl." + host
}

// origin is where the client reaches us, as he sees it.
func origin(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// Downloads serves the store of bytes that downloads are sent to with the quirk filesro-s3. It refuses whoever sends a token there.
func (a *API) Downloads() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+storedBytes, a.serveBytes)
	return a.desk.Handler(a.failing(), mux)
}

const storedBytes = "/files/{user}/{basename}"

func (a *API) serveBytes(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	expires, err := strconv.ParseInt(q.Get("X-Amz-Expires"), 10, 64)
	signed := hmac.Equal([]byte(q.Get("X-Amz-Signature")), []byte(a.signature(r.URL.Path, q.Get("X-Amz-Expires"))))
	switch {
	case r.Header.Get("Authorization") != "":
		refuseBytes(w, http.StatusBadRequest, "InvalidArgument", "Only one auth mechanism allowed")
		return
	case err != nil || !signed:
		refuseBytes(w, http.StatusForbidden, "SignatureDoesNotMatch", "The request signature does not match")
		return
	case a.opts.Clock().Unix() >= expires:
		refuseBytes(w, http.StatusForbidden, "AccessDenied", "Request has expired")
		return
	}
	var it *store.Item
	a.store.View(func(v store.View) { it = byBasename(v, r.PathValue("basename")) })
	if it == nil {
		refuseBytes(w, http.StatusNotFound, "NoSuchKey", "The specified key does not exist.")
		return
	}
	content, err := a.store.Open(it.Content.SHA1)
	if err != nil {
		a.opts.Log.Error("sandbox call failed", "path", r.URL.Path, "error", err)
		refuseBytes(w, http.StatusInternalServerError, "InternalError", "We encountered an internal error.")
		return
	}
	defer content.Close()
	w.Header().Set("Content-Type", mimeType(it))
	w.Header().Set("Content-Disposition", disposition(it))
	w.Header().Set("ETag", strconv.Quote(it.Content.SHA1.String()))
	http.ServeContent(w, r, "", time.Time{}, content)
}

func refuseBytes(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?><Error><Code>%s</Code><Message>%s</Message></Error>`, code, message)
}
