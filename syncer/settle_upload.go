package syncer

import (
	"context"
	"time"

	"dossier/remote"
	"dossier/state"
	"dossier/syncer/local"
	"dossier/syncer/plan"
)

// abandoned is how long an upload that nobody finishes stays on a portal where its name shows that it is not finished: another
// machine may be at it.
const (
	abandoned  = 7 * 24 * time.Hour
	sweepALook = 20 // how many are taken away in a run
)

// sweepUploads puts into the portal's trash what uploads that broke off for good have left there.
func (m *Mirror) sweepUploads(ctx context.Context) error {
	if m.run.opt.DryRun || !m.features.Trash || m.features.ReadOnly != "" || m.opt.Mode != plan.TwoWay && m.opt.Mode != plan.Up {
		return nil
	}
	var left []state.Seen
	err := m.st.View(func(tx *state.Tx) error {
		live := map[string]bool{}
		for _, in := range tx.Intents() {
			live[in.Token] = true
		}
		for s := range tx.AllSeen() {
			class, _ := local.ClassOfName(s.Name)
			if class == local.Temp && s.Token != "" && !live[s.Token] && !s.Gone && m.now().Sub(s.Since) > abandoned && len(left) < sweepALook {
				left = append(left, s)
			}
		}
		return nil
	})
	for _, s := range left {
		if err != nil {
			break
		}
		err = m.sweepUpload(ctx, s)
	}
	return err
}

func (m *Mirror) sweepUpload(ctx context.Context, s state.Seen) error {
	err := m.portal.Delete(ctx, entryOf(s))
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case remote.CodeOf(err) == remote.SignIn:
		return err
	case err != nil:
		m.log.Info("an upload that broke off could not be taken away", "name", s.Name, "cause", err)
		return nil
	}
	return m.st.Update(func(tx *state.Tx) error {
		if err := tx.DropSeen(s.ID); err != nil {
			return err
		}
		_, err := tx.Append(state.Entry{Run: m.run.id, Client: m.opt.Name, Op: opRemove, Side: plan.Remote.String(), Path: s.Name, RemoteID: s.ID, FromRev: s.Content,
			Outcome: "done", Detail: "an upload that broke off"})
		return err
	})
}
