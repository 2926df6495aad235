package cli

import (
	"context"
	"errors"
	"fmt"
	"os/user"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"dossier/daemon"
	"dossier/state"
)

const approveLong = `Let a halted plan through.

A plan names exactly the operations that a run would not do without a person, and what they believe in.
Approving admits those, once, for a week; anything else halts anew. The next run does them.
The beginning of the plan's name is enough where it fits one plan only.`

func (a *app) approveCommand() *cobra.Command {
	return &cobra.Command{
		Use: "approve PLAN", Short: "Let a halted plan through", Long: approveLong, Example: "  dossier status\n  dossier approve 7f3a91c2",
		Args: cobra.ExactArgs(1),
		RunE: do(func(_ context.Context, args []string) error { return a.approve(args[0]) }),
	}
}

// found is a halt and the client that it stops.
type found struct {
	client daemon.Client
	halt   state.Halt
}

func (a *app) approve(plan string) error {
	_, clients, err := a.known()
	if err != nil {
		return err
	}
	f, err := findHalt(clients, plan)
	if err != nil {
		return err
	}
	if len(f.halt.Keys) == 0 {
		return usagef("plan %s of client %q cannot be approved: %s", f.halt.Plan, f.client.Name, orElse(texts[f.halt.Reason].do, "its cause must go away"))
	}
	err = change(f.client, func(tx *state.Tx) error {
		by := userName()
		if _, err := tx.Approve(f.halt.Plan, by, time.Now().Add(daemon.ApprovalTerm)); err != nil {
			return err
		}
		_, err := tx.Append(state.Entry{Client: f.client.Name, Op: "approve", Detail: f.halt.Plan, Rule: f.halt.Reason, User: by, Outcome: "done"})
		return err
	})
	if err != nil {
		return err
	}
	what := count(len(f.halt.Keys), "operation")
	if f.halt.Deletes > 0 {
		what += ", " + count(f.halt.Deletes, "deletion") + " among them"
	}
	_, err = fmt.Fprintf(a.Out, "Approved for client %q: %s. The next run does it: dossier reconcile %q\n", f.client.Name, what, f.client.Name)
	return err
}

// findHalt finds the one halt whose plan begins like this.
func findHalt(clients []daemon.Client, plan string) (found, error) {
	var fits []found
	var waiting []string
	for _, c := range clients {
		_, err := view(c, func(tx *state.Tx) error {
			for _, h := range tx.Halts() {
				waiting = append(waiting, h.Plan)
				if plan != "" && strings.HasPrefix(h.Plan, plan) {
					fits = append(fits, found{c, h})
				}
			}
			return nil
		})
		if err != nil && !errors.Is(err, state.ErrLocked) {
			return found{}, err
		}
	}
	switch {
	case len(fits) == 1:
		return fits[0], nil
	case len(fits) > 1:
		return found{}, usagef("%d plans begin with %q; write more of it", len(fits), plan)
	case len(waiting) == 0:
		return found{}, usagef("there is no plan %q; nothing waits for approval", plan)
	}
	return found{}, &usageError{unknownName("plan", plan, waiting)}
}

// userName is who decides, for the record.
func userName() string {
	u, err := user.Current()
	if err != nil {
		return "unknown"
	}
	return u.Username
}
