//go:build !windows && !darwin

package notice

import (
	"context"
	"fmt"
	"html"
	"os"
	"path/filepath"

	"github.com/godbus/dbus/v5"
)

// hasDesktop tells whether there is a session's bus. It is looked for, since the library would start one.
func hasDesktop() bool { return busAddress() != "" }

func busAddress() string {
	if address := os.Getenv("DBUS_SESSION_BUS_ADDRESS"); address != "" {
		return address
	}
	if dir := os.Getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(dir) {
		socket := filepath.Join(dir, "bus")
		if info, err := os.Stat(socket); err == nil && info.Mode().Type() == os.ModeSocket {
			return "unix:path=" + dbus.EscapeBusAddressValue(socket)
		}
	}
	return ""
}

// show follows the Desktop Notifications Specification, in which a text may be markup.
func show(ctx context.Context, title, text string) error {
	conn, err := dbus.Connect(busAddress(), dbus.WithContext(ctx))
	if err != nil {
		return fmt.Errorf("show notice: %w", err)
	}
	defer conn.Close() // nothing is expected any more
	const name = "org.freedesktop.Notifications"
	call := conn.Object(name, "/org/freedesktop/Notifications").CallWithContext(ctx, name+".Notify", 0,
		"dossier", uint32(0), "", title, html.EscapeString(text), []string{}, map[string]dbus.Variant{}, int32(-1))
	if call.Err != nil {
		return fmt.Errorf("show notice: %w", call.Err)
	}
	return nil
}
