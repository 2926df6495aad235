package syncer

import (
	"time"

	"dossier/remote"
	"dossier/state"
	"dossier/syncer/plan"
)

// window is how far back the guards remember.
const window = 24 * time.Hour

// DefaultGuards are the brakes of a client that sets none of its own.
var DefaultGuards = plan.Guards{Deletes: 25, DeletesPart: 0.10, DeletesMost: 100, DeletesHalf: 0.50, HalfFrom: 20,
	Changes: 50, ChangesPart: 0.30, Conflicts: 50}

// policy is how to decide now.
func (m *Mirror) policy() (plan.Policy, error) {
	p := plan.Policy{Mode: m.opt.Mode, Winner: plan.Remote, Names: m.planNames(), Guards: m.opt.Guards}
	m.limits(&p)
	p.Guards.AcceptDeletes = p.Guards.AcceptDeletes || m.run.opt.AcceptDeletes
	err := m.st.View(func(tx *state.Tx) error {
		meta, since := tx.Meta(), m.now().Add(-window)
		p.Adopt = meta.Adopting
		p.Halts = standingHalts(tx)
		p.Past.Files = int(tx.Count().Files)
		p.Past.Deleted, _ = tx.CountDangers(state.Deletion, since)
		p.Past.Changed = changedFiles(tx, since)
		p.Past.Unseen = m.unseen
		p.Past.Conflicts = m.run.conflicts
		return nil
	})
	p.Admitted, p.Elsewhere = m.admitted, m.elsewhere
	p.Halts = append(p.Halts, m.run.halts...)
	return p, err
}

// limits takes into a policy what the portal cannot do.
func (m *Mirror) limits(p *plan.Policy) {
	f := m.features
	p.Leaves, p.ReadOnly = !f.DeleteTree, f.ReadOnly != ""
	switch {
	case !f.Delete:
		p.NoDelete = plan.Reason{Code: plan.ReasonCannot, Detail: "the portal deletes nothing: what was deleted here stays there"}
	case f.SendOnly && !f.Trash:
		p.NoDelete = plan.Reason{Code: plan.ReasonCannot, Detail: "the portal has no trash, and its contents cannot be fetched to be kept: what was deleted here stays there"}
	}
	if f.SendOnly && p.Mode != plan.Collect {
		p.Mode = plan.Up
	}
}

// limitations says in plain words what the portal, as it is told to be, keeps dossier from.
func (m *Mirror) limitations() (list []string) {
	f := m.features
	if f.ReadOnly != "" {
		list = append(list, "only receives: "+f.ReadOnly)
	}
	switch {
	case !f.Listing:
		list = append(list, "only sends: what others put on the portal is not seen, and nothing is deleted there; `dossier doctor` finds out whether this portal can do more")
	case f.SendOnly:
		list = append(list, "only sends: nothing can be fetched from this portal as long as its section has no `download`")
	case !f.Delete:
		list = append(list, "deletes nothing on the portal: what is deleted here stays there")
	}
	return list
}

// changedFiles counts the files whose content changed without approval: one that is saved often counts once.
func changedFiles(tx *state.Tx, since time.Time) int {
	paths := map[string]bool{}
	for _, g := range tx.Dangers(since) {
		if g.Danger == state.Change && !g.Approved {
			paths[g.Path] = true
		}
	}
	return len(paths)
}

// admitted tells whether a person approved an operation.
func (m *Mirror) admitted(key string) (ok bool) {
	_ = m.st.View(func(tx *state.Tx) error { _, ok = tx.Approved(key); return nil })
	return ok
}

func (m *Mirror) copies() copyNames {
	id := m.opt.Installation
	return copyNames{who: m.opt.Host + "-" + id[:min(4, len(id))], at: m.run.stamp}
}

// planNames is how both sides deal in names. Conflict copies of one run bear its time.
func (m *Mirror) planNames() [2]plan.Names {
	return [2]plan.Names{
		diskNames{Names: m.names, copies: m.copies()},
		portalNames{disk: m.names, fold: m.features.CaseFold, check: func(name string, kind remote.Kind) error { return m.portal.CheckName(name, kind) }, copies: m.copies()},
	}
}

func (m *Mirror) actor() *actor {
	return &actor{client: m.opt.Name, mirror: m.id, disk: m.disk, vault: m.vault, st: m.st, portal: m.portal, features: m.features, ignored: m.ignoredOnDisk,
		reserve: m.opt.Reserve, progress: m.opt.Progress, log: m.log}
}
