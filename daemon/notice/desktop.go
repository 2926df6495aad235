package notice

import "context"

// desktop shows notices on the screen: through the session's bus on Linux, osascript on macOS, and toasts on Windows. What is shown
// may hold file names that a portal chose, so it is handed over as data on each of them, never as a script or as markup.
type desktop struct{}

func (desktop) name() string { return "desktop" }

func (desktop) send(ctx context.Context, n Notice) error {
	text := n.Text
	if n.Next != "" {
		text += "\n" + n.Next
	}
	return show(ctx, n.Title, text)
}
