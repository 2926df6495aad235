package backofficeapi

import (
	"crypto/sha1"
	"fmt"
	"io"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
	"unicode"

	"dossier/remote/sandbox/store"
)

// storedPath is what the API calls file: "<dir>/<Unix seconds>_<original name>". A person's file has one too. It stays through rename
// and move, and no two files have the same, as dir is the file's number in letters.
func (a *API) storedPath(it *store.Item) string {
	number := a.numbers.show(it.ID, store.File)
	if a.has("bo-path-opaque") {
		return fmt.Sprintf("%s/%x", letters(number), sha1.Sum([]byte(it.Content.SHA1.String())))
	}
	content := it.Content
	if a.has("bo-replaced-same-path") && len(it.Past) > 0 {
		content = it.Past[0]
	}
	at, name := content.At, content.Name
	if a.has("bo-path-follows-caption") {
		at, name = it.Modified, it.Name
	}
	return fmt.Sprintf("%s/%d_%s", letters(number), at.Unix(), strings.ReplaceAll(name, "/", "_"))
}

// letters writes 1, 2, …, 26, 27 as a, b, …, z, aa.
func letters(n int64) (text string) {
	for ; n > 0; n = (n - 1) / 26 {
		text = string(rune('a'+(n-1)%26)) + text
	}
	return text
}

// fromLetters reads what letters wrote; 0: it is none.
func fromLetters(text string) (n int64) {
	for _, r := range text {
		if r < 'a' || r > 'z' || len(text) > 12 {
			return 0
		}
		n = n*26 + int64(r-'a') + 1
	}
	return n
}

// keptName is the original name as it goes into the path.
func (a *API) keptName(name string) string {
	if !a.has("bo-path-name-changed") {
		return name
	}
	return strings.Map(func(r rune) rune {
		if r > unicode.MaxASCII || r == ' ' {
			return '_'
		}
		return unicode.ToLower(r)
	}, name)
}

// download answers GET /storage/{file}. The vendor describes no download: it is a path of this installation.
func (a *API) download(c *call) error {
	if a.has("bo-download-absent") {
		return notFound
	}
	it, err := a.stored(c)
	if err != nil {
		return err
	}
	if a.has("bo-download-html") {
		c.w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(c.w, "<!DOCTYPE html><html><head><title>Back Office</title></head><body><div id=\"app\"></div></body></html>")
		return nil
	}
	if a.has("bo-download-elsewhere") {
		http.Redirect(c.w, c.r, "https://storage.invalid/"+letters(a.numbers.show(it.ID, store.File)), http.StatusFound)
		return nil
	}
	content, err := a.store.Open(it.Content.SHA1)
	if err != nil {
		return err
	}
	defer content.Close()
	c.w.Header().Set("Content-Type", contentType(it))
	return a.send(c, it.Content.Size, content)
}

func contentType(it *store.Item) string {
	if ext := strings.ToLower(path.Ext(it.Content.Name)); ext == ".html" || ext == ".htm" {
		return "text/html"
	}
	return "application/octet-stream"
}

// stored finds the file of a path, for an account that sees its client.
func (a *API) stored(c *call) (it *store.Item, err error) {
	at := c.r.PathValue("file")
	dir, _, _ := strings.Cut(at, "/")
	a.store.View(func(v store.View) {
		it = v.Item(a.numbers.find(fromLetters(dir), store.File))
		if it == nil || it.Kind != store.File || a.storedPath(it) != at {
			err = notFound
			return
		}
		if above := v.Path(it); len(above) < 2 || !c.who.sees(above[1]) {
			err = forbidden
		}
	})
	return it, err
}

// send writes a content, whole or as the quirks spoil it.
func (a *API) send(c *call, size int64, content store.Content) error {
	switch {
	case a.has("bo-download-cut"):
		c.w.Header().Set("Content-Length", strconv.FormatInt(size+1, 10))
		io.Copy(c.w, content)
		http.NewResponseController(c.w).Flush()
		panic(http.ErrAbortHandler)
	case a.has("bo-download-short"):
		c.w.Header().Set("Content-Length", strconv.FormatInt(size/2, 10))
		io.CopyN(c.w, content, size/2)
	case a.has("bo-download-unsized"):
		http.NewResponseController(c.w).Flush()
		io.Copy(c.w, content)
	default:
		http.ServeContent(c.w, c.r, "", time.Time{}, content)
	}
	return nil
}
