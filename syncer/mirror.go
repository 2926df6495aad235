package syncer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"dossier/remote"
	"dossier/state"
	"dossier/syncer/local"
	"dossier/syncer/plan"
)

// Mirror keeps one client in step. It is used by one goroutine.
type Mirror struct {
	opt      Options
	log      *slog.Logger
	disk     local.Disk
	st       *state.Client
	portal   *remote.Portal // scoped: it names no item outside the client's folder
	features remote.Features
	digest   string // "sha1" or "sha256": what both sides can tell
	names    local.Names
	scan     local.ScanOptions
	ignore   *local.Ignore
	vault    *local.Vault
	id       string // of the mirror, in the marker and the vault

	local     *localTree
	gaps      map[string]error // folders of the portal that the last crawl could not read
	steps     int              // operations whose outcome was written down
	unseen    int              // files of base that the last plan could not know of
	crawlNext bool
	missing   bool // something on the portal is known not to be seen; only a crawl can tell

	nodeOf    map[string]state.NodeID       // items of the portal that base does not have
	remoteIDs map[state.NodeID]string       // the reverse
	alias     map[state.NodeID]state.NodeID // folders on disk that turned out to be another node's, while that is written down
	busy      map[plan.NodeID]*job
	troubles  map[state.NodeID]*trouble
	resumable map[string]state.Intent // transfers that a crash or an error cut off, by what they were to bring where
	run       *run

	pace    pace
	guests  sync.Map // remote ids that are being looked at and not known yet
	between between
}

// Open checks what a mirror is made of, and finds out what the disk can do.
func Open(ctx context.Context, opt Options) (*Mirror, error) {
	folding, err := local.Probe(opt.Disk)
	if err != nil {
		return nil, err
	}
	ignore, err := local.NewIgnore(opt.Ignore)
	if err != nil {
		return nil, err
	}
	m := &Mirror{opt: opt, disk: opt.Disk, st: opt.State, features: opt.Portal.Features(), digest: "sha256", ignore: ignore,
		log: opt.Log.With("client", opt.Name), names: local.Names{Windows: opt.Windows, Folding: folding}, local: newLocalTree(),
		nodeOf: map[string]state.NodeID{}, remoteIDs: map[state.NodeID]string{}, busy: map[plan.NodeID]*job{}, alias: map[state.NodeID]state.NodeID{},
		troubles: map[state.NodeID]*trouble{}, resumable: map[string]state.Intent{}}
	if m.features.Digest == "sha1" {
		m.digest = "sha1"
	}
	m.portal = opt.Portal.Scope(opt.Folder, m.allowed)
	if folding.Case {
		m.ignore = ignore.WithoutCase()
	}
	m.scan = local.ScanOptions{Names: m.names, Ignore: m.ignore, Private: opt.Private, NeverLive: opt.NeverLive}
	return m, m.introduce()
}

// allowed tells whether an id lies in the client's folder, as far as we know (P22).
func (m *Mirror) allowed(id remote.ID) (ours bool) {
	if _, ok := m.guests.Load(id); ok {
		return true
	}
	_ = m.st.View(func(tx *state.Tx) error {
		_, inBase := tx.ByRemote(string(id))
		_, wasSeen := tx.Seen(string(id))
		ours = inBase || wasSeen || leftToRemove(tx)[string(id)]
		return nil
	})
	return ours
}

func (m *Mirror) now() time.Time { return time.Now() }

// Reconcile brings both sides in step once, as far as that goes, and reports.
func (m *Mirror) Reconcile(ctx context.Context, ro RunOptions) Report {
	m.run = newRun(m, ro)
	err := m.reconcile(ctx)
	return m.run.close(ctx, err)
}

func (m *Mirror) reconcile(ctx context.Context) error {
	if err := m.run.open(); err != nil {
		return err
	}
	if err := m.enter(ctx); err != nil {
		return err
	}
	if err := m.settle(ctx); err != nil {
		return err
	}
	if err := m.look(ctx); err != nil {
		return err
	}
	if m.run.opt.DryRun {
		return m.dryRun()
	}
	return m.cycle(ctx)
}

// look sees both sides whole, and first what is left of calls whose outcome nobody knows.
func (m *Mirror) look(ctx context.Context) error {
	if m.portalIsKnown() {
		return m.lookDisk(ctx)
	}
	m.between.portalSeen = time.Time{}
	m.pace.remote = m.now()
	if m.blind() {
		if err := m.settle(ctx); err != nil {
			return err
		}
	}
	if err := m.lookRemote(ctx); err != nil {
		return err
	}
	m.between.portalSeen = m.now()
	return m.lookDisk(ctx)
}

// lookDisk looks at the disk, and lets base learn times and ids that changed without a change of content.
func (m *Mirror) lookDisk(ctx context.Context) error {
	begun := m.now()
	defer func() { m.pace.cost = m.now().Sub(begun) }()
	t, err := m.lookLocal(ctx)
	if err != nil {
		return err
	}
	if _, err := m.disk.Identity(); err != nil {
		return m.run.halt(plan.ReasonRoot, rootText(err)) // what was just seen may be another folder's
	}
	if err := m.misfiled(ctx, t); err != nil {
		return err
	}
	m.local = t
	m.between.looked(t.gone, m.run.opt, m.now())
	return m.st.Update(func(tx *state.Tx) error {
		for _, fresh := range t.fresh {
			row, ok := tx.Node(fresh.ID)
			if !ok || m.busy[plan.NodeID(fresh.ID)] != nil {
				continue
			}
			setPrint(&row, print(fresh))
			if row.Dir {
				row.SHA256, row.SHA1 = state.SHA256{}, state.SHA1{}
			}
			if err := tx.Put(row); err != nil {
				return err
			}
		}
		meta := tx.Meta()
		meta.LocalLook = m.now()
		return tx.SetMeta(meta)
	})
}

