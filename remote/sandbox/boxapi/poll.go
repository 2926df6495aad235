package boxapi

import (
	"net/http"
	"time"

	"dossier/remote/sandbox/store"
)

// pollHold is how long the long poll is held open before the client is sent for a new address.
const pollHold = pollMinutes * time.Minute

// subscribe answers the long poll: when there is a change after the position the client gives (without one: after
// now), or when its time is up. It says nothing of what has changed.
func (a *API) subscribe(c *call) error {
	who := a.subscriber(c.r.URL.Query().Get("channel"))
	if who == nil {
		return notFound
	}
	var after uint64
	if at := c.r.URL.Query().Get("stream_position"); at != "" && at != "now" {
		var err error
		if after, _, err = readPosition(at); err != nil {
			return err
		}
	} else {
		a.store.View(func(v store.View) { after = v.LastChange() })
	}
	message := a.waitForChange(c, who, after)
	if message == "" {
		panic(http.ErrAbortHandler) // the client has gone, or the sandbox closes: no answer, not an empty one
	}
	return writeJSON(c.w, http.StatusOK, map[string]any{"version": 1, "message": message})
}

func (a *API) waitForChange(c *call, who *Account, after uint64) (message string) {
	switch {
	case a.has("poll-reconnect"):
		return "reconnect"
	case a.has("poll-max-retries"):
		return "max_retries"
	case a.has("poll-false-alarm"):
		return "new_change"
	}
	http.NewResponseController(c.w).SetWriteDeadline(time.Time{}) // it may take long; not all writers have one
	timer := time.NewTimer(pollHold)
	defer timer.Stop()
	for {
		changed := a.store.Changed()
		if a.changedAfter(who, after) && !a.has("poll-silent") {
			return "new_change"
		}
		select {
		case <-changed:
		case <-timer.C:
			return "reconnect"
		case <-c.r.Context().Done():
			return ""
		}
	}
}

func (a *API) changedAfter(who *Account, after uint64) (changed bool) {
	a.store.View(func(v store.View) {
		for ch := range v.Changes(after) {
			if visible(ch, who) {
				changed = true
				return
			}
		}
	})
	return changed
}
