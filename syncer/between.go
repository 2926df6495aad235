package syncer

import (
	"time"

	"dossier/state"
	"dossier/syncer/plan"
)

// between is what a mirror that stays open from run to run remembers between them.
type between struct {
	portalSeen time.Time                  // last complete look at the portal; zero: the last one failed, or there was none
	account    time.Time                  // when the token was last seen to speak for the right account
	gone       map[state.NodeID]time.Time // items that are gone on disk → since when
	asked      time.Time                  // when somebody last had the client run without a wait: what was gone by then need not wait any more
}

// accountEvery is how often a mirror that stays open asks whom its token speaks for.
const accountEvery = time.Hour

// portalIsKnown tells that this run can do without looking at the portal.
func (m *Mirror) portalIsKnown() bool {
	return m.run.opt.SkipPortal && !m.run.opt.DryRun && !m.between.portalSeen.IsZero() && !m.blind()
}

// looked notes what a look at the disk, which comes after that at the portal, found to be gone there.
func (b *between) looked(gone map[state.NodeID]bool, ro RunOptions, now time.Time) {
	b.vanished(gone, now)
	if ro.DeleteWait == 0 && !ro.DryRun {
		b.asked = now
	}
}

// vanished notes since when items are gone on disk.
func (b *between) vanished(gone map[state.NodeID]bool, now time.Time) {
	since := make(map[state.NodeID]time.Time, len(gone))
	for id := range gone {
		since[id] = now
		if t, known := b.gone[id]; known {
			since[id] = t
		}
	}
	b.gone = since
}

// goneLongEnough tells whether what is gone on disk may be called deleted.
func (m *Mirror) goneLongEnough(id state.NodeID) bool {
	since, known := m.between.gone[id]
	return m.run.opt.DeleteWait == 0 || known && m.waited(since)
}

// waited tells whether what is gone since then has been gone for as long as this run asks, or as somebody had in mind who asked for a run.
func (m *Mirror) waited(since time.Time) bool {
	return m.now().Sub(since) >= m.run.opt.DeleteWait || !since.After(m.between.asked)
}

// again is when what waits may go on.
func (m *Mirror) again() (a Again) {
	sooner := func(t *time.Time, at time.Time) {
		if !at.IsZero() && (t.IsZero() || at.Before(*t)) {
			*t = at
		}
	}
	sooner(&a.Disk, m.local.retry)
	pending := m.run.pending()
	for id, t := range m.troubles {
		if t.blind {
			sooner(&a.Portal, t.retry)
		} else if pending[plan.NodeID(id)] {
			sooner(&a.Disk, t.retry)
		}
	}
	for id, since := range m.between.gone {
		if m.local.gone[id] {
			sooner(&a.Disk, since.Add(m.run.opt.DeleteWait))
		}
	}
	_ = m.st.View(func(tx *state.Tx) error {
		for s := range tx.AllSeen() {
			if s.Gone && !m.vouched(s) {
				sooner(&a.Portal, s.GoneSince.Add(max(m.run.opt.DeleteWait, m.features.LooksApart)))
			}
		}
		return nil
	})
	return a
}
