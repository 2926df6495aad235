package cli

import (
	"context"
	"log/slog"
	"time"

	systemd "github.com/coreos/go-systemd/v22/daemon"
)

// beats tells systemd that all is well, as often as it wants to hear.
func beats(ctx context.Context, log *slog.Logger) {
	every, err := systemd.SdWatchdogEnabled(false)
	if err != nil || every == 0 {
		return
	}
	tick := time.NewTicker(every / 2)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			tellSystemd(log, systemd.SdNotifyWatchdog)
		}
	}
}

// tellSystemd says how the service is, where systemd started it.
func tellSystemd(log *slog.Logger, what string) {
	if _, err := systemd.SdNotify(false, what); err != nil {
		log.Warn("systemd cannot be told", "what", what, "error", err)
	}
}