// cycle plans and does until nothing is left to be done now.
func (m *Mirror) cycle(ctx context.Context) error {
	c := newCrew(ctx, m)
	defer c.dismiss()
	for {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		begun := m.now()
		p, err := m.plan()
		if err != nil {
			return err
		}
		m.pace.planned(m.now().Sub(begun))
		before := m.steps
		if err := m.atOnce(ctx, p.Ops); err != nil {
			return err
		}
		c.queue(p.Ops)
		if c.idle() && len(p.Ops) == 0 {
			again, err := m.waitSettled(ctx)
			if err != nil || !again {
				return err
			}
			continue
		}
		if err := m.progress(ctx, c); err != nil {
			return err
		}
		if c.idle() && m.steps == before {
			return fmt.Errorf("the same is planned again and again, and nothing comes of it: %s", p.Ops[0])
		}
	}
}

// plan numbers what is new on the portal, makes a plan, and keeps what it says of items and halts.
func (m *Mirror) plan() (plan.Plan, error) {
	if err := m.number(); err != nil {
		return plan.Plan{}, err
	}
	w, err := m.world()
	if err != nil {
		return plan.Plan{}, err
	}
	policy, err := m.policy()
	if err != nil {
		return plan.Plan{}, err
	}
	p := plan.Make(w, policy)
	m.withoutRoom(&p)
	return p, m.run.note(p)
}

// progress starts what may be started, and folds what has ended, until it is time to plan anew: when the queue is empty, or a
// look is due while long transfers go on.
func (m *Mirror) progress(ctx context.Context, c *crew) error {
	due := time.NewTimer(m.pace.next())
	defer due.Stop()
	var soon <-chan time.Time // when to fold what has ended; nil: nothing has
	for {
		if err := c.start(); err != nil {
			return err
		}
		if c.idle() {
			return nil
		}
		select {
		case r := <-c.results:
			if soon == nil {
				soon = time.After(foldIn)
			}
			if !c.came(r) {
				continue
			}
		case <-soon:
		case <-due.C:
			return errors.Join(c.release(), m.lookBusy(ctx))
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		soon = nil
		if err := errors.Join(c.fold(), m.run.fatal); err != nil || c.empty() {
			return err
		}
		if m.run.replan {
			m.run.replan = false
			return c.release()
		}
	}
}

// waitSettled waits for files that were changed a moment ago, and looks at the disk again. False: nothing waits for so short.
func (m *Mirror) waitSettled(ctx context.Context) (bool, error) {
	if m.run.opt.Stays {
		return false, nil
	}
	wait := m.local.retry.Sub(m.now())
	if m.local.retry.IsZero() || wait > local.SettleUnknown || m.run.waits >= maxWaits {
		return false, nil
	}
	m.run.waits++
	select {
	case <-time.After(max(wait, shortWait)): // files that settle one after the other are waited for together
		return true, m.lookDisk(ctx)
	case <-ctx.Done():
		return false, context.Cause(ctx)
	}
}

const (
	maxWaits  = 20                     // how often one run waits for files that keep changing, …
	shortWait = 200 * time.Millisecond // … and for how long at least
)

// number gives ids to what is new on the portal.
func (m *Mirror) number() error {
	var fresh []string
	err := m.st.View(func(tx *state.Tx) error {
		for s := range tx.AllSeen() {
			if _, known := m.nodeOf[s.ID]; known || s.Gone {
				continue
			}
			if _, inBase := tx.ByRemote(s.ID); !inBase {
				fresh = append(fresh, s.ID)
			}
		}
		return nil
	})
	if err != nil || len(fresh) == 0 {
		return err
	}
	ids, err := m.newIDs(len(fresh))
	for i, id := range ids {
		m.nodeOf[fresh[i]], m.remoteIDs[id] = id, fresh[i]
	}
	return err
}

// newIDs gives out ids that were never used.
func (m *Mirror) newIDs(n int) (ids []state.NodeID, err error) {
	err = m.st.Update(func(tx *state.Tx) error {
		for range n {
			id, err := tx.NewID()
			if err != nil {
				return err
			}
			ids = append(ids, id)
		}
		return nil
	})
	return ids, err
}

func (m *Mirror) children(id state.NodeID) (rows []state.Node, err error) {
	err = m.st.View(func(tx *state.Tx) error { rows = tx.Children(id); return nil })
	return rows, err
}

func (m *Mirror) byFile(fileID string) (rows []state.Node, err error) {
	err = m.st.View(func(tx *state.Tx) error {
		for _, id := range tx.ByFile(fileID) {
			if n, ok := tx.Node(id); ok {
				rows = append(rows, n)
			}
		}
		return nil
	})
	return rows, err
}

func (m *Mirror) inBase(id state.NodeID) (is bool) {
	_ = m.st.View(func(tx *state.Tx) error { _, is = tx.Node(id); return nil })
	return is
}

// targets are the paths at which running jobs put something new.
func (m *Mirror) targets() map[string]bool {
	out := make(map[string]bool, len(m.busy))
	for _, j := range m.busy {
		if j.op.Side == plan.Local && j.to != "" {
			out[j.to] = true
		}
	}
	return out
}
