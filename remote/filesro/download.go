package filesro

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"dossier/remote"
	"dossier/remote/rest"
)

// Download opens a file's content. There are no ranges: to go on at an offset, what comes before it is fetched and thrown away.
func (d *Driver) Download(ctx context.Context, e remote.Entry, offset int64) (io.ReadCloser, error) {
	if !d.assumed.read {
		return nil, &remote.Error{Op: fmt.Sprintf("download %q", e.Name), Code: remote.Unsupported, Err: errors.New("this portal gives out no contents by its API")}
	}
	if err := checkID(e.ID); err != nil {
		return nil, err
	}
	if e.Content != "" && e.Content != string(e.ID) {
		return nil, &remote.Error{Op: fmt.Sprintf("download %q", e.Name), Code: remote.Stale, Err: errors.New("it is another file's content")}
	}
	resp, err := d.content(ctx, e)
	if err != nil {
		return nil, err
	}
	return d.body(resp, e, offset)
}

// content asks for a content where it was last seen, and where it is now if it is not to be had there.
func (d *Driver) content(ctx context.Context, e remote.Entry) (*http.Response, error) {
	if s, known := d.seen.of(e.ID); known && s.file != "" {
		resp, err := d.open(ctx, e, s.file)
		if !isGone(err) {
			return resp, err
		}
	}
	s, err := d.locate(ctx, e)
	if err != nil {
		return nil, err
	}
	resp, err := d.open(ctx, e, s.file)
	if isGone(err) {
		return nil, &remote.Error{Op: fmt.Sprintf("download %q", e.Name), Code: remote.Unavailable, Status: httpStatus(err), Err: errors.New("the portal shows the file, but has not got its content")}
	}
	return resp, err
}

// locate finds out where a file's content is: a listing tells.
func (d *Driver) locate(ctx context.Context, e remote.Entry) (sighting, error) {
	_, ok, err := d.whereSeen(ctx, e.ID, e.Parent)
	if err == nil && !ok {
		_, err = d.Get(ctx, e.ID, remote.File)
	}
	if err != nil {
		return sighting{}, err
	}
	s, _ := d.seen.of(e.ID)
	if s.file == "" {
		return s, corrupt(fmt.Sprintf("download %q", e.Name), "the portal does not say where its content is")
	}
	return s, nil
}

// open asks for a content on the portal's own host, and follows where it is sent to another, without our token.
func (d *Driver) open(ctx context.Context, e remote.Entry, address string) (*http.Response, error) {
	u, err := url.Parse(address)
	if err != nil || !d.trusted(u) || u.User != nil {
		return nil, corrupt(fmt.Sprintf("download %q", e.Name), "its content is said to be on another host, which must not have our token")
	}
	call := dressed(rest.Call{Op: "download", Object: e.Name, Method: http.MethodGet, URL: address, Accept: []int{http.StatusOK, http.StatusFound}})
	call.Header.Set("Accept-Encoding", "identity")
	resp, err := d.rest.Do(ctx, call)
	if err != nil || resp.StatusCode == http.StatusOK {
		return resp, err
	}
	_ = resp.Body.Close()
	link, err := d.rest.Location(resp)
	if err != nil {
		return nil, err
	}
	if to, err := url.Parse(link); err != nil || d.trusted(to) {
		return nil, corrupt(fmt.Sprintf("download %q", e.Name), "a web page of the portal comes in its place")
	}
	call.Op, call.Accept = "download content", nil
	return d.rest.Follow(ctx, call, link)
}

// body checks that an answer is the content, and gives exactly its bytes from offset on.
func (d *Driver) body(resp *http.Response, e remote.Entry, offset int64) (io.ReadCloser, error) {
	op := fmt.Sprintf("download %q", e.Name)
	length := resp.ContentLength
	var err error
	switch {
	case isHTML(resp.Header) && resp.Header.Get("Content-Disposition") == "":
		err = corrupt(op, "a web page came instead of the content")
	case length < 0 && d.assumed.sized:
		err = corrupt(op, "the portal does not tell how long it is")
	case length >= 0 && e.Size >= 0 && length != e.Size:
		err = corrupt(op, "%d bytes are announced, %d are due", length, e.Size)
	case length >= 0 && offset > length:
		err = &remote.Error{Op: op, Code: remote.Stale, Err: errors.New("the content is shorter than it was")}
	}
	if err != nil {
		_ = resp.Body.Close()
		return nil, err
	}
	content := resp.Body
	if length >= 0 {
		content = rest.Exact(content, length)
	}
	if _, err := io.CopyN(io.Discard, content, offset); err != nil {
		_ = content.Close()
		return nil, corrupt(op, "the content ends before the place to go on from: %w", err)
	}
	return content, nil
}
