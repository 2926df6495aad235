package notice

import (
	"context"
	"fmt"
	"os/exec"
)

func hasDesktop() bool { return true }

// show hands the texts over as arguments: the script is the same each time.
func show(ctx context.Context, title, text string) error {
	const script = "on run argv\ndisplay notification (item 2 of argv) with title (item 1 of argv)\nend run"
	if out, err := exec.CommandContext(ctx, "/usr/bin/osascript", "-e", script, "--", title, text).CombinedOutput(); err != nil {
		return fmt.Errorf("show notice: %w: %.200s", err, out)
	}
	return nil
}
