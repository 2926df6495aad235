package box

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"dossier/remote"
	"dossier/remote/rest"
)

// mostNotReady bounds how often a download that is not ready yet is asked for again.
const mostNotReady = 20

// Download opens the version that e.Content names. Box answers with a link to another host, which is asked without our token;
// links are short-lived, so a refused one is fetched anew once.
func (d *Driver) Download(ctx context.Context, e remote.Entry, offset int64) (io.ReadCloser, error) {
	at, err := d.contentURL(e)
	if err != nil {
		return nil, err
	}
	if offset > 0 && offset == e.Size {
		return http.NoBody, nil
	}
	call := rest.Call{Op: "download", Object: e.Name, Method: http.MethodGet, URL: at, Accept: []int{200, 202, 206, 302},
		Header: http.Header{"Accept-Encoding": {"identity"}}}
	if offset > 0 {
		call.Header.Set("Range", fmt.Sprintf("bytes=%d-", offset))
	}
	resp, err := d.fetch(ctx, call)
	if linkRefused(err) {
		resp, err = d.fetch(ctx, call)
	}
	if err != nil {
		return nil, d.whyNot(ctx, e, offset, err)
	}
	return body(resp, e, offset)
}

func (d *Driver) contentURL(e remote.Entry) (string, error) {
	at, err := d.itemURL(remote.File, e.ID, "/content")
	if err != nil || e.Content == "" || strings.HasPrefix(e.Content, unpinned) {
		return at, err
	}
	return at + "?version=" + e.Content, checkID(remote.ID(e.Content))
}

// linkError is a refusal by the download host.
type linkError struct{ error }

func (l linkError) Unwrap() error { return l.error }

func linkRefused(err error) bool {
	l, ok := errors.AsType[linkError](err)
	s := status(err)
	return ok && (s == 401 || s == 403 || s == 404 || s == 410) && l.error != nil
}

// fetch asks for the content until it is ready, and follows the link.
func (d *Driver) fetch(ctx context.Context, call rest.Call) (*http.Response, error) {
	for range mostNotReady {
		resp, err := d.rest.Do(ctx, call)
		if err != nil {
			return nil, err
		}
		switch resp.StatusCode {
		case http.StatusFound:
			return d.follow(ctx, call, resp)
		case http.StatusAccepted:
			_ = resp.Body.Close()
			if err := rest.Sleep(ctx, d.polite.next(rest.RetryAfter(resp.Header))); err != nil {
				return nil, &remote.Error{Op: call.Op, Err: err}
			}
		default:
			return resp, nil
		}
	}
	return nil, &remote.Error{Op: fmt.Sprintf("download %q", call.Object), Code: remote.Busy, Status: http.StatusAccepted,
		RetryAfter: d.polite.longest, Err: errors.New("the portal has not got it ready")}
}

func (d *Driver) follow(ctx context.Context, call rest.Call, resp *http.Response) (*http.Response, error) {
	_ = resp.Body.Close()
	link, err := d.rest.Location(resp)
	if err != nil {
		return nil, err
	}
	call.Op, call.Accept = "download content", []int{200, 206}
	got, err := d.rest.Follow(ctx, call, link)
	if err != nil {
		return nil, linkError{err}
	}
	return got, nil
}

// whyNot finds out what a refused download means: whether the item is gone, has another content now, or just cannot be had.
func (d *Driver) whyNot(ctx context.Context, e remote.Entry, offset int64, err error) error {
	code, s := remote.CodeOf(err), status(err)
	if offset > 0 && rangeRefused(s) {
		return &remote.Error{Op: fmt.Sprintf("download %q", e.Name), Code: remote.Stale, Status: s, Err: errors.New("the content is shorter than it was")}
	}
	if code != remote.NotFound && s != http.StatusBadRequest {
		return err
	}
	now, lookErr := d.get(ctx, "download (look)", e.ID, remote.File)
	switch {
	case lookErr != nil:
		return lookErr
	case now.Content != e.Content:
		return &remote.Error{Op: fmt.Sprintf("download %q", e.Name), Code: remote.Stale, Status: s, Err: errors.New("the portal has another version now")}
	}
	return &remote.Error{Op: fmt.Sprintf("download %q", e.Name), Code: remote.Unavailable, Status: s, Err: err}
}

// body checks that an answer carries the bytes from offset on, and gives exactly those.
func body(resp *http.Response, e remote.Entry, offset int64) (io.ReadCloser, error) {
	length := resp.ContentLength
	if resp.StatusCode == http.StatusPartialContent {
		if err := checkRange(resp.Header.Get("Content-Range"), offset, e.Size); err != nil {
			_ = resp.Body.Close()
			return nil, err
		}
	} else if offset > 0 {
		if _, err := io.CopyN(io.Discard, resp.Body, offset); err != nil {
			_ = resp.Body.Close()
			return nil, corrupt("download", "the content ends before the place to go on from")
		}
		if length >= 0 {
			length -= offset
		}
	}
	want := length
	if e.Size >= 0 {
		want = e.Size - offset
	}
	switch {
	case length >= 0 && length != want:
		_ = resp.Body.Close()
		return nil, corrupt("download", fmt.Sprintf("%d bytes are announced, %d are due", length, want))
	case want < 0:
		return resp.Body, nil // neither the listing nor the answer told a size; the digest will judge
	}
	return rest.Exact(resp.Body, want), nil
}

// checkRange compares "bytes a-b/total" with what was asked for: from offset to the end.
func checkRange(header string, offset, size int64) error {
	var from, to, total int64
	if n, err := fmt.Sscanf(header, "bytes %d-%d/%d", &from, &to, &total); n != 3 || err != nil {
		return corrupt("download", "a part of the content that does not say which")
	}
	if from != offset || to != total-1 || (size >= 0 && total != size) {
		return corrupt("download", fmt.Sprintf("another part of the content than was asked for (%d-%d of %d)", from, to, total))
	}
	return nil
}
