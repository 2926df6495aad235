package notice

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

const commandLimit = 30 * time.Second

// command runs a program for each notice, without a shell.
type command struct {
	argv  []string
	limit time.Duration
}

func (command) name() string { return "command" }

func (c command) send(ctx context.Context, n Notice) error {
	ctx, cancel := context.WithTimeout(ctx, c.limit)
	defer cancel()
	input, err := json.Marshal(n)
	if err != nil {
		return err
	}
	said := &head{room: 2000}
	cmd := exec.CommandContext(ctx, c.argv[0], c.argv[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(input), said, said
	cmd.Env = append(inherited(os.Environ()), variables(n)...)
	cmd.WaitDelay = time.Second // what it started may hold its output open
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return fmt.Errorf("run %s: %w; it said %q", c.argv[0], err, said.String())
	}
	return nil
}

// variables are the notice for a program that reads no JSON.
func variables(n Notice) []string {
	var all []string
	for _, v := range [][2]string{
		{"KIND", string(n.Kind)}, {"CLIENT", n.Client}, {"PORTAL", n.Portal}, {"CLIENTS", strings.Join(n.Clients, "\n")},
		{"TITLE", n.Title}, {"TEXT", n.Text}, {"NEXT", n.Next}, {"TIME", n.Time.Format(time.RFC3339)},
	} {
		all = append(all, "DOSSIER_NOTICE_"+v[0]+"="+strings.ReplaceAll(v[1], "\x00", "\ufffd"))
	}
	return all
}

// passedOn are the variables of ours that a command gets. Secrets may stand in others (env: references), so they are named one by one.
var passedOn = []string{"PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "TZ", "TMPDIR", "DISPLAY", "WAYLAND_DISPLAY",
	"XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS", "SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "TEMP", "TMP",
	"USERNAME", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "PROGRAMDATA", "PROGRAMFILES"}

func inherited(environ []string) []string {
	return slices.DeleteFunc(slices.Clone(environ), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		name = strings.ToUpper(name)
		return !slices.Contains(passedOn, name) && !strings.HasPrefix(name, "LC_")
	})
}

// head keeps the beginning of what is written to it.
type head struct {
	bytes.Buffer
	room int
}

func (h *head) Write(p []byte) (int, error) {
	kept := p[:min(len(p), h.room)]
	h.room -= len(kept)
	h.Buffer.Write(kept)
	return len(p), nil
}
