package syncer

import (
	"context"
	"time"
)

// While long transfers go on both sides are looked at now and then, so that what somebody saves meanwhile need not wait for them.
const (
	diskWhileBusy  = 2 * time.Second  // how often the disk is looked at, at most
	feedWhileBusy  = 30 * time.Second // how often the portal, where it tells of its changes, …
	crawlWhileBusy = 10 * time.Minute // … and where it must be listed
	lookShare      = 20               // looking and planning take one part in so many of the time
)

// pace is how often to look while transfers go on.
type pace struct {
	cost   time.Duration // of the last look at the disk and the plan after it
	remote time.Time     // when the portal was looked at last
	beat   time.Time     // when the folder's lease was renewed last
}

// planned adds what the plan after a look has cost.
func (p *pace) planned(cost time.Duration) { p.cost += cost }

// next is how long to wait for the next look.
func (p *pace) next() time.Duration { return max(diskWhileBusy, lookShare*p.cost) }

// lookBusy looks at the disk, and at the portal if it is time for that.
func (m *Mirror) lookBusy(ctx context.Context) error {
	now := m.now()
	if now.Sub(m.pace.beat) >= feedWhileBusy {
		m.pace.beat = now
		if err := m.stay(); err != nil {
			return err
		}
	}
	every := crawlWhileBusy
	if _, ok := m.portal.AsFeed(); ok {
		every = feedWhileBusy
	}
	if now.Sub(m.pace.remote) >= every || m.blind() {
		return m.look(ctx)
	}
	return m.lookDisk(ctx)
}
