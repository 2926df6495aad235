package syncer

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"dossier/remote"
	"dossier/state"
	"dossier/syncer/local"
	"dossier/syncer/plan"
)

// adoptAfter is how long a mirror may have been away before absences are no longer taken for deletions.
const adoptAfter = 30 * 24 * time.Hour

// introduce gives a new state its identity, and begins anew in adopt mode where the old one no longer fits.
func (m *Mirror) introduce() error {
	return m.st.Update(func(tx *state.Tx) error {
		meta := tx.Meta()
		why := m.whyAdopt(meta)
		if meta.Mirror == "" {
			meta.Mirror = m.mirrorID()
		}
		if meta.Folder != "" && meta.Folder != string(m.opt.Folder) {
			if err := m.forgetFolder(tx); err != nil {
				return err
			}
		}
		if why != "" {
			meta.Adopting, meta.Why = true, why
		}
		if meta.Path != m.opt.Path {
			meta.RootFile = ""
		}
		meta.Installation, meta.Folder, meta.Mode, meta.Path = m.opt.Installation, string(m.opt.Folder), modeName(m.opt.Mode), m.opt.Path
		if err := tx.SetMeta(meta); err != nil {
			return err
		}
		root, _ := tx.Node(state.Root)
		root.RemoteID = string(m.opt.Folder)
		return tx.Put(root)
	})
}

// mirrorID names the mirror of one folder by one installation. A state that is lost comes to the same one again; another client
// that is pointed at this one's folder on disk does not.
func (m *Mirror) mirrorID() string {
	sum := sha256.Sum256([]byte(m.opt.Installation + "\x00" + m.opt.PortalName + "\x00" + string(m.opt.Folder)))
	return hex.EncodeToString(sum[:8])
}

// whyFolder marks what base knew of another folder of the portal.
const whyFolder = "of another folder of the portal"

// forgetFolder lets go of all that is known of another folder of the portal. Adopting finds what is equal again.
func (m *Mirror) forgetFolder(tx *state.Tx) error {
	for _, n := range tx.Children(state.Root) {
		if err := tx.Delete(n.ID, whyFolder); err != nil {
			return err
		}
	}
	for _, in := range tx.Intents() {
		if err := tx.Finish(in.Seq); err != nil {
			return err
		}
	}
	return tx.ForgetSeen()
}

// whyAdopt tells why absences in base prove nothing; empty: they do.
func (m *Mirror) whyAdopt(meta state.Meta) string {
	switch {
	case meta.Mirror == "":
		return "this client is mirrored here for the first time"
	case meta.Folder != string(m.opt.Folder):
		return "the client's folder on the portal is another one now"
	case meta.Path != m.opt.Path:
		return "the client's folder on this computer is another one now"
	case meta.Mode != modeName(m.opt.Mode):
		return "the mode was changed"
	case !meta.RemoteLook.IsZero() && m.now().Sub(meta.RemoteLook) > adoptAfter:
		return "the portal was last seen more than 30 days ago"
	}
	return ""
}

var modeNames = map[plan.Mode]string{plan.TwoWay: "two-way", plan.Down: "down", plan.Up: "up", plan.Collect: "collect"}

func modeName(m plan.Mode) string { return modeNames[m] }

func newID() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// enter makes sure that this is the client's folder, that no other machine works on it, that the token speaks for the same account,
// and finishes on disk what a crash cut off. What is wrong becomes a halt: nothing of the client runs.
func (m *Mirror) enter(ctx context.Context) error {
	meta, err := m.meta()
	if err != nil {
		return err
	}
	m.id = meta.Mirror
	m.vault, err = local.OpenVault(m.disk, local.VaultOptions{Client: meta.Mirror, Run: fmt.Sprint(m.run.id), Term: m.opt.VaultTerm, Cap: m.opt.VaultCap})
	if err != nil {
		return err
	}
	if err := m.checkRoot(meta); err != nil {
		return err
	}
	if err := m.checkAccount(ctx, meta); err != nil {
		return err
	}
	if m.run.opt.DryRun {
		return nil
	}
	return m.recover(ctx)
}

