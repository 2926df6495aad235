package daemon

import (
	"testing"
	"time"

	"dossier/syncer"
)

// What happens next to a client, by what is known of it.
func TestTheNextTurn(t *testing.T) {
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	in := func(d time.Duration) time.Time { return now.Add(d) }
	calm := clock{ended: now, portal: now, whole: now, active: in(-time.Hour), dice: 0.5}
	with := func(change func(*clock)) clock { c := calm; change(&c); return c }
	for name, x := range map[string]struct {
		clock
		want turn
	}{
		"never ran: at once, both sides":             {clock{}, turn{portal: true}},
		"nothing happens: the portal, now and then":  {calm, turn{in(portalLate), true}},
		"something happened lately: sooner":          {with(func(c *clock) { c.active = in(-time.Minute) }), turn{in(portalSoon), true}},
		"the portal tells by itself: the disk first": {with(func(c *clock) { c.follow, c.portal = true, in(50*time.Minute) }), turn{in(wholeEvery), false}},
		"a save":                                {with(func(c *clock) { c.hinted = in(10 * time.Second) }), turn{in(10*time.Second + hintWait), false}},
		"a save during the last turn":           {with(func(c *clock) { c.hinted = in(-time.Second) }), turn{in(hintWait), false}},
		"a save, and only the portal is slow":   {with(func(c *clock) { c.hinted, c.dear = in(0), time.Hour }), turn{in(hintWait), false}},
		"a slow portal is looked at less often": {with(func(c *clock) { c.dear, c.whole = 2*time.Minute, in(time.Hour) }), turn{in(20 * time.Minute), true}},
		"a save, and looks are dear":            {with(func(c *clock) { c.hinted, c.cost = in(0), time.Second }), turn{in(costShare * time.Second), false}},
		"a file settles":                        {with(func(c *clock) { c.again.Disk = in(900 * time.Millisecond) }), turn{in(900 * time.Millisecond), false}},
		"what could have gone on at once":       {with(func(c *clock) { c.again.Disk = in(-time.Minute) }), turn{in(cheapest), false}},
		"a deletion waits for its second look":  {with(func(c *clock) { c.again.Portal = in(time.Minute) }), turn{in(time.Minute), true}},
		"the portal told":                       {with(func(c *clock) { c.told = in(0) }), turn{in(hintWait), true}},
		"both: one turn for both":               {with(func(c *clock) { c.told, c.hinted = in(0), in(0) }), turn{in(hintWait), true}},
		"the last look at the portal failed":    {with(func(c *clock) { c.portal, c.fails = time.Time{}, 1 }), turn{in(failFirst), true}},
		"it failed again and again":             {with(func(c *clock) { c.portal, c.fails = time.Time{}, 50 }), turn{in(failMost), true}},
		"a save while all fails: no hurry":      {with(func(c *clock) { c.portal, c.fails, c.hinted = time.Time{}, 2, in(0) }), turn{in(2 * failFirst), true}},
		"somebody asks":                         {with(func(c *clock) { c.asked, c.fails = in(0), 9 }), turn{in(0), true}},
	} {
		if got := x.next(); !got.at.Equal(x.want.at) || got.portal != x.want.portal {
			t.Errorf("%s: in %v, portal %v; want in %v, %v", name, got.at.Sub(now), got.portal, x.want.at.Sub(now), x.want.portal)
		}
	}
}

// What a turn leaves behind.
func TestTheClockAfterATurn(t *testing.T) {
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	before := clock{ended: now.Add(-time.Hour), portal: now.Add(-time.Hour), told: now.Add(-time.Second), asked: now, fails: 3, active: now.Add(-time.Hour)}
	end := now.Add(time.Second)
	c := before.ran(turn{portal: true}, now, end, syncer.Report{State: syncer.InStep}, 0.5)
	if c.fails != 0 || !c.portal.Equal(now) || !c.active.Equal(before.active) || c.dear != time.Second || c.cost != 0 {
		t.Errorf("in step: %+v", c)
	}
	c = before.ran(turn{}, now, end, syncer.Report{State: syncer.Partly, Uploaded: 1}, 0.5)
	if !c.portal.Equal(before.portal) || !c.active.Equal(end) || c.cost != 0 {
		t.Errorf("one file up, without the portal: %+v", c)
	}
	c = before.ran(turn{portal: true}, now, end, syncer.Report{State: syncer.Failed}, 0.5)
	if c.fails != 4 || !c.portal.IsZero() {
		t.Errorf("failed: %+v", c)
	}
}

// What is told or hinted at during a turn may be missed by it, also if the same was told before.
func TestNewsDuringATurnAreNotForgotten(t *testing.T) {
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	k := &keeper{nudged: make(chan struct{}, 1)}
	k.clk = clock{told: now.Add(-time.Second), hinted: now.Add(-time.Second), asked: now.Add(-time.Second)}
	k.begin(turn{portal: true})
	if !k.clk.told.IsZero() || !k.clk.hinted.IsZero() || !k.clk.asked.IsZero() {
		t.Errorf("what is about to be looked at still counts as news: %+v", k.clk)
	}
	k.told()
	k.hint()
	k.ask()
	k.clk = k.clk.ran(turn{portal: true}, now, now, syncer.Report{State: syncer.InStep}, 0.5)
	if k.clk.told.IsZero() || k.clk.hinted.IsZero() || k.clk.asked.IsZero() {
		t.Errorf("forgotten: %+v", k.clk)
	}
	k.clk = k.clk.begins(turn{})
	if k.clk.told.IsZero() {
		t.Error("a turn that does not look at the portal took its news for done")
	}
}
