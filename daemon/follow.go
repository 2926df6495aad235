package daemon

import (
	"context"
	"time"

	"dossier/remote"
)

// follow listens to an account's feed for as long as ctx lasts, and tells of what it brings. tell(nil) means that something may have
// been missed. Whoever is told reads the feed for himself: what is told here is a hint.
func (a *account) follow(ctx context.Context, tell func([]remote.Change)) {
	feed, ok := a.portal.AsFeed()
	if !ok {
		return
	}
	cursor, fails := "", 0
	for ctx.Err() == nil {
		next, err := listen(ctx, feed, cursor, tell)
		switch {
		case err == nil:
			cursor, fails = next, 0
			pause(ctx, listenPause)
		default:
			if remote.CodeOf(err) == remote.Reset {
				next = ""
			}
			cursor, fails = next, fails+1
			a.log.Debug("the portal's feed could not be followed", "error", err)
			pause(ctx, failWait(fails))
		}
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
	for {
		c, err := feed.Changes(ctx, cursor)
		if err != nil {
			return cursor, err
		}
		if len(c.Items) > 0 {
			tell(c.Items)
		}
		stuck := c.Next == cursor
		if cursor = c.Next; !c.More || stuck {
			return cursor, nil
		}
	}
}

// pause waits, but not longer than ctx lasts.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
