package rest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"dossier/remote"
)

const (
	shortestBackoff = 500 * time.Millisecond
	longestBackoff  = 30 * time.Second
	longestAfter    = 24 * time.Hour // no Retry-After is believed beyond
)

// repeater repeats reads: on lost connections, cut answers, 429 and what is usual for a server in trouble.
func (c *Client) repeater() *retryablehttp.Client {
	return &retryablehttp.Client{
		HTTPClient:   c.once,
		RetryWaitMin: shortestBackoff,
		RetryWaitMax: longestBackoff,
		RetryMax:     c.options.Attempts - 1,
		CheckRetry:   again,
		Backoff:      c.backoff,
		ErrorHandler: func(resp *http.Response, err error, _ int) (*http.Response, error) { return resp, err },
	}
}

// again is asked with the answer, with the reason why there is none, or with both if the answer could not be read.
func again(ctx context.Context, resp *http.Response, err error) (bool, error) {
	switch {
	case ctx.Err() != nil:
		return false, context.Cause(ctx)
	case err != nil:
		return passing(err), nil
	case !passingStatus(resp.StatusCode):
		return false, nil
	}
	return RetryAfter(resp.Header) <= longestWait, nil
}

func passingStatus(status int) bool {
	switch status {
	case http.StatusTooManyRequests, 500, 502, 503, 504, 509:
		return true
	}
	return false
}

// passing says whether an error may go away by itself.
func passing(err error) bool {
	if _, ok := errors.AsType[*remote.Error](err); ok {
		return false // ours: not signed in, held back for long, not trusted
	}
	if _, ok := errors.AsType[*ownError](err); ok {
		return false
	}
	if _, ok := errors.AsType[*corrupt](err); ok {
		return errors.Is(err, io.ErrUnexpectedEOF)
	}
	return !certificate(err)
}

func certificate(err error) bool {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return true
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return true
	}
	_, ok := errors.AsType[x509.HostnameError](err)
	return ok
}

// backoff is as long as the portal says, else it doubles each time; both are spread, so that many do not come back at once.
func (c *Client) backoff(least, most time.Duration, attempt int, resp *http.Response) time.Duration {
	if resp != nil {
		if d := RetryAfter(resp.Header); d > 0 {
			return d + time.Duration(c.jitter()*float64(least))
		}
	}
	d := min(most, least<<min(attempt, 16))
	return d/2 + time.Duration(c.jitter()*float64(d/2))
}

func (c *Client) jitter() float64 {
	if c.options.Jitter != nil {
		return c.options.Jitter()
	}
	return rand.Float64()
}

// RetryAfter is what a header of that name says, in seconds or as a date, between 0 and a day; 0 if it says nothing.
func RetryAfter(h http.Header) time.Duration {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if v == "" {
		return 0
	}
	if n, err := strconv.ParseFloat(v, 64); err == nil {
		if !(n > 0) {
			return 0
		}
		return time.Duration(min(n, longestAfter.Seconds()) * float64(time.Second))
	}
	t, err := http.ParseTime(v)
	if err != nil {
		return 0
	}
	return min(max(time.Until(t), 0), longestAfter)
}

// withoutURL takes off the layer in which package http puts the address of a request, which may be a signed link.
func withoutURL(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}
