package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"

	"dossier/config"
	"dossier/remote"
	"dossier/remote/rest"
	"dossier/state"
)

// Account is one account, open for questions outside of a run. It must be closed.
type Account struct {
	*remote.Portal
	close func() error
}

// AskOptions say how an account is opened for questions.
type AskOptions struct {
	Config  *config.Config
	Portal  string // the name of its section
	Drivers Drivers
	Given   map[string]string                         // secrets by key (token, client_secret, password), in the place of those that the configuration refers to
	Wrap    func(http.RoundTripper) http.RoundTripper // sees each request; may be nil
	Log     *slog.Logger
}

// SecretError is a secret that cannot be fetched from where the configuration says.
type SecretError struct {
	Key string // token, client_secret or password
	Err error
}

func (e *SecretError) Error() string { return e.Key + ": " + e.Err.Error() }
func (e *SecretError) Unwrap() error { return e.Err }

// KindError is a kind of portal that this version does not speak to.
type KindError struct {
	Portal string
	Kind   config.Kind
}

func (e *KindError) Error() string {
	return fmt.Sprintf("portal %q: this version of dossier does not speak to portals of kind %q yet", e.Portal, e.Kind)
}

// askAttempts is how often a question is sent: whoever waits for the answer would rather be told soon.
const askAttempts = 2

// OpenAccount opens an account for questions. What the driver assumes is as the configuration says, or by default. Nothing is sent yet.
func OpenAccount(ctx context.Context, opt AskOptions) (*Account, error) {
	p := opt.Config.Portals[opt.Portal]
	kind, ok := opt.Drivers[p.Kind]
	if !ok {
		return nil, &KindError{Portal: p.Name, Kind: p.Kind}
	}
	saved, err := askState(opt.Config, p, opt.Log)
	if err != nil {
		return nil, err
	}
	ro, err := restOptions(ctx, p, saved, opt.Log, opt.Given)
	if err != nil {
		return nil, fmt.Errorf("portal %q: %w", p.Name, err)
	}
	ro.Wrap, ro.Attempts = opt.Wrap, askAttempts
	if saved != nil {
		ro.Ledger = &ledger{saved}
		if ro.Limiter, err = resumedLimiter(saved); err != nil {
			return nil, fmt.Errorf("portal %q: %w", p.Name, err)
		}
	}
	return ask(kind, ro)
}

// askState opens the account's state if tokens must be kept in it: a question makes no files that it does not need.
func askState(cfg *config.Config, p config.Portal, log *slog.Logger) (*state.Account, error) {
	if way := p.SignIn(); way == config.SignInToken || way == config.SignInApp {
		return nil, nil
	}
	return state.OpenAccount(accountPath(cfg, p.Name), state.Options{Log: log})
}

func ask(kind Kind, ro rest.Options) (*Account, error) {
	d, err := kind.Open(ro)
	if err != nil {
		return nil, err
	}
	return &Account{Portal: remote.NewPortal(d, remote.PortalOptions{}), close: closer(d)}, nil
}

// closer is how a driver gives up its connections.
func closer(d remote.Driver) func() error {
	if c, ok := d.(io.Closer); ok {
		return c.Close
	}
	return func() error { return nil }
}

// Close gives up connections.
func (a *Account) Close() error { return a.close() }

// Who asks whom the secret speaks for. A portal that does not tell is asked something else, about folder, which shows all the same
// whether the secret is accepted; told is false then.
func (a *Account) Who(ctx context.Context, folder remote.ID) (who remote.Account, told bool, err error) {
	who, err = a.Account(ctx)
	if remote.CodeOf(err) != remote.Unsupported {
		return who, err == nil, err
	}
	_, can, err := a.Findings(ctx, folder, false)
	if !can {
		_, err = a.Get(ctx, folder, remote.Folder)
	}
	switch remote.CodeOf(err) {
	case remote.NotFound, remote.Trashed, remote.Denied, remote.Unsupported:
		err = nil // whoever is told so is known
	}
	return remote.Account{}, false, err
}

// Findings finds out which way the driver's assumptions hold; false: the driver cannot. Things are made and removed in folder only if
// write is set.
func (a *Account) Findings(ctx context.Context, folder remote.ID, write bool) ([]remote.Finding, bool, error) {
	c, ok := remote.AsChecker(a.Portal)
	if !ok {
		return nil, false, nil
	}
	found, err := c.Check(ctx, folder, write)
	return found, true, err
}

// ProbeIn is the folder in which a portal's assumptions may be tried: that of the first client who lives there and may be written to,
// else of the first, else the top of all. Where clients are discovered nothing is made: it would be discovered.
func ProbeIn(cfg *config.Config, drivers Drivers, portal string) (folder remote.ID, mayWrite bool) {
	folder = drivers[cfg.Portals[portal].Kind].Top
	clients, err := Known(cfg)
	if err != nil {
		clients = configured(cfg)
	}
	for _, c := range slices.Backward(clients) {
		writes := c.Mode == config.TwoWay || c.Mode == config.Up
		if c.Portal == portal && (writes || !mayWrite) {
			folder, mayWrite = c.folder(), writes
		}
	}
	return folder, mayWrite
}

// Settings are what is to be set under `assume` by what was found, where it is not set so already. That goes for what holds as well:
// a driver may be careful by default, and do more once it is told that it may.
func Settings(found []remote.Finding, now map[string]any) map[string]any {
	set := map[string]any{}
	for _, f := range found {
		if Settles(f) && now[f.Setting] != f.Value {
			set[f.Setting] = f.Value
		}
	}
	return set
}

// Settles tells whether a finding names a setting and what it should be.
func Settles(f remote.Finding) bool {
	return f.Setting != "" && f.Value != nil && f.Verdict != remote.Untold
}

// NeedsSignIn tells whether an error ends by signing in: the portal refuses what we show, or there is nothing to show.
func NeedsSignIn(err error) bool {
	_, secret := errors.AsType[*SecretError](err)
	return secret || remote.CodeOf(err) == remote.SignIn
}
