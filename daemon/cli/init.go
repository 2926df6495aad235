package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"dossier/config"
	"dossier/daemon"
)

const initLong = `Make a first configuration: ask for a portal, sign in there, choose the clients' folders, show what either
side will see, and write it all down. A configuration that is there already is never replaced.

Secrets do not go into the file. They are stored in the keyring, or in a file that only you may read.

For scripts, --yes asks nothing: what is not given by a flag is left at its default, and the secrets come
from standard input, one line each, or from DOSSIER_TOKEN, DOSSIER_CLIENT_SECRET, DOSSIER_PASSWORD.`

const initExample = `  dossier init
  dossier init --yes --kind box --root ~/Clients --client "Bakkerij Jansen=1234567" < token.txt
  dossier init --yes --kind box --root ~/Clients --discover-under 0 --token env:BOX_TOKEN`

// initOptions are the answers that flags give.
type initOptions struct {
	yes      bool
	name     string // of the portal's section
	portal   config.Portal
	kind     string
	signIn   string
	refs     map[string]*string // references to secrets, by key
	root     string
	clients  []string // NAME=ID
	discover string
	mode     string
	write    bool // probe folders may be made on the portal
	browser  browserOptions
}

func (a *app) initCommand() *cobra.Command {
	opt := initOptions{refs: map[string]*string{"token": new(string), "client_secret": new(string), "password": new(string)}}
	c := &cobra.Command{
		Use: "init", Short: "Make a first configuration, step by step", Long: initLong, Example: initExample, Args: cobra.NoArgs,
		RunE: do(func(ctx context.Context, _ []string) error { return a.init(ctx, opt) }),
	}
	f := c.Flags()
	f.BoolVar(&opt.yes, "yes", false, "ask nothing")
	f.StringVar(&opt.name, "name", "office", "`name` of the portal in the configuration")
	f.StringVar(&opt.kind, "kind", "", "kind of `portal`: box, mijnklantportaal, filesro or backoffice")
	f.StringVar(&opt.portal.URL, "url", "", "the portal's `address`; left out: the vendor's own")
	f.StringVar(&opt.signIn, "sign-in", "", "`way` to sign in: token, refresh or app (client_id and secret), password")
	f.StringVar(&opt.portal.ClientID, "client-id", "", "`id` of the office's own application at the portal")
	f.StringVar(&opt.portal.Subject, "subject", "", "as `whom` a Box application signs in: enterprise:ID or user:ID")
	f.StringVar(&opt.portal.Email, "email", "", "`address` to sign in with (Files.ro, Back Office)")
	f.StringVar(&opt.portal.Download, "download", "", "how a Back Office hands out files, an `address` with {file} in it")
	f.StringVar(opt.refs["token"], "token", "", "where the token lies: a `reference` such as keyring:office, file:/PATH, env:NAME; never the token itself")
	f.StringVar(opt.refs["client_secret"], "client-secret", "", "where the application's secret lies, a `reference`")
	f.StringVar(opt.refs["password"], "password", "", "where the password lies, a `reference`")
	f.StringVar(&opt.root, "root", "", "`folder` in which each client has one (default ~/Clients)")
	f.StringArrayVar(&opt.clients, "client", nil, "a client, as `NAME=ID` of its folder on the portal; may be repeated")
	f.StringVar(&opt.discover, "discover-under", "", "each folder in the one with this `id` is a client")
	f.StringVar(&opt.mode, "mode", "", "of the clients: `two-way`, up, down or collect")
	browserFlags(c, &opt.browser)
	f.BoolVar(&opt.write, "probe-writes", false, "also make and remove probe folders on the portal, to find out more")
	return c
}

// beginning is a configuration that is being made.
type beginning struct {
	*app
	opt      initOptions
	ask      *asker
	path     string
	portal   config.Portal
	refs     map[string]string // references, by key
	clients  []config.Client
	discover []config.Discover
	assume   map[string]any
}

