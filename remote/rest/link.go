package rest

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"dossier/remote"
)

// mostHops is how many redirects of a download are followed.
const mostHops = 5

// Location is where a redirect leads: https, or http if the portal itself is spoken to that way.
func (c *Client) Location(resp *http.Response) (string, error) {
	u, err := resp.Request.URL.Parse(resp.Header.Get("Location"))
	if err != nil || resp.Header.Get("Location") == "" {
		return "", badLink(errors.New("a redirect that leads nowhere"))
	}
	return u.String(), c.CheckLink(u.String())
}

// CheckLink says whether an address that the portal gave us may be called.
func (c *Client) CheckLink(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.User != nil:
		return badLink(errors.New("an address that is none"))
	case u.Scheme == "https":
		return nil
	case u.Scheme == "http" && c.plain && (isLoopback(u) || c.options.Transport != nil):
		return nil
	}
	return badLink(errorText("an address that is not https, on host %s", u.Host))
}

func badLink(err error) error {
	return &remote.Error{Op: "follow link", Code: remote.Corrupt, Err: err}
}

// Follow calls a link that is a permission by itself, and goes where it leads, without our token and at most five hops far.
func (c *Client) Follow(ctx context.Context, call Call, link string) (*http.Response, error) {
	call.Link = true
	if len(call.Accept) == 0 {
		call.Accept = []int{http.StatusOK}
	}
	call.Accept = append([]int{301, 302, 303, 307, 308}, call.Accept...)
	for range mostHops {
		if err := c.CheckLink(link); err != nil {
			return nil, err
		}
		call.URL = link
		resp, err := c.Do(ctx, call)
		if err != nil || !redirect(resp.StatusCode) {
			return resp, err
		}
		_ = resp.Body.Close()
		if link, err = c.Location(resp); err != nil {
			return nil, err
		}
	}
	return nil, badLink(errors.New("a link that leads on and on"))
}
