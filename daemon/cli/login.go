package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"dossier/config"
	"dossier/daemon"
	"dossier/remote"
	"dossier/state"
)

const loginLong = `Ask for what a portal needs to sign in (a token or key, an application's secret, a password), try it, and
store it where the configuration refers to: in the keyring, or in a file that only you may read.

A secret is never shown, and never taken as an argument, where other users could see it. A script sends
it on standard input, one line each, or sets DOSSIER_TOKEN, DOSSIER_CLIENT_SECRET, DOSSIER_PASSWORD.

With --browser, a refresh token for the office's own application (client_id, client_secret) is got by
agreeing on the portal's page.

Afterwards the portal is asked which way it answers what dossier assumes of it, and what is found out is
written into the configuration (assume), so that dossier does all that the portal allows.`

type loginOptions struct {
	write    bool // probe files may be made
	noAssume bool // the configuration is not changed
	browser  browserOptions
}

func (a *app) loginCommand() *cobra.Command {
	var opt loginOptions
	c := &cobra.Command{
		Use: "login PORTAL", Short: "Sign in to a portal, and store the secret", Long: loginLong, Args: oneName("portal"),
		Example:           "  dossier login office\n  dossier login office < token.txt",
		ValidArgsFunction: a.completePortals,
		RunE:              do(func(ctx context.Context, args []string) error { return a.login(ctx, args[0], opt) }),
	}
	c.Flags().BoolVar(&opt.write, "probe-writes", false, "also make and remove probe folders on the portal, to find out more")
	browserFlags(c, &opt.browser)
	c.Flags().BoolVar(&opt.noAssume, "no-assume", false, "leave the configuration as it is")
	return c
}

func browserFlags(c *cobra.Command, to *browserOptions) {
	c.Flags().BoolVar(&to.use, "browser", false, "agree on the portal's page in a browser, to get a refresh token for the office's own application")
	c.Flags().StringVar(&to.redirect, "redirect", defaultRedirect, "`address` on this computer that the application is registered with")
}

func (a *app) completePortals(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	cfg, err := a.load()
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return cfg.PortalNames(), cobra.ShellCompDirectiveNoFileComp
}

func (a *app) login(ctx context.Context, name string, opt loginOptions) error {
	path, cfg, err := a.loadFrom()
	if err != nil {
		return err
	}
	p, ok := cfg.Portals[name]
	if !ok {
		return &usageError{unknownName("portal", name, cfg.PortalNames())}
	}
	acct, err := a.signIn(ctx, cfg, p, opt.browser)
	if err != nil {
		return err
	}
	defer acct.Close() // connections only
	if opt.noAssume {
		return nil
	}
	return a.settle(ctx, path, cfg, name, acct, opt.write)
}

// signInTries is how often a person is asked for a secret that is not accepted.
const signInTries = 3

// signIn gets the secrets, tries them, and stores them.
func (a *app) signIn(ctx context.Context, cfg *config.Config, p config.Portal, browser browserOptions) (*daemon.Account, error) {
	for try := 1; ; try++ {
		given, err := a.secrets(ctx, cfg, p, browser)
		if err != nil {
			return nil, err
		}
		acct, err := a.try(ctx, cfg, p.Name, given)
		if err == nil {
			if err = a.store(ctx, p, given); err != nil {
				err = errors.Join(err, acct.Close())
			}
			return acct, err
		}
		if exitOf(ctx, err) != daemon.ExitSignIn || try == signInTries || !a.asker().interactive() || len(given) == 0 {
			return nil, err
		}
		fmt.Fprintln(a.Err, explain(&workError{err}))
	}
}

// secretWords are what people call the secrets, by key.
var secretWords = map[string]string{"token": "token or API key", "client_secret": "client secret of the application", "password": "password"}

