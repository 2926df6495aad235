package syncer

import (
	"context"

	"dossier/remote"
	"dossier/state"

	"golang.org/x/sync/errgroup"
)

// witness asks the portal about each item that is gone by the last look, the topmost of a gone tree only.
func (m *Mirror) witness(ctx context.Context) error {
	var ask []state.Seen
	err := m.st.View(func(tx *state.Tx) error {
		for s := range tx.AllSeen() {
			if parent, ok := tx.Seen(s.Parent); s.Gone && s.Witness == "" && !(ok && parent.Gone) {
				ask = append(ask, s)
			}
		}
		return nil
	})
	answers := make([]testimony, len(ask))
	var g errgroup.Group
	g.SetLimit(max(m.features.Parallel, 1))
	for i, s := range ask {
		g.Go(func() error { answers[i].Absence, answers[i].err = m.portal.Confirm(ctx, entryOf(s)); return nil })
	}
	_ = g.Wait() // each answer has its own error
	for i, s := range ask {
		if err == nil {
			err = m.testify(ctx, s, answers[i])
		}
	}
	return err
}

// testimony is what the portal said of an item that is gone.
type testimony struct {
	remote.Absence
	err error
}

func (m *Mirror) testify(ctx context.Context, s state.Seen, a testimony) error {
	switch err := a.err; {
	case err != nil && ctx.Err() != nil:
		return ctx.Err()
	case remote.CodeOf(err) == remote.SignIn:
		return err
	case err != nil:
		m.log.Info("no witness of a deletion yet", "name", s.Name, "cause", err)
		return nil // stays pending
	case !a.Gone && a.Now != nil:
		return m.reseen(ctx, *a.Now)
	case !a.Gone:
		return nil
	}
	return m.st.Update(func(tx *state.Tx) error {
		now, ok := tx.Seen(s.ID)
		if !ok || !now.Gone {
			return nil
		}
		now.Witness, now.InTrash = a.Why, a.Trash
		if now.Witness == "" {
			now.Witness = "gone"
		}
		return tx.PutSeen(now)
	})
}
