package box

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"dossier/remote"
	"dossier/remote/rest"
)

const (
	shortestPoll = 10 * time.Second
	longestPoll  = 15 * time.Minute
	pollSlack    = 10 * time.Second
)

// Wait is the long poll: one call to learn its address, one that Box answers when something happens. new_change, reconnect
// and the end of its time are all reasons to look, and cost no more than that.
func (d *Driver) Wait(ctx context.Context, cursor string) error {
	server, err := d.pollServer(ctx)
	if err != nil {
		return err
	}
	address, err := url.Parse(server.URL)
	if err != nil {
		return corrupt("long poll", "an address that is none")
	}
	q := address.Query()
	q.Set("stream_position", cursor)
	address.RawQuery = q.Encode()
	call := rest.Call{Op: "long poll", Method: http.MethodGet, URL: address.String(), Once: true, Silence: server.patience() + pollSlack}
	own := d.trusted(address)
	if call.Link = !(own || pollNeedsToken); call.Link {
		if d.options.URL == "" {
			address.Scheme = "https"
			call.URL = address.String()
		}
		if err := d.rest.CheckLink(call.URL); err != nil {
			return err
		}
	}
	began := time.Now()
	var hint struct {
		Message string `json:"message"`
	}
	_, err = d.rest.JSON(ctx, call, &hint)
	if err != nil && ctx.Err() == nil && remote.CodeOf(err) == remote.Unavailable && time.Since(began) >= server.patience() {
		return nil // nothing came, and that is an answer
	}
	return err
}

type pollServer struct {
	Type    string `json:"type"`
	URL     string `json:"url"`
	Timeout number `json:"retry_timeout"`
}

// patience is how long Box lets a poll hang: its number, within reason.
func (p pollServer) patience() time.Duration {
	return min(max(time.Duration(min(int64(p.Timeout), 1<<20))*time.Second, shortestPoll), longestPoll)
}

func (d *Driver) pollServer(ctx context.Context) (pollServer, error) {
	var answer struct {
		Entries []pollServer `json:"entries"`
	}
	_, err := d.rest.JSON(ctx, rest.Call{Op: "long poll address", Method: http.MethodOptions, URL: d.api + "/2.0/events"}, &answer)
	if err != nil {
		return pollServer{}, err
	}
	for _, s := range answer.Entries {
		if strings.HasPrefix(s.URL, "http") {
			return s, nil
		}
	}
	return pollServer{}, &remote.Error{Op: "long poll", Code: remote.Unsupported}
}
