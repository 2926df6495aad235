package backoffice

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"dossier/remote"
	"dossier/remote/rest"
)

// template is where contents are to be had, as the office that runs the Back Office knows it.
type template struct {
	text   string
	pinned bool // the stored path is part of it: it cannot give another content
	own    bool // it is on the portal's own host, which alone gets our token
}

var placeholder = regexp.MustCompile(`\{[^}]*\}`)

// readTemplate checks an address with {file}, {id} and {client} in it. Nil: none is given.
func readTemplate(text, origin string) (*template, error) {
	if text == "" {
		return nil, nil
	}
	for _, p := range placeholder.FindAllString(text, -1) {
		if p != "{file}" && p != "{id}" && p != "{client}" {
			return nil, fmt.Errorf("download address: there is no placeholder %s", p)
		}
	}
	u, err := url.Parse(placeholder.ReplaceAllString(text, "x"))
	own := err == nil && u.Scheme+"://"+u.Host == origin
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.Fragment != "":
		return nil, errors.New("download address: not an address such as https://portal.example/storage/{file}")
	case !own && u.Scheme != "https":
		return nil, errors.New("download address: must begin with https://")
	case !strings.HasPrefix(text, u.Scheme+"://"+u.Host):
		return nil, errors.New("download address: placeholders stand behind the host")
	case !strings.Contains(text, "{file}") && !strings.Contains(text, "{id}"):
		return nil, errors.New("download address: {file} or {id} is missing")
	}
	return &template{text: text, pinned: strings.Contains(text, "{file}"), own: own}, nil
}

// address is where a file's content is.
func (t *template) address(r ref, stored string) (string, error) {
	file := ""
	if t.pinned {
		if err := usable(stored); err != nil {
			return "", err
		}
		parts := strings.Split(strings.TrimPrefix(stored, "/"), "/")
		for i, p := range parts {
			parts[i] = strings.ReplaceAll(url.QueryEscape(p), "+", "%20")
		}
		file = strings.Join(parts, "/")
	}
	return strings.NewReplacer("{file}", file, "{id}", strconv.FormatInt(r.file, 10), "{client}", strconv.FormatInt(r.client, 10)).Replace(t.text), nil
}

// Download opens the content that e.Content names, where the configuration says how; there is no way in the API itself (B-27).
func (d *Driver) Download(ctx context.Context, e remote.Entry, offset int64) (io.ReadCloser, error) {
	op := fmt.Sprintf("download %q", e.Name)
	r, err := parse(e.ID)
	switch {
	case err != nil:
		return nil, err
	case d.content == nil:
		return nil, unsupported(op, "this Back Office hands out no contents: `download` in the configuration would say how")
	case r.file == 0:
		return nil, notFound(op, "it is no file")
	}
	stored, pinned := strings.CutPrefix(e.Content, fmt.Sprintf("%d:", r.file))
	if !d.content.pinned || !pinned {
		if stored, err = d.storedNow(ctx, e, r); err != nil {
			return nil, err
		}
	}
	at, err := d.content.address(r, stored)
	if err != nil {
		return nil, corrupt(op, err.Error())
	}
	resp, err := d.fetch(ctx, d.fetching(e, at))
	if err != nil {
		return nil, d.whyNot(ctx, e, r, err)
	}
	return body(resp, e, offset)
}

// fetch asks for a content, and goes where that leads: to an external storage, say, which must not have our token.
func (d *Driver) fetch(ctx context.Context, call rest.Call) (*http.Response, error) {
	elsewhere := []int{http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect}
	call.Accept = append(elsewhere, http.StatusOK)
	resp, err := d.rest.Do(ctx, call)
	if err != nil || resp.StatusCode == http.StatusOK {
		return resp, err
	}
	_ = resp.Body.Close()
	link, err := d.rest.Location(resp)
	if err != nil {
		return nil, err
	}
	call.Accept = nil // a good answer, and no other
	return d.rest.Follow(ctx, call, link)
}

// fetching is the call for a content. On another host, our token stays home.
func (d *Driver) fetching(e remote.Entry, at string) rest.Call {
	return rest.Call{Op: "download", Object: e.Name, Method: http.MethodGet, URL: at, Link: !d.content.own,
		Header: http.Header{"Accept": {"*/*"}, "Accept-Encoding": {"identity"}, "Accept-Language": {language}}}
}

// storedNow is where a file is stored, if that is still the content that e names.
func (d *Driver) storedNow(ctx context.Context, e remote.Entry, r ref) (string, error) {
	row, there, err := d.find(ctx, r, 0)
	switch {
	case err != nil:
		return "", err
	case !there:
		return "", notFound(fmt.Sprintf("download %q", e.Name), "it is not in the list of the client's files")
	case d.revision(row) != e.Content:
		return "", failure(fmt.Sprintf("download %q", e.Name), remote.Stale, "the portal has another content now")
	}
	return row.File, nil
}

// whyNot finds out what a refused download means: whether the file is gone, has another content now, or just cannot be had.
func (d *Driver) whyNot(ctx context.Context, e remote.Entry, r ref, err error) error {
	if code := remote.CodeOf(err); code != remote.NotFound && code != remote.Denied {
		return err
	}
	if _, lookErr := d.storedNow(ctx, e, r); lookErr != nil {
		return lookErr
	}
	if remote.CodeOf(err) == remote.Denied {
		return err
	}
	return &remote.Error{Op: fmt.Sprintf("download %q", e.Name), Code: remote.Unavailable, Status: status(err),
		Err: errors.New("the portal lists it, but its content is not where the configuration says")}
}

var webPage = regexp.MustCompile(`(?i)\.(html?|xhtml|xht|mht|mhtml)$`)

// body gives the bytes from offset on. A web page in the place of a content is a sign-in page, or an error.
func body(resp *http.Response, e remote.Entry, offset int64) (io.ReadCloser, error) {
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if (kind == "text/html" || kind == "application/xhtml+xml") && !webPage.MatchString(e.Name) {
		_ = resp.Body.Close()
		return nil, corrupt(fmt.Sprintf("download %q", e.Name), "a web page came in the place of the content")
	}
	content := resp.Body
	if resp.ContentLength >= 0 {
		content = rest.Exact(resp.Body, resp.ContentLength)
	}
	if _, err := io.CopyN(io.Discard, content, offset); err != nil {
		_ = content.Close()
		return nil, failure(fmt.Sprintf("download %q", e.Name), remote.Stale, "the content ends before the place to go on from")
	}
	return content, nil
}
