package daemon

import (
	"context"
	"errors"
	"strings"
	"time"

	"dossier/state"
)

// VerbApprove lets a halted plan through.
var VerbApprove = Verb[ApproveArgs, Approved]{"approve", (*Desk).approve}

// ApproveArgs name a plan, by as much of the beginning of its name as fits one only.
type ApproveArgs struct {
	Plan string `json:"plan"`
	By   string `json:"by"`
}

// Approved is what was let through. Without operations nothing was: such a halt ends with its cause.
type Approved struct {
	Client     string `json:"client"`
	Plan       string `json:"plan"`
	Reason     string `json:"reason"` // code of the halt
	Operations int    `json:"operations"`
	Deletes    int    `json:"deletes"`
}

// halted is a halt and the client that it stops.
type halted struct {
	client Client
	halt   state.Halt
}

func (d *Desk) approve(ctx context.Context, args ApproveArgs) (Approved, error) {
	f, err := d.findHalt(ctx, args.Plan)
	if err != nil {
		return Approved{}, err
	}
	a := Approved{Client: f.client.Name, Plan: f.halt.Plan, Reason: f.halt.Reason, Operations: len(f.halt.Keys), Deletes: f.halt.Deletes}
	if a.Operations == 0 {
		return a, nil
	}
	return a, d.change(ctx, f.client, func(tx *state.Tx) error {
		if _, err := tx.Approve(f.halt.Plan, args.By, time.Now().Add(ApprovalTerm)); err != nil {
			return err
		}
		_, err := tx.Append(state.Entry{Client: f.client.Name, Op: "approve", Detail: f.halt.Plan, Rule: f.halt.Reason, User: args.By, Outcome: "done"})
		return err
	})
}

// findHalt finds the one halt whose plan begins like this. A client that another process has is passed over.
func (d *Desk) findHalt(ctx context.Context, plan string) (halted, error) {
	clients, err := d.chosen(nil)
	if err != nil {
		return halted{}, err
	}
	var fits []halted
	var waiting []string
	for _, c := range clients {
		_, err := d.view(ctx, c, func(tx *state.Tx) error {
			for _, h := range tx.Halts() {
				waiting = append(waiting, h.Plan)
				if plan != "" && strings.HasPrefix(h.Plan, plan) {
					fits = append(fits, halted{c, h})
				}
			}
			return nil
		})
		if err != nil && !errors.Is(err, state.ErrLocked) {
			return halted{}, err
		}
	}
	switch {
	case len(fits) == 1:
		return fits[0], nil
	case len(fits) > 1:
		return halted{}, refusef("%d plans begin with %q; write more of it", len(fits), plan)
	case len(waiting) == 0:
		return halted{}, refusef("there is no plan %q; nothing waits for approval", plan)
	}
	return halted{}, unknown("plan", plan, waiting)
}