// recover finishes on disk what a crash cut off, and brings back what was written into the vault through open handles (E13).
func (m *Mirror) recover(ctx context.Context) error {
	rec, err := local.Recover(ctx, m.disk, m.vault)
	if err != nil {
		return err
	}
	for _, it := range rec.Back {
		m.log.Info("put back what a crash had left in the vault", "path", it.Path)
	}
	changed, err := m.vault.Recheck(ctx, m.now().Add(-recheckFor))
	if err != nil {
		return err
	}
	for _, it := range append(rec.Changed, changed...) {
		m.bringBack(ctx, it)
	}
	freed, err := local.SweepStaged(m.disk, m.now().Add(-stagedFor))
	if err != nil {
		m.log.Warn("what old downloads left could not be removed", "cause", err)
	} else if freed > 0 {
		m.log.Info("removed what old downloads left", "bytes", freed)
	}
	return nil
}

// stagedFor is how long a download that was cut off is kept, to go on with it.
const stagedFor = 7 * 24 * time.Hour

// recheckFor is how long after it came into the vault a file is looked at again for late writes.
const recheckFor = 48 * time.Hour

// bringBack puts a file that was written to after it went into the vault beside its old name, as a conflict copy.
func (m *Mirror) bringBack(ctx context.Context, it local.Item) {
	dir, name := local.In(it.Path).Split()
	for n := range 100 {
		to := dir.Join(m.copies().name(name, n))
		_, err := m.vault.Restore(ctx, it.ID, to)
		switch {
		case err == nil:
			m.log.Info("a program went on writing into a file that had been replaced; its version lies beside", "path", it.Path, "copy", to.Rel)
			_ = m.st.Update(func(tx *state.Tx) error {
				return tx.PutConflict(state.Conflict{Path: it.Path, Copy: to.Rel, When: m.now()})
			})
			return
		case !errors.Is(err, local.ErrTaken):
			m.log.Warn("a file in the vault was written to and could not be brought back", "path", it.Path, "vault", it.ID, "cause", err)
			return
		}
	}
}

// marker is what the client's folder must carry.
func (m *Mirror) marker(meta state.Meta) local.Marker {
	return local.Marker{Mirror: meta.Mirror, Installation: m.opt.Installation, Epoch: int64(meta.Epoch), Host: m.opt.Host}
}

// checkRoot checks the folder's marker, and writes the first one. It is never written again by itself.
func (m *Mirror) checkRoot(meta state.Meta) error {
	mine := m.marker(meta)
	if meta.RootFile == "" {
		return m.firstRoot(meta, mine)
	}
	_, err := local.CheckMarker(m.disk, mine)
	switch {
	case errors.Is(err, local.ErrMarkerNewer):
		return m.stateIsOld(meta)
	case errors.Is(err, local.ErrLeased):
		return &lockedError{err}
	case errors.Is(err, local.ErrRootMissing), errors.Is(err, local.ErrRootReplaced), errors.Is(err, local.ErrMarkerMissing), errors.Is(err, local.ErrMarkerForeign):
		return m.run.halt(plan.ReasonRoot, rootText(err))
	case err != nil:
		return err
	}
	return m.beat(meta)
}

func rootText(err error) string {
	switch {
	case errors.Is(err, local.ErrRootMissing):
		return "the client's folder is not there: is its disk connected?"
	case errors.Is(err, local.ErrMarkerMissing), errors.Is(err, local.ErrRootReplaced):
		return "another folder stands in the client's place (it does not carry dossier's marker " + local.MarkerName + "): put the right one back, or set another path for the client"
	}
	return "the folder belongs to another client of dossier: correct the path in the configuration"
}

