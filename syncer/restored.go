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
	for _, h := range tx.Halts() {
		if h.Reason == plan.ReasonRestored {
			return nil
		}
	}
	return tx.SetHalt(state.Halt{Plan: newID()[:12], Reason: plan.ReasonRestored, Whole: true,
		Detail: "the portal seems to have been restored from a backup (" + sign + "): look at it before you approve; both sides will then be united, and nothing deleted"})
}

// restoredHalts are the halts of that kind that nobody has approved.
func restoredHalts(tx *state.Tx) (halts []plan.Halt) {
	for _, h := range tx.Halts() {
		if h.Reason == plan.ReasonRestored {
			halts = append(halts, plan.Halt{All: true, ID: h.Plan, Reason: plan.Reason{Code: h.Reason, Detail: h.Detail}})
		}
	}
	return halts
}
