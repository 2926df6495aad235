package cli

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"dossier/remote/sandbox"
)

const sandboxLong = `Serve a portal to try dossier on, until a signal comes.

When it is ready, one line of JSON says where each portal is and how to sign in there. The tokens are of
no use anywhere else. With --listen HOST:PORT the portals take PORT, PORT+1 and so on. --dir keeps
everything across restarts; without it all is in memory.

Quirks are ways in which real portals are odd; they can be switched at run time as well, under the admin
address.`

func (a *app) sandboxCommand() *cobra.Command {
	var opt sandbox.Options
	var listen string
	c := &cobra.Command{
		Use: "sandbox", Short: "Serve a portal to try dossier on", Long: sandboxLong + quirkList(), Args: cobra.NoArgs,
		Example: "  dossier sandbox\n  dossier sandbox --listen 127.0.0.1:4711 --dir ./portal --limits",
		RunE: do(func(ctx context.Context, _ []string) error {
			opt.Log = a.log()
			return a.serveSandbox(ctx, opt, listen)
		}),
	}
	f := c.Flags()
	f.StringVar(&listen, "listen", "127.0.0.1:0", "`host:port` to listen on; port 0 takes free ones")
	f.StringVar(&opt.Dir, "dir", "", "`folder` that keeps everything; none: in memory")
	f.Uint64Var(&opt.Seed, "seed", 0, "makes tokens and links repeatable")
	f.BoolVar(&opt.Limits, "limits", false, "enforce the vendor's calls a minute")
	f.StringArrayVar(&opt.Quirks, "quirk", nil, "switch a `quirk` on; may be repeated")
	return c
}

func quirkList() string {
	var b strings.Builder
	rows := [][]string{}
	for _, q := range sandbox.Quirks() {
		rows = append(rows, []string{"  " + q.Name, q.Does})
	}
	table(&b, rows)
	return "\n\nQuirks:\n" + strings.TrimRight(b.String(), "\n")
}

func (a *app) serveSandbox(ctx context.Context, opt sandbox.Options, listen string) (err error) {
	for _, name := range opt.Quirks {
		if err := knownQuirk(name); err != nil {
			return err
		}
	}
	s, err := sandbox.New(opt)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	r, err := s.Serve(ctx, listen)
	if err != nil {
		return err
	}
	if err := json.NewEncoder(a.Out).Encode(r.Info); err != nil {
		return errors.Join(err, r.Close())
	}
	return r.Wait()
}

func knownQuirk(name string) error {
	var names []string
	for _, q := range sandbox.Quirks() {
		if q.Name == name {
			return nil
		}
		names = append(names, q.Name)
	}
	return &usageError{unknownName("quirk", name, names)}
}
