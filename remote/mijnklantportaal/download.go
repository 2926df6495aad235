package mijnklantportaal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"dossier/remote"
	"dossier/remote/rest"
)

// Download opens a file's content: one call for a link, which is a permission by itself and lives five minutes, and the link. One that
// is refused is asked for anew, once. What lies before offset is read and dropped, unless the settings say that links heed ranges.
func (d *Driver) Download(ctx context.Context, e remote.Entry, offset int64) (io.ReadCloser, error) {
	if err := checkID(e.ID); err != nil {
		return nil, err
	}
	switch {
	case offset > 0 && offset == e.Size:
		return http.NoBody, ended(ctx, "download")
	case offset < 0 || e.Size >= 0 && offset > e.Size:
		return nil, failed(fmt.Sprintf("download %q", e.Name), remote.Stale, "there is nothing from byte %d on", offset)
	}
	resp, err := d.fetch(ctx, e, offset)
	if linkRefused(err) {
		resp, err = d.fetch(ctx, e, offset)
	}
	if err != nil {
		return nil, d.whyNot(ctx, e, err)
	}
	r, err := body(resp, e, offset)
	if err != nil {
		_ = resp.Body.Close()
		return nil, d.whyNot(ctx, e, err)
	}
	return r, nil
}

// fetch asks for a link and follows it.
func (d *Driver) fetch(ctx context.Context, e remote.Entry, offset int64) (*http.Response, error) {
	link, _, err := d.link(ctx, e.ID, e.Name)
	if err != nil {
		return nil, err
	}
	if d.facts.linksCounted {
		if err := d.options.Limiter.Wait(ctx, false); err != nil {
			return nil, err
		}
	}
	call := rest.Call{Op: "download content", Object: e.Name, Method: http.MethodGet, Header: http.Header{"Accept-Encoding": {"identity"}}}
	if offset > 0 && d.facts.ranges {
		call.Header.Set("Range", fmt.Sprintf("bytes=%d-", offset))
		call.Accept = []int{http.StatusOK, http.StatusPartialContent}
	}
	resp, err := d.rest.Follow(ctx, call, link)
	if err != nil {
		return nil, &linkError{err}
	}
	return resp, nil
}

// link asks for the address of a file's content.
func (d *Driver) link(ctx context.Context, id remote.ID, name string) (string, http.Header, error) {
	at, err := d.itemURL(id, "/download")
	if err != nil {
		return "", nil, err
	}
	var answer struct {
		Link string `json:"link"`
	}
	resp, err := d.rest.JSON(ctx, rest.Call{Op: "download", Object: name, Method: http.MethodGet, URL: at, Limit: itemLimit}, &answer)
	switch {
	case err != nil:
		return "", nil, err
	case answer.Link == "":
		return "", nil, corrupt("download", "an answer without a link")
	}
	return answer.Link, resp.Header, nil
}

// linkError is a refusal by the download host. What it says of a missing item or a missing right is about the link.
type linkError struct{ error }

func (l *linkError) Unwrap() error { return l.error }

func linkRefused(err error) bool {
	if _, ok := errors.AsType[*linkError](err); !ok {
		return false
	}
	switch status(err) {
	case 401, 403, 404, 410:
		return true
	}
	return false
}

// whyNot finds out what a refused download means: whether the file is gone, has another content now, or just cannot be had.
func (d *Driver) whyNot(ctx context.Context, e remote.Entry, err error) error {
	if code := remote.CodeOf(err); code != remote.NotFound && code != remote.Corrupt && !linkRefused(err) || ctx.Err() != nil {
		return err
	}
	now, lookErr := d.get(ctx, "download (look)", e.ID, remote.File)
	switch {
	case lookErr != nil:
		return lookErr
	case now.Content != e.Content:
		return failed(fmt.Sprintf("download %q", e.Name), remote.Stale, "the portal has another content now")
	case linkRefused(err) || remote.CodeOf(err) == remote.NotFound:
		return &remote.Error{Op: fmt.Sprintf("download %q", e.Name), Code: remote.Unavailable, Status: status(err), Err: err}
	}
	return err
}

// body checks that an answer carries the bytes from offset on, and gives exactly those. It closes nothing.
func body(resp *http.Response, e remote.Entry, offset int64) (io.ReadCloser, error) {
	skip := offset
	if resp.StatusCode == http.StatusPartialContent {
		if err := checkRange(resp.Header.Get("Content-Range"), offset, e.Size); err != nil {
			return nil, err
		}
		skip = 0
	}
	due := resp.ContentLength
	if e.Size >= 0 {
		due = e.Size - offset + skip
	}
	switch {
	case due < 0:
		return nil, corrupt("download", "neither the file nor its content tells a size")
	case resp.ContentLength >= 0 && resp.ContentLength != due:
		return nil, corrupt("download", "%d bytes are announced, %d are due", resp.ContentLength, due)
	}
	r := rest.Exact(resp.Body, due)
	_, err := io.CopyN(io.Discard, r, skip)
	return r, err
}

// checkRange compares "bytes a-b/total" with what was asked for: from offset to the end.
func checkRange(header string, offset, size int64) error {
	var from, to, total int64
	if n, err := fmt.Sscanf(header, "bytes %d-%d/%d", &from, &to, &total); n != 3 || err != nil {
		return corrupt("download", "a part of the content that does not say which")
	}
	if from != offset || to != total-1 || size >= 0 && total != size {
		return corrupt("download", "another part of the content than was asked for (%d-%d of %d)", from, to, total)
	}
	return nil
}
