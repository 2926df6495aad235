package daemon

import (
	"time"

	"dossier/syncer"
)

// clock is what is known of the times of one client that is kept in step. What is to be done next, and when, follows from it.
type clock struct {
	ended  time.Time // of the last turn; zero: there was none
	portal time.Time // when the portal was looked at last; zero: never, or it failed
	whole  time.Time // when the disk was looked at last

	hinted time.Time // the first word of a change on disk that nobody has looked at yet; zero: there is none
	told   time.Time // the same of the portal
	asked  time.Time // somebody wants a turn now; zero: nobody does
	active time.Time // when something was last carried over, or changed on disk

	again  syncer.Again  // what the last turn left for later
	fails  int           // turns in a row that came to nothing
	cost   time.Duration // of the last look at the disk alone that found nothing
	dear   time.Duration // the same with the portal
	dice   float64       // 0 to 1: spreads what would else happen for all clients at once
	follow bool          // the portal tells of its changes by itself
}

// turn is one run of a client: when, and whether the portal is looked at.
type turn struct {
	at     time.Time
	portal bool
}

const (
	hintWait   = 50 * time.Millisecond // a save is several events
	cheapest   = time.Second           // before what could have gone on at once, and did not, is tried again
	costShare  = 10                    // looking takes one part in so many of the time
	portalSoon = 2 * time.Minute       // a look at a portal that does not tell, where something is going on, …
	portalLate = 5 * time.Minute       // … and where nothing is
	portalTold = 15 * time.Minute      // one that tells by itself is asked all the same
	wholeEvery = time.Hour             // a look at the disk that nobody asked for
	activeFor  = 15 * time.Minute
	failFirst  = 25 * time.Second
	failMost   = 15 * time.Minute
)

// next is the client's next turn.
func (c clock) next() turn {
	if c.ended.IsZero() {
		return turn{portal: true}
	}
	wants := []turn{
		{c.whole.Add(spread(wholeEvery, c.dice)), false},
		{c.portalDue(), true},
		{c.after(c.again.Disk), false},
		{c.after(c.again.Portal), true},
		{c.told, true},
	}
	if !c.hinted.IsZero() {
		wants = append(wants, turn{c.hinted.Add(hintWait), false})
	}
	first := turn{at: c.ended.Add(wholeEvery * 2)}
	for _, w := range wants {
		if !w.at.IsZero() && w.at.Before(first.at) {
			first.at = w.at
		}
	}
	first.at = later(first.at, c.earliest())
	if !c.asked.IsZero() {
		first = turn{at: c.asked, portal: true}
	}
	for _, w := range wants {
		first.portal = first.portal || w.portal && !w.at.IsZero() && !w.at.After(first.at)
	}
	return first
}

// earliest is before when nothing is worth while: a disk is not looked at without a pause, and what failed is left alone for a while.
func (c clock) earliest() time.Time {
	if c.fails > 0 {
		return c.ended.Add(spread(failWait(c.fails), c.dice))
	}
	return c.ended.Add(max(hintWait, costShare*c.cost))
}

// after is a time that a turn asked for. What could have gone on at once, and did not, is left alone for a moment.
func (c clock) after(t time.Time) time.Time {
	if t.IsZero() || t.After(c.ended) {
		return t
	}
	return c.ended.Add(cheapest)
}

// portalDue is when the portal is to be looked at, if nobody tells of anything before.
func (c clock) portalDue() time.Time {
	if c.portal.IsZero() {
		return c.ended
	}
	every := portalLate
	switch {
	case c.follow:
		every = portalTold
	case c.ended.Sub(c.active) < activeFor:
		every = portalSoon
	}
	return c.portal.Add(max(spread(every, c.dice), costShare*c.dear))
}

// failWait is how long a client is left alone after so many turns that came to nothing.
func failWait(fails int) time.Duration {
	d := failFirst
	for range fails - 1 {
		if d *= 2; d >= failMost {
			return failMost
		}
	}
	return d
}

// spread is d, a quarter more or less.
func spread(d time.Duration, dice float64) time.Duration {
	return time.Duration(float64(d) * (0.75 + dice/2))
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// begins is the clock at the beginning of a turn: what was hinted at before is about to be looked at, and what is from now on is not.
func (c clock) begins(t turn) clock {
	c.hinted, c.asked = time.Time{}, time.Time{}
	if t.portal {
		c.told = time.Time{}
	}
	return c
}

// ran is the clock after a turn.
func (c clock) ran(t turn, begun, ended time.Time, r syncer.Report, dice float64) clock {
	c.ended, c.dice, c.again = ended, dice, r.Again
	switch {
	case !quietly(r):
		c.active = ended
	case t.portal:
		c.dear = ended.Sub(begun)
	default:
		c.cost = ended.Sub(begun)
	}
	if came(r.State) {
		c.fails, c.whole = 0, begun
		if t.portal {
			c.portal = begun
		}
		return c
	}
	c.fails++
	if t.portal {
		c.portal = time.Time{}
	}
	return c
}

// quietly tells that a turn carried nothing over.
func quietly(r syncer.Report) bool {
	return r.Uploaded+r.Downloaded+r.Moved+r.Deleted+r.Folders == 0
}

// came tells whether a turn looked at both sides and did what could be done.
func came(s syncer.State) bool {
	switch s {
	case syncer.InStep, syncer.Conflicts, syncer.Partly, syncer.Halted, syncer.Paused:
		return true
	}
	return false
}
