// Package cli is the commands: it reads what a person asks for, has it done, and says what happened in plain words.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"dossier/config"
	"dossier/daemon"
)

// Streams are what a command reads and writes. Results go to Out, progress, logs and errors to Err.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
	Terminal bool // Err is a terminal: bars may be drawn
}

// app is what the commands of one call have in common.
type app struct {
	Streams
	drivers daemon.Drivers

	config    string
	verbose   bool
	logFormat string
}

// Main runs one command and returns its exit code. It writes to nothing but the streams and what the configuration names, so that
// tests call it as the operating system would.
func Main(ctx context.Context, args []string, s Streams, drivers daemon.Drivers) int {
	a := &app{Streams: s, drivers: drivers}
	root := a.root()
	root.SetArgs(args)
	root.SetIn(s.In)
	root.SetOut(s.Out)
	root.SetErr(s.Err)
	err := root.ExecuteContext(ctx)
	code := exitOf(ctx, err)
	if text := explain(err); text != "" {
		fmt.Fprintln(s.Err, "dossier: "+text)
	}
	return code
}

// Commands is the tree of all commands, for manual pages and completions. It is not there to be run.
func Commands() *cobra.Command {
	root := (&app{}).root()
	root.Long += "\n" + strings.ReplaceAll(rootEnd, "\n  ", "\n      ") // four blanks more: a manual page keeps the lines
	return root
}

const rootLong = `dossier keeps client folders on this disk and the same folders on a client portal in step, in both directions.

Nothing is lost: what is replaced or deleted on this disk goes into a vault first, and what was changed
on both sides is kept twice.`

const rootExample = `  dossier demo --once             see it at work, with a portal that lives in this process
  dossier init                    make a first configuration, step by step
  dossier doctor                  look everything over, and say what to do
  dossier reconcile               bring all clients in step, once
  dossier reconcile --dry-run     say what that would do
  dossier run                     keep them in step from now on
  dossier status                  how each client stands`

const rootEnd = `
Environment:
  DOSSIER_CONFIG      the configuration file, as --config
  DOSSIER_VERBOSE     1: as --verbose
  DOSSIER_LOG_FORMAT  text or json, as --log-format
  NO_COLOR            always respected: no colour is used

Exit codes:
  0 in step                  3 conflicts left to look at     6 partly done, some items wait
  1 error                    4 halted, approval needed       7 another instance is at work
  2 usage or configuration   5 sign-in needed                130 interrupted
`

// root is the tree of commands.
func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use: "dossier", Short: "Keep client folders and a client portal in step", Long: rootLong, Example: rootExample,
		SilenceErrors: true, SilenceUsage: true,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			return unknownCommand(cmd, args[0])
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetUsageTemplate(root.UsageTemplate() + "{{if not .HasParent}}" + rootEnd + "{{end}}")
	flags := root.PersistentFlags()
	flags.StringVarP(&a.config, "config", "c", "", "configuration `file`")
	flags.BoolVarP(&a.verbose, "verbose", "v", truthy(os.Getenv("DOSSIER_VERBOSE")), "log every step")
	flags.StringVar(&a.logFormat, "log-format", orElse(os.Getenv("DOSSIER_LOG_FORMAT"), "text"), "`text` or json")
	root.PersistentPreRunE = func(*cobra.Command, []string) error {
		if a.logFormat != "text" && a.logFormat != "json" {
			return usagef("log format %q: there is text and json", a.logFormat)
		}
		return nil
	}
	root.AddCommand(a.demoCommand(), a.reconcileCommand(), a.runCommand(), a.statusCommand(), a.conflictsCommand(), a.logCommand(), a.vaultCommand(), a.approveCommand(), a.pauseCommand(), a.resumeCommand(),
		a.initCommand(), a.loginCommand(), a.clientsCommand(), a.doctorCommand(), a.sandboxCommand(), a.configCommand(), a.serviceCommand(), a.versionCommand())
	root.InitDefaultHelpCmd()
	for _, c := range root.Commands() {
		group(c)
	}
	return root
}

// group makes a command that only holds others name the near ones when it is given an unknown one.
func group(c *cobra.Command) {
	if c.HasSubCommands() && c.RunE == nil && c.Run == nil {
		c.Args = func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("%s: say which: %s", cmd.CommandPath(), quoted(commandNames(cmd)))
			}
			return unknownCommand(cmd, args[0])
		}
		c.RunE = func(*cobra.Command, []string) error { return nil }
	}
}

func unknownCommand(cmd *cobra.Command, name string) error {
	near := nearest(name, commandNames(cmd))
	if len(near) == 0 {
		return usagef("there is no command %q; `%s --help` lists all", cmd.CommandPath()+" "+name, cmd.CommandPath())
	}
	return usagef("there is no command %q; did you mean %s?", cmd.CommandPath()+" "+name, quoted(near))
}

// oneName wants one argument, and says what it names.
func oneName(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) == 0:
			return usagef("%s: name the %s", cmd.CommandPath(), what)
		case len(args) > 1:
			return usagef("%s: name one %s; write a name with blanks in quotation marks", cmd.CommandPath(), what)
		}
		return nil
	}
}

func commandNames(cmd *cobra.Command) []string {
	var names []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			names = append(append(names, c.Name()), c.Aliases...)
		}
	}
	return names
}

// do makes a command's function: errors before it are the caller's (usage), those from it are of the work.
func do(f func(ctx context.Context, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		if err := f(cmd.Context(), args); err != nil {
			return &workError{err}
		}
		return nil
	}
}

// log is the logger of a command. Below --verbose only what goes wrong is logged: the command itself says the rest.
func (a *app) log() *slog.Logger { return a.logTo(a.Err) }

func (a *app) logTo(w io.Writer) *slog.Logger { return a.logFrom(w, slog.LevelWarn) }

// logFrom is a logger that tells what is at least so grave, or everything if that was asked for.
func (a *app) logFrom(w io.Writer, level slog.Leveler) *slog.Logger {
	opt := &slog.HandlerOptions{Level: level}
	if v, ok := level.(*slog.LevelVar); ok && a.verbose {
		v.Set(slog.LevelDebug)
	} else if a.verbose {
		opt.Level = slog.LevelDebug
	}
	if a.logFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, opt))
	}
	return slog.New(slog.NewTextHandler(w, opt))
}

// load reads the configuration that this call is about.
func (a *app) load() (*config.Config, error) {
	path, err := config.Find(a.config)
	if err != nil {
		return nil, &usageError{err}
	}
	cfg, err := config.Load(path, a.drivers.Check)
	if err != nil {
		return nil, &usageError{err}
	}
	return cfg, nil
}

func truthy(s string) bool { return s != "" && s != "0" && !strings.EqualFold(s, "false") }

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// errSaid ends a command whose own output has said what is wrong.
var errSaid = errors.New("said already")
