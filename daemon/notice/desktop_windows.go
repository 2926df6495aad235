package notice

import (
	"context"
	"encoding/xml"
	"fmt"
	"strings"

	"git.sr.ht/~jackmordaunt/go-toast/wintoast"
)

func hasDesktop() bool { return true }

// show uses the library's lower floor: its own template escapes nothing, and its way through PowerShell would
// run what stands in a file's name.
func show(ctx context.Context, title, text string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := wintoast.SetAppData(wintoast.AppData{AppID: "dossier"}); err != nil {
		return fmt.Errorf("show notice: %w", err)
	}
	toast := `<toast><visual><binding template="ToastGeneric"><text>` + escaped(title) + `</text><text>` + escaped(text) + `</text></binding></visual></toast>`
	if err := wintoast.Push(toast); err != nil {
		return fmt.Errorf("show notice: %w", err)
	}
	return nil
}

func escaped(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a Builder takes everything
	return b.String()
}
