package cli

import (
	"context"
	"fmt"
	"os/user"

	"github.com/spf13/cobra"

	"dossier/daemon"
)

const approveLong = `Let a halted plan through.

A plan names exactly the operations that a run would not do without a person, and what they believe in.
Approving admits those, once, for a week; anything else halts anew. The next run does them.
The beginning of the plan's name is enough where it fits one plan only.`

func (a *app) approveCommand() *cobra.Command {
	return &cobra.Command{
		Use: "approve PLAN", Short: "Let a halted plan through", Long: approveLong, Example: "  dossier status\n  dossier approve 7f3a91c2",
		Args: cobra.ExactArgs(1),
		RunE: do(func(ctx context.Context, args []string) error { return a.approve(ctx, args[0]) }),
	}
}

func (a *app) approve(ctx context.Context, plan string) error {
	done, err := ask(ctx, a, daemon.VerbApprove, daemon.ApproveArgs{Plan: plan, By: userName()})
	if err != nil {
		return err
	}
	if done.Operations == 0 {
		return usagef("plan %s of client %q cannot be approved: %s", done.Plan, done.Client, orElse(texts[done.Reason].do, "its cause must go away"))
	}
	what := count(done.Operations, "operation")
	if done.Deletes > 0 {
		what += ", " + count(done.Deletes, "deletion") + " among them"
	}
	_, err = fmt.Fprintf(a.Out, "Approved for client %q: %s. The next run does it: dossier reconcile %q\n", done.Client, what, done.Client)
	return err
}

// userName is who decides, for the record.
func userName() string {
	u, err := user.Current()
	if err != nil {
		return "unknown"
	}
	return u.Username
}