// secretWord words a secret of a portal: with an application, the token is the refresh token to begin with.
func secretWord(way config.SignIn, key string) string {
	if way == config.SignInRefresh && key == "token" {
		return "refresh token"
	}
	return secretWords[key]
}

// secrets gets the secrets that the portal's way to sign in needs, by key. Those which dossier cannot put in their place are read from
// there, and asked for by nobody.
func (a *app) secrets(ctx context.Context, cfg *config.Config, p config.Portal, browser browserOptions) (map[string]string, error) {
	given := map[string]string{}
	ask := a.asker()
	way := p.SignIn()
	if browser.use && way != config.SignInRefresh {
		return nil, errNoBrowser(p.Name)
	}
	for _, key := range way.SecretKeys() {
		ref := p.Secret(key)
		if ok, how := ref.Storable(); !ok {
			if _, err := ref.Resolve(ctx); err != nil {
				return nil, &codeError{daemon.ExitSignIn, fmt.Errorf("portal %q: its %s is not there, and dossier cannot put it there: %s", p.Name, key, how)}
			}
			fmt.Fprintf(a.Err, "The %s is read from the %s.\n", secretWord(way, key), ref.Place())
			continue
		}
		var err error
		if given[key] = os.Getenv("DOSSIER_" + strings.ToUpper(key)); given[key] != "" {
			continue
		}
		if browser.use && key == "token" {
			given[key], err = a.browse(ctx, cfg, p, given, browser.redirect)
		} else {
			given[key], err = ask.secret(ctx, secretQuestion(p, key))
		}
		if err != nil {
			return nil, unanswered(fmt.Errorf("%s: %w", secretWord(way, key), err))
		}
	}
	return given, nil
}

func secretQuestion(p config.Portal, key string) string {
	question := fmt.Sprintf("Portal %s (%s): %s", p.Name, p.Kind, secretWord(p.SignIn(), key))
	if p.Email != "" {
		question += " of " + p.Email
	}
	return question
}

// unanswered is the usage error of a question that nobody answered.
func unanswered(err error) error {
	if errors.Is(err, errNoAnswer) {
		return &usageError{fmt.Errorf("%w; send the secret as a line, or run this on a terminal", err)}
	}
	return err
}

// try signs in with the secrets. One that speaks for another account than the clients were mirrored with is refused.
func (a *app) try(ctx context.Context, cfg *config.Config, name string, given map[string]string) (_ *daemon.Account, err error) {
	acct, err := daemon.OpenAccount(ctx, daemon.AskOptions{Config: cfg, Portal: name, Drivers: a.drivers, Given: given, Log: a.log()})
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, acct.Close())
		}
	}()
	folder, _ := daemon.ProbeIn(cfg, a.drivers, name)
	who, told, err := acct.Who(ctx, folder)
	if err != nil {
		return nil, refused(name, err)
	}
	if !told {
		fmt.Fprintf(a.Out, "Portal %s accepts this; it does not tell as whom.\n", name)
		return acct, nil
	}
	if c, other := otherAccount(ctx, cfg, name, who); other {
		return nil, fmt.Errorf("this signs in as %s (id %s), and client %q was mirrored under another account (id %s); nothing was stored", whoIs(who), who.ID, c.name, c.account)
	}
	fmt.Fprintf(a.Out, "Signed in to portal %s as %s.\n", name, whoIs(who))
	return acct, nil
}

// refused words a sign-in that failed, so that nobody thinks something was stored.
func refused(name string, err error) error {
	if daemon.NeedsSignIn(err) {
		return &codeError{daemon.ExitSignIn, fmt.Errorf("portal %q does not accept this; nothing was stored. Check that nothing was cut off, and that it is still good", name)}
	}
	return fmt.Errorf("portal %q: nothing was stored: %w", name, err)
}

func whoIs(w remote.Account) string {
	switch {
	case w.Name != "" && w.Login != "" && w.Name != w.Login:
		return fmt.Sprintf("%s (%s)", plain(w.Name), plain(w.Login))
	case w.Name+w.Login != "":
		return plain(orElse(w.Login, w.Name))
	}
	return "account " + plain(w.ID)
}

