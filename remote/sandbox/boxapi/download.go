package boxapi

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"dossier/remote/sandbox/store"
)

// linkLife is how long a download link is good.
const linkLife = 15 * time.Minute

// link is what a download link leads to.
type link struct {
	SHA1    store.SHA1
	Size    int64
	Name    string
	Expires time.Time
}

// download answers GET /files/{id}/content: with a redirect to the download origin.
func (a *API) download(c *call) error {
	var it *store.Item
	var version store.Version
	var err error
	a.store.View(func(v store.View) {
		if it, err = a.active(v, c.who, c.r.PathValue("id"), store.File); err == nil {
			version, err = pinned(it, c.r.URL.Query().Get("version"))
		}
	})
	if err != nil {
		return err
	}
	if l := it.Lock; l != nil && l.NoReading && unlocked(it, c.who, a.opts.Clock()) != nil {
		return itemLocked
	}
	if a.has("range-400") && !rangeFits(c.r.Header.Get("Range"), version.Size) {
		return bad("requested_page_out_of_range", "The requested range is out of the file")
	}
	if a.desk.First("download-202", strconv.FormatUint(uint64(version.ID), 10), 1) {
		c.w.Header().Set("Retry-After", "1")
		c.w.WriteHeader(http.StatusAccepted)
		return nil
	}
	ticket := a.links.add(link{version.SHA1, version.Size, it.Name, a.opts.Clock().Add(linkLife)}, a.opts.Random.Text(40), a.opts.Clock())
	c.w.Header().Set("Location", a.downloadOrigin(c.r)+"/d/1/"+ticket+"/download")
	c.w.WriteHeader(http.StatusFound)
	return nil
}

// pinned finds the version that is asked for, or the current one.
func pinned(it *store.Item, id string) (store.Version, error) {
	if id == "" || id == strconv.FormatUint(uint64(it.Content.ID), 10) {
		return it.Content, nil
	}
	for _, v := range it.Past {
		if id == strconv.FormatUint(uint64(v.ID), 10) {
			return v, nil
		}
	}
	return store.Version{}, notFound
}

// rangeFits says whether a Range header begins inside the file. What is no such header fits.
func rangeFits(header string, size int64) bool {
	from, _, ok := strings.Cut(strings.TrimPrefix(header, "bytes="), "-")
	n, err := strconv.ParseInt(from, 10, 64)
	return !ok || err != nil || n < size
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

// Downloads serves the download origin. It refuses whoever sends a token there: the links authorise themselves, and
// a token has no business on another host.
func (a *API) Downloads() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /d/1/{ticket}/download", a.serveContent)
	return a.desk.Handler(a.failing(), mux)
}

func (a *API) serveContent(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "" {
		http.Error(w, "this host takes no Authorization header", http.StatusBadRequest)
		return
	}
	to, ok := a.links.get(r.PathValue("ticket"), a.opts.Clock())
	if !ok {
		http.Error(w, "no such link, or it has expired", http.StatusNotFound)
		return
	}
	content, err := a.store.Open(to.SHA1)
	if err != nil {
		a.opts.Log.Error("sandbox content is missing", "sha1", to.SHA1, "error", err)
		http.Error(w, "content is missing", http.StatusInternalServerError)
		return
	}
	defer content.Close()
	if a.has("download-no-ranges") {
		r.Header.Del("Range")
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", fmt.Sprintf("attachment;filename*=UTF-8''%s", url.PathEscape(to.Name)))
	http.ServeContent(w, r, "", time.Time{}, content)
}
