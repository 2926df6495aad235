package syncer

import (
	"dossier/state"
	"dossier/syncer/plan"
)

// whyRestored marks a state whose portal was restored from a backup: once a person has approved, its base counts for nothing, and
// both sides are united. What differs is kept twice.
const whyRestored = "the portal was restored from a backup"

// noteRestored writes down, with the observation that shows it, that the portal was restored. From then on nothing is done until a
// person approves: a later look would not show it any more (P20).
func (m *Mirror) noteRestored(tx *state.Tx, sign string) error {
	meta := tx.Meta()
	meta.Adopting, meta.Why = true, whyRestored
	if err := tx.SetMeta(meta); err != nil {
		return err
	}
	return stand(tx, plan.ReasonRestored, "the portal seems to have been restored from a backup ("+sign+"): look at it before you approve; both sides will then be united, and nothing deleted")
}

// noteForgotten writes down that the state is lost, or older than what was done, of a portal that does not show what lies there: all that
// is not known to have been sent would be sent once more.
func (m *Mirror) noteForgotten(tx *state.Tx) error {
	if m.features.Listing {
		return nil // there it is seen
	}
	return stand(tx, plan.ReasonForgotten, "dossier's state is lost or old, and this portal does not show what has been sent: bring the state back from a backup; if you approve, all that is not known to be there is sent, again perhaps")
}

// stand halts the client until a person approves.
func stand(tx *state.Tx, code, detail string) error {
	for _, h := range tx.Halts() {
		if h.Reason == code {
			return nil
		}
	}
	return tx.SetHalt(state.Halt{Plan: newID()[:12], Reason: code, Whole: true, Detail: detail})
}

// stands tells whether there is such a halt.
func (m *Mirror) stands() (yes bool) {
	_ = m.st.View(func(tx *state.Tx) error { yes = len(standingHalts(tx)) > 0; return nil })
	return yes
}

// standingHalts are the halts of that kind that nobody has approved.
func standingHalts(tx *state.Tx) (halts []plan.Halt) {
	for _, h := range tx.Halts() {
		if h.Reason == plan.ReasonRestored || h.Reason == plan.ReasonForgotten {
			halts = append(halts, plan.Halt{All: true, ID: h.Plan, Reason: plan.Reason{Code: h.Reason, Detail: h.Detail}})
		}
	}
	return halts
}
