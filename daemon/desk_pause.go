package daemon

import (
	"context"
	"errors"
	"time"

	"dossier/state"
)

var (
	VerbPause  = Verb[PauseArgs, PauseChange]{"pause", (*Desk).pause}    // leaves clients alone from the end of their present run on
	VerbResume = Verb[ResumeArgs, PauseChange]{"resume", (*Desk).resume} // ends that
)

// PauseArgs say which clients are to be left alone; none: all.
type PauseArgs struct {
	Clients []string  `json:"clients,omitempty"`
	Until   time.Time `json:"until,omitzero"` // zero: until they are resumed
	Reason  string    `json:"reason,omitempty"`
	By      string    `json:"by"`
}

// ResumeArgs say which clients are to go on; none: all.
type ResumeArgs struct {
	Clients []string `json:"clients,omitempty"`
	By      string   `json:"by"`
}

// PauseChange is what a pause or its end has come to.
type PauseChange struct {
	Clients []string `json:"clients"`           // those whom it was done to
	Already []string `json:"already,omitempty"` // resume: those who were not paused
	Never   []string `json:"never,omitempty"`   // those who have not run here yet, so that there is nothing to pause
}

func (d *Desk) pause(ctx context.Context, args PauseArgs) (PauseChange, error) {
	if !args.Until.IsZero() && !args.Until.After(time.Now()) {
		return PauseChange{}, refusef("a pause until %s would be over already", args.Until.Local().Format(time.DateTime))
	}
	p := state.Pause{Reason: args.Reason, By: args.By, Until: args.Until}
	return d.pauses(ctx, args.Clients, func(tx *state.Tx, client string) (bool, error) {
		if err := tx.SetPause(p); err != nil {
			return false, err
		}
		_, err := tx.Append(state.Entry{Client: client, Op: "pause", Detail: args.Reason, User: args.By, Outcome: "done"})
		return true, err
	})
}

func (d *Desk) resume(ctx context.Context, args ResumeArgs) (PauseChange, error) {
	return d.pauses(ctx, args.Clients, func(tx *state.Tx, client string) (bool, error) {
		if _, paused := pausedNow(tx); !paused {
			return false, nil
		}
		if err := tx.Resume(); err != nil {
			return false, err
		}
		_, err := tx.Append(state.Entry{Client: client, Op: "resume", User: args.By, Outcome: "done"})
		return true, err
	})
}

// pauses does something to the pauses of clients. do tells whether there was anything to do.
func (d *Desk) pauses(ctx context.Context, names []string, do func(tx *state.Tx, client string) (bool, error)) (PauseChange, error) {
	change := PauseChange{Clients: []string{}}
	clients, err := d.chosen(names)
	if err != nil {
		return change, err
	}
	for _, c := range clients {
		var done bool
		err := d.change(ctx, c, func(tx *state.Tx) (err error) { done, err = do(tx, c.Name); return err })
		switch {
		case errors.Is(err, ErrNeverRan):
			change.Never = append(change.Never, c.Name)
		case err != nil:
			return change, err
		case done:
			change.Clients = append(change.Clients, c.Name)
		default:
			change.Already = append(change.Already, c.Name)
		}
	}
	return change, nil
}
