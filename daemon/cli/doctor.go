package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"dossier/config"
	"dossier/daemon"
	"dossier/daemon/doctor"
)

const doctorLong = `Look everything over: who runs dossier, this computer, the folders, and each portal: the way to it, its
clock and certificate, whether sign-in works, and what dossier assumes of it.

Nothing is changed, here or there; only a sign-in that has run out is renewed. With --probe-writes small
files and folders are made and removed again, which finds out more: how a disk treats names, and whether
a portal has a trash.

What is wrong comes with what to do about it, down to the line to change in the configuration. The exit
code is 0 if all is well, 1 if something is wrong, 2 if it is the configuration, 5 if a sign-in is needed.`

func (a *app) doctorCommand() *cobra.Command {
	var asJSON, write, all bool
	c := &cobra.Command{
		Use: "doctor", Short: "Look everything over, and say what is wrong and what to do", Long: doctorLong, Args: cobra.NoArgs,
		Example: "  dossier doctor\n  dossier doctor --probe-writes\n  dossier doctor --json | jq '.groups[].lines[] | select(.level == \"wrong\")'",
		RunE:    do(func(ctx context.Context, _ []string) error { return a.doctor(ctx, asJSON, write, all) }),
	}
	c.Flags().BoolVar(&write, "probe-writes", false, "also make and remove probe files, here and on the portals")
	c.Flags().BoolVar(&all, "all", false, "show each assumption, those too that dossier lives with either way")
	jsonFlag(c, &asJSON)
	return c
}

func (a *app) doctor(ctx context.Context, asJSON, write, all bool) error {
	path, cfg, err := a.loadFrom()
	if err != nil {
		return a.unexamined(path, err, asJSON)
	}
	built, _ := time.Parse(time.RFC3339, thisBuild().Time) // zero: not known
	r := doctor.Examine(ctx, doctor.Options{Config: cfg, Path: path, Drivers: a.drivers, ProbeWrites: write, Built: built, Log: a.log()})
	if asJSON {
		err = printJSON(a.Out, r)
	} else {
		printExamined(a.Out, r, all)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx) // what was told is not the whole
	}
	if err != nil || r.OK {
		return err
	}
	return &codeError{r.Exit, errSaid}
}

// loadFrom is load, and tells which file it was.
func (a *app) loadFrom() (string, *config.Config, error) {
	path, err := config.Find(a.config)
	if err != nil {
		return "", nil, &usageError{err}
	}
	cfg, err := a.load()
	return path, cfg, err
}

// unexamined ends a look that could not begin, as the configuration is wrong: with --json that is an object as well.
func (a *app) unexamined(path string, err error, asJSON bool) error {
	if !asJSON {
		return err
	}
	lines := []doctor.Line{{Check: "configuration", Level: doctor.Wrong, Says: err.Error()}}
	if faults, ok := errors.AsType[config.Faults](err); ok {
		lines = nil
		for _, f := range faults {
			lines = append(lines, doctor.Line{Check: "configuration", Level: doctor.Wrong, Says: f.Error()})
		}
	}
	r := doctor.Report{Exit: daemon.ExitUsage, Config: path, Groups: []doctor.Group{{Name: "configuration", Lines: lines}}}
	return errors.Join(printJSON(a.Out, r), err)
}

// levelWords are what a line begins with; what is well is quiet.
var levelWords = map[doctor.Level]string{doctor.Well: "ok", doctor.Note: "note", doctor.Unknown: "–", doctor.Wrong: "WRONG"}

// mostAlike is how many lines of one check are shown in a group if all of them are well.
const mostAlike = 8

// printExamined tells what was found, the quiet things shortly unless all are wanted.
func printExamined(w io.Writer, r doctor.Report, all bool) {
	levels := map[doctor.Level]int{}
	for _, g := range r.Groups {
		if len(g.Lines) == 0 {
			continue
		}
		fmt.Fprintln(w, strings.ToUpper(g.Name[:1])+plain(g.Name[1:]))
		printGroup(w, g, all)
		fmt.Fprintln(w)
		for _, l := range g.Lines {
			levels[l.Level]++
		}
	}
	fmt.Fprintln(w, summed(levels[doctor.Wrong], levels[doctor.Note]))
}

func printGroup(w io.Writer, g doctor.Group, all bool) {
	alike, either := map[string]int{}, 0
	for _, l := range g.Lines {
		if l.Level == doctor.Well {
			alike[l.Check]++
		}
		switch {
		case all:
			printLine(w, l)
		case l.Either:
			either++
		case l.Level != doctor.Well || alike[l.Check] <= mostAlike:
			printLine(w, l)
		}
	}
	for _, check := range slices.Sorted(maps.Keys(alike)) {
		if n := alike[check] - mostAlike; n > 0 && !all {
			fmt.Fprintf(w, "  %-6s and %d more that are well (%s)\n", levelWords[doctor.Well], n, check)
		}
	}
	if either > 0 {
		fmt.Fprintf(w, "  %-6s %s more could not be told, and need not: dossier is right either way (--all shows them)\n", levelWords[doctor.Unknown], humanize.Comma(int64(either)))
	}
}

// printLine writes a line, what to do, and what to set, each wrapped.
func printLine(w io.Writer, l doctor.Line) {
	const indent = "         "
	fmt.Fprintf(w, "  %-6s %s\n", levelWords[l.Level], wrap(plain(l.Says), indent))
	if l.Do != "" {
		fmt.Fprintf(w, "%s%s\n", indent, wrap("To do: "+plain(l.Do), indent))
	}
	if l.Set != "" {
		fmt.Fprintf(w, "%s%s\n", indent+"  ", plain(l.Set))
	}
}

func summed(wrong, notes int) string {
	switch {
	case wrong > 0:
		return count(wrong, "thing") + " to put right."
	case notes > 0:
		return "All is well; " + count(notes, "thing") + " worth knowing."
	}
	return "All is well."
}

// lineWidth is where text for people is wrapped, in letters.
const lineWidth = 110

// wrap breaks a text at blanks; lines after the first begin with indent.
func wrap(text, indent string) string {
	var b strings.Builder
	width := len(indent)
	for i, word := range strings.Fields(text) {
		n := len([]rune(word))
		switch {
		case i == 0:
		case width+1+n > lineWidth:
			b.WriteString("\n" + indent)
			width = len(indent)
		default:
			b.WriteByte(' ')
			width++
		}
		b.WriteString(word)
		width += n
	}
	return b.String()
}