type pinnedClient struct{ name, account string }

// otherAccount names a client of the portal that was mirrored under another account.
func otherAccount(ctx context.Context, cfg *config.Config, portal string, who remote.Account) (found pinnedClient, other bool) {
	clients, err := daemon.Known(cfg)
	if err != nil || who.ID == "" {
		return found, false
	}
	for _, c := range clients {
		if c.Portal != portal {
			continue
		}
		look := func(tx *state.Tx) error {
			if account := tx.Meta().Account; account != "" && account != who.ID {
				found, other = pinnedClient{c.Name, account}, true
			}
			return nil
		}
		// One that cannot be read is found out by its run.
		_ = daemon.Alone{}.Lend(ctx, c, daemon.ToRead, func(st *state.Client) error { return st.View(look) })
	}
	return found, other
}

// store puts the secrets where the configuration refers to.
func (a *app) store(ctx context.Context, p config.Portal, given map[string]string) error {
	for _, key := range slices.Sorted(maps.Keys(given)) {
		ref := p.Secret(key)
		if err := ref.Store(ctx, given[key]); err != nil {
			return err
		}
		fmt.Fprintf(a.Out, "Stored the %s in the %s.\n", secretWord(p.SignIn(), key), ref.Place())
	}
	return nil
}

// findOut finds out which way the portal answers what dossier assumes of it. What shows only by making something there is tried if write
// is set, or if a person agrees.
func (a *app) findOut(ctx context.Context, ask *asker, cfg *config.Config, name string, acct *daemon.Account, write bool) ([]remote.Finding, error) {
	folder, mayWrite := daemon.ProbeIn(cfg, a.drivers, name)
	if write && !mayWrite {
		fmt.Fprintln(a.Err, "No client of this portal may be written to, so nothing is made there to find out more.")
	}
	found, can, err := acct.Findings(ctx, folder, write && mayWrite)
	if err != nil || !can || write || !mayWrite || !ask.interactive() || !slices.ContainsFunc(found, untold) {
		return found, err
	}
	yes, err := ask.yes(ctx, "Some of what the portal can do shows only by making a small folder there and removing it again. Try that?")
	if err != nil || !yes {
		return found, err
	}
	found, _, err = acct.Findings(ctx, folder, true)
	return found, err
}

func untold(f remote.Finding) bool { return f.Verdict == remote.Untold }

// settle finds out what the portal answers where dossier assumes, and writes that into the configuration.
func (a *app) settle(ctx context.Context, path string, cfg *config.Config, name string, acct *daemon.Account, write bool) error {
	found, err := a.findOut(ctx, a.asker(), cfg, name, acct, write)
	if err != nil {
		return fmt.Errorf("the secret is stored; what dossier assumes of the portal could not be tried (dossier doctor tries again): %w", err)
	}
	set := daemon.Settings(found, cfg.Portals[name].Assume)
	if len(set) == 0 {
		return nil
	}
	for _, f := range found {
		if _, new := set[f.Setting]; new {
			fmt.Fprintf(a.Out, "Found out: %s.\n", plain(f.Seen))
		}
	}
	if yes, err := a.asker().yes(ctx, fmt.Sprintf("Write %s into %s?", config.AssumeLine(set), path)); err != nil || !yes {
		return err
	}
	d, err := config.Prepare(path, config.SetAssumed(name, set), a.drivers.Check)
	if err == nil {
		err = d.Write()
	}
	if err != nil {
		return fmt.Errorf("the secret is stored; have this line in [portal.%s] of the configuration: %s\n%w", name, config.AssumeLine(set), err)
	}
	_, err = fmt.Fprintf(a.Out, "Wrote %s into %s.\n", config.AssumeLine(set), path)
	return err
}
