package cli

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"dossier/daemon"
	"dossier/state"
)

const logLong = `Say what dossier did, oldest first: the record of every effect, hash-chained, so that a missing or altered
entry shows (--verify).

--from and --to take a day (2026-11-21), a time (2026-11-21T14:00:00+01:00), or how long ago (2h).`

// logOptions choose entries.
type logOptions struct {
	clients  []string
	from, to string
	n        int
	json     bool
	csv      bool
	verify   bool
	follow   bool
}

func (a *app) logCommand() *cobra.Command {
	var o logOptions
	c := &cobra.Command{
		Use: "log", Short: "Say what was done, when and why", Long: logLong, Args: cobra.NoArgs,
		Example: "  dossier log -n 20\n  dossier log --client \"Bakkerij Jansen\" --from 2026-11-01 --csv > november.csv\n  dossier log --verify",
		RunE:    do(func(ctx context.Context, _ []string) error { return a.showLog(ctx, o) }),
	}
	f := c.Flags()
	f.StringArrayVar(&o.clients, "client", nil, "only this `client`; may be repeated")
	f.StringVar(&o.from, "from", "", "from this `time` on")
	f.StringVar(&o.to, "to", "", "before this `time`")
	f.IntVarP(&o.n, "lines", "n", 0, "only the last `n` entries")
	f.BoolVar(&o.json, "json", false, "print JSON, one entry a line")
	f.BoolVar(&o.csv, "csv", false, "print CSV")
	f.BoolVar(&o.verify, "verify", false, "check that no entry is missing or altered")
	f.BoolVarP(&o.follow, "follow", "f", false, "go on with new entries until interrupted")
	c.MarkFlagsMutuallyExclusive("json", "csv")
	c.MarkFlagsMutuallyExclusive("verify", "follow")
	c.MarkFlagsMutuallyExclusive("verify", "csv")
	return c
}

func (a *app) showLog(ctx context.Context, o logOptions) (err error) {
	if o.verify {
		return a.verifyLog(ctx, o)
	}
	args := daemon.LogArgs{Clients: o.clients, Last: o.n}
	if args.From, err = parseTime(o.from, time.Now()); err != nil {
		return err
	}
	if args.To, err = parseTime(o.to, time.Now()); err != nil {
		return err
	}
	page, err := ask(ctx, a, daemon.VerbLog, args)
	if err != nil {
		return err
	}
	w := a.logWriter(o)
	if err := w(page.Entries, true); err != nil || !o.follow {
		return err
	}
	return followLog(ctx, daemon.LogArgs{Clients: o.clients, After: page.Seen, Follow: true}, w, func(args daemon.LogArgs) (daemon.LogPage, error) {
		return ask(ctx, a, daemon.VerbLog, args)
	})
}

// followEvery is how often new entries are looked for: another process writes them.
const followEvery = time.Second

// followLog writes what comes after what was seen, until ctx ends.
func followLog(ctx context.Context, args daemon.LogArgs, w logWriter, more func(daemon.LogArgs) (daemon.LogPage, error)) error {
	tick := time.NewTicker(followEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
		}
		page, err := more(args)
		if err != nil {
			return err
		}
		args.After = page.Seen
		if err := w(page.Entries, false); err != nil {
			return err
		}
	}
}

// logWriter writes entries; first tells that they are the first ones.
type logWriter func(entries []state.Entry, first bool) error

func (a *app) logWriter(o logOptions) logWriter {
	switch {
	case o.json:
		return func(entries []state.Entry, _ bool) error {
			e := json.NewEncoder(a.Out)
			e.SetEscapeHTML(false)
			for _, entry := range entries {
				if err := e.Encode(entry); err != nil {
					return err
				}
			}
			return nil
		}
	case o.csv:
		return a.logCSV
	}
	return func(entries []state.Entry, first bool) error {
		if first && len(entries) == 0 && !o.follow {
			fmt.Fprintln(a.Out, "Nothing is on the record.")
		}
		var rows [][]string
		for _, e := range entries {
			rows = append(rows, []string{e.Time.Local().Format("2006-01-02 15:04:05"), plain(e.Client), entryWords(e), plain(whither(e))})
		}
		table(a.Out, rows)
		return nil
	}
}