// firstRoot marks a folder that this state has never seen. One that carries a marker was mirrored before, with a state that is
// lost: it is taken over if the marker is of this installation, and adopted.
func (m *Mirror) firstRoot(meta state.Meta, mine local.Marker) error {
	if m.run.opt.DryRun {
		return nil
	}
	lost := false // the state that knew what was done here
	have, err := local.ReadMarker(m.disk)
	switch {
	case errors.Is(err, local.ErrMarkerMissing):
		mine.Epoch = int64(meta.Epoch)
		if err := local.CreateMarker(m.disk, mine); err != nil {
			return err
		}
	case err != nil:
		return err
	case have.Installation != m.opt.Installation:
		return m.run.halt(plan.ReasonRoot, "the folder carries the marker of another installation of dossier: two machines must not mirror one shared folder")
	case have.Mirror != meta.Mirror:
		return m.run.halt(plan.ReasonRoot, "the folder carries the marker of another client: correct the path in the configuration")
	default: // an earlier run wrote it, and may have ended before it was durable
		if err := m.disk.SyncDir(local.In("")); err != nil {
			return err
		}
		lost = uint64(have.Epoch) > meta.Epoch
		meta.Epoch = uint64(have.Epoch)
	}
	id, err := m.disk.Identity()
	if err != nil {
		return err
	}
	meta.RootFile = id
	if err := m.st.Update(func(tx *state.Tx) error {
		now := tx.Meta()
		now.Epoch, now.RootFile = meta.Epoch, meta.RootFile
		if err := tx.SetMeta(now); err != nil || !lost {
			return err
		}
		return m.noteForgotten(tx)
	}); err != nil {
		return err
	}
	return m.beat(meta)
}

// stateIsOld deals with a marker that is ahead of the state: the state was restored from a backup, and knows nothing of what
// happened since.
func (m *Mirror) stateIsOld(meta state.Meta) error {
	have, err := local.ReadMarker(m.disk)
	if err != nil {
		return err
	}
	meta.Epoch = uint64(have.Epoch)
	if err := m.st.Update(func(tx *state.Tx) error {
		now := tx.Meta()
		now.Epoch, now.Adopting, now.Why = meta.Epoch, true, "dossier's state was restored from a backup"
		if err := errors.Join(tx.SetFeed(state.Feed{}), m.noteForgotten(tx)); err != nil {
			return err
		}
		return tx.SetMeta(now)
	}); err != nil {
		return err
	}
	return m.beat(meta)
}

// beat counts the epoch up, first in the state and then in the marker: a marker that is ahead means a state from a backup.
func (m *Mirror) beat(meta state.Meta) error {
	if m.run.opt.DryRun {
		return nil
	}
	if err := m.st.Update(func(tx *state.Tx) error {
		now := tx.Meta()
		now.Epoch++
		meta = now
		return tx.SetMeta(now)
	}); err != nil {
		return err
	}
	return local.Beat(m.disk, m.marker(meta))
}

// stay says that this machine is still at work on the folder.
func (m *Mirror) stay() error {
	meta, err := m.meta()
	if err != nil {
		return err
	}
	return local.Beat(m.disk, m.marker(meta))
}

// Leave lets go of the folder, so that another machine need not wait for the lease to end. A mirror that does not stay does so after
// each run.
func (m *Mirror) Leave() {
	meta, err := m.meta()
	if err == nil {
		err = local.Leave(m.disk, m.marker(meta))
	}
	if err != nil {
		m.log.Warn("the folder's lease ends by itself", "cause", err)
	}
}

// checkAccount asks whom the token speaks for.
func (m *Mirror) checkAccount(ctx context.Context, meta state.Meta) error {
	if m.run.opt.Stays && m.now().Sub(m.between.account) < accountEvery {
		return nil
	}
	a, err := m.portal.Account(ctx)
	if remote.CodeOf(err) == remote.Unsupported {
		return nil
	}
	if err != nil {
		return err
	}
	m.between.account = m.now()
	if meta.Account == "" {
		return m.st.Update(func(tx *state.Tx) error {
			now := tx.Meta()
			now.Account = a.ID
			return tx.SetMeta(now)
		})
	}
	if meta.Account != a.ID {
		m.between.account = time.Time{}
		return m.run.halt(plan.ReasonAccount, fmt.Sprintf("the token speaks for another account (%s, %s) than before: sign in as before, or take the client out of the configuration and add it again", a.Name, a.Login))
	}
	return nil
}

func (m *Mirror) meta() (meta state.Meta, err error) {
	err = m.st.View(func(tx *state.Tx) error { meta = tx.Meta(); return nil })
	return meta, err
}

// lockedError: another machine or instance works on the client.
type lockedError struct{ err error }

func (e *lockedError) Error() string { return e.err.Error() }
func (e *lockedError) Unwrap() error { return e.err }
