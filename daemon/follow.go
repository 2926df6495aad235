package daemon

import (
	"context"
	"time"

	"dossier/remote"
	"dossier/state"
)

// ear is who is told of an account's news. What is told is a hint: whoever it concerns reads the feed for himself.
type ear struct {
	news  func([]remote.Change) // nil: something may have been missed
	hears func(bool)            // whether news can be relied on
}

// follow listens to a portal's feed for as long as ctx lasts, once its account is open.
func (h *house) follow(ctx context.Context, portal string, e ear) {
	for ctx.Err() == nil {
		if a := h.account(portal); a != nil {
			a.follow(ctx, e)
			return
		}
		pause(ctx, failFirst)
	}
}

func (a *account) follow(ctx context.Context, e ear) {
	feed, ok := a.portal.AsFeed()
	if !ok {
		return
	}
	cursor, fails := "", 0
	for ctx.Err() == nil {
		next, err := listen(ctx, feed, cursor, e.news)
		if err == nil {
			cursor, fails = next, 0
			e.hears(true)
			pause(ctx, listenPause)
			continue
		}
		if cursor = next; remote.CodeOf(err) == remote.Reset {
			cursor = ""
		}
		fails++
		e.hears(false)
		a.log.Debug("the portal's feed could not be followed", "error", err)
		pause(ctx, failWait(fails))
	}
}

// listenPause is how long to wait between two questions of a portal that answers at once.
const listenPause = 100 * time.Millisecond

// listen waits for news after cursor, and tells of them. It returns where to go on, which after an error is where it was.
func listen(ctx context.Context, feed remote.Feed, cursor string, tell func([]remote.Change)) (string, error) {
	if cursor == "" {
		now, err := feed.Now(ctx)
		if err == nil {
			tell(nil)
		}
		return now, err
	}
	if err := feed.Wait(ctx, cursor); err != nil {
		return cursor, err
	}
	for range listenPages {
		c, err := feed.Changes(ctx, cursor)
		if err != nil {
			return cursor, err
		}
		if len(c.Items) > 0 {
			tell(c.Items)
		}
		stuck := c.Next == cursor
		if cursor = c.Next; !c.More || stuck {
			break
		}
	}
	return cursor, nil
}

// listenPages is how many pages are read before the portal is waited for again: a feed need not end.
const listenPages = 1000

// pause waits, but not longer than ctx lasts.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// concerned tells whether what a portal tells may be about this client.
func (k *keeper) concerned(items []remote.Change) (is bool) {
	st := k.h.held[k.client.Name].state
	if st == nil || k.busy() {
		return true
	}
	err := st.View(func(tx *state.Tx) error {
		for _, c := range items {
			is = is || c.Access || k.about(tx, c)
		}
		return nil
	})
	return is || err != nil
}

// busy tells that the client's state may not have what it is about to learn.
func (k *keeper) busy() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.now.Running || !k.clk.told.IsZero() || k.clk.ended.IsZero()
}

func (k *keeper) about(tx *state.Tx, c remote.Change) bool {
	knows := func(id remote.ID) bool {
		_, inBase := tx.ByRemote(string(id))
		_, seen := tx.Seen(string(id))
		return id == k.client.folder() || inBase || seen
	}
	return knows(c.ID) || c.Entry == nil && !c.Gone || c.Entry != nil && (c.Entry.Parent == "" || knows(c.Entry.Parent))
}
