package mkpapi

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"dossier/remote/sandbox/store"
)

// linkLife is how long a download link is good.
const linkLife = 5 * time.Minute

// link is what a download link leads to. It stands in the link itself, signed, so that links survive a restart.
type link struct {
	Item    store.ID  `json:"i"`
	Content store.ID  `json:"c"`
	Expires time.Time `json:"e"`
	Key     string    `json:"k"` // what the call that asked for it was counted under
}

// download answers GET /files/{id}/download with a link to the download origin.
func (a *API) download(c *call) error {
	var it *store.Item
	var err error
	var signing string
	a.store.View(func(v store.View) {
		it, err = a.item(v, c.who, c.r.PathValue("id"))
		known, _ := readApp(v)
		signing = known.Signing
	})
	switch {
	case err != nil:
		return err
	case it.Kind != store.File && a.has("mkp-download-directory-422"):
		return unprocessable("A directory cannot be downloaded.")
	case it.Kind != store.File:
		return notFound
	}
	to := link{it.ID, it.Content.ID, a.opts.Clock().Add(linkLife).Truncate(time.Second), c.key}
	return writeJSON(c.w, http.StatusOK, object{{"link", a.downloadOrigin(c.r) + to.sign(signing)}, {"expiresAt", a.stamp(to.Expires)}})
}

// sign is the path and query of a link.
func (to link) sign(key string) string {
	raw, _ := json.Marshal(to)
	ticket := base64.RawURLEncoding.EncodeToString(raw)
	return "/d/" + ticket + "?signature=" + signature(ticket, key)
}

func signature(ticket, key string) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(ticket))
	return hex.EncodeToString(mac.Sum(nil))
}

// readLink reads what sign wrote.
func readLink(ticket, signed, key string) (to link, ok bool) {
	if key == "" || !hmac.Equal([]byte(signed), []byte(signature(ticket, key))) {
		return link{}, false
	}
	raw, err := base64.RawURLEncoding.DecodeString(ticket)
	return to, err == nil && json.Unmarshal(raw, &to) == nil
}

// Downloads serves the download origin. It refuses whoever sends a token there: the links authorise themselves, and a token has no
// business on another host.
func (a *API) Downloads() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /d/{ticket}", a.serveLink)
	return a.desk.Handler(a.failing(), mux)
}

func (a *API) serveLink(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "" || r.Header.Get("Authentication") != "" {
		http.Error(w, "this host takes no token", http.StatusBadRequest)
		return
	}
	it, err := a.follow(w, r)
	var p *problem
	if errors.As(err, &p) {
		http.Error(w, p.message, p.status)
		return
	}
	if err == nil {
		err = a.send(w, r, it)
	}
	if err != nil {
		a.opts.Log.Error("sandbox download failed", "error", err)
		http.Error(w, "server error", http.StatusInternalServerError)
	}
}

// follow finds the file that a link leads to. Links of what was deleted, or replaced, lead nowhere.
func (a *API) follow(w http.ResponseWriter, r *http.Request) (it *store.Item, err error) {
	var to link
	var ok bool
	ticket := r.PathValue("ticket")
	a.store.View(func(v store.View) {
		known, _ := readApp(v)
		if to, ok = readLink(ticket, r.URL.Query().Get("signature"), known.Signing); ok {
			it = v.Item(to.Item)
		}
	})
	switch {
	case !ok:
		return nil, &problem{http.StatusForbidden, "the signature does not match"}
	case !a.opts.Clock().Before(to.Expires), a.has("mkp-link-once") && !a.desk.First("mkp-link-once", ticket, 1):
		return nil, a.linkExpired()
	case it == nil || it.Content.ID != to.Content:
		return nil, notFound
	case a.opts.Limits && a.has("mkp-limit-counts-links"):
		return it, a.count(w, to.Key)
	}
	return it, nil
}

func (a *API) linkExpired() *problem {
	status := http.StatusForbidden
	switch {
	case a.has("mkp-link-expired-404"):
		status = http.StatusNotFound
	case a.has("mkp-link-expired-410"):
		status = http.StatusGone
	}
	return &problem{status, "the link has expired"}
}

// send streams a file, whole: the download origin knows no ranges unless a quirk says so.
func (a *API) send(w http.ResponseWriter, r *http.Request, it *store.Item) error {
	content, err := a.store.Open(it.Content.SHA1)
	if err != nil {
		return err
	}
	defer content.Close()
	w.Header().Set("Content-Type", fmt.Sprint(mimeOf(it.Name)))
	w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename*=UTF-8''%s", url.PathEscape(it.Name)))
	if a.has("mkp-link-ranges") {
		http.ServeContent(w, r, "", time.Time{}, content)
		return nil
	}
	w.Header().Set("Content-Length", strconv.FormatInt(it.Content.Size, 10))
	io.Copy(w, content) // an error means that nobody listens any more
	return nil
}
