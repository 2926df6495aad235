package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"dossier/daemon/service"
)

const serviceInstallLong = `Install the service. Nothing is started by that: dossier service start does.

First it is looked through the eyes of the user as whom it will run: whether the configuration can be used,
the folders can be written to and the secrets can be read. What is wrong is said, with what to do, and
nothing is installed. --dry-run looks as well, and shows what would be written.`

func (a *app) serviceInstallCommand() *cobra.Command {
	var ask serviceAsk
	c := &cobra.Command{
		Use: "install", Short: "Install the service, and start nothing yet", Long: serviceInstallLong, Args: cobra.NoArgs,
		Example: "  dossier service install\n  dossier service install --dry-run\n  sudo dossier service install --system --as anna",
		RunE:    do(func(ctx context.Context, _ []string) error { return a.serviceInstall(ctx, ask) }),
	}
	serviceFlags(c, &ask)
	c.Flags().StringVar(&ask.as, "as", "", "`user` as whom a service of the system runs")
	c.Flags().BoolVar(&ask.dryRun, "dry-run", false, "show what would be written, and write nothing")
	c.Flags().BoolVar(&ask.dryRun, "print", false, "as --dry-run")
	return c
}

func (a *app) serviceInstall(ctx context.Context, ask serviceAsk) error {
	kind, err := service.Here()
	if err != nil {
		return err
	}
	d, refused, err := a.define(ctx, kind, ask)
	if err != nil {
		return err
	}
	if ask.dryRun {
		return a.showService(kind, d, refused)
	}
	if len(refused) > 0 {
		return refusal(refused)
	}
	password, err := a.servicePassword(ctx, kind, d)
	if err != nil {
		return err
	}
	s, err := service.On(kind, d, password)
	if err != nil {
		return err
	}
	if err := s.Install(); err != nil {
		return err
	}
	fmt.Fprint(a.Out, installed(kind, d))
	return nil
}

// define makes the definition of what is asked for, and looks whether it would work.
func (a *app) define(ctx context.Context, kind service.Kind, ask serviceAsk) (service.Definition, []service.Refusal, error) {
	d := service.Definition{Name: ask.name, System: ask.system}
	if err := service.CheckName(ask.name); err != nil {
		return d, nil, &usageError{err}
	}
	if ask.system != (ask.as != "") {
		return d, nil, usagef("a service of the system runs as a named user, and only such a one does: --system --as NAME")
	}
	var err error
	if d.Exe, err = os.Executable(); err != nil {
		return d, nil, err
	}
	var s service.Sight
	if ask.system {
		s, err = a.lookAs(ctx, ask.as, d.Exe)
	} else {
		s = service.Look(ctx, a.absConfig(), false, a.drivers.Check)
	}
	if err != nil {
		return d, nil, err
	}
	d.User = ask.as
	d = d.With(s)
	return d, service.Refusals(kind, d, s, d.Missing()), nil
}

// lookAs looks through another user's eyes: a process of his does.
func (a *app) lookAs(ctx context.Context, name, exe string) (s service.Sight, err error) {
	who, err := service.Lookup(name)
	if err != nil {
		return s, &usageError{err}
	}
	if runtime.GOOS != "windows" && os.Geteuid() != 0 {
		return s, usagef("only root installs a service of the system: sudo dossier service install --system --as %s", name)
	}
	if who.Root() { // refused, and nobody's eyes are needed for that
		return service.Sight{User: name, Group: who.Group, Home: who.Home, Config: a.absConfig()}, nil
	}
	args := []string{"service", "look"}
	if a.config != "" {
		args = append(args, "--config", a.absConfig())
	}
	out, err := who.Command(ctx, exe, args...).Output()
	if err != nil {
		return s, fmt.Errorf("run %s as user %s: %w; put the program where every user may run it, such as /usr/local/bin", exe, name, err)
	}
	if err := json.Unmarshal(out, &s); err != nil {
		return s, fmt.Errorf("look as user %s: %w", name, err)
	}
	s.User, s.Group, s.Home = name, orElse(who.Group, s.Group), orElse(who.Home, s.Home)
	return s, nil
}

// absConfig is the configuration that was named, whole: a service is started elsewhere.
func (a *app) absConfig() string {
	if a.config == "" {
		return ""
	}
	abs, err := filepath.Abs(a.config)
	if err != nil {
		return a.config
	}
	return abs
}

func (a *app) serviceLookCommand() *cobra.Command {
	return &cobra.Command{
		Use: "look", Short: "Say what this user sees of the configuration, for install", Hidden: true, Args: cobra.NoArgs,
		RunE: do(func(ctx context.Context, _ []string) error {
			return printJSON(a.Out, service.Look(ctx, a.absConfig(), true, a.drivers.Check))
		}),
	}
}

// servicePassword asks for the password without which Windows runs nothing as a person.
func (a *app) servicePassword(ctx context.Context, kind service.Kind, d service.Definition) (string, error) {
	if kind != service.Windows || !d.System || d.Unlocked() {
		return "", nil
	}
	return a.asker().secret(ctx, "Windows password of "+d.Account())
}

// showService prints what would be written to Out, all else to Err.
func (a *app) showService(kind service.Kind, d service.Definition, refused []service.Refusal) error {
	if text, err := d.Text(kind); d.State == "" {
		// The configuration cannot be used, so nothing is known of what would be written.
	} else if err == nil {
		if file := d.File(kind); file != "" {
			fmt.Fprintf(a.Err, "This would be written to %s:\n", plain(file))
		}
		fmt.Fprint(a.Out, text)
	} else if len(refused) == 0 {
		return err
	}
	if len(refused) > 0 {
		return refusal(refused)
	}
	return nil
}

func refusal(all []service.Refusal) error {
	var lines []string
	for _, r := range all {
		lines = append(lines, plain(r.Says)+"\n  "+plain(r.Do))
	}
	return usagef("the service would not work, and was not installed:\n%s", indent(strings.Join(lines, "\n")))
}

// installed says what is there now and what to do next.
func installed(kind service.Kind, d service.Definition) string {
	var b strings.Builder
	where := orElse(d.File(kind), "a task that begins when you sign in")
	if kind == service.Windows && d.System {
		where = "a service of Windows"
	}
	fmt.Fprintf(&b, "Installed %s (%s). It will run as %s.\n", d.Name, plain(where), plain(d.User))
	start := "dossier service start"
	if d.System {
		start += " --system"
	}
	if d.Name != service.DefaultName {
		start += " --name " + d.Name
	}
	fmt.Fprintf(&b, "Nothing has been started yet. Start it now with: %s\n", start)
	if kind == service.Systemd && !d.System {
		fmt.Fprintln(&b, "It runs while you are signed in. To have it run without you as well: loginctl enable-linger")
	}
	return b.String()
}