func (a *app) logCSV(entries []state.Entry, first bool) error {
	w := csv.NewWriter(a.Out)
	if first {
		w.Write([]string{"time", "client", "run", "seq", "op", "side", "path", "to", "rule", "from_sha256", "to_sha256", "size", "outcome", "detail", "user"})
	}
	for _, e := range entries {
		w.Write([]string{e.Time.UTC().Format(time.RFC3339Nano), e.Client, strconv.FormatUint(e.Run, 10), strconv.FormatUint(e.Seq, 10), e.Op, e.Side,
			cell(e.Path), cell(e.To), e.Rule, hex(e.FromHash), hex(e.ToHash), strconv.FormatInt(e.Size, 10), e.Outcome, cell(e.Detail), e.User})
	}
	w.Flush()
	return w.Error()
}

// cell keeps a spreadsheet from taking a file's name for a formula.
func cell(s string) string {
	if s != "" && slices.Contains([]byte("=+-@\t\r"), s[0]) {
		return "'" + s
	}
	return s
}

func hex(h state.SHA256) string {
	if h.IsZero() {
		return ""
	}
	return h.String()
}

// entryWords says what was done, in the words of a dry run, in the past.
func entryWords(e state.Entry) string {
	words := orElse(doneEntries[e.Op+" "+e.Side], orElse(doneEntries[e.Op], e.Op))
	if e.Outcome != "" && e.Outcome != "done" {
		words += ": " + plain(e.Outcome)
	}
	return words
}

var doneEntries = map[string]string{
	"send portal": "sent", "send local": "fetched",
	"update portal": "sent new version", "update local": "fetched new version",
	"make-folder portal": "made folder on portal", "make-folder local": "made folder on disk",
	"move portal": "moved on portal", "move local": "moved on disk",
	"delete portal": "deleted on portal", "delete local": "deleted on disk",
	"conflict": "kept both versions", "aside portal": "set aside on portal", "aside local": "set aside on disk",
	"approve": "approved", "vault-restore": "restored from vault", "vault-empty": "removed from vault",
}

func whither(e state.Entry) string {
	s := orElse(e.Path, e.Detail)
	if e.To != "" && e.To != e.Path {
		s += " → " + e.To
	}
	if e.Outcome != "" && e.Outcome != "done" && e.Detail != "" && e.Path != "" {
		s += ": " + e.Detail
	}
	return s
}

// parseTime reads a day, a time or how long ago; empty is the zero time.
func parseTime(s string, now time.Time) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if t, err := time.ParseInLocation(time.DateOnly, s, time.Local); err == nil {
		return t, nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04", "2006-01-02 15:04:05", "2006-01-02T15:04"} {
		if t, err := time.ParseInLocation(layout, s, time.Local); err == nil {
			return t, nil
		}
	}
	if d, err := time.ParseDuration(s); err == nil && d >= 0 {
		return now.Add(-d), nil
	}
	return time.Time{}, usagef("%q is no time; write a day (2026-11-21), a time (2026-11-21T14:00:00+01:00) or how long ago (2h)", s)
}

func (a *app) verifyLog(ctx context.Context, o logOptions) error {
	all, err := ask(ctx, a, daemon.VerbVerify, daemon.Which{Clients: o.clients})
	if err != nil {
		return err
	}
	if o.json {
		err = printJSON(a.Out, all)
	} else {
		a.printVerified(all.Clients)
	}
	faults := 0
	for _, v := range all.Clients {
		faults += len(v.Faults)
	}
	if faults > 0 {
		err = errors.Join(err, &codeError{daemon.ExitError, fmt.Errorf("the record is not as it was written: %s; a copy of it may be in a backup", count(faults, "fault"))})
	}
	return err
}

func (a *app) printVerified(all []daemon.Verified) {
	var rows [][]string
	for _, v := range all {
		how := "whole"
		if len(v.Faults) > 0 {
			how = count(len(v.Faults), "fault")
		}
		rows = append(rows, []string{plain(v.Client), count(int(v.Entries), "entry"), how})
		for _, f := range v.Faults {
			rows = append(rows, []string{"", fmt.Sprintf("entry %d", f.Seq), f.What})
		}
	}
	table(a.Out, rows)
}