func (a *app) init(ctx context.Context, opt initOptions) error {
	b := &beginning{app: a, opt: opt, ask: a.asker(), refs: map[string]string{}, assume: map[string]any{}}
	var err error
	if b.path, err = newConfig(a.config); err != nil {
		return err
	}
	if opt.yes {
		b.ask.terminal = -1
	}
	for _, step := range []func(context.Context) error{b.choosePortal, b.chooseRoot, b.signInAndChoose, b.finish} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// newConfig is where the configuration goes. One that is there is never replaced.
func newConfig(flag string) (string, error) {
	path := flag
	if path == "" {
		path = os.Getenv(config.EnvFile)
	}
	if path == "" {
		path = config.Places()[0]
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", &usageError{err}
	}
	if _, err := os.Lstat(abs); err == nil {
		return "", usagef("there is a configuration already, %s, and it is not replaced. `dossier clients add` adds a client to it, `dossier login` signs in anew; to make another, name it with --config", abs)
	} else if !errors.Is(err, os.ErrNotExist) {
		return "", &usageError{err}
	}
	return abs, nil
}

// chooseRoot asks where the clients' folders shall be.
func (b *beginning) chooseRoot(ctx context.Context) (err error) {
	if b.opt.root == "" && b.opt.yes {
		b.opt.root = "~/Clients"
	}
	for b.opt.root == "" {
		if b.opt.root, err = b.ask.line(ctx, "Folder on this computer in which each client has one", "~/Clients"); err != nil {
			return unasked(err)
		}
		if faults := b.faults(); faults != nil {
			fmt.Fprintln(b.Err, firstFault(faults))
			if !b.ask.interactive() {
				return &usageError{faults}
			}
			b.opt.root = ""
		}
	}
	if faults := b.faults(); faults != nil {
		return &usageError{faults}
	}
	return nil
}

// firstFault words the first thing that is wrong, without the place in a file that nobody has seen yet.
func firstFault(err error) string {
	if faults, ok := errors.AsType[config.Faults](err); ok {
		return faults[0].Text
	}
	return err.Error()
}

// signInAndChoose signs in, stores the secrets, finds out what the portal can do, and has clients chosen among what it shows.
func (b *beginning) signInAndChoose(ctx context.Context) error {
	cfg, err := b.parsed()
	if err != nil {
		return err
	}
	acct, err := b.signIn(ctx, cfg, cfg.Portals[b.opt.name], b.opt.browser)
	if err != nil {
		return err
	}
	if err := b.probe(ctx, cfg, acct, false); err != nil {
		return errors.Join(err, acct.Close())
	}
	if len(b.assume) > 0 { // it may show more now
		if acct, err = b.reopened(ctx, acct); err != nil {
			return err
		}
	}
	defer acct.Close() // connections only
	if err := b.chooseClients(ctx, acct); err != nil {
		return err
	}
	if cfg, err = b.parsed(); err != nil {
		return err
	}
	b.show(ctx, cfg, acct)
	if len(b.clients) == 0 {
		return nil
	}
	return b.probe(ctx, cfg, acct, true)
}

func (b *beginning) parsed() (*config.Config, error) {
	cfg, err := config.Parse(b.path, []byte(b.text()), b.drivers.Check)
	if err != nil {
		return nil, &usageError{err}
	}
	return cfg, nil
}

// reopened is the account with what was found out about it. Its secrets are stored by now.
func (b *beginning) reopened(ctx context.Context, old *daemon.Account) (*daemon.Account, error) {
	if err := old.Close(); err != nil {
		return nil, err
	}
	cfg, err := b.parsed()
	if err != nil {
		return nil, err
	}
	return daemon.OpenAccount(ctx, daemon.AskOptions{Config: cfg, Portal: b.opt.name, Drivers: b.drivers, Log: b.log()})
}

// probe finds out which way the portal answers what is assumed of it, for the configuration to say so from the start. With clients,
// something may be made in the folder of one, if that is wanted.
func (b *beginning) probe(ctx context.Context, cfg *config.Config, acct *daemon.Account, clients bool) error {
	found, err := b.findOut(ctx, b.ask, cfg, b.opt.name, acct, clients && b.opt.write)
	if err != nil {
		fmt.Fprintf(b.Err, "What dossier assumes of the portal could not be tried: %v\n`dossier doctor` tries again.\n", err)
		return ctx.Err()
	}
	set := daemon.Settings(found, b.assume)
	for _, f := range found {
		if _, new := set[f.Setting]; new {
			fmt.Fprintf(b.Out, "Found out: %s.\n", plain(f.Seen))
		}
	}
	maps.Copy(b.assume, set)
	return nil
}

// finish writes the configuration, and says what comes next.
func (b *beginning) finish(ctx context.Context) error {
	if faults := b.faults(); faults != nil {
		return &usageError{faults}
	}
	if yes, err := b.ask.yes(ctx, fmt.Sprintf("Write %s?", b.path)); err != nil {
		return err
	} else if !yes {
		_, err := fmt.Fprintf(b.Out, "\nNothing was written. This would have been it:\n\n%s", b.text())
		return err
	}
	if err := config.Create(b.path, []byte(b.text())); err != nil {
		return err
	}
	flag := ""
	if b.config != "" {
		flag = " --config " + b.config
	}
	_, err := fmt.Fprintf(b.Out, "\nWrote %s.\n\nNext:\n  dossier%s reconcile --dry-run    says what the first run will do\n  dossier%s reconcile              does it\n", b.path, flag, flag)
	return err
}

// faults are what is wrong with the configuration as it stands; nil: nothing.
func (b *beginning) faults() error {
	_, err := config.Parse(b.path, []byte(b.text()), b.drivers.Check)
	return err
}

// text is the configuration as far as it is known.
func (b *beginning) text() string {
	var t strings.Builder
	fmt.Fprintf(&t, "# Made by `dossier init` on %s. `dossier config example` shows every setting.\n\n", time.Now().Format(time.DateOnly))
	if b.opt.root != "" {
		t.WriteString(config.Assign("root", b.opt.root))
	}
	fmt.Fprintf(&t, "\n[portal.%s]\n", b.opt.name)
	t.WriteString(config.Assign("kind", string(b.portal.Kind)))
	for _, l := range [][2]string{{"url", b.portal.URL}, {"client_id", b.portal.ClientID}, {"client_secret", b.refs["client_secret"]}, {"token", b.refs["token"]},
		{"subject", b.portal.Subject}, {"email", b.portal.Email}, {"password", b.refs["password"]}, {"download", b.portal.Download}} {
		if l[1] != "" {
			t.WriteString(config.Assign(l[0], l[1]))
		}
	}
	if len(b.assume) > 0 {
		t.WriteString(config.AssumeLine(b.assume) + "\n")
	}
	for _, c := range b.clients {
		t.WriteString("\n" + config.Section(c))
	}
	for _, d := range b.discover {
		t.WriteString("\n[[discover]]\n" + config.Assign("portal", d.Portal) + config.Assign("under", d.Under))
		if d.Mode != "" {
			t.WriteString(config.Assign("mode", string(d.Mode)))
		}
	}
	return t.String()
}

// kinds are the kinds of portals that this version speaks to.
func (b *beginning) kinds() []string {
	var names []string
	for _, k := range config.Kinds {
		if _, ok := b.drivers[k]; ok {
			names = append(names, string(k))
		}
	}
	return names
}

// unasked is the usage error of a question that a script did not answer.
func unasked(err error) error {
	if errors.Is(err, errNoAnswer) {
		return &usageError{fmt.Errorf("%w; answer with flags: dossier init --help", err)}
	}
	return err
}

func knownKind(kind string, known []string) error {
	if slices.Contains(known, kind) {
		return nil
	}
	return &usageError{unknownName("kind of portal", kind, known)}
}
